package message

// pin is what the window says in which a card gets a new PIN, besides what every window says.
var pin = map[string]entry{
	"pin.head.asks": {TR: "İşlemi başlatan site", EN: "The site that asks"},

	// Who asks.
	"pin.who.title":    {TR: "Kartınıza yeni bir PIN vereceksiniz", EN: "You are about to give your card a new PIN"},
	"pin.who.continue": {TR: "Devam et", EN: "Continue"},

	// Which card.
	"pin.card":            {TR: "Kart", EN: "Card"},
	"pin.card.title":      {TR: "Hangi kartınıza yeni PIN verilsin?", EN: "Which card is to get a new PIN?"},
	"pin.card.title_one":  {TR: "Yeni PIN bu karta\u00a0mı verilsin?", EN: "Is this the card to get a new PIN?"},
	"pin.card.title_none": {TR: "Bu karta yeni PIN verilemiyor", EN: "This card cannot get a new PIN"},
	"pin.card.locked":     {TR: "Kartın PIN’i kilitli.", EN: "The card’s PIN is blocked."},
	"pin.card.unset":      {TR: "Kartın henüz PIN’i yok.", EN: "The card has no PIN yet."},
	"pin.card.ready":      {TR: "Kartın PIN’i çalışıyor; şimdiki PIN de sorulacak.", EN: "The card’s PIN works; you will be asked for it too."},

	// The new PIN.
	"pin.new.title":     {TR: "Yeni PIN’inizi yazın", EN: "Type your new PIN"},
	"pin.new.title_pad": {TR: "Yeni PIN’inizi okuyucuda gireceksiniz", EN: "You will enter your new PIN on the reader"},
	"pin.new.puk":       {TR: "PUK’u sizden kimse istemez: kurumunuz onu yalnızca bu karta, bu bilgisayarda gönderir.", EN: "Nobody asks you for the PUK: your provider sends it to this card only, on this computer."},
	"pin.new.old":       {TR: "Şimdiki PIN", EN: "Your present PIN"},
	"pin.new.old_why":   {TR: "Kart kilitli değil. Şimdiki PIN, kartın sizde olduğunu kurumunuza gösterir.", EN: "The card is not blocked. Its present PIN shows your provider that you have the card."},
	"pin.new.stays":     {TR: "Yalnızca kartınıza verilir; site PIN kodunuzu görmez.", EN: "It is given to your card only; the site does not see your PIN."},
	"pin.new.pad":       {TR: "“PIN’i oluştur”a bastıktan sonra, sıra gelince yeni PIN kodunu okuyucunun tuşlarıyla girin.", EN: "Press “Set the PIN”; when it is time, enter the new PIN with the keys of the reader."},
	"pin.new.pad_old":   {TR: "Kart kilitli değil: okuyucu önce şimdiki PIN kodunuzu soracak.", EN: "The card is not blocked: the reader asks for your present PIN first."},
	"pin.new.submit":    {TR: "PIN’i oluştur", EN: "Set the PIN"},
	"pin.alert.blocked": {TR: "Şimdiki PIN yanlıştı ve kart kilitlendi. Artık sorulmayacak: yeni PIN’inizi bir daha yazın.", EN: "The present PIN was wrong, and the card is blocked now. It is not asked for any more: type your new PIN once again."},

	// The work, phase by phase.
	"pin.working.title_claim": {TR: "Kartınız ve bilgisayarınız tanıtılıyor…", EN: "Introducing your card and computer…"},
	"pin.working.title_ask":   {TR: "Kurumunuza soruluyor…", EN: "Asking your provider…"},
	"pin.working.claim":       {TR: "Birkaç saniye sürer. Kartı okuyucudan çıkarmayın.", EN: "It takes a few seconds. Leave the card in the reader."},
	"pin.working.ask":         {TR: "Kurumunuz, kartın ve kodun sizin olduğunu denetliyor. Kartı okuyucudan çıkarmayın.", EN: "Your provider is checking that card and code are yours. Leave the card in the reader."},
	"pin.slow.claim":          {TR: "Kart alışılandan yavaş yanıt veriyor. Kartı çıkarmadan bekleyin.", EN: "The card is slower than usual. Wait, and leave it in the reader."},
	"pin.slow.ask":            {TR: "Kurumunuzun yanıtı gecikiyor. Kartı çıkarmadan bekleyin.", EN: "Your provider’s answer is late. Wait, and leave the card in the reader."},
	"pin.slow.set":            {TR: "Kart alışılandan yavaş yanıt veriyor. Artık vazgeçilemez; kartı çıkarmadan bekleyin.", EN: "The card is slower than usual. You cannot cancel any more; wait, and leave it in the reader."},

	// The end.
	"pin.done.title":          {TR: "Kartınızın yeni PIN’i hazır", EN: "Your card has its new PIN"},
	"pin.done.text":           {TR: "Bundan sonra yeni PIN geçerli. Sonuç siteye bildirildi; sayfada göreceksiniz.", EN: "From now on the new PIN holds. The site was told; you will see the result on its page."},
	"pin.done.untold":         {TR: "Bundan sonra yeni PIN geçerli. Sayfa artık açık olmadığı için sonuç siteye bildirilemedi.", EN: "From now on the new PIN holds. The page is no longer open, so the site could not be told."},
	"pin.done.holder":         {TR: "Kart sahibi", EN: "Card holder"},
	"pin.failed.title_gone":   {TR: "İşlemi başlatan sayfa artık yok", EN: "The page that asked is gone"},
	"pin.failed.title_lost":   {TR: "Bu kart artık açılamaz", EN: "This card cannot be unblocked any more"},
	"pin.failed.host":         {TR: "E-Onay, kartınızla konuşmak için bu bilgisayarda küçük bir program kullanır. İşlemi başlatan site nereden alınacağını söyler; kurduktan sonra burada “Yeniden dene”ye basın.", EN: "To speak with your card, E-Onay uses a small program on this computer. The site that asks says where to get it; once it is installed, press “Try again” here."},
	"pin.failed.title_unsure": {TR: "Kartın yeni PIN’i alıp almadığı bilinmiyor", EN: "Nobody knows whether the card has its new PIN"},
	"pin.failed.unsure":       {TR: "Önce kartınızı yeni PIN ile deneyin. Kabul etmezse sayfaya dönüp yeni bir kod alın.", EN: "Try your card with the new PIN first. If it refuses it, go back to the page and get a new code."},
	"pin.failed.unsigned":     {TR: "Bu bilgisayarın E-Onay anahtarı yanıt vermedi; işlemin sonucu siteye bildirilemedi.", EN: "This computer’s E-Onay key did not answer; the site could not be told how the act ended."},
	"pin.failed.silent":       {TR: "Kart, işlemin sonucunu bildirmedi.", EN: "The card did not say what became of the act."},

	"pin.failed.spent": {TR: "Doğrulama kodu kullanıldı. Yeniden denemek için sayfaya dönüp yeni bir kod alın.", EN: "The verification code is used up. To try again, go back to the page and get a new code."},
	"pin.failed.used":  {TR: "Doğrulama kodu kullanıldı. Sayfaya dönün.", EN: "The verification code is used up. Go back to the page."},
	"pin.failed.again": {TR: "Bu pencerede yapılacak bir şey kalmadı; sayfaya dönün.", EN: "There is nothing left to do in this window; go back to the page."},

	// Errors whose common sentence would mislead here.
	"pin.error.cancelled":       {TR: "Kartınızda hiçbir şey değişmedi. Dilerseniz sayfadan yeniden başlayın.", EN: "Nothing on your card has changed. You can start again from the page."},
	"pin.error.page_gone":       {TR: "Sayfa kapandı veya başka bir adrese geçti; kartınızda hiçbir şey değişmedi. Sayfayı açıp yeniden başlayın.", EN: "The page was closed or went elsewhere; nothing on your card has changed. Open it and start again."},
	"pin.error.request_invalid": {TR: "Sitenin isteği hatalı. Siteye bu durumu bildirin.", EN: "The site’s request is faulty. Please tell the site."},
	"pin.error.host_stopped":    {TR: "Bu bilgisayardaki E-Onay programı beklenmedik biçimde durdu.", EN: "The E-Onay program on this computer stopped unexpectedly."},
	"pin.error.sequence":        {TR: "E-Onay’ın parçaları sırayı şaşırdı.", EN: "The parts of E-Onay lost their order."},
	"pin.error.internal":        {TR: "Beklenmedik bir hata oldu. Sürerse destek birimine aşağıdaki kodu söyleyin.", EN: "Something unexpected went wrong. If it persists, tell the help desk the code below."},
	"pin.error.module_crashed":  {TR: "Kart sürücüsü beklenmedik biçimde durdu. Kartı çıkarıp yeniden takın.", EN: "The card’s driver stopped unexpectedly. Take the card out and put it in again."},
	"pin.error.module_timeout":  {TR: "Kart zamanında yanıt vermedi. Kartı çıkarıp yeniden takın.", EN: "The card did not answer in time. Take it out and put it in again."},
	"pin.error.token_removed":   {TR: "Kart, işlem bitmeden okuyucudan çıkarıldı. Kartı yeniden takın.", EN: "The card was taken out before the act was finished. Put it back."},
	"pin.error.card_changed":    {TR: "Okuyucuda başka bir kart var; ona dokunulmadı. Seçtiğiniz kartı takın.", EN: "Another card is in the reader; it was not touched. Put in the card you chose."},
	"pin.error.token_error":     {TR: "Kart işlemi tamamlayamadı. Kartı çıkarıp yeniden takın.", EN: "The card could not complete the act. Take it out and put it in again."},
	"pin.error.pin_refused":     {TR: "Kart yeni PIN’i kabul etmedi. Yeniden başlayıp başka bir PIN seçin.", EN: "The card did not take the new PIN. Start again and choose another one."},
	"pin.error.puk_incorrect":   {TR: "Kart, kurumunuzun gönderdiği PUK’u kabul etmedi; PIN değişmedi. Kurumunuzun destek birimini arayın.", EN: "The card refused the PUK that your provider sent; its PIN has not changed. Call your provider’s help desk."},
	"pin.error.puk_last_try":    {TR: "Kart, kurumunuzun gönderdiği PUK’u kabul etmedi ve tek deneme hakkı kaldı. Kurumunuzun destek birimini arayın.", EN: "The card refused the PUK that your provider sent, and only one try is left. Call your provider’s help desk."},
	"pin.error.code_expired":    {TR: "Doğrulama kodunun süresi doldu; kartınızda hiçbir şey değişmedi. Sayfadan yeni bir kod alın.", EN: "The verification code has expired; nothing on your card has changed. Get a new code from the page."},
	"pin.error.code_used":       {TR: "Bu doğrulama kodu kullanılmış; kartınızda hiçbir şey değişmedi. Sayfadan yeni bir kod alın.", EN: "This verification code has been used; nothing on your card has changed. Get a new code from the page."},
}
