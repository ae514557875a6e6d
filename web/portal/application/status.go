package application

import (
	"slices"
	"strings"
)

// Changes of a certificate's status (Suspend, Resume, Revoke) say in their Basis how whoever asked has shown that they may, and a
// revocation why: "login", "word/lost". One by two officers names their decision too: "two_persons/lost/REFERENCE".

// Proof is how whoever asks for a status has shown that they may.
type Proof string

// The proofs.
const (
	ByLogin      Proof = "login"
	ByWord       Proof = "word"        // the security word, without a login
	ByTelephone  Proof = "telephone"   // the security word, said to an officer
	ByTwoPersons Proof = "two_persons" // two officers, without the person
)

var proofs = []Proof{ByLogin, ByWord, ByTelephone, ByTwoPersons}

// RevocationReason is why a certificate is revoked.
type RevocationReason string

// The reasons.
const (
	Lost        RevocationReason = "lost"
	Stolen      RevocationReason = "stolen"
	Broken      RevocationReason = "broken"
	LeftOffice  RevocationReason = "left_office"
	DataChanged RevocationReason = "data_changed"
	Asked       RevocationReason = "asked" // for no other reason than that the person wants it
)

// RevocationReasons are all reasons, in the order in which pages offer them.
var RevocationReasons = []RevocationReason{Lost, Stolen, Broken, LeftOffice, DataChanged, Asked}

// IsKnown reports whether a reason is one of RevocationReasons.
func (r RevocationReason) IsKnown() bool { return slices.Contains(RevocationReasons, r) }

// StatusBasis is the basis of a change of a certificate's status; reason is "" unless it revokes.
func StatusBasis(p Proof, r RevocationReason) string {
	if r == "" {
		return string(p)
	}
	return string(p) + "/" + string(r)
}

// Proof is how whoever asked for the change of a status has shown that they may; "" of other changes.
func (c Change) Proof() Proof {
	p, _, _ := strings.Cut(c.Basis, "/")
	if !c.Event.ChangesStatus() || !slices.Contains(proofs, Proof(p)) {
		return ""
	}
	return Proof(p)
}

// RevocationReason is why the change revokes; "" of other changes.
func (c Change) RevocationReason() RevocationReason {
	_, r, _ := strings.Cut(c.Basis, "/")
	r, _, _ = strings.Cut(r, "/") // the decision of two officers follows it
	if c.Event != Revoke || !RevocationReason(r).IsKnown() {
		return ""
	}
	return RevocationReason(r)
}

// ChangesStatus reports whether an event changes what the authority publishes of a certificate.
func (e Event) ChangesStatus() bool { return e == Suspend || e == Resume || e == Revoke }

// NewestStatus returns the last change in a history that changed the certificate's status; ok is false if no change did.
func NewestStatus(history []Change) (c Change, ok bool) {
	for _, c := range slices.Backward(history) {
		if c.Event.ChangesStatus() {
			return c, true
		}
	}
	return Change{}, false
}
