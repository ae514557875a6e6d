package application

// Kind is what is applied for.
type Kind string

// The kinds.
const (
	NES  Kind = "nes"
	Seal Kind = "seal" // mali mühür
)

// kind is how one kind differs from the others.
type kind struct {
	paysFirst bool // before it is approved
	fields    []Field
}

var kinds = map[Kind]kind{
	NES:  {fields: nesFields},
	Seal: {paysFirst: true, fields: sealFields},
}

// Fields returns what a person fills in, in order; none for an unknown kind.
func (k Kind) Fields() []Field { return kinds[k].fields }

// New returns a draft of this kind, or one that is to be paid first. The caller sets what is known of the person.
func New(k Kind, payer Payer, fee int64) Application {
	a := Application{Kind: k, Payer: payer, State: Draft, Version: 1, Form: Form{}}
	if payer == PaidByPerson {
		a.Fee = fee
	}
	if kinds[k].paysFirst && a.Fee > 0 {
		a.State = PaymentDue
	}
	return a
}
