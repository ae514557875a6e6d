package message

// signing is what the signing window alone says.
var signing = map[string]entry{
	// What the signature says, or does to the document, beyond the usual.
	"window.terms.title":     {TR: "Bu imza", EN: "This signature"},
	"window.terms.reason":    {TR: "Sitenin yazdığı imzalama nedenini taşıyacak: {text}", EN: "will carry the reason that the site gives: {text}"},
	"window.terms.location":  {TR: "Sitenin yazdığı yeri taşıyacak: {text}", EN: "will carry the place that the site gives: {text}"},
	"window.terms.role":      {TR: "Şu sıfatla attığınızı belirtecek: {text}", EN: "will say that you sign as: {text}"},
	"window.terms.policy":    {TR: "{text} imza politikasına uyduğunu belirtecek.", EN: "will say that it follows the signature policy {text}."},
	"window.terms.stamp":     {TR: "Belgenin üstünde görünecek.", EN: "will be visible on the document."},
	"window.terms.certify_1": {TR: "Belgeyi kilitleyecek: sonra hiçbir şey değiştirilemez, başkası imza atamaz.", EN: "will lock the document: nothing can be changed afterwards, and nobody else can sign it."},
	"window.terms.certify_2": {TR: "Belgeyi kilitleyecek: sonra yalnızca form doldurulabilir ve imza atılabilir.", EN: "will lock the document: afterwards forms can be filled in and signatures added, and nothing else."},
	"window.terms.certify_3": {TR: "Belgeyi kilitleyecek: sonra yalnızca form doldurulabilir, açıklama eklenebilir ve imza atılabilir.", EN: "will lock the document: afterwards forms can be filled in, comments and signatures added, and nothing else."},
	"window.terms.initials":  {TR: "Paketin parafı olacak.", EN: "will be the initials of the package."},
	"window.terms.seal":      {TR: "Paketin mührü olacak.", EN: "will be the seal of the package."},
	"window.terms.parallel":  {TR: "Dosyadaki imzaların yanına eklenecek.", EN: "will be added beside the signatures in the file."},
	"window.terms.counter":   {TR: "Dosyadaki bir imzayı imzalayacak.", EN: "will sign one of the signatures in the file."},
	"window.terms.together":  {TR: "Belgelerin hepsini birlikte kapsayacak.", EN: "will cover all documents together."},
}
