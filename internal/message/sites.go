package message

// sites is what the settings page says of the sites in whose pages E-Onay works, and at the first start.
var sites = map[string]entry{
	"manage.sites":           {TR: "Siteler", EN: "Sites"},
	"manage.sites.why":       {TR: "E-Onay yalnızca buradaki sitelerde, bunların bütün bağlantı noktalarında (port) çalışır; başka hiçbir sayfaya dokunmaz. Başka bir siteye izin vermek için o sayfadayken tarayıcının araç çubuğundaki E-Onay düğmesine basın.", EN: "E-Onay works on these sites only, on all their ports, and touches no other page. To admit another site, press the E-Onay button in the browser’s toolbar while you are on its page."},
	"manage.sites.portal":    {TR: "Uzantıyla birlikte gelir", EN: "Comes with the extension"},
	"manage.sites.revoke":    {TR: "İzni geri al", EN: "Take it back"},
	"manage.sites.revoke_of": {TR: "İzni geri al: {site}", EN: "Take it back: {site}"},
	"manage.sites.open":      {TR: "Sitenin açık sayfaları, siz yenileyene kadar E-Onay’ı görmeyi sürdürür ama hiçbir pencere açtıramaz.", EN: "Pages of the site that are open go on to see E-Onay until you reload them, but cannot have any window opened."},
	"manage.sites.all":       {TR: "Bütün siteler", EN: "All sites"},
	"manage.sites.all_why":   {TR: "Her https sitesine izin verirseniz, girdiğiniz her site E-Onay’ın kurulu olduğunu görebilir ve siz bir düğmesine basınca imza penceresini açtırabilir. Pencere yine önce kimin istediğini gösterir.", EN: "If you admit every https site, each site you visit can see that E-Onay is installed and can have the signing window opened when you press one of its buttons. The window still shows first who asks."},
	"manage.sites.all_admit": {TR: "Bütün https sitelerine izin ver", EN: "Admit all https sites"},
	"manage.sites.all_on":    {TR: "Bütün https sitelerine izin verdiniz.", EN: "You have admitted all https sites."},

	// The first start.
	"manage.welcome":                  {TR: "E-Onay’a hoş geldiniz", EN: "Welcome to E-Onay"},
	"manage.welcome.why":              {TR: "İmza atmadan önce gerekenler. Bu liste siz ilerledikçe kendiliğinden değişir.", EN: "What you need before you sign. This list changes by itself as you go on."},
	"manage.welcome.done":             {TR: "Tamam", EN: "Done"},
	"manage.welcome.todo":             {TR: "Yapılacak", EN: "To do"},
	"manage.welcome.program":          {TR: "Bu bilgisayardaki program", EN: "The program on this computer"},
	"manage.welcome.todo.program":     {TR: "E-Onay programı henüz çalışmıyor. E-Onay kullanan sitenin yardım sayfasından indirip kurun.", EN: "The E-Onay program does not run yet. Download and install it from the help page of a site that uses E-Onay."},
	"manage.welcome.get.program":      {TR: "E-Onay programı henüz burada değil. Aşağıdaki sayfadan indirip kurun; kurulunca bu liste kendiliğinden sürer.", EN: "The E-Onay program is not here yet. Download and install it from the page below; once it is installed this list goes on by itself."},
	"manage.welcome.done.program":     {TR: "E-Onay programı bulundu ve çalışıyor.", EN: "The E-Onay program was found and works."},
	"manage.welcome.reader":           {TR: "Kart okuyucu", EN: "Card reader"},
	"manage.welcome.todo.reader":      {TR: "Kart okuyucunuzu bilgisayara takın.", EN: "Connect your card reader to the computer."},
	"manage.welcome.done.reader":      {TR: "Okuyucu bulundu: {name}", EN: "The reader was found: {name}"},
	"manage.welcome.certificate":      {TR: "E-imza kartı", EN: "E-signature card"},
	"manage.welcome.todo.certificate": {TR: "Kartınızı okuyucuya takın.", EN: "Put your card into the reader."},
	"manage.welcome.done.certificate": {TR: "Kart okundu: {name}", EN: "The card was read: {name}"},
	"manage.welcome.phrase":           {TR: "Güvenlik sözü", EN: "Security phrase"},
	"manage.welcome.todo.phrase":      {TR: "Gerçek imza penceresini tanıyacağınız sözü yazın.", EN: "Write the phrase by which you will know the genuine signing window."},
	"manage.welcome.done.phrase":      {TR: "Sözünüz kayıtlı; her imza penceresinin üstünde göreceksiniz.", EN: "Your phrase is saved; you will see it at the top of every signing window."},
	"manage.welcome.sites":            {TR: "Siteler", EN: "Sites"},
	"manage.welcome.sites.done":       {TR: "E-Onay şimdi şu sitelerde çalışır: {sites}. Başkalarına siz izin verirsiniz.", EN: "E-Onay now works on these sites: {sites}. Others are for you to admit."},
	"manage.welcome.sites.all":        {TR: "E-Onay bütün https sitelerinde çalışır.", EN: "E-Onay works on all https sites."},
}
