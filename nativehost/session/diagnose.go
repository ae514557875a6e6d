package session

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// maxChecks bounds a diagnosis: each check has four texts of up to some hundred characters.
const maxChecks = 200

// diagnose looks at everything that a signature needs on this machine.
func (s *session) diagnose(ctx context.Context) (any, error) {
	if s.phase != phaseOpen {
		return nil, fault.Errorf(fault.Sequence, "diagnose in phase %d", s.phase)
	}
	now := s.Now()
	d := protocol.Diagnosis{Time: now.Unix(), Checks: []protocol.Check{}, Modules: append([]string{}, s.Own.Paths()...)}
	machine := doctor.Machine{
		Readers: func() ([]reader.Reader, error) {
			ctx, cancel := context.WithTimeout(ctx, firstLook)
			defer cancel()
			return s.readers.Readers(ctx)
		},
		Select: s.Select, Now: now,
		List: func(ctx context.Context, library module.Library) (*worker.Listing, error) {
			return s.late.list(ctx, s.worker(library))
		},
	}
	s.Diagnose(ctx, machine, func(c protocol.Check) {
		if len(d.Checks) < maxChecks {
			d.Checks = append(d.Checks, c)
		}
	})
	if err := context.Cause(ctx); err != nil {
		return nil, fault.New(fault.Cancelled, err)
	}
	return d, nil
}

// addModule puts a library on the person's list, once it has been loaded and has listed its tokens.
func (s *session) addModule(j job) error {
	path, err := s.modulePath(j)
	if err != nil {
		return err
	}
	library, err := s.Own.Check(path, true)
	if err != nil {
		return err
	}
	if _, err := s.late.list(j.ctx, s.worker(library)); err != nil {
		return err
	}
	return s.Own.Add(j.ctx, library.Path)
}

// removeModule takes a library from the person's list. Its worker stays until the session ends, unasked.
func (s *session) removeModule(j job) error {
	path, err := s.modulePath(j)
	if err != nil {
		return err
	}
	return s.Own.Remove(j.ctx, path)
}

func (s *session) modulePath(j job) (string, error) {
	if s.phase != phaseOpen {
		return "", fault.Errorf(fault.Sequence, "%s in phase %d", j.Type, s.phase)
	}
	var body protocol.HostModuleBody
	if err := messaging.Decode(j.Body, &body); err != nil {
		return "", err
	}
	return body.Path, nil
}
