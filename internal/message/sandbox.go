package message

// sandbox is what people read in the doubles of the sandbox. The names of the gateway's ways to log
// in are its own, so they stay Turkish in English with their meaning beside them.
var sandbox = map[string]entry{
	"sandbox.login.title":        {TR: "Deneme giriş kapısı", EN: "Test login gateway"},
	"sandbox.login.heading":      {TR: "Giriş yapın", EN: "Log in"},
	"sandbox.login.language":     {TR: "English", EN: "Türkçe"},
	"sandbox.login.test":         {TR: "Burası e-Devlet Kapısı değil", EN: "This is not the e-Devlet gateway"},
	"sandbox.login.test_means":   {TR: "Bu sayfa yalnızca denemelerde onun yerini tutar. Şifre veya kart istemez; aşağıdaki kişiler gerçek değildir.", EN: "This page stands in for it in tests only. It asks for no password and no card, and the people below are not real."},
	"sandbox.login.site":         {TR: "Giriş isteyen site", EN: "Site asking"},
	"sandbox.login.who":          {TR: "Kim olarak giriş yapacaksınız?", EN: "Who will you log in as?"},
	"sandbox.login.number":       {TR: "T.C. kimlik numarası", EN: "Citizen number"},
	"sandbox.login.submit":       {TR: "Giriş Yap", EN: "Log in"},
	"sandbox.login.cancel":       {TR: "Vazgeç", EN: "Cancel"},
	"sandbox.login.mistake":      {TR: "Kimseyi seçmediniz", EN: "You chose nobody"},
	"sandbox.login.mistake_next": {TR: "Listeden bir kişi seçin.", EN: "Choose a person from the list."},
	"sandbox.login.unknown":      {TR: "Süren bir giriş yok", EN: "There is no login under way"},
	"sandbox.login.unknown_next": {TR: "Giriş süresi dolmuş veya giriş tamamlanmış olabilir. Geldiğiniz siteye dönüp yeniden giriş yapın.", EN: "It may have expired or been completed. Go back to the site you came from and log in again."},
	"sandbox.login.methods":      {TR: "Gerçek kapıda giriş yolları", EN: "Ways to log in at the real gateway"},

	"sandbox.mail.title": {TR: "Deneme posta kutusu", EN: "Test mailbox"},
	"sandbox.mail.means": {TR: "Denemede gönderilen her ileti burada durur; hiçbiri dışarıya gitmez.", EN: "Every message sent in a test stays here; none goes out."},
	"sandbox.mail.none":  {TR: "Henüz ileti yok.", EN: "There is no message yet."},

	"sandbox.method.password":      {TR: "e-Devlet Şifresi", EN: "e-Devlet Şifresi (password)"},
	"sandbox.method.mobile":        {TR: "Mobil İmza", EN: "Mobil İmza (mobile signature)"},
	"sandbox.method.signature":     {TR: "E-İmza", EN: "E-İmza (e-signature)"},
	"sandbox.method.identity_card": {TR: "T.C. Kimlik Kartı", EN: "T.C. Kimlik Kartı (identity card)"},
	"sandbox.method.bank":          {TR: "İnternet Bankacılığı", EN: "İnternet Bankacılığı (internet banking)"},

	"sandbox.cps": {TR: "Deneme ESHS yalnızca yazılım denemeleri için sertifika üretir. Bu sertifikaların hukuki değeri yoktur; hiçbirine güvenmeyin.", EN: "The test provider issues certificates for software tests only. They have no legal value; rely on none of them."},
}
