package message

// pageErrors are the sentences of what a page alone hears, from the page library or the script in it: no window is open then.
var pageErrors = map[string]entry{
	"error.extension_missing": {TR: "E-Onay bu sayfada çalışmıyor. Uzantı kuruluysa araç çubuğundaki E-Onay düğmesine basıp bu siteye izin verin; değilse kurup sayfayı yenileyin.", EN: "E-Onay does not work on this page. If the extension is installed, press its button in the toolbar to admit this site; if not, install it and reload the page."},
	"error.not_admitted":      {TR: "E-Onay’ın bu sayfada izni yok. Araç çubuğundaki E-Onay düğmesine basıp bu siteye izin verin, sonra yeniden deneyin; düğme yoksa uzantıyı yeniden kurun.", EN: "E-Onay is not admitted on this page. Press its button in the toolbar to admit this site, then try again; if there is no button, install the extension again."},
	"error.gesture_required":  {TR: "İmza penceresi yalnız siz bir düğmeye bastığınızda açılır. Sayfadaki düğmeye yeniden basın.", EN: "The signing window opens only when you press a button. Press the button on the page again."},
	"error.too_many":          {TR: "Bu site kısa sürede çok kez pencere açtırdı. Bir dakika bekleyip yeniden deneyin.", EN: "This site had too many windows opened in a short time. Wait a minute and try again."},
	"error.busy":              {TR: "Bu sekmede açık bir imza penceresi var. Önce onu bitirin veya kapatın.", EN: "A signing window is already open for this tab. Finish or close it first."},
	"error.window_failed":     {TR: "İmza penceresi açılamadı veya yarıda kaldı; siteye imza verilmedi. Yeniden deneyin; olmazsa tarayıcıyı yeniden başlatın.", EN: "The signing window could not be opened, or it stopped; the site got no signature. Try again; if that does not help, restart the browser."},
}
