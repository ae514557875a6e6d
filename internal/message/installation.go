package message

// installation are the sentences of the portal's page that leads to the extension and the program.
var installation = map[string]entry{
	"portal.installation":      {TR: "Kurulum", EN: "Installation"},
	"portal.installation.lead": {TR: "İmza için iki parça gerekir: tarayıcınızda bir uzantı, bilgisayarınızda küçük bir program. İkisi bir kez kurulur; Java gerekmez.", EN: "Signing needs two parts: an extension in your browser and a small program on your computer. You install each once. No Java is needed."},

	// Why nothing can be installed here.
	"portal.installation.obstacle.phone":        {TR: "Telefonda ve tablette kurulamaz. Kart okuyucunuzu takacağınız bilgisayarda bu sayfayı açın.", EN: "It cannot be installed on phones and tablets. Open this page on the computer to which you connect your card reader."},
	"portal.installation.obstacle.system":       {TR: "Sisteminizi tanıyamadık veya sisteminiz için bir program yok. E-Onay Windows, macOS ve Linux’ta çalışır; dosyaların hepsi aşağıda.", EN: "We do not know your system, or there is no program for it. E-Onay works on Windows, macOS and Linux; all files are below."},
	"portal.installation.obstacle.safari":       {TR: "E-Onay Safari’de çalışmaz. Bu sayfayı Firefox ({firefox} ve sonrası), Chrome, Edge veya bir benzerinde ({chromium} ve sonrası) açın.", EN: "E-Onay does not work in Safari. Open this page in Firefox ({firefox} or later), Chrome, Edge or a relative of these ({chromium} or later)."},
	"portal.installation.obstacle.browser":      {TR: "Tarayıcınızı tanıyamadık. E-Onay Firefox’ta ({firefox} ve sonrası), Chrome, Edge ve benzerlerinde ({chromium} ve sonrası) çalışır.", EN: "We do not know your browser. E-Onay works in Firefox ({firefox} or later), Chrome, Edge and their relatives ({chromium} or later)."},
	"portal.installation.obstacle.firefox_old":  {TR: "Firefox’unuz ({version}) eski: E-Onay için {firefox} veya sonrası gerekir. Önce Firefox’u güncelleyin, sonra bu sayfaya dönün.", EN: "Your Firefox ({version}) is too old: E-Onay needs {firefox} or later. Update Firefox first, then come back to this page."},
	"portal.installation.obstacle.chromium_old": {TR: "Tarayıcınız ({version}) eski: E-Onay için {chromium} veya sonrası gerekir. Önce tarayıcıyı güncelleyin, sonra bu sayfaya dönün.", EN: "Your browser ({version}) is too old: E-Onay needs {chromium} or later. Update it first, then come back to this page."},

	// How far each part is. A page without a script says nothing of it.
	"portal.installation.state.done":       {TR: "Tamam", EN: "Done"},
	"portal.installation.state.old":        {TR: "Eski", EN: "Old"},
	"portal.installation.state.todo":       {TR: "Bekleniyor", EN: "Waiting"},
	"portal.installation.watch.extension":  {TR: "Uzantı bekleniyor. Kurulunca bu sayfa kendiliğinden sürer.", EN: "Waiting for the extension. Once it is installed this page goes on by itself."},
	"portal.installation.watch.program":    {TR: "Uzantı burada; program bekleniyor. Kurulunca bu sayfa kendiliğinden sürer.", EN: "The extension is here. Waiting for the program: once it is installed this page goes on by itself."},
	"portal.installation.watch.ready":      {TR: "Uzantı ve program burada. Şimdi kart okuyucunuzu ve kartınızı takın.", EN: "Extension and program are here. Now connect your card reader and put in your card."},
	"portal.installation.watch.old":        {TR: "Programınız {program}, uzantınız {extension}. Eski olanı yenileyin; o zamana kadar ikisi de çalışır.", EN: "Your program is {program}, your extension {extension}. Bring the older one up to date; until then both work."},
	"portal.installation.version":          {TR: "Sürüm {version}", EN: "Version {version}"},
	"portal.installation.old.extension":    {TR: "Sürüm {version} eski; yenisi {newest}. Tarayıcınız uzantıyı birkaç saat içinde kendiliğinden yeniler.", EN: "Version {version} is old; the newest is {newest}. Your browser updates the extension by itself within hours."},
	"portal.installation.old.program":      {TR: "Sürüm {version} eski; yenisi {newest}. Yenisini yukarıdan indirip kurun, eskisinin yerine geçer.", EN: "Version {version} is old; the newest is {newest}. Download and install the new one above; it takes the old one’s place."},
	"portal.installation.failed.extension": {TR: "Uzantınız bu site için eski. Tarayıcının uzantılar sayfasında güncelleyin veya yukarıdan yeniden kurun.", EN: "Your extension is too old for this site. Update it on your browser’s page of extensions, or install it again above."},

	"portal.installation.extension":        {TR: "Uzantıyı kurun", EN: "Install the extension"},
	"portal.installation.extension.what":   {TR: "Uzantı imza penceresini açar.", EN: "The extension opens the signing window."},
	"portal.installation.extension.get":    {TR: "Uzantıyı al: {name}", EN: "Get the extension: {name}"},
	"portal.installation.extension.others": {TR: "Başka tarayıcılar", EN: "Other browsers"},
	"portal.installation.extension.only":   {TR: "Tarayıcınız için bir bağlantı yok. Aşağıdaki tarayıcılardan birini kullanın veya sitenin destek birimine sorun.", EN: "There is no link for your browser. Use one of the browsers below, or ask the site’s help desk."},
	"portal.installation.extension.none":   {TR: "Bu sitede henüz mağaza bağlantısı yok. Uzantıyı sitenin destek biriminden isteyin.", EN: "This site has no store links yet. Ask its help desk for the extension."},

	"portal.installation.program":        {TR: "Programı kurun", EN: "Install the program"},
	"portal.installation.program.what":   {TR: "Program kartınızla konuşur; PIN kodunuz yalnızca bu bilgisayarda kalır.", EN: "The program talks to your card; your PIN never leaves this computer."},
	"portal.installation.program.get":    {TR: "Programı indir: {kind}", EN: "Download the program: {kind}"},
	"portal.installation.program.others": {TR: "Başka sistemler", EN: "Other systems"},
	"portal.installation.program.only":   {TR: "Bu sitede sisteminiz için bir dosya yok. Sitenin destek birimine sorun.", EN: "This site has no file for your system. Ask its help desk."},
	"portal.installation.program.none":   {TR: "Bu sitede henüz indirilecek dosya yok. Programı sitenin destek biriminden isteyin.", EN: "This site has no files to download yet. Ask its help desk for the program."},

	"portal.installation.kind.msi_user": {TR: "Windows, yalnız benim için", EN: "Windows, for me only"},
	"portal.installation.kind.msi":      {TR: "Windows, bilgisayarın bütün kullanıcıları için", EN: "Windows, for all who use the computer"},
	"portal.installation.kind.pkg":      {TR: "macOS", EN: "macOS"},
	"portal.installation.kind.deb":      {TR: "Debian, Ubuntu, Pardus", EN: "Debian, Ubuntu, Pardus"},
	"portal.installation.kind.rpm":      {TR: "Fedora, openSUSE, RHEL", EN: "Fedora, openSUSE, RHEL"},
	"portal.installation.arm":           {TR: "ARM işlemci", EN: "ARM processor"},

	"portal.installation.open.windows": {TR: "İnen dosyayı açıp yönergeleri izleyin.", EN: "Open the downloaded file and follow the instructions."},
	"portal.installation.open.macos":   {TR: "İnen dosyayı açıp yönergeleri izleyin.", EN: "Open the downloaded file and follow the instructions."},
	"portal.installation.open.linux":   {TR: "İnen dosyaya çift tıklayın; yazılım merkezi açılır, “Kur”a basın.", EN: "Double-click the downloaded file; the software centre opens, press “Install”."},

	"portal.installation.trouble":         {TR: "Kurdum, ama program bulunmuyor", EN: "I installed it, and the program is not found"},
	"portal.installation.trouble.restart": {TR: "Tarayıcıyı bütün pencereleriyle kapatıp yeniden açın.", EN: "Close the browser with all its windows and open it again."},
	"portal.installation.trouble.boxed":   {TR: "Tarayıcınız Snap veya Flatpak paketiyse (Ubuntu’da Firefox ve Chromium böyle gelir) sistemdeki programlara erişemeyebilir. Sorarsa izin verin; sormuyorsa tarayıcının .deb veya .rpm paketini kurun.", EN: "If your browser is a Snap or Flatpak package (as Firefox and Chromium are on Ubuntu), it may not be able to reach programs of the system. Allow it if you are asked; if you are not, install the browser’s .deb or .rpm package."},
	"portal.installation.trouble.run":     {TR: "Programı paketsiz kurduysanız bir komut satırında şu iki komutu çalıştırın; ikincisi her şeyin yerinde olup olmadığını söyler:", EN: "If you installed the program without a package, run these two commands in a terminal; the second says whether everything is in place:"},

	"portal.installation.card":         {TR: "Kart okuyucunuzu ve kartınızı takın", EN: "Connect your card reader and put in your card"},
	"portal.installation.card.what":    {TR: "Kart üreticinizin sürücüsü de kurulu olmalıdır. Okuyucu işlem boyunca takılı kalmalı.", EN: "The driver of your card’s maker must be installed too. The reader must stay connected throughout."},
	"portal.installation.card.look":    {TR: "Okuyucuma ve kartıma bak", EN: "Look at my reader and card"},
	"portal.installation.card.toolbar": {TR: "Okuyucunuzu ve kartınızı yalnız uzantının kendi sayfası gösterir, bu site görmez. O sayfa, araç çubuğundaki E-Onay düğmesine basınca da açılır.", EN: "Only the extension’s own page shows your reader and card; this site does not see them. That page also opens when you press the E-Onay button in the toolbar."},

	"portal.installation.card.press": {TR: "Bu sayfadayken tarayıcının araç çubuğundaki E-Onay düğmesine basın.", EN: "Press the E-Onay button in the browser’s toolbar while you are on this page."},

	"portal.installation.again":      {TR: "Siteye dönün", EN: "Come back to the site"},
	"portal.installation.again.what": {TR: "Her şey tamam olunca işleminize dönün; eksik bir şey kaldıysa imza sayfası hangisi olduğunu söyler.", EN: "When all is done, go back to what you were doing. Should anything be missing, the signing page says what."},
}
