package message

// release is what people read about one-time codes, in pages and letters, and in letters about what was released.
var release = map[string]entry{
	// The first screen.
	"portal.pin.wait":         {TR: "Şu anda yeni PIN veremiyoruz", EN: "You cannot get a new PIN right now"},
	"portal.pin.wait.next":    {TR: "Üç başarısız deneme oldu. {until} tarihinden sonra yeniden deneyebilirsiniz. Denemeleri siz yapmadıysanız biri hesabınıza girmiş olabilir: e-Devlet şifrenizi değiştirin ve destek birimini arayın.", EN: "There were three failures. You can try again after {until}. If that was not you, somebody may be in your account: change your e-Devlet password and call the help desk."},
	"portal.pin.contact":      {TR: "Size kod gönderebileceğimiz bir adres kayıtlı değil", EN: "No address is on record to which we could send you a code"},
	"portal.pin.contact.next": {TR: "Yeni PIN için tek kullanımlık bir kod gönderilir. Adresinizi kaydettirmek için destek birimini arayın; güvenliğiniz için adres bu sayfadan verilemez.", EN: "A new PIN needs a one-time code that is sent to you. Call the help desk to have your address put on record; for your safety it cannot be given on this page."},
	"portal.pin.cancelled":    {TR: "e-Devlet Kapısı’nda girişten vazgeçildi. Önceki oturumunuz sürüyor; bu işlem için yeniden giriş yapmanız gerekir.", EN: "The login was cancelled at the gateway. Your session goes on; this act still needs you to log in anew."},
	"portal.pin.other":        {TR: "e-Devlet Kapısı’nda başka bir kişi olarak giriş yaptınız. Önceki oturum kapandı; bu sayfa artık size ait.", EN: "You logged in at the gateway as another person. The session before has ended; this page is now yours."},
	"portal.pin.steps":        {TR: "Yeni PIN, kartınızın kilidini açar; bu yüzden oturumunuzdan fazlasını isteriz:", EN: "A new PIN opens your card, so we ask for more than your session:"},
	"portal.pin.steps.login":  {TR: "e-Devlet Kapısı’nda az önce yapılmış bir giriş", EN: "a login made just now at the e-Government Gateway"},
	"portal.pin.steps.code":   {TR: "şuraya göndereceğimiz tek kullanımlık bir kod: {to}", EN: "a one-time code, which we send to: {to}"},
	"portal.pin.login":        {TR: "e-Devlet Kapısı’nda Yeniden Giriş Yap", EN: "Log in again at the gateway"},
	"portal.pin.send":         {TR: "Kodu Gönder", EN: "Send the code"},

	// The one-time code.
	"portal.otp":         {TR: "Tek kullanımlık kodu yazın", EN: "Type the one-time code"},
	"portal.otp.sent":    {TR: "Kodu şuraya gönderdik: {to}. Buraya yazın; {until} saatine kadar geçerlidir.", EN: "We have sent the code to {to}. Type it here; it is good until {until}."},
	"portal.otp.slow":    {TR: "Gelmesi bir iki dakika sürebilir. Gelmezse istenmeyen postalara bakın veya yeni bir kod isteyin; o zaman önceki kod geçmez.", EN: "It may take a minute or two. If it does not come, look among unwanted mail or ask for a new one; the one before is then of no use."},
	"portal.otp.label":   {TR: "Tek kullanımlık kod", EN: "One-time code"},
	"portal.otp.hint":    {TR: "8 rakam; boşluksuz da yazabilirsiniz", EN: "8 digits; spaces do not matter"},
	"portal.otp.form":    {TR: "Bu bir kod değil; 8 rakam yazın", EN: "This is not a code; type 8 digits"},
	"portal.otp.left":    {TR: "{n} yanlış deneme hakkınız kaldı; sonra bir süre beklemeniz gerekir.", EN: "You have {n} wrong tries left; after that you have to wait for a while."},
	"portal.otp.never":   {TR: "Kodu kimseye söylemeyin. Kurumdan kimse sizden istemez.", EN: "Tell nobody the code. Nobody from the provider will ask you for it."},
	"portal.otp.confirm": {TR: "Kodu Onayla", EN: "Confirm the code"},
	"portal.otp.again":   {TR: "Yeni Kod Gönder", EN: "Send a new code"},

	// Letters.
	"letter.code.subject":        {TR: "Tek kullanımlık kodunuz", EN: "Your one-time code"},
	"letter.code.text":           {TR: "Yeni PIN işleminiz için tek kullanımlık kodunuz: {code}\n\nKodu yalnızca {site} adresindeki sayfaya yazın; {until} saatine kadar geçerlidir.\nKodu kimseye söylemeyin. Kurumdan kimse sizden istemez.\n\nBu işlemi siz başlatmadıysanız biri hesabınıza girmiş olabilir: kodu kullanmayın, e-Devlet şifrenizi değiştirin ve destek birimini arayın.\n", EN: "Your one-time code for a new PIN: {code}\n\nType it only on the page at {site}; it is good until {until}.\nTell nobody the code. Nobody from the provider will ask you for it.\n\nIf you did not start this, somebody may be in your account: do not use the code, change your e-Devlet password and call the help desk.\n"},
	"letter.code.sms":            {TR: "Yeni PIN için tek kullanımlık kodunuz: {code}. {site} adresindeki sayfaya yazın; {until} saatine kadar geçerlidir. Kimseye söylemeyin. Siz istemediyseniz destek birimini arayın.", EN: "Your one-time code for a new PIN is {code}. Type it on the page at {site}; it is good until {until}. Tell nobody. If it was not you, call the help desk."},
	"letter.release.subject":     {TR: "Kartınıza yeni PIN verilebilmesi için PUK verildi", EN: "A PUK was released for a new PIN on your card"},
	"letter.release.text":        {TR: "{when} tarihinde, sonu {last} olan kartınızın PUK’u daha önce de kullandığınız bir bilgisayara verildi. Bununla karta yeni bir PIN verilebilir.\n\nBilgisayar: {machine}, {system}\nİşlem numarası: {reference}\n\nBunu siz yaptıysanız bir şey yapmanız gerekmez.\n\nSiz yapmadıysanız: {site}/cihazlar adresinde bu bilgisayarı iptal edin, e-Devlet şifrenizi değiştirin ve sertifikanızı iptal ettirmek için destek birimini arayın.\n", EN: "On {when} the PUK of your card ending in {last} was released to a computer that you have used before. With it the card can get a new PIN.\n\nComputer: {machine}, {system}\nReference number: {reference}\n\nIf it was you, there is nothing to do.\n\nIf it was not: revoke this computer at {site}/cihazlar, change your e-Devlet password, and call the help desk to have your certificate revoked.\n"},
	"letter.release.new-machine": {TR: "{when} tarihinde, sonu {last} olan kartınızın PUK’u YENİ bir bilgisayara verildi: bu bilgisayarı daha önce kullanmamıştınız. Bununla karta yeni bir PIN verilebilir.\n\nBilgisayar: {machine}, {system}\nİşlem numarası: {reference}\n\nBunu siz yaptıysanız bir şey yapmanız gerekmez.\n\nSiz yapmadıysanız: {site}/cihazlar adresinde bu bilgisayarı iptal edin, e-Devlet şifrenizi değiştirin ve sertifikanızı iptal ettirmek için destek birimini arayın.\n", EN: "On {when} the PUK of your card ending in {last} was released to a NEW computer: you had not used it before. With it the card can get a new PIN.\n\nComputer: {machine}, {system}\nReference number: {reference}\n\nIf it was you, there is nothing to do.\n\nIf it was not: revoke this computer at {site}/cihazlar, change your e-Devlet password, and call the help desk to have your certificate revoked.\n"},
}
