package message

// certificateStatus has what the portal says of suspending, resuming and revoking a certificate.
var certificateStatus = map[string]entry{
	"status":       {TR: "İptal / Askıya Alma", EN: "Suspend or revoke"},
	"status.about": {TR: "Kartınız kaybolduysa ya da çalındıysa sertifikanızı durdurun", EN: "Stop your certificate if your card is lost or stolen"},
	"status.lead":  {TR: "Kartınız kaybolduysa, çalındıysa ya da başkasının elindeyse sertifikanızı buradan durdurabilirsiniz. İki soru sorulur: T.C. kimlik numaranız ve başvuruda belirlediğiniz güvenlik sözcüğü. PIN kodunuz hiçbir zaman sorulmaz.", EN: "If your card is lost, stolen or in other hands, stop your certificate here. You are asked two things: your citizen number, and the security word of your application. You are never asked for your PIN."},

	"status.number":       {TR: "T.C. kimlik numaranız", EN: "Your citizen number"},
	"status.number.wrong": {TR: "Bu bir T.C. kimlik numarası değil", EN: "This is not a citizen number"},
	"status.number.mend":  {TR: "11 rakamı yazın.", EN: "Type the 11 digits."},
	"status.with-login":   {TR: "Giriş yaparak devam et", EN: "Log in instead"},
	"status.no-word":      {TR: "Güvenlik sözcüğünüzü hatırlamıyorsanız giriş yaparak devam edin ya da sertifikanızı veren kuruluşu hemen arayın.", EN: "If you do not remember your security word, log in instead, or call whoever issued your certificate at once."},

	"status.word":      {TR: "Güvenlik sözcüğünüz", EN: "Your security word"},
	"status.word.lead": {TR: "Başvurunuzu yaparken belirlediğiniz sözcüğü yazın. Yazdığınız burada görünür; çevrenizde kimse olmasın.", EN: "Type the word that you chose when you applied. What you type shows here; make sure that nobody watches."},
	"status.word.hint": {TR: "Büyük veya küçük harf fark etmez. Birkaç yanlış denemeden sonra bir saat beklemeniz gerekir.", EN: "Capitals do not matter. After a few wrong tries you would have to wait for an hour."},

	"status.list":      {TR: "Sertifikalarınız", EN: "Your certificates"},
	"status.list.lead": {TR: "Ne yapacağınızdan emin değilseniz askıya alın: sertifika o anda kullanılamaz olur ve kartınızı bulursanız askı kaldırılabilir.", EN: "If you are not sure, suspend: the certificate cannot be used from then on, and if you find your card, the suspension can be lifted."},
	"status.none":      {TR: "Bu site üzerinden verilmiş bir sertifikanız yok.", EN: "You have no certificate that was issued through this site."},
	"status.end":       {TR: "Bitir", EN: "Finish"},
	"status.other":     {TR: "Başka biri giriş yaptı; aşağıda onun sertifikaları var.", EN: "Somebody else has logged in; below are their certificates."},
	"status.validity":  {TR: "Geçerlilik", EN: "Valid"},
	"status.serial":    {TR: "Seri numarası", EN: "Serial number"},

	"status.requested": {TR: "İsteğiniz alındı ve bu sitede hemen geçerli oldu. Herkese duyurulması için sertifikanızı veren kuruluşa iletiliyor.", EN: "Your request was received, and counts on this site at once. It is being passed on to whoever issued your certificate, to be published for everybody."},
	"status.published": {TR: "Herkese yayımlandı: {when}.", EN: "Published for everybody on {when}."},
	"status.refused":   {TR: "Bu sitede geçerli, ama sertifikanızı veren kuruluş başka bir durum yayımlıyor. Kuruluşu arayın.", EN: "It counts on this site, but whoever issued your certificate publishes another status. Call them."},

	"status.act.suspend": {TR: "Askıya al", EN: "Suspend"},
	"status.act.resume":  {TR: "Askıdan kaldır", EN: "Lift the suspension"},
	"status.act.revoke":  {TR: "İptal et", EN: "Revoke"},

	"status.meaning.suspend": {TR: "Kartınızı bulabileceğinizi düşünüyorsanız. Sertifika kullanılamaz; geri alınabilir.", EN: "If you think that you may find your card. The certificate cannot be used; this can be undone."},
	"status.meaning.resume":  {TR: "Kartınız sizdeyse. Sertifika yeniden kullanılır.", EN: "If you have your card. The certificate can be used again."},
	"status.meaning.revoke":  {TR: "Kart çalındıysa ya da artık kullanılmayacaksa. Geri alınamaz; yeni sertifika için yeni başvuru gerekir.", EN: "If the card was stolen, or will not be used any more. This cannot be undone; a new certificate takes a new application."},

	"status.consequence.suspend": {TR: "Askıdaki sertifikayla imza atılamaz, giriş yapılamaz. Daha önce attığınız imzalar geçerli kalır. Askıyı kaldırmak için giriş yapmanız ya da sertifikanızı veren kuruluşu aramanız gerekir.", EN: "With a suspended certificate nobody can sign or log in. What you signed before stays valid. To lift the suspension, log in or call whoever issued your certificate."},
	"status.consequence.resume":  {TR: "Askıyı yalnızca kartınız sizdeyse ve başkası kullanmadıysa kaldırın. Sertifikanız yeniden kullanılır.", EN: "Lift the suspension only if you have your card and nobody else has used it. Your certificate can be used again."},
	"status.consequence.revoke":  {TR: "İptal geri alınamaz: sertifika bir daha kullanılamaz ve yeni bir sertifika için yeni başvuru yapmanız gerekir. Daha önce attığınız imzalar geçerli kalır.", EN: "A revocation cannot be undone: the certificate can never be used again, and you need a new application for a new one. What you signed before stays valid."},

	"status.reason":              {TR: "Neden iptal ediyorsunuz?", EN: "Why do you revoke it?"},
	"status.reason.lost":         {TR: "Kartım kayboldu", EN: "My card is lost"},
	"status.reason.stolen":       {TR: "Kartım çalındı ya da başkasının elinde", EN: "My card was stolen, or is in other hands"},
	"status.reason.broken":       {TR: "Kartım bozuldu", EN: "My card is broken"},
	"status.reason.left_office":  {TR: "Görevimden ayrıldım", EN: "I have left my post"},
	"status.reason.data_changed": {TR: "Sertifikadaki bilgilerim değişti", EN: "What the certificate says of me has changed"},
	"status.reason.asked":        {TR: "Artık istemiyorum", EN: "I do not want it any more"},

	"status.proof.login":       {TR: "girişle", EN: "by login"},
	"status.proof.word":        {TR: "güvenlik sözcüğüyle", EN: "by security word"},
	"status.proof.telephone":   {TR: "telefonda, güvenlik sözcüğüyle", EN: "on the telephone, by security word"},
	"status.proof.two_persons": {TR: "iki görevlinin kararıyla", EN: "decided by two officers"},

	"status.desk":           {TR: "Telefonda iptal ve askı", EN: "Suspend and revoke on the telephone"},
	"status.desk.about":     {TR: "Arayan kişinin sertifikasını güvenlik sözcüğüyle durdurun", EN: "Stop a caller’s certificate, by their security word"},
	"status.desk.lead":      {TR: "Arayanın T.C. kimlik numarasını yazın. Güvenlik sözcüğünü sonraki sayfada sorun; PIN kodunu hiçbir zaman sormayın.", EN: "Type the caller’s citizen number. Ask for the security word on the next page; never ask for the PIN."},
	"status.desk.number":    {TR: "Arayanın T.C. kimlik numarası", EN: "The caller’s citizen number"},
	"status.desk.find":      {TR: "Bul", EN: "Find"},
	"status.desk.none":      {TR: "Bu numarayla verilmiş bir sertifika yok.", EN: "No certificate was issued for this number."},
	"status.desk.own":       {TR: "Bu sizin sertifikanız; işlemi başka bir görevli yapar.", EN: "This is your own certificate; another officer has to act on it."},
	"status.desk.word":      {TR: "Arayanın söylediği güvenlik sözcüğü", EN: "The security word that the caller says"},
	"status.desk.word.hint": {TR: "Doğru sözcüğü siz söylemeyin, ipucu vermeyin. Saatte beş yanlış denemeden sonra beklenir.", EN: "Never say the word yourself, and give no hints. After five wrong tries in an hour you have to wait."},
	"status.desk.act":       {TR: "Ne yapılacak?", EN: "What is to be done?"},
	"status.desk.reason":    {TR: "İptal edilecekse neden", EN: "Why, if it is revoked"},
	"status.desk.note":      {TR: "Açıklama", EN: "Reason in words"},
	"status.desk.note.hint": {TR: "Kişi okur ve kalıcıdır; kimlik numarası ve sözcüğün kendisini yazmayın.", EN: "The person reads it, and it stays for good; write no citizen number, and not the word itself."},
	"status.desk.together":  {TR: "Arayan sözcüğü söyleyemiyor ya da kişi aramadı mı?", EN: "Does the caller not know the word, or is there no caller?"},
	"status.desk.settle":    {TR: "Kuruluş bu iptali yayımlamayı reddediyor; her saat yeniden isteniyor. Kuruluşla görüşüp sonuçlandırdınız mı?", EN: "The authority refuses to publish this revocation, and is asked again every hour. Have you settled it with them?"},
	"status.desk.do":        {TR: "Uygula", EN: "Do it"},

	"status.stale":     {TR: "Bunun için e-Devlet Kapısı’ndan yeniden giriş yapmanız gerekir: bilgisayarınızın başına geçen biri sizin yerinize yapamasın. Girişten sonra bu sayfaya dönersiniz.", EN: "For this you have to log in anew at the e-Government Gateway, so that nobody who sits down at your computer can do it. You come back to this page."},
	"status.login":     {TR: "Yeniden giriş yap", EN: "Log in anew"},
	"status.cancelled": {TR: "Giriş yarıda bırakıldı; hiçbir şey değişmedi.", EN: "The login was cancelled; nothing was changed."},
}
