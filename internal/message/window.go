package message

// window is what every window says, and the settings page does not.
var window = map[string]entry{
	// On every screen of the signing window.
	"window.head.asks":       {TR: "İmza isteyen site", EN: "The site asking for a signature"},
	"window.head.no_phrase":  {TR: "Güvenlik sözünüz yok.", EN: "You have no security phrase."},
	"window.head.set_phrase": {TR: "Belirleyin", EN: "Set one"},
	"window.language":        {TR: "Dil", EN: "Language"},
	"window.action.back":     {TR: "Geri", EN: "Back"},
	"window.action.close":    {TR: "Kapat", EN: "Close"},
	"window.action.retry":    {TR: "Yeniden dene", EN: "Try again"},
	"window.action.settings": {TR: "E-Onay ayarlarını aç", EN: "Open E-Onay’s settings"},
	"window.loading.title":   {TR: "İstek alınıyor…", EN: "Receiving the request…"},

	// A security phrase that the institution wants.
	"window.phrase.title":     {TR: "Önce güvenlik sözünüzü belirleyin", EN: "First set your security phrase"},
	"window.phrase.why":       {TR: "Kurumunuz, gerçek pencereyi tanıyacağınız bir güvenlik sözünüz olmadan imza atılmamasını istiyor. Sözünüzü E-Onay ayarlarında yazın; onu hiçbir pencere sizden istemez.", EN: "Your institution wants no signature without a security phrase by which you know the genuine window. Write yours in E-Onay’s settings; no window ever asks you for it."},
	"window.phrase.set":       {TR: "Ayarlarda belirle", EN: "Set it in the settings"},
	"window.phrase.by_itself": {TR: "Sözünüzü kaydedince bu pencere kendiliğinden devam eder.", EN: "Once it is saved, this window goes on by itself."},

	// Who asks, and what for.
	"window.who.title":       {TR: "Bu site imzanızı istiyor", EN: "This site asks for your signature"},
	"window.who.origin":      {TR: "Sitenin adresi", EN: "The site’s address"},
	"window.who.signed":      {TR: "Sitenin kendi imzasıyla bildirdiği ad:", EN: "The name that the site gives under its own signature:"},
	"window.who.unsigned":    {TR: "Site bu isteği imzalamamış; kimin istediğine yalnızca adresten karar verin.", EN: "The site has not signed this request; go by its address alone."},
	"window.who.check":       {TR: "Az önce bulunduğunuz sitenin adresi bu değilse vazgeçin.", EN: "If this is not the address of the site you have just come from, cancel."},
	"window.who.embedder":    {TR: "Bu site, şu adresteki bir sayfanın içinde açılmış:", EN: "This site is shown inside a page of:"},
	"window.who.check_frame": {TR: "Az önce bulunduğunuz sayfanın adresi ikincisi değilse, ya da sitelerden birini tanımıyorsanız vazgeçin.", EN: "If the second is not the address of the page you have just come from, or if you do not know one of the sites, cancel."},
	"window.who.encoded":     {TR: "Bu adreste başka harflere benzeyebilen harfler var; o yüzden kodlanmış biçimiyle gösteriliyor. Tanımıyorsanız vazgeçin.", EN: "This address has letters that may look like others, so it is shown in its encoded form. If you do not recognise it, cancel."},
	"window.who.purpose":     {TR: "Sitenin belirttiği amaç", EN: "What for, in the site’s words"},
	"window.who.document":    {TR: "İmzalanacak belge", EN: "Document to sign"},
	"window.who.documents":   {TR: "İmzalanacak {n} belge", EN: "{n} documents to sign"},
	"window.who.continue":    {TR: "Belgeyi göster", EN: "Show the document"},

	// The verification code.
	"window.code.title":    {TR: "Kod, sayfadakiyle aynı\u00a0mı?", EN: "Is this the code on the page?"},
	"window.code.hint":     {TR: "Sitenin sayfasında gördüğünüz doğrulama koduyla karşılaştırın. Bir rakamı bile farklıysa vazgeçin.", EN: "Compare it with the verification code on the site’s page. If even one digit differs, cancel."},
	"window.code.never":    {TR: "Bu kodu hiçbir yere PIN veya PUK olarak yazmayın.", EN: "Never type this code anywhere as a PIN or a PUK."},
	"window.code.continue": {TR: "Aynı, devam et", EN: "It is the same, continue"},

	// The certificate, and the wait for a card.
	"window.certificate.title":         {TR: "Hangi sertifikayla imzalayacaksınız?", EN: "Which certificate do you sign with?"},
	"window.certificate.title_one":     {TR: "Bu sertifikayla\u00a0mı imzalayacaksınız?", EN: "Do you sign with this certificate?"},
	"window.certificate.title_none":    {TR: "Karttaki sertifikayla imza atılamıyor", EN: "The certificate on the card cannot sign"},
	"window.certificate.expires":       {TR: "Son geçerlilik: {date}", EN: "Valid until {date}"},
	"window.certificate.citizen":       {TR: "Kimlik no: {number}", EN: "Citizen number {number}"},
	"window.certificate.card":          {TR: "Kart: {name}", EN: "Card: {name}"},
	"window.certificate.continue":      {TR: "Bu sertifikayla devam et", EN: "Continue with this certificate"},
	"window.waiting.title_looking":     {TR: "Kartınıza bakılıyor…", EN: "Looking at your card…"},
	"window.waiting.title_reader":      {TR: "Kart okuyucunuzu takın", EN: "Plug in your card reader"},
	"window.waiting.title_card":        {TR: "Kartınızı okuyucuya takın", EN: "Put your card in the reader"},
	"window.waiting.title_certificate": {TR: "Kartta sertifika bulunamadı", EN: "No certificate found on the card"},
	"window.waiting.title_unreadable":  {TR: "Kartınızdaki sertifika okunamıyor", EN: "The certificate on your card cannot be read"},
	"window.waiting.title_driver":      {TR: "Kartınızın sürücüsü gerekli", EN: "Your card’s driver is needed"},
	"window.waiting.title_trouble":     {TR: "Kart okunamadı", EN: "The card could not be read"},
	"window.waiting.title_busy":        {TR: "Kartınız meşgul", EN: "Your card is busy"},
	"window.waiting.title_refused":     {TR: "Kart hizmeti izin vermiyor", EN: "The smart card service refuses access"},
	"window.waiting.title_service":     {TR: "Kart hizmeti çalışmıyor", EN: "The smart card service does not run"},
	"window.waiting.by_itself":         {TR: "Kartınız görülünce bu pencere kendiliğinden devam eder.", EN: "When your card is seen, this window goes on by itself."},

	// The PIN.
	"window.pin.recognise": {TR: "PIN kodunuzu yalnızca burada kendi sözünüzü görüyorsanız yazın:", EN: "Type your PIN only right below this phrase of yours:"},
	"window.pin.title":     {TR: "PIN kodunuzu yazın", EN: "Type your PIN"},
	"window.pin.title_pad": {TR: "PIN kodunuzu okuyucuda girin", EN: "Enter your PIN on the reader"},
	"window.pin.stays":     {TR: "Yalnızca kartınıza verilir; site PIN kodunuzu görmez.", EN: "It is given to your card only; the site does not see your PIN."},
	"window.pin.pad":       {TR: "“İmzala”ya bastıktan sonra PIN kodunuzu okuyucunun tuşlarıyla girin.", EN: "Press “Sign”, then enter your PIN with the keys of the reader."},
	"window.pin.sign":      {TR: "İmzala", EN: "Sign"},

	// The card at work, and the end.
	"window.working.slow":           {TR: "Kart alışılandan yavaş yanıt veriyor. Kartı çıkarmadan bekleyin.", EN: "The card is slower than usual. Wait, and leave it in the reader."},
	"window.done.closing":           {TR: "Pencere birazdan kendiliğinden kapanır. Açık kalsın isterseniz bir tuşa basın.", EN: "The window closes by itself in a moment. To keep it open, press any key."},
	"window.failed.title":           {TR: "İşlem tamamlanamadı", EN: "It could not be completed"},
	"window.failed.title_cancelled": {TR: "İşlemden vazgeçildi", EN: "The act was cancelled"},
	"window.failed.title_gone":      {TR: "İmza isteyen sayfa artık yok", EN: "The page that asked is gone"},
	"window.failed.install":         {TR: "E-Onay, kartınızla konuşmak için bu bilgisayarda küçük bir program kullanır. Aşağıdaki sayfadan indirip kurun, sonra burada “Yeniden dene”ye basın.", EN: "To speak with your card, E-Onay uses a small program on this computer. Download and install it from the page below, then press “Try again” here."},

	"window.failed.title_host":   {TR: "E-Onay programı gerekli", EN: "The E-Onay program is needed"},
	"window.failed.title_locked": {TR: "Kartınız kilitli", EN: "Your card is blocked"},
	"window.failed.host":         {TR: "E-Onay, kartınızla konuşmak için bu bilgisayarda küçük bir program kullanır. İmza isteyen site nereden alınacağını söyler; kurduktan sonra burada “Yeniden dene”ye basın.", EN: "To speak with your card, E-Onay uses a small program on this computer. The site that asks for the signature says where to get it; once it is installed, press “Try again” here."},
	"window.failed.cancelled":    {TR: "Hiçbir şey yapılmadı. Dilerseniz sayfadan yeniden başlayın.", EN: "Nothing was done. You can start again from the page."},
}
