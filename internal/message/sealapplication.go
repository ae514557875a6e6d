package message

// sealApplication is what people read who apply for a company's seal without a login.
var sealApplication = map[string]entry{
	"sealapplication":           {TR: "Mali Mühür Sertifika Başvuru", EN: "Apply for a company seal"},
	"sealapplication.about":     {TR: "Giriş yapmadan kuruluşunuz için mali mühür isteyin", EN: "Apply for your company’s seal without a login"},
	"sealapplication.lead":      {TR: "Giriş yapmanız gerekmez. Önce kuruluşu ve yetkilisini yazın; sonra ücreti öder, formu doldurur ve yetkiliye e-imzayla ya da kâğıt üzerinde onaylatırsınız.", EN: "You need not log in. First say which company it is and who acts for it; then pay the fee, fill in the form, and have them approve it by an e-signature or on paper."},
	"sealapplication.pay.first": {TR: "Form, ödemeden sonra açılır.", EN: "The form opens once it is paid."},
	"sealapplication.limited":   {TR: "Hiçbir şey kaydedilmedi. Bir saat sonra, olmazsa yarın yeniden deneyin.", EN: "Nothing was kept. Try again in an hour, or else tomorrow."},
	"sealapplication.fixed":     {TR: "Başvuruda yazıldı; değiştirilemez", EN: "As written when you applied; it cannot be changed"},

	// The fee.
	"sealapplication.pay":      {TR: "Ücreti Öde", EN: "Pay the fee"},
	"sealapplication.pay.lead": {TR: "Başvuru numarasını saklayın. Başvurunuza götüren bir bağlantı e-posta adresinize gönderildi; bu sayfayı kapatırsanız onunla dönersiniz.", EN: "Keep the application’s number. A link to it was sent to your e-mail address; come back by it if you close this page."},
	"sealapplication.pay.none": {TR: "Ödenecek bir ücret yok.", EN: "No fee is due."},

	// Coming back.
	"sealapplication.resume":       {TR: "Mali mühür başvurusuna dön", EN: "Back to a company seal application"},
	"sealapplication.opened":       {TR: "Bu tarayıcıda açık olan başvuruya git", EN: "Go to the application that is open in this browser"},
	"sealapplication.key.have":     {TR: "E-postadaki bağlantıyla", EN: "By the link in your mail"},
	"sealapplication.key":          {TR: "Anahtar", EN: "Key"},
	"sealapplication.key.hint":     {TR: "Bağlantıyla geldiyseniz yazılıdır. Değilse e-postadaki anahtarı buraya kopyalayın.", EN: "It is there already if you came by the link. Otherwise copy the key from the mail."},
	"sealapplication.resume.do":    {TR: "Başvuruyu Aç", EN: "Open the application"},
	"sealapplication.another":      {TR: "Bağlantınız yoksa", EN: "If you have no link"},
	"sealapplication.another.lead": {TR: "Bağlantı bir kez kullanılır. Yenisi, başvuruda yazdığınız e-posta adresine gönderilir.", EN: "A link is used once. A new one goes to the e-mail address in the application."},
	"sealapplication.another.do":   {TR: "Bağlantı Gönder", EN: "Send a link"},
	"sealapplication.asked":        {TR: "Bu numara ve adresle bir başvuru varsa bağlantı gönderildi. Birkaç dakikada gelmezse yazdıklarınızı denetleyip yeniden isteyin.", EN: "If there is an application with this number and address, a link was sent. If none comes in some minutes, check what you typed and ask again."},
	"sealapplication.mend.number":  {TR: "Başvuru numarasını eksiksiz yazın, XXXX-XXXX-XXXX-XXXX gibi", EN: "Type the whole number of the application, as in XXXX-XXXX-XXXX-XXXX"},
	"sealapplication.mend.mail":    {TR: "E-posta adresini başvurudaki gibi yazın", EN: "Type the e-mail address as in the application"},
	"sealapplication.close":        {TR: "Bu Tarayıcıda Kapat", EN: "Close in this browser"},
	"sealapplication.close.lead":   {TR: "Başvuru bu tarayıcıda dört saat açık kalır. Bilgisayarı başkaları da kullanıyorsa işiniz bitince kapatın; e-postadan yeni bir bağlantıyla dönersiniz.", EN: "The application stays open in this browser for four hours. If others use the computer, close it when you are done; you come back by a new link in a mail."},

	// Approval.
	"sealapplication.ways.signature":         {TR: "Kuruluşun yetkilisi, kendi e-imza kartıyla formu imzalar. Sertifikasındaki ad ve kimlik numarası başvuruda yazılanlarla aynı olmalıdır.", EN: "Who acts for the company signs the form with their own card for electronic signatures. Name and citizen number in its certificate must be those in the application."},
	"sealapplication.ways.paper":             {TR: "E-imzası yoksa formu yazdırın, yetkili elle imzalasın ve sertifika sağlayıcıya ulaştırın.", EN: "If they have no electronic signature, print the form, have them sign it by hand, and bring it to the certificate provider."},
	"sealapplication.next.awaiting_approval": {TR: "Kuruluşun yetkilisi formu e-imzayla ya da kâğıt üzerinde onaylar.", EN: "Who acts for the company approves the form by an e-signature or on paper."},
	"sealapplication.submit":                 {TR: "Gönderdikten sonra yetkilinin formu onaylaması gerekir: e-imzayla ya da kâğıt üzerinde.", EN: "After submitting, who acts for the company has to approve the form: by an e-signature or on paper."},

	// The first page's own fields.
	"form.authorised":        {TR: "Yetkilinin adı soyadı", EN: "Name of who acts for the company"},
	"form.authorised_number": {TR: "Yetkilinin T.C. kimlik numarası", EN: "Citizen number of who acts for the company"},
	"form.hint.mail":         {TR: "Başvurunuza dönmenizi sağlayan bağlantı bu adrese gider; sonra değiştirilemez.", EN: "The link by which you come back goes to this address; it cannot be changed later."},

	// The mail.
	"sealapplication.mail.subject": {TR: "Mali mühür başvurunuza dönmek için", EN: "To go on with your company seal application"},
	"sealapplication.mail.text": {TR: "Online İşlemler’de bir başvuruya bu adres yazıldı.\n\nBaşvuru: {kind}, {reference}\n\nBaşvurunun sayfasını açmak için: {link}\n\nSayfa anahtar sorarsa: {key}\n\nBağlantı bir kez ve {until} tarihine kadar kullanılabilir; kimseye iletmeyin. Bu başvuruyu siz yapmadıysanız bir şey yapmanız gerekmez.\n",
		EN: "This address was written in an application on Online Services.\n\nApplication: {kind}, {reference}\n\nTo open its page: {link}\n\nIf the page asks for a key: {key}\n\nThe link can be used once, until {until}; forward it to nobody. If it was not you who applied, there is nothing for you to do.\n"},
}
