package message

// setup is what `web check` and `web rp check` say of settings before a server starts.
var setup = map[string]entry{
	"setup.ok":      {TR: "tamam", EN: "ok"},
	"setup.problem": {TR: "SORUN", EN: "FAULT"},
	"setup.all":     {TR: "Her şey yerinde; hizmet başlatılabilir.", EN: "All is as it must be; the server can be started."},
	"setup.some":    {TR: "{n} sorun var. Hizmeti, bunlar giderilince başlatın.", EN: "There are {n} faults. Start the server once they are mended."},

	"setup.settings":     {TR: "Ayar dosyası", EN: "Settings"},
	"setup.certificates": {TR: "Sertifikalar", EN: "Certificates"},
	"setup.keys":         {TR: "Anahtarlar", EN: "Keys"},
	"setup.tls":          {TR: "TLS sertifikası", EN: "TLS certificate"},
	"setup.database":     {TR: "Veritabanı", EN: "Database"},
	"setup.files":        {TR: "Dosyalar", EN: "Files"},
	"setup.gateway":      {TR: "Giriş kapısı", EN: "Login gateway"},
	"setup.revocation":   {TR: "OCSP ve SİL sunucuları", EN: "OCSP and CRL servers"},
	"setup.timestamps":   {TR: "Zaman damgası sunucuları", EN: "Time-stamp authorities"},
	"setup.courier":      {TR: "Kurye", EN: "Courier"},
	"setup.mail":         {TR: "E-posta sunucusu", EN: "Mail server"},
	"setup.clock":        {TR: "Saat", EN: "Clock"},

	"setup.do.settings":     {TR: "Adı geçen ayarı düzeltin; bütün ayarlar docs/operation/settings.md sayfasındadır.", EN: "Mend the setting that is named; docs/operation/settings.md has all."},
	"setup.do.certificates": {TR: "Dosyayı sertifika kuruluşunun yayımladığı güncel köklerle yenileyin.", EN: "Take a new file from the certificate authority."},
	"setup.do.keys":         {TR: "Anahtarı yedekten geri koyun ya da docs/operation/keys.md sayfasındaki gibi üretin; yalnız hizmetin kullanıcısı okuyabilmelidir.", EN: "Put the key back from its copy, or make one as docs/operation/keys.md says; only the server’s user may read it."},
	"setup.do.tls":          {TR: "Sertifikayı ve anahtarını yenileyin; ikisi birbirine ait olmalıdır.", EN: "Renew certificate and key; they must belong together."},
	"setup.do.database":     {TR: "Klasöre hizmetin kullanıcısı yazabilmeli, diskte yer olmalı; veritabanı yeniyse programı yükseltin.", EN: "The server’s user must be able to write to the folder, and the disk must have room; where the database is newer, upgrade the program."},
	"setup.do.files":        {TR: "Dosyanın ya da klasörün yerini ve izinlerini denetleyin.", EN: "Check where the file or folder is, and who may read it."},
	"setup.do.gateway":      {TR: "issuer ayarını, ağı ve güvenlik duvarını denetleyin.", EN: "Check issuer, the network and the firewall."},
	"setup.do.revocation":   {TR: "Bu adrese giden HTTP isteklerine güvenlik duvarında izin verin; yanıt geçersizse sertifika kuruluşuna sorun.", EN: "Let HTTP requests to this address through the firewall; where the answer is invalid, ask the certificate authority."},
	"setup.do.timestamps":   {TR: "Adresi, ağı ve müşteri bilgilerini denetleyin.", EN: "Check the address, the network, and the customer’s data."},
	"setup.do.mail":         {TR: "server, tls, roots ve user ayarlarını sunucununkilerle karşılaştırın.", EN: "Compare server, tls, roots and user with what the server takes."},
	"setup.do.clock":        {TR: "Saati NTP ile eşitleyin: zaman damgaları, kodlar ve yanıtlar saate göre değerlendirilir.", EN: "Set the clock by NTP: time stamps, codes and answers are judged by it."},

	"setup.fact.certificates":  {TR: "{n} sertifika, ilki {date} tarihine kadar", EN: "{n} certificates, the first until {date}"},
	"setup.fact.until":         {TR: "{date} tarihine kadar", EN: "until {date}"},
	"setup.fact.version":       {TR: "sürümü {n}, programın bildiği {of}", EN: "version {n}, this program knows {of}"},
	"setup.fact.announcements": {TR: "{n} duyuru", EN: "{n} announcements"},
	"setup.fact.files":         {TR: "{n} dosya", EN: "{n} files"},
	"setup.fact.crl":           {TR: "SİL", EN: "CRL"},
	"setup.fact.ocsp":          {TR: "OCSP", EN: "OCSP"},
	"setup.fact.both":          {TR: "OCSP ve SİL", EN: "OCSP and CRL"},
	"setup.fact.clock":         {TR: "fark {n} saniye", EN: "{n} seconds apart"},

	"setup.note.migrate": {TR: "İlk başlatma veritabanını bu sürüme geçirir, eski sürüm artık açamaz: önce web backup ile kopya alın.", EN: "The first start takes the database to this version, and the version before does not open it any more: make a copy by web backup first."},
	"setup.note.create":  {TR: "İlk başlatma veritabanını oluşturur.", EN: "The first start makes the database."},
	"setup.note.sample":  {TR: "Kişi sertifikalarının OCSP adresini de denemek için -certificate ile birinin sertifikasını (PEM) verin.", EN: "To try the OCSP address of people’s certificates too, name one of them (PEM) by -certificate."},
	"setup.note.soon":    {TR: "90 gün içinde sona eriyor: yenisini şimdi isteyin.", EN: "It ends within 90 days: ask for the next one now."},
}
