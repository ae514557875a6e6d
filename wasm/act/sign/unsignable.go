package sign

import (
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// The host prepares all signatures before the person reads the documents. Where none can be made, the request ends there; where
// some cannot, the person learns which before they type the PIN, and the others are made.

// handleChecked takes why documents could not be signed.
func (a *Act) handleChecked(m protocol.HostEnvelope) error {
	var checked protocol.DocumentProblems
	if err := wire.Body(m, &checked); err != nil {
		return err
	}
	if len(checked.Problems) != len(a.files()) {
		return wire.Invalid("not what was asked to be checked")
	}
	if !slices.Contains(checked.Problems, "") {
		a.window.Fail(wire.KnownCode(checked.Problems[0]), "")
		return nil
	}
	a.problems = make([]fault.Code, len(checked.Problems))
	for i, code := range checked.Problems {
		if code != "" {
			a.problems[i] = wire.KnownCode(code)
		}
	}
	if a.window.Step() == screen.StepStamp {
		a.showStamp()
	}
	return nil
}

// firstSignable is the place of the first signed file that can be made, once the host has said it.
func (a *Act) firstSignable() int { return slices.Index(a.problems, "") }

// signable is how many signed files can be made, as far as the host has said.
func (a *Act) signable() (n int) {
	if a.problems == nil {
		return len(a.files())
	}
	for _, code := range a.problems {
		if code == "" {
			n++
		}
	}
	return n
}

// NotSignedView names documents that were not signed, or cannot be, listRows of them at most.
type NotSignedView struct {
	Documents []NotSigned
	More      int // that are not named
}

// NotSigned is a document that was not signed, or cannot be.
type NotSigned struct {
	Name string
	Code fault.Code
	Why  string // the sentence of Code
}

// notSigned names the documents of the signed files that have a code.
func (a *Act) notSigned(v *View, codes []fault.Code) (n NotSignedView) {
	files := a.files()
	for i, code := range codes {
		if code == "" {
			continue
		}
		for _, place := range files[i] {
			if len(n.Documents) == listRows {
				n.More++
				continue
			}
			n.Documents = append(n.Documents, NotSigned{v.Names[place], code, v.Error(code)})
		}
	}
	return n
}
