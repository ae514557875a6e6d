// Package settings does what the settings page asks for. Nothing of it leaves for a site:
//
//   - pin.go: changes a PIN, tests a card with a sample, unblocks a PIN with a PUK that the person has;
//   - libraries.go: diagnoses the machine, adds and removes libraries of the person's own;
//   - hashsites.go: allows keys to sign hashes for sites, and takes that back;
//   - journal.go: shows what was done on this machine.
package settings

import (
	"context"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/module"
)

// An Act has the parts of the host that the settings page uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	HashSites hashsites.File
	// Device has the key that the journal is verified with.
	Device *device.Installation
	// Own is the person's own list of libraries.
	Own module.Own
	// RunDoctor looks at everything, at the machine by the ways that it is given.
	RunDoctor func(ctx context.Context, m doctor.Machine, tell func(protocol.Check))
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}
