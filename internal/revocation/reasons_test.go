package revocation_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// Reasons as bits, for onlyReasons and points.
var (
	compromise = []byte{5, 0x60}       // keyCompromise, cACompromise
	theRest    = []byte{7, 0x9f, 0x80} // all others, with the bit that is unused
	unused     = []byte{7, 0x80}
)

// TestCRLReasons has lists on some reasons of revocation, which count together once they are on all.
func TestCRLReasons(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	issue := func(list ...[]byte) *x509.Certificate {
		return root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(list...))
	}
	part := func(name string, reasons []byte, edits ...listEdit) []byte {
		return list(t, root, append(edits, scoped(tlv(0xa0, tlv(0xa0, onShelf(name))), onlyReasons(reasons...)))...)
	}
	both := func(first, second []byte) map[string][]byte { return map[string][]byte{"1": first, "2": second} }
	first, second := part("1", compromise), part("2", theRest)
	trial := listTrial{root: root, subject: issue(point(compromise, nil, onShelf("1")), point(theRest, nil, onShelf("2")))}
	gone := entryFor(6, trial.subject.SerialNumber)
	trial.run(t, []listCase{
		{"both", both(first, second), "", 2},
		{"revoked in the first", both(part("1", compromise, gone), second), revoked, 1},
		{"on hold in the second", both(first, part("2", theRest, gone)), revoked, 2},
		{"the first alone", both(first, nil), unavailable, 2},
		{"the second alone", both(nil, second), unavailable, 2},
		{"the first twice", both(first, first), invalid, 2},
		{"at the other's address", both(second, first), "", 2},
		{"the second is on one reason only", both(first, part("2", []byte{3, 8})), invalid, 2},
		{"the second is on what is unused", both(first, part("2", unused)), invalid, 2},
		{"the second is on reasons of the first point", both(first, part("1", theRest)), invalid, 2},
		{"the second is on all, of its point", both(first, list(t, root, scoped(tlv(0xa0, tlv(0xa0, onShelf("2")))))), invalid, 2},
		{"reasons that are no bits", both(part("1", []byte{8, 0x60}), second), invalid, 2},
		{"without a point, which is the first one then", both(list(t, root), second), "", 2},
		{"twice without a point", both(list(t, root), list(t, root)), invalid, 2},
	})
	trial.subject = issue(point(nil, nil, onShelf("1")))
	trial.run(t, []listCase{{"on some reasons, in place of a complete one", one(first), invalid, 1}})
	trial.subject = issue(point(compromise, nil, onShelf("1")))
	trial.run(t, []listCase{{"a complete one, of a point that is on some reasons", one(list(t, root)), invalid, 1}})
	trial.subject = issue(point(nil, nil, onShelf("1"), onShelf("2")))
	trial.run(t, []listCase{{"both at one point", both(first, second), "", 2}})
	trial.bouncyCastleAgrees(t)
}

// TestListsAskedForAreBounded has certificates that name more lists than anybody asks for.
func TestListsAskedForAreBounded(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	ask := func(t *testing.T, edits ...pkitest.Edit) (*shelf, error) {
		s := newShelf()
		for n := range 40 { // complete lists on one reason, and deltas of another scope
			s.lists[fmt.Sprint(n)] = list(t, root, scoped(onlyReasons(0, 1<<(n%8))))
			s.lists[fmt.Sprint("d", n)] = list(t, root, deltaTo(1))
		}
		subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), edits...)
		_, err := s.checker().CRL(t.Context(), subject, root.Certificate)
		return s, err
	}
	var names, deltas []byte
	for n := range 40 {
		names, deltas = append(names, onShelf(fmt.Sprint(n))...), append(deltas, onShelf(fmt.Sprint("d", n))...)
	}
	s, err := ask(t, points(point(nil, nil, names)))
	wantCode(t, err, invalid)
	if s.total() != 8 {
		t.Errorf("%d complete lists, want 8", s.total())
	}
	s, err = ask(t, points(point(nil, nil, names)), freshest(point(nil, nil, deltas)))
	wantCode(t, err, invalid)
	if s.total() != 8+8 {
		t.Errorf("%d complete lists and deltas, want 16", s.total())
	}
	var many [][]byte
	for range 33 {
		many = append(many, point(nil, nil, onShelf("0")))
	}
	for _, edit := range []func(...[]byte) pkitest.Edit{points, freshest} {
		s, err = ask(t, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"http://lists.example/0"} }, edit(many...))
		wantCode(t, err, invalid)
		if s.total() > 1 {
			t.Errorf("%d lists of 33 distribution points", s.total())
		}
	}
}
