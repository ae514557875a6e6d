package message

// manage is what the settings page says.
var manage = map[string]entry{
	"manage.title":             {TR: "E-Onay ayarları", EN: "E-Onay settings"},
	"manage.phrase":            {TR: "Güvenlik sözü", EN: "Security phrase"},
	"manage.phrase_why":        {TR: "Yalnızca sizin bildiğiniz bir söz yazın. Gerçek imza penceresi onu hep en üstte gösterir; bu sözü göstermeyen bir pencereye PIN kodunuzu yazmayın.", EN: "Write something that only you know. The genuine signing window always shows it at the top; never type your PIN into a window that does not show it."},
	"manage.phrase_label":      {TR: "Sözünüz", EN: "Your phrase"},
	"manage.phrase_hint":       {TR: "3 ile 60 karakter arasında. PIN kodunuzu veya bir parolayı yazmayın.", EN: "Between 3 and 60 characters. Do not use your PIN or a password."},
	"manage.phrase_save":       {TR: "Sözü kaydet", EN: "Save the phrase"},
	"manage.phrase_saved":      {TR: "Kaydedildi. Bundan sonra her imza penceresinin üstünde bu sözü göreceksiniz.", EN: "Saved. From now on you will see this phrase at the top of every signing window."},
	"manage.phrase_bad":        {TR: "Söz 3 ile 60 karakter arasında olmalı ve yalnızca görünen karakterler içermeli.", EN: "The phrase must have between 3 and 60 characters, all of them visible."},
	"manage.preview":           {TR: "İmza penceresinde böyle görünür", EN: "This is how the signing window shows it"},
	"manage.language":          {TR: "Dil", EN: "Language"},
	"manage.program":           {TR: "Bu bilgisayardaki program", EN: "The program on this computer"},
	"manage.program_looking":   {TR: "Programa bakılıyor…", EN: "Looking for the program…"},
	"manage.program_works":     {TR: "Çalışıyor", EN: "Working"},
	"manage.program_version":   {TR: "Sürüm", EN: "Version"},
	"manage.program_platform":  {TR: "Sistem", EN: "System"},
	"manage.program_get":       {TR: "E-Onay kullanan sitenin yardım sayfasından programı indirip kurun, sonra “Yeniden bak”a basın.", EN: "Download and install the program from the help page of a site that uses E-Onay, then press “Look again”."},
	"manage.extension_version": {TR: "Uzantının sürümü", EN: "Version of the extension"},
}
