package application

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	shipmentPattern = regexp.MustCompile(`^[A-Z0-9]{6,40}$`)
	shipmentFillers = strings.NewReplacer(" ", "", "\t", "", "-", "", ".", "")
)

// ShipmentNumber returns a carrier's number as it is kept: 6 to 40 capital letters and digits of ASCII. Blanks, dashes and full
// stops that people type between them do not count. ok is false if the text cannot be such a number.
func ShipmentNumber(typed string) (number string, ok bool) {
	number = strings.ToUpper(shipmentFillers.Replace(strings.TrimSpace(typed)))
	return number, shipmentPattern.MatchString(number)
}

// ShipmentState is what a carrier says of a shipment; the catalogue has "shipment.state.<state>" and "shipment.next.<state>".
type ShipmentState string

// The states of a shipment, in the order of most of them.
const (
	ShipmentAccepted       ShipmentState = "accepted"
	ShipmentOnItsWay       ShipmentState = "on_its_way"
	ShipmentAtBranch       ShipmentState = "at_branch"
	ShipmentOutForDelivery ShipmentState = "out_for_delivery"
	ShipmentDelivered      ShipmentState = "delivered"
	ShipmentNotMet         ShipmentState = "not_met" // the person was not there
	ShipmentReturning      ShipmentState = "returning"
	ShipmentReturned       ShipmentState = "returned"
	ShipmentLost           ShipmentState = "lost"
)

// ShipmentStates are all of them.
var ShipmentStates = []ShipmentState{
	ShipmentAccepted, ShipmentOnItsWay, ShipmentAtBranch, ShipmentOutForDelivery, ShipmentDelivered, ShipmentNotMet, ShipmentReturning,
	ShipmentReturned, ShipmentLost,
}

// CarrierProblem is what was wrong with a carrier's answer about a shipment; the catalogue has "portal.desk.carrier.<problem>".
type CarrierProblem string

// The problems.
const (
	CarrierDown    CarrierProblem = "down"    // no answer, or not now
	CarrierUnknown CarrierProblem = "unknown" // it knows no shipment with this number
	CarrierInvalid CarrierProblem = "invalid" // its answer cannot be: malformed, of another shipment, or of an impossible time
)

// Bounds of what a carrier says, in characters.
const (
	maxShipmentID    = 64
	maxShipmentPlace = 80
)

// IsDelayed reports whether a shipment in this state comes to its person later than was thought, or never.
func (s ShipmentState) IsDelayed() bool {
	return slices.Contains([]ShipmentState{ShipmentNotMet, ShipmentReturning, ShipmentReturned, ShipmentLost}, s)
}

// ShipmentEvent is something that a carrier says has happened to a shipment.
type ShipmentEvent struct {
	Number string // the shipment's
	// ID is the carrier's own name of the event, by which one that is told twice is known.
	ID    string
	State ShipmentState
	Place string // a town or a branch, in the carrier's words; may be empty
	At    time.Time
}

// IsReadable reports whether an event can be kept and shown as it is: a known state, a time, and texts that are short and hold no
// character that is unseen or turns the text round.
func (e ShipmentEvent) IsReadable() bool {
	return e.ID != "" && IsPlain(e.ID, maxShipmentID) && IsPlain(e.Place, maxShipmentPlace) && slices.Contains(ShipmentStates, e.State) && !e.At.IsZero()
}

// IsPlain reports whether a text of at most so many characters is on one line and holds none that is unseen or turns it round.
func IsPlain(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)
	})
}

// EventsOf returns those of one shipment, in their order.
func EventsOf(number string, all []ShipmentEvent) []ShipmentEvent {
	return slices.DeleteFunc(slices.Clone(all), func(e ShipmentEvent) bool { return e.Number != number })
}
