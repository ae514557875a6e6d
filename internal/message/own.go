package message

// own is what the portal's pages about a person's own things say: sessions, documents, and what is kept of them.
var own = map[string]entry{
	"portal.sessions":                  {TR: "Oturumlarım", EN: "My sessions"},
	"portal.sessions.about":            {TR: "Giriş yapmış olduğunuz tarayıcılar; tanımadığınızı sonlandırın", EN: "Browsers in which you are logged in; end those you do not know"},
	"portal.sessions.lead":             {TR: "Bu siteye şu anda aşağıdaki tarayıcılarda giriş yapmış durumdasınız. Tanımadığınız bir oturum varsa onu sonlandırın ve e-Devlet şifrenizi değiştirin.", EN: "You are logged in to this site in the browsers below. If you do not know one of them, end it and change your e-Devlet password."},
	"portal.sessions.present":          {TR: "Bu oturum", EN: "This session"},
	"portal.sessions.none":             {TR: "Başka bir tarayıcıda açık oturumunuz yok.", EN: "You are logged in in no other browser."},
	"portal.sessions.device":           {TR: "Tarayıcı ve sistem", EN: "Browser and system"},
	"portal.sessions.login":            {TR: "Giriş", EN: "Logged in"},
	"portal.sessions.seen":             {TR: "Son kullanım", EN: "Last used"},
	"portal.sessions.ends":             {TR: "En geç sona erme", EN: "Ends at the latest"},
	"portal.sessions.end":              {TR: "Bu Oturumu Sonlandır", EN: "End this session"},
	"portal.sessions.end-all":          {TR: "Diğer Tüm Oturumları Sonlandır", EN: "End all other sessions"},
	"portal.sessions.this-too":         {TR: "Bu oturumu da sonlandır: bu tarayıcıda da çıkış yapılır.", EN: "End this session too: you are logged out here as well."},
	"portal.sessions.ended":            {TR: "Sonlandırıldı. Orada yeniden giriş yapılmadan hiçbir işlem yapılamaz.", EN: "Ended. Nothing can be done there without logging in again."},
	"portal.sessions.browser.chromium": {TR: "Chrome veya benzeri", EN: "Chrome or a relative"},
	"portal.sessions.browser.edge":     {TR: "Edge", EN: "Edge"},
	"portal.sessions.browser.firefox":  {TR: "Firefox", EN: "Firefox"},
	"portal.sessions.browser.safari":   {TR: "Safari", EN: "Safari"},
	"portal.sessions.browser.other":    {TR: "Bilinmeyen tarayıcı", EN: "Unknown browser"},
	"portal.sessions.system.windows":   {TR: "Windows", EN: "Windows"},
	"portal.sessions.system.macos":     {TR: "macOS", EN: "macOS"},
	"portal.sessions.system.linux":     {TR: "Linux", EN: "Linux"},
	"portal.sessions.system.chromeos":  {TR: "ChromeOS", EN: "ChromeOS"},
	"portal.sessions.system.phone":     {TR: "telefon veya tablet", EN: "phone or tablet"},
	"portal.sessions.system.other":     {TR: "bilinmeyen sistem", EN: "unknown system"},
}
