package sandbox

// paymentConduct is how the payment provider behaves.
type paymentConduct string

const (
	paymentOK             paymentConduct = "ok"
	paymentTwice          paymentConduct = "twice"           // tells everything twice
	paymentLate           paymentConduct = "late"            // tells two seconds after the person has come back
	paymentNever          paymentConduct = "never"           // tells nothing, but answers who asks
	paymentOtherSum       paymentConduct = "other-sum"       // takes half of the sum
	paymentOtherCurrency  paymentConduct = "other-currency"  // has taken dollars
	paymentWrongSignature paymentConduct = "wrong-signature" // tells with a signature by another key
	paymentOldSignature   paymentConduct = "old-signature"   // tells with a signature of an hour ago
	paymentDown           paymentConduct = "down"            // closes every connection without an answer
	paymentHang           paymentConduct = "hang"            // takes a request and says nothing
	paymentGarbage        paymentConduct = "garbage"         // answers what is no JSON
	paymentForeignPage    paymentConduct = "foreign-page"    // sends the person to a page that is not its own
	paymentRefundRefused  paymentConduct = "refund-refused"  // sends no money back
	paymentRefundLost     paymentConduct = "refund-lost"     // sends it back, and closes the connection without an answer
)

var paymentConducts = []paymentConduct{paymentOK, paymentTwice, paymentLate, paymentNever, paymentOtherSum, paymentOtherCurrency, paymentWrongSignature,
	paymentOldSignature, paymentDown, paymentHang, paymentGarbage, paymentForeignPage, paymentRefundRefused, paymentRefundLost}
