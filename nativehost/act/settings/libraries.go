package settings

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/reader"
)

// maxChecks bounds a diagnosis: each check has four texts of up to some hundred characters.
const maxChecks = 200

// Diagnose looks at everything that a signature needs on this machine.
func (a *Act) Diagnose(ctx context.Context, _ act.Request) (*protocol.Diagnosis, error) {
	now := a.Now()
	d := &protocol.Diagnosis{Time: now.Unix(), Checks: []protocol.Check{}, Modules: append([]string{}, a.Own.Paths()...)}
	machine := doctor.Machine{
		Readers: func() ([]reader.Reader, error) { return a.Inventory.ConnectedReaders(ctx) },
		Select:  a.Inventory.Select, Now: now, List: a.Inventory.ListLibrary,
	}
	a.RunDoctor(ctx, machine, func(c protocol.Check) {
		if len(d.Checks) < maxChecks {
			d.Checks = append(d.Checks, c)
		}
	})
	if err := context.Cause(ctx); err != nil {
		return nil, fault.New(fault.Cancelled, err)
	}
	return d, nil
}

// AddModule puts a library on the person's list, once it has been loaded and has listed its tokens.
func (a *Act) AddModule(ctx context.Context, _ act.Request, body *protocol.HostModuleBody) error {
	library, err := a.Own.Check(body.Path, true)
	if err != nil {
		return err
	}
	if _, err := a.Inventory.ListLibrary(ctx, library); err != nil {
		return err
	}
	return a.Own.Add(ctx, library.Path)
}

// RemoveModule takes a library from the person's list. Its worker stays until the session ends, and is asked nothing.
func (a *Act) RemoveModule(ctx context.Context, _ act.Request, body *protocol.HostModuleBody) error {
	return a.Own.Remove(ctx, body.Path)
}
