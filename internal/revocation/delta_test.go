package revocation_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// TestDeltaCRL has a complete list of number 10 and deltas to it. The certificate names both.
func TestDeltaCRL(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, nil, onShelf("full"))), freshest(point(nil, nil, onShelf("delta"))))
	serial := subject.SerialNumber
	namesake := &pkitest.Authority{Key: pkitest.Key(t, "P-384 namesake"), Certificate: root.Certificate}
	otherKeyID := *root.Certificate
	otherKeyID.SubjectKeyId = []byte("another")
	delta := func(edits ...listEdit) []byte {
		return list(t, root, append([]listEdit{deltaTo(9), numbered(11)}, edits...)...)
	}
	both := func(full, delta []byte) map[string][]byte { return map[string][]byte{"full": full, "delta": delta} }
	full, held := list(t, root), list(t, root, entryFor(6, serial))
	stale := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-10 * time.Minute) }
	second := listSigner(t, root, "Kök", func(c *x509.Certificate) { c.SubjectKeyId = root.Certificate.SubjectKeyId }) // another key of the CA
	trial := listTrial{root: root, subject: subject, signers: []*x509.Certificate{second.Certificate}, own: full}
	trial.run(t, []listCase{
		{"signed with another key of the CA", both(full, list(t, second, deltaTo(9), numbered(11))), invalid, 2},
		{"nothing new", both(full, delta()), "", 2},
		{"revoked since", both(full, delta(entryFor(1, serial))), revoked, 2},
		{"revoked since, without a reason", both(full, delta(entry(serial))), revoked, 2},
		{"on hold since", both(full, delta(entryFor(6, serial))), revoked, 2},
		{"another revoked since", both(full, delta(entryFor(1, big.NewInt(5)))), "", 2},
		{"on hold, and still", both(held, delta()), revoked, 2},
		{"on hold, and released", both(held, delta(entryFor(8, serial))), "", 2},
		{"on hold, and revoked since", both(held, delta(entryFor(1, serial))), revoked, 2},
		{"released, and not in the complete list", both(full, delta(entryFor(8, serial))), "", 2},
		{"released and revoked", both(full, delta(entryFor(8, serial), entryFor(1, serial))), revoked, 2},
		{"revoked and released", both(full, delta(entryFor(1, serial), entryFor(8, serial))), revoked, 2},
		{"revoked, and released though it was not on hold", both(list(t, root, entryFor(1, serial)), delta(entryFor(8, serial))), revoked, 1},
		{"no delta there", both(full, nil), unavailable, 2},
		{"no delta there, and on hold", both(held, nil), unavailable, 2},
		{"the delta is stale", both(full, delta(stale)), invalid, 2},
		{"the complete list is stale, and the delta fresh", both(list(t, root, stale), delta()), invalid, 1},
		{"signed with another key", both(full, list(t, namesake, deltaTo(9), numbered(11))), invalid, 2},
		{"of another key identifier", both(full, list(t, &pkitest.Authority{Certificate: &otherKeyID, Key: root.Key}, deltaTo(9), numbered(11))), invalid, 2},
		{"of another scope", both(full, delta(scoped([]byte{0x81, 1, 0xff}))), invalid, 2},
		{"of the same scope", both(list(t, root, scoped([]byte{0x81, 1, 0xff})), delta(scoped([]byte{0x81, 1, 0xff}))), "", 2},
		{"to this very list", both(full, list(t, root, deltaTo(10), numbered(11))), "", 2},
		{"to a later list", both(full, list(t, root, deltaTo(11), numbered(12))), invalid, 2},
		{"of the list's own number", both(full, list(t, root, deltaTo(9), numbered(10), entry(serial))), "", 2}, // RFC 5280, 5.2.3: both say the same
		{"older than the list", both(full, list(t, root, deltaTo(3), numbered(4), entry(serial))), "", 2},
		{"a complete list in its place", both(full, full), invalid, 2},
		{"a delta in place of the complete list", both(delta(), delta()), invalid, 1},
		{"its base is negative", both(full, list(t, root, deltaTo(-1), numbered(11))), invalid, 2},
		{"its base is no number", both(full, list(t, root, extended(true, octets([]byte{9}), 2, 5, 29, 27), numbered(11))), invalid, 2},
		{"its base is endless", both(full, list(t, root, extended(true, tlv(2, bytes.Repeat([]byte{1}, 21)), 2, 5, 29, 27), numbered(11))), invalid, 2},
		{"to a list without a number", both(signedList(t, root, func(f [][]byte) [][]byte { return f[:5] }), delta()), invalid, 2},
	})
	trial.bouncyCastleAgrees(t)
}

// TestDeltasThatAreAskedFor checks when a delta is wanted: an http address, in certificate or list, and no setting against it.
func TestDeltasThatAreAskedFor(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	issue := func(deltas ...[]byte) *x509.Certificate {
		edits := []pkitest.Edit{points(point(nil, nil, onShelf("full")))}
		if deltas != nil {
			edits = append(edits, freshest(point(nil, nil, deltas...)))
		}
		return root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), edits...)
	}
	ldap := uri("ldap://lists.example/cn=delta")
	full, delta := list(t, root), list(t, root, deltaTo(9), numbered(11))
	pointing := list(t, root, extended(false, sequence(point(nil, nil, onShelf("delta"))), 2, 5, 29, 46))
	garbled := list(t, root, extended(false, octets(nil), 2, 5, 29, 46))
	none := map[string][]byte{"full": full}
	there := func(full []byte) map[string][]byte { return map[string][]byte{"full": full, "delta": delta} }
	trial := listTrial{root: root}
	for _, test := range []struct {
		subject *x509.Certificate
		listCase
	}{
		{issue(), listCase{"none is named", none, "", 1}},
		{issue(ldap), listCase{"in a directory only", none, "", 1}},
		{issue(ldap, onShelf("delta")), listCase{"in a directory and by http", none, unavailable, 2}},
		{issue(onShelf("gone"), onShelf("delta")), listCase{"the second address has it", there(full), "", 3}},
		{issue(), listCase{"the list names it", there(pointing), "", 2}},
		{issue(), listCase{"the list names it, and it is not there", map[string][]byte{"full": pointing}, unavailable, 2}},
		{issue(onShelf("delta")), listCase{"both name it", there(pointing), "", 2}},
		{issue(onShelf("delta")), listCase{"both name it, and it is not there", map[string][]byte{"full": pointing}, unavailable, 2}},
		{issue(), listCase{"where the list's is cannot be read", there(garbled), invalid, 1}},
	} {
		trial.subject = test.subject
		trial.run(t, []listCase{test.listCase})
	}
	trial.subject, trial.change = issue(onShelf("delta")), func(c *revocation.Checker) { c.WithoutDeltas = true }
	trial.run(t, []listCase{{"not wanted", there(pointing), "", 1}})
}

// TestDeltaNewerThanTheKeptList has an authority that issues a complete list while the one before it is kept, and a delta to it.
func TestDeltaNewerThanTheKeptList(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, nil, onShelf("full"))), freshest(point(nil, nil, onShelf("delta"))))
	s := newShelf()
	now := time.Now()
	s.lists["full"] = list(t, root)
	s.lists["delta"] = list(t, root, deltaTo(10), numbered(11), func(l *x509.RevocationList) { l.NextUpdate = now.Add(10 * time.Minute) })
	checker := s.checker()
	checker.Lists = new(revocation.Lists)
	checker.Now = func() time.Time { return now }
	ask := func() (*revocation.Answer, error) {
		return checker.CRL(context.Background(), subject, root.Certificate)
	}
	_, err := ask()
	wantCode(t, err, "")
	now = now.Add(11 * time.Minute) // the delta is over, the complete list is not
	s.lists["full"], s.lists["delta"] = list(t, root, numbered(20)), list(t, root, deltaTo(20), numbered(21))
	answer, err := ask()
	wantCode(t, err, "")
	if !bytes.Equal(answer.DER, s.lists["full"]) || len(answer.Further) != 1 || !bytes.Equal(answer.Further[0].DER, s.lists["delta"]) {
		t.Errorf("%d lists, and not the new ones", len(answer.Lists()))
	}
	if s.asked["full"] != 2 || s.asked["delta"] != 2 {
		t.Errorf("asked %v", s.asked)
	}
	_, err = ask()
	wantCode(t, err, "")
	if s.total() != 4 {
		t.Errorf("asked %v, though both are kept", s.asked)
	}
}
