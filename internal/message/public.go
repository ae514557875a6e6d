package message

// public has what the portal says to anybody, logged in or not.
var public = map[string]entry{
	// The application form and the undertaking.
	"portal.undertaking":                      {TR: "Başvuru formu ve taahhütname", EN: "Application form and undertaking"},
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
}
