package message

// public has what the portal says to anybody, logged in or not.
var public = map[string]entry{
	// Where a card is.
	"portal.shipment":                {TR: "Gönderi Sorgulama", EN: "Follow a shipment"},
	"portal.shipment.about":          {TR: "Kartınız nerede, gönderi numarasıyla", EN: "Where your card is, by the courier’s number"},
	"portal.shipment.lead":           {TR: "Kartınız kargoya verildiğinde size bildirilen gönderi numarasını yazın. Giriş yapmanız gerekmez; kartın kime ait olduğu burada görünmez.", EN: "Type the number you were told when your card was handed to the courier. You need not log in; whose card it is does not show here."},
	"portal.shipment.number":         {TR: "Gönderi numarası", EN: "Courier’s number"},
	"portal.shipment.hint":           {TR: "Harf ve rakamlardan oluşur; boşlukları yazmasanız da olur.", EN: "Letters and digits; spaces do not matter."},
	"portal.shipment.look":           {TR: "Sorgula", EN: "Look"},
	"portal.shipment.wrong":          {TR: "Bu bir gönderi numarası değil", EN: "This is not a courier’s number"},
	"portal.shipment.mend":           {TR: "6 ile 40 arasında harf ve rakamdan oluşan numarayı yazın.", EN: "Type the number, of 6 to 40 letters and digits."},
	"portal.shipment.none":           {TR: "Bu numarayla bir gönderi yok", EN: "There is no shipment with this number"},
	"portal.shipment.none.next":      {TR: "Numarayı yeniden denetleyin. Kartınız henüz kargoya verilmemiş de olabilir: Başvurularım sayfasında yazar.", EN: "Check the number again. Your card may not have been handed over yet: the page of your applications says so."},
	"portal.shipment.sent":           {TR: "Kart kargoda", EN: "The card is with the courier"},
	"portal.shipment.sent.at":        {TR: "Kargoya verildi", EN: "Handed to the courier"},
	"portal.shipment.sent.next":      {TR: "Kartı kimliğinizle teslim alırsınız.", EN: "You receive the card with your identity card."},
	"portal.shipment.delivered":      {TR: "Kart teslim edildi", EN: "The card was delivered"},
	"portal.shipment.delivered.at":   {TR: "Teslim edildi", EN: "Delivered"},
	"portal.shipment.delivered.next": {TR: "Kartı ilk kez kullanmadan önce bir PIN oluşturun:", EN: "Before you use the card for the first time, create a PIN:"},

	// The application form and the undertaking.
	"portal.undertaking":                      {TR: "Başvuru Formu ve Taahhütname", EN: "Application form and undertaking"},
	"portal.undertaking.about":                {TR: "E-Onay verirken kabul ettiğiniz metinler", EN: "The texts you accept when you give E-Onay"},
	"portal.undertaking.lead":                 {TR: "E-Onay verdiğinizde bu iki metnin o günkü sürümünü kabul etmiş olursunuz. İmzaladığınız belgede her ikisinin sürüm numarası yazar. Okuyun, isterseniz indirip saklayın.", EN: "When you give E-Onay, you accept these two texts as they are on that day; the document you sign names the version of each. Read them, and download them to keep if you like. They are in Turkish."},
	"portal.undertaking.print":                {TR: "Yazdır", EN: "Print"},
	"portal.undertaking.form":                 {TR: "Başvuru formu", EN: "Application form"},
	"portal.undertaking.undertaking":          {TR: "Taahhütname", EN: "Undertaking"},
	"portal.undertaking.version":              {TR: "Sürüm (metnin SHA-256 özeti):", EN: "Version (SHA-256 of the text):"},
	"portal.undertaking.form.download":        {TR: "Başvuru formunu indir", EN: "Download the application form"},
	"portal.undertaking.undertaking.download": {TR: "Taahhütnameyi indir", EN: "Download the undertaking"},
	"portal.consent.references":               {TR: "Başvuru formunu ve taahhütnameyi okuyun (yeni sekmede açılır)", EN: "Read the application form and the undertaking (opens in a new tab)"},
	"portal.result.approved":                  {TR: "Kabul ettiğiniz sürüm: {name}", EN: "The version you accepted: {name}"},

	"portal.installation.about": {TR: "Uzantıyı ve programı kurun, kart okuyucunuzu deneyin", EN: "Install extension and program, and try your card reader"},

	// Announcements.
	"portal.announcements": {TR: "Duyurular", EN: "Announcements"},

	// Network access.
	"portal.access":                {TR: "Ağ Erişimi", EN: "Network access"},
	"portal.access.about":          {TR: "Ağınızın geçirmesi gereken adresler; engellenen varsa bu tarayıcıdan sınayın", EN: "The addresses your network must let through; test from this browser whether any is blocked"},
	"portal.access.lead":           {TR: "Kurum ağları bazı adresleri engelleyebilir. Bu sayfa, işlemleriniz için gereken adreslerden bu tarayıcıya yanıt gelip gelmediğini sınar. Giriş gerekmez, hiçbir bilginiz gönderilmez.", EN: "An institution’s network may block addresses. This page tests whether the addresses you need here answer this browser. You need not log in, and nothing about you is sent."},
	"portal.access.noscript":       {TR: "Sınama için tarayıcınızda JavaScript açık olmalıdır. Aşağıdaki listeyi kurumunuzun bilgi işlem birimine verebilirsiniz.", EN: "The test needs JavaScript. You can give the list below to your institution’s IT."},
	"portal.access.test":           {TR: "Adresleri Sına", EN: "Test the addresses"},
	"portal.access.status.testing": {TR: "Adresler sınanıyor… En çok 15 saniye sürer.", EN: "Testing the addresses… This takes 15 seconds at most."},
	"portal.access.status.good":    {TR: "Ağınız gereken adresleri geçiriyor: {all} adresin {all} tanesinden yanıt geldi.", EN: "Your network lets through what is needed: {all} of {all} addresses answered."},
	"portal.access.status.bad":     {TR: "{all} adresin {n} tanesinden yanıt gelmedi; ağınız onları engelliyor olabilir. Aşağıda işaretlendiler.", EN: "{n} of {all} addresses did not answer; your network may be blocking them. They are marked below."},
	"portal.access.status.offline": {TR: "Bilgisayarınız internete bağlı değil. Bağlandıktan sonra yeniden sınayın.", EN: "Your computer is not connected to the Internet. Connect it and test again."},
	"portal.access.open":           {TR: "yanıt geldi", EN: "answered"},
	"portal.access.blocked":        {TR: "yanıt gelmedi", EN: "no answer"},
	"portal.access.testing":        {TR: "sınanıyor", EN: "testing"},
	"portal.access.hint":           {TR: "Emin olmak için adresi yeni sekmede açın:", EN: "To be sure, open the address in a new tab:"},
	"portal.access.try":            {TR: "{host} adresini aç", EN: "open {host}"},
	"portal.access.untestable":     {TR: "Bu adres {port} numaralı bağlantı noktasında, şifresiz yanıt verir; tarayıcılar onu buradan sınayamaz.", EN: "This address answers on port {port} without encryption; browsers cannot test it from here."},
	"portal.access.hosts":          {TR: "Gereken adresler", EN: "The addresses needed"},
	"portal.access.it":             {TR: "Bilgi işlem birimi için", EN: "For your IT"},
	"portal.access.it.what":        {TR: "Bu adresler güvenlik duvarından ve vekil sunucudan (proxy) geçebilmeli, şifreli bağlantıları araya girilip açılmamalıdır.", EN: "Firewall and proxy must let these addresses through, and must not break open their encrypted connections."},
	"portal.access.it.list":        {TR: "Listeyi indir (adres, bağlantı noktası, protokol, ne için)", EN: "Download the list (address, port, protocol, purpose)"},
	"portal.access.limits":         {TR: "Sınama yalnızca yanıt gelip gelmediğini görür. Ağınız, engellediği adres yerine kendi uyarı sayfasını gösteriyorsa, bunu ancak adresi yeni sekmede açınca anlarsınız.", EN: "The test sees only whether an answer comes. If your network shows a warning page of its own in place of an address, you will see that only when you open the address in a new tab."},
	"portal.access.why.own":        {TR: "Bu site", EN: "This site"},
	"portal.access.why.gateway":    {TR: "Kimlik doğrulama: e-Devlet Kapısı ile giriş", EN: "Login at the e-Government Gateway"},
	"portal.access.why.extension":  {TR: "E-Onay uzantısının kurulması ve güncellenmesi", EN: "Installing and updating the E-Onay extension"},
}
