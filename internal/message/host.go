package message

// The host's command line. Lines of the doctor name one thing, say how it is, and what to do.
var host = map[string]entry{
	"host.usage": {
		TR: `Kullanım:
    eonay-host install [--browser-dir KLASÖR]    tarayıcılara bu programın yerini bildirir
    eonay-host uninstall [--browser-dir KLASÖR]  bildirimi geri alır
    eonay-host doctor [--json]                   imza için gerekenleri tek tek denetler; JSON çıktısında kişisel veri olmaz
    eonay-host journal [--json]                  bu bilgisayarda yapılan işlemleri ve kaydın bozulup bozulmadığını yazar
    eonay-host module add|remove DOSYA           bir kart sürücüsünü kendi listenize ekler veya listeden çıkarır
    eonay-host version                           sürümü yazar
    eonay-host help KOMUT                        bir komutu ayrıntılı anlatır
    eonay-host serve KİMLİK                      tarayıcının başlattığı komut; elle çalıştırılmaz

Seçenekler:
    --browser-dir KLASÖR    Chromium’un --user-data-dir ile açıldığı klasör; başka tarayıcıya dokunulmaz
    --system                bilgisayarı kullanan herkes için; yönetici olarak çalıştırılır
    --root KLASÖR           --system ile: sistemin bulunduğu klasör; paket hazırlamak içindir
    --lang tr|en            iletilerin dili
`,
		EN: `Usage:
    eonay-host install [--browser-dir DIR]    tells browsers where this program is
    eonay-host uninstall [--browser-dir DIR]  takes that back
    eonay-host doctor [--json]                checks what a signature needs, one thing a line; as JSON without personal data
    eonay-host journal [--json]               prints what was done on this computer, and whether the record is whole
    eonay-host module add|remove FILE         adds a card driver to your own list, or removes it
    eonay-host version                        prints the version
    eonay-host help COMMAND                   tells more of a command
    eonay-host serve CALLER                   what a browser starts; not for people

Options:
    --browser-dir DIR    the folder Chromium is started with for --user-data-dir; no other browser is touched
    --system             for everybody who uses the computer; to be run as administrator
    --root DIR           with --system: the folder that the system lies in; for whoever makes packages
    --lang tr|en         the language of messages
`,
	},

	"host.help.install": {
		TR: `Kullanım: eonay-host install [--browser-dir KLASÖR | --system [--root KLASÖR]]

Tarayıcılara bu programın yerini bildirir. Programı başka bir yere taşıdıysanız yeniden çalıştırın.

Seçenekler:
    --browser-dir KLASÖR    Chromium’un --user-data-dir ile açıldığı klasör; başka tarayıcıya dokunulmaz
    --system                bilgisayarı kullanan herkes için; yönetici olarak çalıştırılır
    --root KLASÖR           --system ile: sistemin bulunduğu klasör; paket hazırlamak içindir
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host install [--browser-dir DIR | --system [--root DIR]]

Tells browsers where this program is. Run it again when you have moved the program.

Options:
    --browser-dir DIR    the folder Chromium is started with for --user-data-dir; no other browser is touched
    --system             for everybody who uses the computer; to be run as administrator
    --root DIR           with --system: the folder that the system lies in; for whoever makes packages
    --lang tr|en         the language of messages
`,
	},
	"host.help.uninstall": {
		TR: `Kullanım: eonay-host uninstall [--browser-dir KLASÖR | --system [--root KLASÖR]]

install komutunun bildirdiklerini geri alır. Ayarlarınız ve işlem kaydı silinmez.

Seçenekler:
    --browser-dir KLASÖR    Chromium’un --user-data-dir ile açıldığı klasör; başka tarayıcıya dokunulmaz
    --system                bilgisayarı kullanan herkes için; yönetici olarak çalıştırılır
    --root KLASÖR           --system ile: sistemin bulunduğu klasör; paket hazırlamak içindir
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host uninstall [--browser-dir DIR | --system [--root DIR]]

Takes back what install has told browsers. Your settings and the record of what was done stay.

Options:
    --browser-dir DIR    the folder Chromium is started with for --user-data-dir; no other browser is touched
    --system             for everybody who uses the computer; to be run as administrator
    --root DIR           with --system: the folder that the system lies in; for whoever makes packages
    --lang tr|en         the language of messages
`,
	},
	"host.help.doctor": {
		TR: `Kullanım: eonay-host doctor [--json]

İmza için gerekenleri tek tek denetler ve eksik olan için ne yapılacağını söyler.
Çıkış kodu: her şey yerindeyse 0, değilse 1.

Seçenekler:
    --json                  destek birimi için; kişisel veri içermez
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host doctor [--json]

Checks what a signature needs, one thing a line, and says what to do about what is missing.
Exit status: 0 if all is well, else 1.

Options:
    --json               for a help desk; without personal data
    --lang tr|en         the language of messages
`,
	},
	"host.help.journal": {
		TR: `Kullanım: eonay-host journal [--json]

Bu bilgisayarda yapılan işlemleri, en yenisi en üstte, ve kaydın bozulup bozulmadığını yazar.
Çıkış kodu: kayıt bozulmamışsa 0, değilse 1.

Seçenekler:
    --json                  tek bir JSON değeri olarak
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host journal [--json]

Prints what was done on this computer, the newest first, and whether the record is whole.
Exit status: 0 if it is whole, else 1.

Options:
    --json               as one JSON value
    --lang tr|en         the language of messages
`,
	},
	"host.help.module": {
		TR: `Kullanım: eonay-host module add DOSYA
          eonay-host module remove DOSYA

Bir kart sürücüsünü (PKCS #11) kendi listenize ekler veya listeden çıkarır. Yalnızca sizin veya
yöneticinin değiştirebildiği bir dosya eklenir.

Seçenekler:
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host module add FILE
       eonay-host module remove FILE

Adds a card driver (PKCS #11) to your own list, or removes it. Only a file that nobody but you or the
administrator can change is added.

Options:
    --lang tr|en         the language of messages
`,
	},
	"host.help.version": {
		TR: `Kullanım: eonay-host version

Sürümü yazar.

Seçenekler:
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host version

Prints the version.

Options:
    --lang tr|en         the language of messages
`,
	},

	"host.help.help": {
		TR: `Kullanım: eonay-host help [KOMUT]

Komutları ya da bir komutu ayrıntılı anlatır.

Seçenekler:
    --lang tr|en            iletilerin dili
`,
		EN: `Usage: eonay-host help [COMMAND]

Tells of the commands, or more of one.

Options:
    --lang tr|en         the language of messages
`,
	},

	"host.manual.name":        {TR: "AD", EN: "NAME"},
	"host.manual.title":       {TR: "E-Onay’ın kart programı", EN: "E-Onay’s program for smart cards"},
	"host.manual.synopsis":    {TR: "KULLANIM", EN: "SYNOPSIS"},
	"host.manual.description": {TR: "AÇIKLAMA", EN: "DESCRIPTION"},
	"host.manual.about": {
		TR: "Tarayıcıdaki E-Onay uzantısı bu programı başlatır; program, kartla imzalar. Elle çalıştırmanız gerekmez. Bir sorun olduğunda doctor komutu neyin eksik olduğunu ve ne yapılacağını söyler.",
		EN: "The E-Onay extension of a browser starts this program, which signs with the card. There is no need to start it by hand. When something does not work, doctor says what is missing and what to do.",
	},
	"host.manual.commands": {TR: "KOMUTLAR", EN: "COMMANDS"},
	"host.manual.files":    {TR: "DOSYALAR", EN: "FILES"},
	"host.manual.places": {
		TR: "Ayarlarınız, bu bilgisayarın anahtarı ve işlem kaydı ~/.config/e-onay klasöründedir; paketi güncellemek ya da kaldırmak bunlara dokunmaz.",
		EN: "Your settings, this computer’s key and the record of what was done are in ~/.config/e-onay; neither upgrading nor removing the package touches them.",
	},
	"host.manual.status":   {TR: "ÇIKIŞ KODU", EN: "EXIT STATUS"},
	"host.manual.statuses": {TR: "0: yapıldı; 1: yapılamadı; 2: komut ya da seçenekler yanlış; 3: çağıran, E-Onay uzantısı değil.", EN: "0: done; 1: failed; 2: wrong usage; 3: the caller is not the E-Onay extension."},

	"host.error":              {TR: "hata: {error}", EN: "error: {error}"},
	"host.hint":               {TR: "öneri: {hint}", EN: "hint: {hint}"},
	"host.hint.usage":         {TR: "komutları görmek için eonay-host help yazın", EN: "type eonay-host help to see the commands"},
	"host.hint.browser":       {TR: "bu komutu tarayıcı başlatır; kurulumu denetlemek için eonay-host doctor yazın", EN: "a browser starts this command; type eonay-host doctor to check the installation"},
	"host.hint.folder":        {TR: "klasörün size ait ve yazılabilir olduğunu denetleyin", EN: "check that the folder is yours and can be written to"},
	"host.hint.home":          {TR: "HOME değişkenine kendi klasörünüzü yazın", EN: "set HOME to your own folder"},
	"host.hint.module":        {TR: "dosyanın tam yolunu denetleyin; bu bilgisayar için olan bir PKCS #11 sürücüsü olmalı", EN: "check the file's full path; it must be a PKCS #11 driver for this computer"},
	"host.error.command":      {TR: "{command} diye bir komut yok", EN: "there is no command {command}"},
	"host.error.options":      {TR: "seçenekler anlaşılmadı: {given}", EN: "the options were not understood: {given}"},
	"host.error.caller":       {TR: "çağıran, E-Onay uzantısı değil", EN: "the caller is not the E-Onay extension"},
	"host.error.browser":      {TR: "{browser}: {cause}", EN: "{browser}: {cause}"},
	"host.hint.system":        {TR: "komutu yönetici olarak çalıştırın (sudo)", EN: "run the command as administrator (sudo)"},
	"host.hint.systemprogram": {TR: "programı yalnızca yöneticinin değiştirebildiği bir klasöre koyun, örneğin /usr/local/bin", EN: "put the program where only the administrator can change it, such as /usr/local/bin"},
	"host.hint.nosystem":      {TR: "E-Onay kurulum paketini kullanın", EN: "use E-Onay’s installer"},
	"host.error.nosystem":     {TR: "bu işletim sisteminde --system kullanılamaz", EN: "--system is not for this operating system"},
	"host.error.home":         {TR: "kendi klasörünüz bilinmiyor", EN: "your own folder is not known"},

	"host.error.place.foreign": {TR: "{path} başka bir kullanıcıya ait, bu yüzden kullanılmıyor", EN: "{path} belongs to another user, so it is not used"},
	"host.error.place.open":    {TR: "{path} başka kullanıcılarca değiştirilebiliyor, bu yüzden kullanılmıyor", EN: "{path} can be changed by other users, so it is not used"},
	"host.hint.place.foreign":  {TR: "komutu sudo olmadan, kendi kullanıcınızla çalıştırın; sizin olması gereken dosyanın sahibini chown ile, Windows’ta Özellikler, Güvenlik, Gelişmiş sayfasında düzeltin", EN: "run the command as yourself, without sudo; if the file should be yours, give it back with chown, on Windows under Properties, Security, Advanced"},
	"host.hint.place.open":     {TR: "başkalarının yazma iznini kaldırın: chmod go-w, ardından bu yol; Windows’ta Özellikler, Güvenlik sayfasında Everyone ve Users için", EN: "take the others' permission to write away: chmod go-w, then this path; on Windows that of Everyone and Users under Properties, Security"},

	"host.hint.journal":     {TR: "klasörü silmeyin: kayıt, neyin değiştirildiğini bulmaya yarar", EN: "do not delete the folder: it helps to find out what was changed"},
	"host.error.journal":    {TR: "{path} okunamadı ({cause})", EN: "{path} cannot be read ({cause})"},
	"host.error.broken":     {TR: "{path}: kayıt bu programın dışında değiştirilmiş; gösterilenlere güvenilemez ({cause})", EN: "{path}: the record was changed by something else than this program, and what is shown cannot be trusted ({cause})"},
	"host.journal.empty":    {TR: "Bu bilgisayarda henüz bir işlem yapılmadı.", EN: "Nothing was done on this computer yet."},
	"host.journal.unproven": {TR: "    imzalı değil: yazılırken bilgisayar kapanmış ya da biri sonradan eklemiş olabilir", EN: "    not signed: the computer may have stopped while it was written, or somebody may have added it"},
	"host.journal.whole":    {TR: "{n} kayıt, bozulmamış ({path}).", EN: "{n} entries, the record is whole ({path})."},
	"host.act.sign":         {TR: "İmza", EN: "Signature"},
	"host.act.login":        {TR: "Siteye giriş", EN: "Login to a site"},
	"host.act.sign-hash":    {TR: "İçeriği görünmeyen imza", EN: "Signature of unseen content"},
	"host.act.allow-hash":   {TR: "İçeriği görünmeyen imzaya izin", EN: "Unseen content allowed"},
	"host.act.forbid-hash":  {TR: "İçeriği görünmeyen imza izninin geri alınması", EN: "Unseen content forbidden"},
	"host.act.self-test":    {TR: "Kart denemesi", EN: "Test of the card"},
	"host.act.change-pin":   {TR: "PIN değiştirme", EN: "Change of the PIN"},
	"host.act.unblock":      {TR: "Kilidi PUK ile açma", EN: "Unblocking with the PUK"},
	"host.act.reset-pin":    {TR: "PIN oluşturma / kilit çözme", EN: "New PIN from the provider"},
	"host.act.key-changed":  {TR: "Önceki kaydı başka bir anahtar imzalamış, kenara kondu", EN: "The record before was signed by another key and was set aside"},
	"host.act.set-aside":    {TR: "Önceki kayıt bozuk bulundu, kenara kondu", EN: "The record before was found broken and was set aside"},
	"host.act.unproven":     {TR: "Uyarı: imzalı sondan sonra bulunan, imzasız kayıtlar", EN: "Warning: entries without a signature, found behind the signed end"},
	"host.act.rolled-back":  {TR: "Uyarı: TPM sayacı uymadı, kaydın eski bir hâli geri konmuş", EN: "Warning: the TPM's counter did not fit, an older record was put back"},
	"host.act.done":         {TR: "yapıldı", EN: "done"},

	"host.error.module":  {TR: "{sentence} ({cause})", EN: "{sentence} ({cause})"},
	"host.module.add":    {TR: "{path}: eklendi", EN: "{path}: added"},
	"host.module.remove": {TR: "{path}: listeden çıkarıldı", EN: "{path}: removed from the list"},

	"host.install.written":     {TR: "{browser}: kuruldu ({path})", EN: "{browser}: installed ({path})"},
	"host.install.unchanged":   {TR: "{browser}: zaten kurulu ({path})", EN: "{browser}: already installed ({path})"},
	"host.uninstall.removed":   {TR: "{browser}: kaldırıldı ({path})", EN: "{browser}: removed ({path})"},
	"host.uninstall.unchanged": {TR: "{browser}: kurulu değildi", EN: "{browser}: was not installed"},
	"host.uninstall.left":      {TR: "{browser}: başka bir programı gösteriyor, dokunulmadı ({path})", EN: "{browser}: names another program, left alone ({path})"},

	"host.doctor.ok":   {TR: "tamam", EN: "ok"},
	"host.doctor.warn": {TR: "uyarı", EN: "warn"},
	"host.doctor.fail": {TR: "hata", EN: "fail"},

	"host.doctor.version":        {TR: "e-Onay {version}, {platform}, {path}", EN: "e-Onay {version}, {platform}, {path}"},
	"host.doctor.manifest":       {TR: "{browser}: bu programı tanıyor.", EN: "{browser}: knows this program."},
	"host.doctor.machine":        {TR: "{browser}: bu programı, bilgisayarı kullanan herkes gibi tanıyor.", EN: "{browser}: knows this program, as it does for everybody who uses this computer."},
	"host.doctor.hides":          {TR: "{browser}: kendi klasörünüzdeki bildirim başka bir programı gösteriyor ve bilgisayara kurulu olanı gizliyor. {path} dosyasını silin.", EN: "{browser}: the manifest in your own folder names another program and hides the one installed on this computer. Delete {path}."},
	"host.doctor.machineforeign": {TR: "{browser}: bilgisayara kurulu bildirim başka bir programı gösteriyor ({path}). E-Onay paketini yeniden kurun ya da eonay-host install yazın.", EN: "{browser}: the manifest installed on this computer names another program ({path}). Install E-Onay’s package again, or type eonay-host install."},
	"host.doctor.confined":       {TR: "{browser}: {sandbox} paketi olduğu için başka programları başlatamaz, bu programı da. Firefox’u ya da tarayıcının üreticisinden .deb veya .rpm paketini kullanın.", EN: "{browser}: a {sandbox} package starts no other programs, and not this one. Use Firefox, or the .deb or .rpm package of the browser’s maker."},
	"host.doctor.portal":         {TR: "{browser}: {sandbox} paketi bu programı masaüstünün izniyle başlatır. İlk kullanımda masaüstü sorarsa izin verin; hiç sormuyor ve program bulunamıyorsa Mozilla’nın .deb veya .rpm paketini kullanın.", EN: "{browser}: a {sandbox} package starts this program by permission of the desktop. Allow it if the desktop asks at the first use; if it does not ask and the program is not found, use Mozilla’s .deb or .rpm package."},
	"host.doctor.caller":         {TR: "Şu anda kullandığınız tarayıcı bu programı tanıyor.", EN: "The browser that you are using now knows this program."},
	"host.doctor.elsewhere":      {TR: "{browser}: bu programı kendi klasöründen tanımıyor. Şu anda kullandığınız tarayıcı buysa sorun yok; değilse eonay-host install yazın.", EN: "{browser}: does not know this program by its own folder. If this is the browser that you are using now, all is well; if not, type eonay-host install."},
	"host.doctor.absent":         {TR: "{browser}: bu programı tanımıyor. eonay-host install yazın.", EN: "{browser}: does not know this program. Type eonay-host install."},
	"host.doctor.foreign":        {TR: "{browser}: başka bir yerdeki programı gösteriyor ({path}). eonay-host install yazın.", EN: "{browser}: names a program in another place ({path}). Type eonay-host install."},
	"host.doctor.unreadable":     {TR: "{browser}: bildirim okunamadı ({cause}). Dosyanın izinlerini düzeltin.", EN: "{browser}: the manifest cannot be read ({cause}). Correct the file's permissions."},
	"host.doctor.browsers":       {TR: "Bilinen bir tarayıcı kullanılmamış. Chromium, Chrome, Edge, Brave veya Firefox kurup bir kez açın.", EN: "No known browser has been used. Install Chromium, Chrome, Edge, Brave or Firefox and open it once."},

	"host.doctor.key":         {TR: "Bu bilgisayarın E-Onay anahtarı: {by}.", EN: "This computer's E-Onay key is {by}."},
	"host.doctor.key.tpm":     {TR: "güvenlik çipinde (TPM), oradan çıkarılamaz", EN: "in the security chip (TPM), and cannot be taken out"},
	"host.doctor.key.keyring": {TR: "işletim sisteminin anahtarlığında", EN: "in the operating system's keyring"},
	"host.doctor.key.file":    {TR: "yalnızca sizin okuyabildiğiniz bir dosyada", EN: "in a file of yours that nobody else can read"},
	"host.doctor.keynone":     {TR: "Bu bilgisayarın henüz E-Onay anahtarı yok. İlk gerektiğinde kendiliğinden oluşturulur.", EN: "This computer has no E-Onay key yet. It is made by itself when it is first needed."},
	"host.doctor.keylost":     {TR: "Bu bilgisayarın E-Onay anahtarı kaybolmuş ({cause}). Gerektiğinde yenisi oluşturulur; siteler bu bilgisayarı yeni bir bilgisayar olarak görür.", EN: "This computer's E-Onay key is gone ({cause}). Another is made when it is needed; to sites this is a new computer then."},
	"host.doctor.keysilent":   {TR: "Bu bilgisayarın E-Onay anahtarı yanıt vermiyor ({cause}). Bilgisayarı yeniden başlatın.", EN: "This computer's E-Onay key does not answer ({cause}). Restart the computer."},

	"host.doctor.journal":          {TR: "İşlem kaydı: {n} kayıt, bozulmamış ({path}).", EN: "The record of what was done: {n} entries, whole ({path})."},
	"host.doctor.journalempty":     {TR: "İşlem kaydı henüz boş ({path}).", EN: "The record of what was done is still empty ({path})."},
	"host.doctor.journalbroken":    {TR: "İşlem kaydı bu programın dışında değiştirilmiş ({path}, {n} kayıt; {cause}). Klasörü silmeyin; bilgi işlem biriminize gösterin.", EN: "The record of what was done was changed by something else than this program ({path}, {n} entries; {cause}). Do not delete the folder; show it to your help desk."},
	"host.doctor.journalwarnings":  {TR: "İşlem kaydında E-Onay’ın kendi yazdığı uyarılar var: {n} ({path}). Görmek için eonay-host journal yazın.", EN: "The record of what was done has warnings that E-Onay itself has written: {n} ({path}). Type eonay-host journal to see them."},
	"host.doctor.journaluncounted": {TR: "Güvenlik çipi (TPM) işlem kaydı için saymıyor ya da yanıt vermiyor: bütün dosyaların eski bir hâli geri konursa bu görülmez ({path}).", EN: "The security chip (TPM) does not count for the record of what was done, or does not answer: if an older state of all files is put back, that is not seen ({path})."},
	"host.doctor.journalaside":     {TR: "Bozuk ya da başka bir anahtarla imzalanmış bulunan {n} eski işlem kaydı saklanıyor ({path}).", EN: "Older records that were found broken, or signed by another key, are kept: {n} ({path})."},
	"host.doctor.hashsites":        {TR: "İçeriği görünmeyen imza izni: {n}. Bu izinlerdeki kartlarla giriş yapılmaz; izinleri E-Onay ayarlarından kaldırabilirsiniz.", EN: "Sites for which a card signs what cannot be shown: {n}. Those cards do not log in; take the permissions back in E-Onay's settings."},
	"host.doctor.hashsitesbroken":  {TR: "İçeriği görünmeyen imza izinleri okunamıyor ({path}; {cause}); okunana dek hiçbir kartla giriş yapılmaz. E-Onay ayarlarını açın; düzelmezse dosyayı silin.", EN: "The permissions to sign what cannot be shown cannot be read ({path}; {cause}); until they can be, no card logs in. Open E-Onay's settings; if that does not help, delete the file."},
	"host.doctor.journalsilent":    {TR: "İşlem kaydı okunamıyor ({path}; {cause}). Klasörün size ait olduğunu denetleyin.", EN: "The record of what was done cannot be read ({path}; {cause}). Check that the folder is yours."},

	"host.doctor.service":        {TR: "Kart hizmeti çalışıyor.", EN: "The smart card service is running."},
	"host.doctor.noservice":      {TR: "Kart hizmeti çalışmıyor. Linux’ta pcscd paketini kurup başlatın; Windows’ta Akıllı Kart hizmetini başlatın.", EN: "The smart card service is not running. On Linux install and start pcscd; on Windows start the Smart Card service."},
	"host.doctor.serviceoff":     {TR: "Windows’un Akıllı Kart hizmeti devre dışı bırakılmış; kartlar okunamaz. Hizmetler’i (services.msc) açın, Akıllı Kart hizmetinin başlangıç türünü El ile yapın. Bilgisayar kurumunuzunsa bunu bilgi işlem biriminizden isteyin.", EN: "Windows’ Smart Card service is disabled, so no card can be read. Open Services (services.msc) and set the startup type of Smart Card to Manual. On your institution’s computer ask the IT department to do so."},
	"host.doctor.servicerefused": {TR: "Kart hizmeti çalışıyor, ama bu programa izin vermiyor. Bilgisayarı doğrudan, uzaktan bağlanmadan kullanın; sürerse yöneticinizden org.debian.pcsc-lite.access_pcsc ve access_card için polkit izni isteyin.", EN: "The smart card service is running, but does not let this program in. Use the computer itself, not a remote session; if it persists, ask the administrator for polkit's permission for org.debian.pcsc-lite.access_pcsc and access_card."},
	"host.doctor.noreader":       {TR: "Kart okuyucu görünmüyor. Okuyucuyu bilgisayara takın.", EN: "No card reader is connected. Plug your reader in."},
	"host.doctor.card":           {TR: "Okuyucu {reader}: kart takılı.", EN: "Reader {reader}: a card is in it."},
	"host.doctor.empty":          {TR: "Okuyucu {reader}: boş.", EN: "Reader {reader}: empty."},
	"host.doctor.unknown":        {TR: "Okuyucudaki kartı hiçbir sürücü tanımıyor. Kart üreticinizin sürücüsünü kurun.", EN: "No driver knows the card in the reader. Install the driver of your card's maker."},
	"host.doctor.family":         {TR: "Okuyucu {reader}: kartın türü {family} (ATR {atr}).", EN: "Reader {reader}: the card is of the kind {family} (ATR {atr})."},
	"host.doctor.nofamily":       {TR: "Okuyucu {reader}: kartın türü bilinmiyor (ATR {atr}). Kurulu bütün sürücüler deneniyor.", EN: "Reader {reader}: the card is of an unknown kind (ATR {atr}). Every installed driver is tried."},
	"host.doctor.missing":        {TR: "{family} sürücüsü bulunamadı. {driver} Aranan dosyalar: {names}; aranan klasörler: {places}. Başka yerdeyse ekleyin: eonay-host module add DOSYA.", EN: "The driver for {family} was not found. {driver} Files looked for: {names}; in the folders: {places}. If it lies elsewhere, add it: eonay-host module add FILE."},
	"host.doctor.replaced":       {TR: "{family} sürücüsü kurulu değil; kart başka bir sürücüyle çalışıyor. Sorun olursa onu kurun. {driver}", EN: "The driver for {family} is not installed; the card works with another one. If there is trouble, install it. {driver}"},
	"host.doctor.chosen":         {TR: "Okuyucu {reader}: kart {module} sürücüsüyle okunuyor; {why}.", EN: "Reader {reader}: the card is read with the driver {module}: {why}."},
	"host.doctor.why.configured": {TR: "ayar dosyasında adı geçiyor", EN: "it is named in the configuration"},
	"host.doctor.why.instituted": {TR: "kurumunuzun tarayıcı ilkesinde adı geçiyor", EN: "it is named in your institution's browser policy"},
	"host.doctor.why.remembered": {TR: "bu tür bir kart daha önce onunla okundu", EN: "it has read such a card before"},
	"host.doctor.why.family":     {TR: "kartın kendi türünün sürücüsü", EN: "it is the driver for this kind of card"},
	"host.doctor.why.fallback":   {TR: "kartın kendi sürücüsü sertifika göstermedi, bu ise her tür kart içindir", EN: "the card's own driver showed no certificate, and this one is for cards of every kind"},
	"host.doctor.why.found":      {TR: "bu bilgisayarda bulundu", EN: "it was found on this computer"},
	"host.doctor.nocard":         {TR: "Okuyucu {reader}: kart yok. Kartınızı takın.", EN: "Reader {reader}: no card. Put your card in."},

	"host.doctor.config":       {TR: "Ayar dosyası okunamadı: {cause}. Dosyayı düzeltin veya silin.", EN: "The configuration cannot be read: {cause}. Correct or delete the file."},
	"host.doctor.placeforeign": {TR: "{path} başka bir kullanıcıya ait, bu yüzden kullanılmıyor. Sahibini chown ile, Windows’ta Özellikler, Güvenlik, Gelişmiş sayfasında düzeltin; sudo ile çalıştırdıysanız sudo olmadan çalıştırın.", EN: "{path} belongs to another user, so it is not used. Correct its owner with chown, on Windows under Properties, Security, Advanced; if you used sudo, do without it."},
	"host.doctor.placeopen":    {TR: "{path} başka kullanıcılarca değiştirilebiliyor, bu yüzden kullanılmıyor. Şunu yazın: chmod go-w {path}; Windows’ta Özellikler, Güvenlik sayfasında Everyone ve Users’ın yazma iznini kaldırın.", EN: "{path} can be changed by other users, so it is not used. Type: chmod go-w {path}; on Windows take the permission to write away from Everyone and Users under Properties, Security."},
	"host.doctor.nomodule":     {TR: "Bilinen bir kart sürücüsü bulunamadı. Kart üreticinizin sürücüsünü kurun; başka yerdeyse ekleyin: eonay-host module add DOSYA.", EN: "No known card driver was found. Install the driver of your card's maker; if it lies elsewhere, add it: eonay-host module add FILE."},
	"host.doctor.module":       {TR: "Sürücü {module}: çalışıyor, {n} kart görüyor.", EN: "Driver {module}: works, cards seen: {n}."},
	"host.doctor.failed":       {TR: "Sürücü {module}: çalıştırılamadı ({cause}). Sürücüyü yeniden kurun; {config} dosyasında adı geçiyorsa yolunu denetleyin.", EN: "Driver {module}: could not be started ({cause}). Install it again; if it is named in {config}, check its path."},
	"host.doctor.architecture": {TR: "Sürücü {module}: bu bilgisayarın işlemcisi için değil ({cause}). Uygun sürümünü kurun.", EN: "Driver {module}: is not for this computer's processor ({cause}). Install the version that fits."},
	"host.doctor.crashed":      {TR: "Sürücü {module}: beklenmedik biçimde durdu ({cause}). Sürücüyü güncelleyin; kartınızınki değilse kaldırın.", EN: "Driver {module}: stopped unexpectedly ({cause}). Update it, or remove it if it is not your card's."},
	"host.doctor.late":         {TR: "Sürücü {module}: zamanında yanıt vermedi. Kartı çıkarıp yeniden takın; düzelmezse sürücüyü güncelleyin.", EN: "Driver {module}: did not answer in time. Take the card out and put it in again; if that does not help, update the driver."},
	"host.doctor.broken":       {TR: "Sürücü {module}: {sentence} ({cause})", EN: "Driver {module}: {sentence} ({cause})"},
	"host.doctor.finding":      {TR: "{subject}: {sentence}", EN: "{subject}: {sentence}"},
	"host.doctor.unread":       {TR: "{subject}: {sentence} ({cause})", EN: "{subject}: {sentence} ({cause})"},

	"host.doctor.token":   {TR: "Kart {token}: okunuyor, kilitli değil.", EN: "Card {token}: can be read, is not blocked."},
	"host.doctor.pin":     {TR: "Kart {token}: {sentence}", EN: "Card {token}: {sentence}"},
	"host.doctor.pinlow":  {TR: "Kart {token}: PIN en az bir kez yanlış girilmiş. PIN kodunuzdan emin olmadan denemeyin.", EN: "Card {token}: the PIN was wrong at least once. Do not try before you are sure of it."},
	"host.doctor.usable":  {TR: "Sertifika {holder} ({citizen}), {until} tarihine kadar: imza için uygun.", EN: "Certificate of {holder} ({citizen}), valid until {until}: fit for signing."},
	"host.doctor.useless": {TR: "Sertifika {holder} ({citizen}), {until} tarihine kadar: {sentence}", EN: "Certificate of {holder} ({citizen}), valid until {until}: {sentence}"},
}
