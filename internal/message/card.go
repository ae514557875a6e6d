package message

// card is what the window for acts without a document says, besides what every window says. The last part of a key is
// often the act: authenticate, certificates, sign-hash.
var card = map[string]entry{
	"card.head.asks":         {TR: "İstekte bulunan site", EN: "The site that asks"},
	"card.head.authenticate": {TR: "Giriş yapılacak site", EN: "The site to log in to"},
	"card.head.certificates": {TR: "Sertifikanızı soran site", EN: "The site asking for your certificate"},
	"card.head.sign-hash":    {TR: "İmza isteyen site", EN: "The site asking for a signature"},

	// Who asks, and what it gets.
	"card.who.title.authenticate": {TR: "Bu siteye giriş yapacak\u00a0mısınız?", EN: "Do you want to log in to this site?"},
	"card.who.title.certificates": {TR: "Bu site sertifikanızı görmek istiyor", EN: "This site asks to see your certificate"},
	"card.who.title.sign-hash":    {TR: "İmzalanacak içerik gösterilemiyor", EN: "What is to be signed cannot be shown"},
	"card.who.learns":             {TR: "Siteye ne verilecek?", EN: "What will the site get?"},
	"card.who.text.authenticate":  {TR: "Site kim olduğunuzu öğrenmek istiyor. Ona sertifikanız verilir; sertifikada adınız, soyadınız ve kimlik numaranız yazar.", EN: "The site wants to know who you are. It gets your certificate, which holds your name and your citizen number."},
	"card.who.text.certificates":  {TR: "Site hangi sertifikayla imzalayacağınızı öğrenmek istiyor. Sertifikada adınız, soyadınız, kimlik numaranız ve sertifikayı veren kurum yazar.", EN: "The site wants to know with which certificate you will sign. It holds your name, your citizen number and who issued it."},
	"card.who.only.authenticate":  {TR: "Giriş yapmakla hiçbir belgeyi imzalamış olmazsınız.", EN: "Logging in signs no document."},
	"card.who.only.certificates":  {TR: "Şimdi hiçbir şey imzalanmaz; PIN kodunuz da sorulmaz.", EN: "Nothing is signed now, and you are not asked for your PIN."},
	"card.who.danger":             {TR: "Ne imzaladığınızı bilemezsiniz", EN: "You cannot know what you sign"},
	"card.who.danger_text":        {TR: "Site bu pencereye belgeyi değil, yalnızca belgeden hesaplanmış bir özeti verdi. Bu özet her şeyin özeti olabilir: bir sözleşmenin de, başka bir siteye sizin adınıza girişin de. İmzanız sizi bağlar.", EN: "The site gave this window no document, only a digest computed from one. It can be the digest of anything: of a contract, or of a login elsewhere in your name. Your signature binds you."},
	"card.who.allowed":            {TR: "Bu imza, yalnızca ayarlarda bu siteye izin verdiğiniz için soruluyor. Siteye güvenmiyorsanız veya bu imzayı beklemiyorsanız vazgeçin.", EN: "You are asked only because you allowed it for this site in the settings. If you do not trust the site, or did not expect this, cancel."},

	"card.who.continue.authenticate": {TR: "Sertifikamı seç", EN: "Choose my certificate"},
	"card.who.continue.certificates": {TR: "Sertifikamı seç", EN: "Choose my certificate"},
	"card.who.continue.sign-hash":    {TR: "Görmeden devam et", EN: "Continue without seeing it"},

	// Which certificate.
	"card.login.title":         {TR: "Hangi sertifikayla giriş yapacaksınız?", EN: "Which certificate do you log in with?"},
	"card.login.title_one":     {TR: "Bu sertifikayla\u00a0mı giriş yapacaksınız?", EN: "Do you log in with this certificate?"},
	"card.login.title_none":    {TR: "Karttaki sertifikayla giriş yapılamıyor", EN: "The certificate on the card cannot log in"},
	"card.show.title":          {TR: "Siteye hangi sertifikanız gösterilsin?", EN: "Which certificate is the site to see?"},
	"card.show.title_one":      {TR: "Siteye bu sertifikanız\u00a0mı gösterilsin?", EN: "Is this the certificate for the site to see?"},
	"card.show.title_none":     {TR: "Karttaki sertifikayla imza atılamıyor", EN: "The certificate on the card cannot sign"},
	"card.show.continue":       {TR: "Bu sertifikayı göster", EN: "Show this certificate"},
	"card.waiting.title_other": {TR: "Siteye gösterdiğiniz sertifika bu kartta yok", EN: "The certificate that you showed is not on this card"},

	// The PIN.
	"card.pin.holder":    {TR: "Giriş yapan", EN: "Logging in"},
	"card.pin.login":     {TR: "Giriş yap", EN: "Log in"},
	"card.pin.pad_login": {TR: "“Giriş yap”a bastıktan sonra PIN kodunuzu okuyucunun tuşlarıyla girin.", EN: "Press “Log in”, then enter your PIN with the keys of the reader."},
	"card.pin.hash":      {TR: "Görmeden imzala", EN: "Sign without seeing"},
	"card.pin.pad_hash":  {TR: "“Görmeden imzala”ya bastıktan sonra PIN kodunuzu okuyucunun tuşlarıyla girin.", EN: "Press “Sign without seeing”, then enter your PIN with the keys of the reader."},

	// The card at work, and the end.
	"card.working.sending":         {TR: "Kart hazırlanıyor…", EN: "Preparing the card…"},
	"card.working.login":           {TR: "Kart girişinizi onaylıyor…", EN: "The card is confirming your login…"},
	"card.working.show":            {TR: "Sertifikanız siteye veriliyor…", EN: "Giving your certificate to the site…"},
	"card.done.title.authenticate": {TR: "Kimliğiniz siteye bildirildi", EN: "The site was told who you are"},
	"card.done.title.certificates": {TR: "Sertifikanız siteye gösterildi", EN: "Your certificate was shown to the site"},
	"card.done.title.sign-hash":    {TR: "İmzalandı", EN: "Signed"},
	"card.done.text.authenticate":  {TR: "Girişi site tamamlar; sonucu sayfada göreceksiniz.", EN: "The site completes the login; you will see the result on its page."},
	"card.done.text.certificates":  {TR: "Hiçbir şey imzalanmadı. Sayfaya dönüp devam edin.", EN: "Nothing was signed. Go on at the site’s page."},
	"card.done.text.sign-hash":     {TR: "İmzanız siteye verildi. Sonucu sayfada göreceksiniz.", EN: "Your signature was given to the site. You will see the result on its page."},
	"card.done.holder":             {TR: "Sertifika sahibi", EN: "Certificate holder"},
	"card.failed.title_gone":       {TR: "İstekte bulunan sayfa artık yok", EN: "The page that asked is gone"},
	"card.failed.host":             {TR: "E-Onay, kartınızla konuşmak için bu bilgisayarda küçük bir program kullanır. İstekte bulunan site nereden alınacağını söyler; kurduktan sonra burada “Yeniden dene”ye basın.", EN: "To speak with your card, E-Onay uses a small program on this computer. The site that asks says where to get it; once it is installed, press “Try again” here."},
}
