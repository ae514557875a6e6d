package message

// trust is what `web trust update` says of the trusted lists of the EU.
var trust = map[string]entry{
	"trust.list":      {TR: "{name}: güncel liste {number}, {count} güven kaynağı, {date} tarihine kadar geçerli", EN: "{name}: list {number} of today, {count} anchors, valid until {date}"},
	"trust.list.kept": {TR: "{name}: yeni liste alınamadı, önceki liste {number} kullanılıyor: {count} güven kaynağı, {date} tarihine kadar geçerli", EN: "{name}: no newer list could be had, the earlier list {number} counts: {count} anchors, valid until {date}"},
	"trust.list.none": {TR: "{name}: geçerli bir liste yok, bu ülkenin kuruluşlarına güvenilmiyor", EN: "{name}: there is no list that counts, so nobody of this country is trusted"},
	"trust.none":      {TR: "Listelerin listesi alınamadı ya da doğrulanamadı. Güven kaynakları dosyası olduğu gibi bırakıldı. Ağ bağlantısını ve ayarlardaki sertifikaları denetleyin.", EN: "The list of lists could not be had, or did not verify. The file of anchors was left as it is. Check the network, and the certificates in the settings."},
	"trust.settings":  {TR: "{name} ayar dosyası okunamıyor. Böyle yazın: web trust update -config DOSYA", EN: "The settings {name} cannot be read. Write: web trust update -config FILE"},

	"validation.anchors_expired": {TR: "{name}: güven kaynaklarının süresi dolmuş. web trust update ile yenileyin.", EN: "{name}: these anchors have expired. Gather them again by web trust update."},
}
