package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// MaxShipmentEvents is how much of what a carrier says is kept of one shipment.
const MaxShipmentEvents = 200

// Shipments is the part of Store about where cards are that were sent. A shipment is to be asked about from its dispatch until
// its application is with_courier no more, which ChangeApplication sees to.
type Shipments interface {
	// LeaseShipment returns the shipment that has been due longest to be asked about, and keeps it from others until the lease
	// ends. ErrNotFound means that none is due.
	LeaseShipment(ctx context.Context, now, leaseEnd time.Time) (ShipmentLease, error)
	// KeepShipmentEvents keeps what the carrier has said of a leased shipment, but what is kept already by its ID and what is over
	// MaxShipmentEvents, and has it asked about again at a time. p is what was wrong with the answer; "" begins the count of
	// attempts anew. It does nothing if the lease is another's by now.
	KeepShipmentEvents(ctx context.Context, l ShipmentLease, events []application.ShipmentEvent, at, again time.Time, p application.CarrierProblem) error
	// ShipmentEvents returns what carriers have said of an application's shipments, the earliest first by the carrier's clock.
	ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error)
	// ShipmentProblem returns what was wrong with the last answer about an application's shipment, "" where nothing was or none is
	// under way.
	ShipmentProblem(ctx context.Context, reference string) (application.CarrierProblem, error)
}

// ShipmentLease is a shipment that one process asks about.
type ShipmentLease struct {
	Reference string // of its application
	Number    string
	SentAt    time.Time
	Attempt   int // from 1, since the last good answer
	Until     time.Time
}
