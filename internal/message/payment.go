//go:build !js

package message

// payments has what people read who pay a fee.
var payments = map[string]entry{
	"payment.debt":              {TR: "Borç Sorgulama ve Ödeme", EN: "Fees due and payment"},
	"payment.debt.about":        {TR: "Başvuru ücretini sorgulayın ve ödeyin", EN: "See the fee of an application or order and pay it"},
	"payment.debt.lead":         {TR: "Başvuru numarasını ve dört haneyi yazın. Giriş yapmanız gerekmez; başvurunun kime ait olduğu burada görünmez.", EN: "Type the number of the application or order, and four digits. You need not log in; whose it is does not show here."},
	"payment.debt.number":       {TR: "Başvuru numarası", EN: "Number of the application or order"},
	"payment.debt.number.hint":  {TR: "Başvurunuzun alındı sayfasında yazar: 16 harf ve rakam.", EN: "It stands on the receipt: 16 letters and digits."},
	"payment.debt.digits":       {TR: "T.C. kimlik ya da cep telefonu numarasının son dört hanesi", EN: "Last four digits of the citizen or mobile number"},
	"payment.debt.digits.hint":  {TR: "Sertifika başvurusunda T.C. kimlik numarasının, kart okuyucu ve zaman damgası başvurusunda cep telefonunun son dört rakamı.", EN: "Of the citizen number for a certificate, of the mobile number for card readers and time stamps."},
	"payment.debt.query":        {TR: "Sorgula", EN: "Look"},
	"payment.debt.wrong":        {TR: "Sorgulama yapılmadı", EN: "Nothing was looked for"},
	"payment.debt.mend.number":  {TR: "16 harf ve rakamdan oluşan başvuru numarasını yazın.", EN: "Type the number, 16 letters and digits."},
	"payment.debt.mend.digits":  {TR: "T.C. kimlik ya da cep telefonu numarasının son dört rakamını yazın.", EN: "Type the last four digits of the citizen or mobile number."},
	"payment.debt.unknown":      {TR: "Bu bilgilerle bir başvuru bulunamadı", EN: "Nothing was found by these"},
	"payment.debt.unknown.next": {TR: "Numarayı ve dört haneyi denetleyip yeniden yazın. Başvurularınızı giriş yaparak da görebilirsiniz.", EN: "Check the number and the four digits and type them again. You can also see your applications by logging in."},
	"payment.debt.due":          {TR: "Ödenecek ücret var", EN: "A fee is due"},
	"payment.debt.paid":         {TR: "Ücret ödendi", EN: "The fee was paid"},
	"payment.debt.nothing":      {TR: "Ödenecek ücret yok", EN: "No fee is due"},
	"payment.debt.another":      {TR: "Başka Başvuru", EN: "Another one"},

	"payment.own":     {TR: "Başvuru Ücreti", EN: "Fee of the application"},
	"payment.card":    {TR: "Ödeme, ödeme kuruluşunun kendi sayfasında yapılır: kart bilgileriniz bu siteye gelmez.", EN: "You pay on the payment provider’s own page: your card’s data do not come to this site."},
	"payment.pay":     {TR: "Öde", EN: "Pay"},
	"payment.paid.at": {TR: "Ödendi", EN: "Paid"},
	"payment.list":    {TR: "Ödemeler", EN: "Payments"},
	"payment.at":      {TR: "Son değişiklik", EN: "Last change"},
	"payment.result":  {TR: "Ödeme", EN: "Payment"},
	"payment.ask":     {TR: "Sonucu Sor", EN: "Ask for the result"},
	"payment.again":   {TR: "Yeniden Öde", EN: "Pay again"},

	"payment.state.started":        {TR: "Ödemenin sonucu henüz bilinmiyor", EN: "What became of the payment is not known yet"},
	"payment.state.paid":           {TR: "Ödeme alındı", EN: "The payment was made"},
	"payment.state.failed":         {TR: "Ödeme alınmadı", EN: "No payment was made"},
	"payment.state.refunding":      {TR: "Para iade ediliyor", EN: "The money is being sent back"},
	"payment.state.refunded":       {TR: "Para iade edildi", EN: "The money was sent back"},
	"payment.state.refund_refused": {TR: "Para iadesi bekliyor", EN: "The money waits to be sent back"},

	"payment.next.started":        {TR: "Ödediyseniz yeniden ödemeyin: sonuç ödeme kuruluşundan kendiliğinden gelir. Beklemek istemezseniz sonucu sorun.", EN: "If you have paid, do not pay again: the result comes from the payment provider by itself. You can also ask for it now."},
	"payment.next.paid":           {TR: "Başvurunuz ilerledi; durumunu Başvurularım sayfasında görebilirsiniz.", EN: "The application has gone on; see its state on the page of your applications."},
	"payment.next.order":          {TR: "Başvurunuz ilerledi; durumunu Sipariş Sorgulama sayfasında görebilirsiniz.", EN: "The order has gone on; see its state on the page Follow an order."},
	"payment.next.failed":         {TR: "Kart reddedildi, ödemeden vazgeçildi ya da süresi doldu. Para alınmadıysa yeniden ödeyebilirsiniz; alındıysa iade edilir.", EN: "The card was declined, or the payment was cancelled or not made in time. You can pay again; money that came all the same goes back."},
	"payment.next.refunding":      {TR: "Gelen tutar bu başvuru için borç değildi ya da artık değil; aynı karta kendiliğinden iade edilir.", EN: "The sum that came was not due, or not any more; it goes back to the same card by itself."},
	"payment.next.refunded":       {TR: "Tutar ödeme yapılan karta gönderildi; hesabınızda görünmesi bankanıza bağlıdır.", EN: "It was sent to the card that had paid; when your account shows it is up to your bank."},
	"payment.next.refund_refused": {TR: "Ödeme kuruluşu iadeyi şimdilik yapmadı; kurum görevlileri ilgileniyor.", EN: "The payment provider has not sent it back yet; the authority’s people see to it."},
}
