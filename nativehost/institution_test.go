//go:build linux

package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// useLibraries names libraries of an institution, and returns what the host says of them.
func (w *window) useLibraries(paths ...string) (codes []fault.Code) {
	w.t.Helper()
	var answer protocol.HostLibraries
	w.answer(w.ask(protocol.HostUseLibraries, protocol.HostLibrariesBody{Paths: paths}), protocol.HostLibrariesUsed, &answer)
	for _, l := range answer.Libraries {
		codes = append(codes, l.Problem)
	}
	return codes
}

// An institution's library is used in the session that it is named in, and kept nowhere.
func TestInstitutionLibraryIsUsed(t *testing.T) {
	t.Parallel()
	softHSM, _ := softHSMFile(t)
	m := newMachine(t)
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	w.shows(0)
	if codes := w.useLibraries(softHSM, "/none/a.so"); !slices.Equal(codes, []fault.Code{"", fault.ModulePath}) {
		t.Errorf("%q", codes)
	}
	w.shows(1)
	if codes := w.useLibraries(); len(codes) != 0 {
		t.Errorf("%q", codes)
	}
	w.shows(0)
	later := m.open(t)
	later.hello()
	later.shows(0)
}

// Whoever has taken over the extension has no file loaded that others than the administrator can write.
func TestInstitutionLibraryOfOthers(t *testing.T) {
	t.Parallel()
	_, content := softHSMFile(t)
	m := newMachine(t)
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	saved := filepath.Join(t.TempDir(), "libakisp11.so") // below /tmp, as what a browser saves
	if err := os.WriteFile(saved, content, 0o755); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	if codes := w.useLibraries(saved, "relative.so", "", "/lib\n/a.so"); !slices.Equal(codes, []fault.Code{fault.ModulePath, fault.ModulePath, fault.ModulePath, fault.ModulePath}) {
		t.Errorf("%q", codes)
	}
	w.shows(0)
	w.refused(w.ask(protocol.HostUseLibraries, protocol.HostLibrariesBody{Paths: slices.Repeat([]string{saved}, protocol.MaxLibraries+1)}), fault.MessageInvalid)
}
