package message

// siteErrors are the sentences of what a site alone refuses. A window hears of it only where a site answers it: that of a new PIN.
var siteErrors = map[string]entry{
	// Any act.
	"error.login_required":   {TR: "Oturumunuz açık değil veya süresi doldu. Yeniden giriş yapın.", EN: "You are not logged in, or your session has ended. Log in again."},
	"error.login_failed":     {TR: "Giriş tamamlanamadı. Yeniden giriş yapın.", EN: "The login could not be completed. Log in again."},
	"error.form_expired":     {TR: "Sayfa çok beklemiş veya tarayıcınız çerezlere izin vermiyor. Sayfayı yenileyip yeniden deneyin.", EN: "This page has waited too long, or your browser does not allow cookies. Reload it and try again."},
	"error.act_unknown":      {TR: "Böyle bir işlem yok. Menüden yeniden başlayın.", EN: "There is no such act. Start again from the menu."},
	"error.code_expired":     {TR: "Doğrulama kodunun süresi doldu; hiçbir şey kaydedilmedi. Tekrar kod alıp yeniden imzalayın.", EN: "The verification code has expired; nothing was recorded. Get a new code and sign again."},
	"error.code_used":        {TR: "Bu doğrulama kodu kullanılmış. Tekrar kod alıp yeniden imzalayın.", EN: "This verification code has been used. Get a new code and sign again."},
	"error.code_elsewhere":   {TR: "Bu doğrulama kodu başka bir oturuma ait; hiçbir şey kaydedilmedi. Tekrar kod alın.", EN: "This verification code belongs to another session; nothing was recorded. Get a new code."},
	"error.code_limit":       {TR: "Kısa sürede çok fazla doğrulama kodu aldınız. Birkaç dakika bekleyip yeniden deneyin.", EN: "You asked for too many verification codes in a short time. Wait a few minutes and try again."},
	"error.consent_changed":  {TR: "E-Onay metni siz imzalarken değişti; hiçbir şey kaydedilmedi. Yeni metni okuyup yeniden imzalayın.", EN: "The consent text changed while you were signing; nothing was recorded. Read the new text and sign again."},
	"error.act_not_possible": {TR: "E-Onay durumunuz bu arada değişmiş; yapılacak bir işlem kalmadı. E-Onay İşlemleri sayfasına dönün.", EN: "Your E-Onay has changed in the meantime; there is nothing left to do here. Go back to E-Onay."},
	"error.not_found":        {TR: "Aradığınız sayfa yok. Ana sayfadan devam edin.", EN: "There is no such page. Continue from the home page."},
	"error.claim_invalid":    {TR: "Bilgisayarınızdan gelen başvuru bu işleme uymuyor; hiçbir şey yapılmadı. Uzantıyı ve programı güncelleyip yeni bir kodla başlayın.", EN: "What your computer sent does not fit this act; nothing was done. Update extension and program and start with a new code."},
	"error.card_unknown":     {TR: "Takılı kart adınıza kayıtlı değil. Bu kurumdan aldığınız kartı takıp yeniden başlayın.", EN: "The card in the reader is not on record for you. Put in the card that you got from this provider and start again."},
	"error.tpm_required":     {TR: "Bu bilgisayarın güvenlik çipi (TPM) doğrulanamadı; PUK verilmedi. Güvenlik çipi olan başka bir bilgisayar kullanın veya destek birimine başvurun.", EN: "The security chip (TPM) of this computer could not be verified; no PUK was released. Use another computer that has one, or ask the help desk."},
	"error.device_revoked":   {TR: "Bu bilgisayarı listenizden çıkarmıştınız; PUK verilmedi. Başka bir bilgisayar kullanın veya destek birimine başvurun.", EN: "You took this computer off your list; no PUK was released. Use another computer or ask the help desk."},
	"error.release_limit":    {TR: "Bugün yapılabilecek kilit çözme sayısına ulaştınız. Yarın yeniden deneyin veya destek birimini arayın.", EN: "You have reached today's number of unblockings. Try again tomorrow or call the help desk."},
	"error.puk_withheld":     {TR: "Kart, kayıtlı PUK’u daha önce kabul etmedi; kart zarar görmesin diye yeniden gönderilmez. Destek birimini arayın.", EN: "The card has refused the PUK on record before; so that it comes to no harm, it is not sent again. Call the help desk."},
	"error.unavailable":      {TR: "Hizmet şu anda yanıt veremiyor; hiçbir şey kaydedilmedi. Birkaç dakika sonra yeniden deneyin.", EN: "The service cannot answer right now; nothing was recorded. Try again in a few minutes."},

	// Before a PUK is released.
	"error.login_stale":         {TR: "Bu işlem için az önce giriş yapmış olmanız gerekir; PUK verilmedi. PIN Oluşturma sayfasına dönüp e-Devlet Kapısı’nda yeniden giriş yapın.", EN: "This act needs a login made just now; no PUK was released. Go back to New PIN and log in at the gateway again."},
	"error.login_weak":          {TR: "Giriş yolunuz bu işlem için yeterince güçlü değil; PUK verilmedi. e-Devlet Kapısı’nda daha güçlü bir yolla giriş yapın.", EN: "The way you logged in is not strong enough for this act; no PUK was released. Log in at the gateway in a stronger way."},
	"error.contact_unknown":     {TR: "Tek kullanımlık kodun gönderileceği bir adresiniz kayıtlı değil; PUK verilmedi. Adresinizi kaydettirmek için destek birimini arayın.", EN: "No address is on record for you to which a one-time code could be sent; no PUK was released. Call the help desk to have one put on record."},
	"error.one_time_code_wrong": {TR: "Tek kullanımlık kod yanlış. Size gönderilen son koda bakıp yeniden yazın.", EN: "The one-time code is wrong. Look at the last code sent to you and type it again."},
	"error.one_time_code_over":  {TR: "Tek kullanımlık kodun süresi dolmuş veya kod kullanılmış; PUK verilmedi. PIN Oluşturma sayfasına dönüp yeni bir kod isteyin.", EN: "The one-time code is too old or has been used; no PUK was released. Go back to New PIN and ask for another one."},
	"error.puk_wait":            {TR: "Üç başarısız denemeden sonra bir süre beklemeniz gerekir; PUK verilmedi. Ne zaman yeniden deneyebileceğiniz PIN Oluşturma sayfasında yazar.", EN: "After three failures you have to wait for a while; no PUK was released. The New PIN page says when you can try again."},

	// Applications.
	"error.application_state":      {TR: "Başvurunun durumu bu işleme uygun değil; hiçbir şey değişmedi. Başvurunun sayfasında yapılabilecekler yazar.", EN: "The application is in a state that does not allow this; nothing was changed. Its page says what can be done."},
	"error.application_changed":    {TR: "Başvuru siz sayfaya bakarken değişti; yaptığınız işlem kaydedilmedi. Sayfayı yenileyip yeniden deneyin.", EN: "The application was changed while you looked at it; what you did was not recorded. Reload the page and try again."},
	"error.application_incomplete": {TR: "Başvuru formunda eksik veya yanlış alanlar var. Formu açıp işaretli alanları düzeltin.", EN: "Something in the application form is missing or wrong. Open the form and correct the fields that are marked."},
	"error.application_open":       {TR: "Bu türden süren bir başvurunuz var. Yenisini yapmak için önce onu tamamlayın veya iptal edin.", EN: "You already have an application of this kind under way. Complete or cancel it before you make another."},
	"error.application_limit":      {TR: "Bir günde yapılabilecek başvuru ya da bir başvuruda yapılabilecek değişiklik sayısına ulaştınız; son yaptığınız kaydedilmedi. Yarın yeniden deneyin veya destek birimini arayın.", EN: "You have reached the number of applications in a day, or of changes to one; what you did last was not recorded. Try again tomorrow or call the help desk."},
	"error.reason_missing":         {TR: "Bu işlem için en çok 500 baytlık bir gerekçe gerekir; hiçbir şey değişmedi. Gerekçeyi yazıp yeniden deneyin.", EN: "This needs a reason of at most 500 bytes; nothing was changed. Write the reason and try again."},

	// The authority's desk.
	"error.card_login_required": {TR: "Masaya yalnızca kartla yapılan girişle ulaşılır; e-Devlet Kapısı ile girdiniz. Kartınızla yeniden giriş yapın.", EN: "The desk can be reached after a login with a card only; you came through the e-Government Gateway. Log in again with your card."},
	"error.own_application":     {TR: "Kendi başvurunuzla ilgili işlem yapamazsınız; hiçbir şey değişmedi. İşlemi başka bir görevli yapmalıdır.", EN: "You cannot act on an application of your own; nothing was changed. Another officer must do it."},
	"error.paper_code_wrong":    {TR: "Kâğıttaki kod bu başvurunun şimdiki formuna ait değil; hiçbir şey değişmedi. Kodu yeniden okutun; kâğıt eski bir forma aitse kişiden yenisini isteyin.", EN: "The code on the paper is not of this application's present form; nothing was changed. Scan the code again; if the paper is of an older form, ask the person for a new one."},
	"error.courier_number":      {TR: "Gönderi numarası 6–40 harf ve rakamdan oluşur ve bu başvurununkiyle aynı olmalıdır; hiçbir şey değişmedi. Numarayı yeniden okutun.", EN: "A shipment number is 6 to 40 letters and digits, and must be that of this application; nothing was changed. Scan the number again."},
	"error.payment_number":      {TR: "Ödemenin dekont numarası gerekir (en çok 100 karakter); hiçbir şey değişmedi. Numarayı yazıp yeniden deneyin.", EN: "The number of the payment's receipt is needed (100 characters at most); nothing was changed. Type it and try again."},

	// İmza Doğrulama.
	"error.check_busy":      {TR: "Şu anda çok sayıda dosya doğrulanıyor. Birkaç dakika sonra yeniden deneyin.", EN: "Many files are being verified right now. Try again in a few minutes."},
	"error.check_limit":     {TR: "Kısa sürede çok sayıda dosya doğruladınız. Bir dakika bekleyip yeniden deneyin.", EN: "You have verified many files in a short time. Wait a minute and try again."},
	"error.check_no_file":   {TR: "Dosya seçmediniz. Doğrulanacak dosyayı seçip yeniden deneyin.", EN: "You have not chosen a file. Choose the file to verify and try again."},
	"error.check_too_large": {TR: "Dosya, bu sayfada doğrulanabilecek olandan büyük. Bilgisayarınızdaki bir programla doğrulayın.", EN: "The file is larger than this page can verify. Verify it with a program on your computer."},
	"error.check_upload":    {TR: "Dosyanın tamamı ulaşmadı. Bağlantınızı denetleyip yeniden deneyin.", EN: "The file did not arrive whole. Check your connection and try again."},

	// Who has signed, and when.
	"error.certificate_untrusted":  {TR: "Sertifikayı veren kuruluş bu sitede tanınmıyor. Sitenin kabul ettiği bir sertifika kullanın.", EN: "This site does not recognise the issuer of the certificate. Use a certificate the site accepts."},
	"error.certificate_revoked":    {TR: "Sertifika iptal edilmiş. Sertifika sağlayıcınıza başvurun.", EN: "The certificate has been revoked. Ask your certificate provider."},
	"error.certificate_of_another": {TR: "Sertifika, giriş yapan kişiye ait değil. Kendi kartınızla yeniden deneyin.", EN: "The certificate is not the logged-in person's. Try again with your own card."},
	"error.revocation_unavailable": {TR: "Sertifikanın geçerliliği şu anda sorgulanamıyor; hiçbir şey kaydedilmedi. Birkaç dakika sonra yeniden deneyin.", EN: "The certificate's status cannot be checked right now; nothing was recorded. Try again in a few minutes."},
	"error.revocation_invalid":     {TR: "Sertifikanın geçerlilik yanıtı güvenilir değil; hiçbir şey kaydedilmedi. Birkaç dakika sonra yeniden deneyin.", EN: "The answer on the certificate's status cannot be trusted; nothing was recorded. Try again in a few minutes."},
	"error.signature_time":         {TR: "İmzanın saati bu işlemin saatiyle uyuşmuyor; hiçbir şey kaydedilmedi. Bilgisayarın saatini denetleyip yeniden imzalayın.", EN: "The signature's time does not fit this act; nothing was recorded. Check the computer's clock and sign again."},

	// Time stamps.
	"error.timestamp_unavailable": {TR: "Zaman damgası sunucusu şu anda yanıt vermiyor; zaman damgası alınamadı. Birkaç dakika sonra yeniden deneyin.", EN: "The time-stamp authority does not answer right now; there is no time stamp. Try again in a few minutes."},
	"error.timestamp_refused":     {TR: "Zaman damgası sunucusu isteği geri çevirdi; zaman damgası alınamadı. Sunucudaki hesabınızı ve kalan damga sayısını denetleyin.", EN: "The time-stamp authority refused the request; there is no time stamp. Check your account with it, and how many stamps are left."},
	"error.timestamp_invalid":     {TR: "Zaman damgası bozuk veya damgalanan veriye ait değil. Dosyayı gönderenden yeniden isteyin ya da yeni bir zaman damgası alın.", EN: "The time stamp is broken, or not of the data that it goes with. Ask the sender for the file again, or get a new time stamp."},
	"error.timestamp_untrusted":   {TR: "Zaman damgasını veren kuruluş güvenilenler arasında yok ya da sertifikası geçerli değil; zaman damgası kullanılmadı. Güveniyorsanız kök sertifikasını güvenilenlere ekleyin.", EN: "The authority of the time stamp is not among those trusted, or its certificate is not valid; the time stamp was not used. If you trust it, add its root certificate."},

	// Signatures that are made to last.
	"error.extend_invalid":   {TR: "İmza geçersiz ya da kurallara uymuyor; dosyaya hiçbir şey eklenmedi. Nedenini görmek için imzayı doğrulayın.", EN: "The signature is not valid, or breaks the rules; nothing was added to the file. Verify it to see why."},
	"error.extend_untrusted": {TR: "İmza sertifikasının dayandığı kuruluş güvenilenler arasında yok; dosyaya hiçbir şey eklenmedi. Güveniyorsanız kök sertifikasını güvenilenlere ekleyin.", EN: "The authority that the signer’s certificate rests on is not among those trusted; nothing was added to the file. If you trust it, add its root certificate."},
	"error.extend_unproven":  {TR: "İmza sertifikası ya da algoritması artık geçerli değil ve imzanın daha önce var olduğunu kanıtlayan bir zaman damgası yok; bundan sonra eklenecek hiçbir şey bunu kanıtlayamaz. İmzalayandan yeniden imzalamasını isteyin.", EN: "The signer’s certificate or the algorithm is no longer valid, and no time stamp proves that the signature existed before; nothing that is added now can prove it. Ask the signer to sign again."},
	"error.extend_content":   {TR: "İmzalanan içerik elde değil; dosyaya hiçbir şey eklenmedi. İçeriği de verin.", EN: "The content that was signed is not at hand; nothing was added to the file. Give the content as well."},
	"error.extend_status":    {TR: "Sertifikaların iptal edilip edilmediğini gösteren yeterli bilgi elde değil; dosyaya hiçbir şey eklenmedi. İptal listesini ya da ÇiSDuP yanıtını verin veya bir süre sonra yeniden deneyin.", EN: "There is not enough information on whether the certificates have been revoked; nothing was added to the file. Give the revocation list or the OCSP answer, or try again later."},
	"error.extend_profile":   {TR: "İmza, istenen profilin politikasını anmıyor ya da profilin kurallarına uymuyor; dosyaya hiçbir şey eklenmedi. İmzalayandan bu profille yeniden imzalamasını isteyin.", EN: "The signature does not name the policy of this profile, or breaks the profile’s rules; nothing was added to the file. Ask the signer to sign again with this profile."},
	"error.extend_late":      {TR: "İmza bu profil için çok eski: zaman damgası imzadan sonraki iki saat içinde alınmalıydı. İmzalayandan yeniden imzalamasını isteyin.", EN: "The signature is too old for this profile: the time stamp had to be made within two hours of it. Ask the signer to sign again."},
	"error.extend_early":     {TR: "Bu düzey için henüz erken: zaman damgasından en az bir gün sonra çıkarılan bir iptal listesi gerekiyor. Daha sonra yeniden deneyin.", EN: "It is too early for this level: it needs a revocation list that was made a day after the time stamp, or later. Try again later."},
	"error.extend_worse":     {TR: "Eklenenler, dosyadaki bir imzanın değerini düşürecekti; dosyaya hiçbir şey eklenmedi. Dosyayı olduğu gibi saklayın.", EN: "What was to be added would have made a signature in the file worth less; nothing was added. Keep the file as it is."},
}
