package message

// documentErrors are the sentences of what is refused because of a document: only the signing window has any.
var documentErrors = map[string]entry{
	"error.document_mismatch":    {TR: "Belge, sitenin söylediğinden başka türde bir dosya, bu yüzden imzalanmaz. Siteye bu durumu bildirin.", EN: "The document is another kind of file than the site says, so it is not signed. Please tell the site."},
	"error.document_unreadable":  {TR: "Belge bozuk ya da bu pencerede okunamıyor; görülmeyen belge imzalanmaz. Siteye bu durumu bildirin.", EN: "The document is damaged or cannot be read in this window, and what is not seen is not signed. Please tell the site."},
	"error.document_ambiguous":   {TR: "Bu belge başka bir programda başka türlü görünebilir, bu yüzden imzalanmaz. Siteye bu durumu bildirin.", EN: "Another program may show this document differently, so it is not signed. Please tell the site."},
	"error.document_changed":     {TR: "Belge, istekte bildirilenle aynı değil. İşlem durduruldu; sayfayı yenileyip yeniden başlayın.", EN: "The document is not the one that was announced. The act was stopped; reload the page and start again."},
	"error.code_not_in_document": {TR: "Doğrulama kodu belgede yazmıyor. İşlem durduruldu; sayfadan yeni bir kod alın.", EN: "The verification code is not in the document. The act was stopped; get a new code from the page."},

	// Files that hold other files.
	"error.container_malformed":  {TR: "Dosya bozuk veya her programın aynı okuyacağı bir paket değil; imzalanmadı. Dosyayı gönderenden yeniden isteyin.", EN: "The file is damaged, or programs could read it differently; nothing was signed. Ask its sender for it again."},
	"error.signed_file_invalid":  {TR: "Dosyadaki imzalardan biri dosyaya ait değil; imzalanmadı. Dosyayı gönderenden yeniden isteyin.", EN: "One of the signatures in the file does not hold; nothing was signed. Ask its sender for it again."},
	"error.package_malformed":    {TR: "Dosya, türünün kurallarına uyan bir paket değil; imzalanmadı. Dosyayı gönderenden yeniden isteyin.", EN: "The file is not a package by the rules of its kind; nothing was signed. Ask its sender for it again."},
	"error.package_unsupported":  {TR: "Bu sürümdeki veya türdeki paket burada imzalanamıyor. Paketi e-Yazışma 2.0 olarak yeniden isteyin.", EN: "A package of this version or kind cannot be signed here. Ask for it as e-Yazışma 2.0."},
	"error.package_part_missing": {TR: "Pakette adı geçen bir belge paketin içinde yok; imzalanmadı. Paketi gönderenden yeniden isteyin.", EN: "A document that the package names is not in it; nothing was signed. Ask its sender for it again."},
	"error.package_part_extra":   {TR: "Pakette, imzanın kapsamadığı bir belge var; imzalanmadı. Paketi gönderenden yeniden isteyin.", EN: "The package has a document that no signature would cover; nothing was signed. Ask its sender for it again."},
	"error.package_part_changed": {TR: "Paketteki bir belge, paket hazırlandıktan sonra değişmiş; imzalanmadı. Paketi gönderenden yeniden isteyin.", EN: "A document in the package was changed after the package was made; nothing was signed. Ask its sender for it again."},
	"error.package_incomplete":   {TR: "Pakette bulunması gereken bir bölüm yok; imzalanmadı. Paketi gönderenden yeniden isteyin.", EN: "The package lacks a part that it must have; nothing was signed. Ask its sender for it again."},
	"error.package_signed":       {TR: "Pakette bu imza zaten var veya paket sonraki adıma geçmiş; yeniden imzalanmadı.", EN: "The package has this signature already, or is at a later step; it was not signed again."},

	// PDF files.
	"error.pdf_malformed":    {TR: "PDF dosyası tek bir biçimde okunamıyor, başka bir programda başka türlü görünebilir; imzalanmadı. Siteye bu durumu bildirin.", EN: "The PDF file cannot be read in one way alone, and may look different in another program; it was not signed. Please tell the site."},
	"error.pdf_unsigned":     {TR: "PDF dosyasında imza yok. İmzalı dosyayı verin.", EN: "The PDF file has no signature. Give the signed file."},
	"error.pdf_only_stamped": {TR: "PDF dosyasında zaman damgası var, ama imza yok. Dosyanın o tarihte var olduğunu gösterebilir; kimin onayladığını göstermez.", EN: "The PDF file has a time stamp, but no signature. It may show that the file existed at that time; it shows of nobody that they agreed."},
	"error.pdf_encrypted":    {TR: "PDF dosyası şifrelenmiş; imzalanmadı. Siteye bu durumu bildirin.", EN: "The PDF file is encrypted; it was not signed. Please tell the site."},
	"error.pdf_forbidden":    {TR: "Bu PDF dosyasındaki bir imza ya da kullanım hakkı istenen imzaya izin vermiyor; imzalanmadı. Siteye bu durumu bildirin.", EN: "A signature or the usage rights in this PDF file do not allow what is asked for; it was not signed. Please tell the site."},

	// XML documents.
	"error.xml_malformed": {TR: "XML belgesi tek bir biçimde okunamıyor, başka bir programda başka türlü anlaşılabilir; imzalanmadı. Siteye bu durumu bildirin.", EN: "The XML document cannot be read in one way alone, and another program may understand it differently; it was not signed. Please tell the site."},
	"error.xml_place":     {TR: "XML belgesinde imzanın konacağı yer ya da imzalanacak bölüm yok; imzalanmadı. Siteye bu durumu bildirin.", EN: "The XML document has no place for the signature, or not the part that is to be signed; it was not signed. Please tell the site."},
	"error.xml_signed":    {TR: "XML belgesinde, ikinci bir imzanın bozacağı bir imza var; imzalanmadı. Siteye bu durumu bildirin.", EN: "The XML document has a signature that a further one would break; it was not signed. Please tell the site."},
}
