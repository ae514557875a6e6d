package application

// Delivery is how what was produced comes to its person.
type Delivery string

// The ways. A certificate in an HSM is brought there by people of the authority, by appointment; no courier carries it.
const (
	ToAddress     Delivery = "address"
	ToBranch      Delivery = "branch" // of the courier, in the address's district
	AtDesk        Delivery = "desk"   // of the authority, in person
	ByAppointment Delivery = "appointment"
)

// The fields that the choice is made by.
const (
	mediumField   = "medium"
	deliveryField = "delivery"
	hsm           = "hsm"
)

// Delivery returns what was chosen. What has no such field, and what was submitted before there was one, goes to its address.
func (a Application) Delivery() Delivery {
	if chosen := Delivery(a.Form[deliveryField]); chosen != "" {
		return chosen
	}
	return ToAddress
}

// InPerson reports whether the authority hands over what was produced itself, without a courier.
func (a Application) InPerson() bool {
	d := a.Delivery()
	return d == AtDesk || d == ByAppointment
}

// deliveryFits reports whether a form's choice is possible for what it asks for.
func deliveryFits(f Form) bool {
	return f[deliveryField] == "" || (f[mediumField] == hsm) == (Delivery(f[deliveryField]) == ByAppointment)
}
