package settings

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cause"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/module"
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

// UseLibraries has this session use the libraries of the person's institution, in place of those that it has named before. What
// names them is the browser: whoever has taken over the extension can do so too, so that the files must be the administrator's.
func (a *Act) UseLibraries(_ context.Context, r act.Request, body *protocol.HostLibrariesBody) (*protocol.HostLibraries, error) {
	if len(body.Paths) > protocol.MaxLibraries {
		return nil, fault.Errorf(fault.MessageInvalid, "%d libraries, at most %d", len(body.Paths), protocol.MaxLibraries)
	}
	answer := &protocol.HostLibraries{Libraries: make([]protocol.HostLibrary, len(body.Paths))}
	var used []module.Library
	for i, path := range body.Paths {
		library, err := a.Own.Check(path, true)
		if err != nil {
			a.Log.Warn("not using a library of the institution", "request", r.ID, "error", err)
			answer.Libraries[i] = protocol.HostLibrary{Problem: fault.CodeOf(err), Why: cause.Of(err)}
			continue
		}
		used = append(used, library)
	}
	a.Own.Finder.UseInstitution(used)
	return answer, nil
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
