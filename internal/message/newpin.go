package message

// newpin is what is said wherever a card gets a new PIN: in its window (pin.html) and on the settings page.
var newpin = map[string]entry{
	"newpin.new":       {TR: "Yeni PIN", EN: "The new PIN"},
	"newpin.again":     {TR: "Yeni PIN, bir kez daha", EN: "The new PIN, once more"},
	"newpin.advice":    {TR: "111111 veya 123456 gibi olmasın; doğum tarihi ve telefon numarası da kullanmayın.", EN: "Nothing like 111111 or 123456, and no birthday or telephone number."},
	"newpin.different": {TR: "Yeni PIN’in iki yazılışı aynı değil; karta gönderilmedi. Yeniden yazın.", EN: "You typed the new PIN in two different ways; it was not sent to the card. Type it again."},

	"newpin.strength.short":      {TR: "Henüz kısa.", EN: "Still too short."},
	"newpin.strength.long":       {TR: "Bu kart için uzun.", EN: "Too long for this card."},
	"newpin.strength.characters": {TR: "Kartın tanımadığı bir karakter var.", EN: "It has a character that the card does not know."},
	"newpin.strength.weak":       {TR: "Çok kolay tahmin edilir; kabul edilmez.", EN: "Far too easy to guess; it is not accepted."},
	"newpin.strength.guessable":  {TR: "Tahmin edilebilir: tarihe, tekrara veya sıraya benziyor.", EN: "It can be guessed: it looks like a date, a repetition or a row."},
	"newpin.strength.fair":       {TR: "Olur; daha uzunu daha güvenli.", EN: "It will do; a longer one is safer."},
	"newpin.strength.good":       {TR: "Kolay tahmin edilmez.", EN: "Not easy to guess."},

	// What is known of the card's PUK.
	"newpin.puk.low":   {TR: "Kart daha önce bir PUK’u kabul etmemiş", EN: "The card has refused a PUK before"},
	"newpin.puk.final": {TR: "PUK için son deneme hakkı", EN: "The last try for the PUK"},
	"newpin.puk_lost":  {TR: "Deneme hakkı bitince kart bir daha açılamaz. Nedenini bilmiyorsanız vazgeçip kurumunuzu arayın.", EN: "When no tries are left, the card cannot be unblocked any more. If you do not know why, cancel and call your provider."},

	// The card at work.
	"newpin.working":           {TR: "Artık vazgeçilemez: yarıda kalan bir işlem karta zarar verebilir. Kartı okuyucudan çıkarmayın.", EN: "You cannot cancel any more: an act that stops half-way may harm the card. Leave the card in the reader."},
	"newpin.working.title":     {TR: "Kart yeni PIN’ini alıyor…", EN: "The card is getting its new PIN…"},
	"newpin.working.title_pad": {TR: "Yeni PIN kodunuzu okuyucuda girin…", EN: "Enter your new PIN on the reader…"},
}
