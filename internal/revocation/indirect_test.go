package revocation_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// one is a shelf with one list.
func one(der []byte) map[string][]byte { return map[string][]byte{"1": der} }

// TestIndirectCRL has lists of another issuer than the certificate's, which the certificate names.
func TestIndirectCRL(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	signer := listSigner(t, root, "Liste")
	stranger := pkitest.Root(t, "Liste") // a namesake with another key, under no anchor of ours
	name := signer.Certificate.RawSubject
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, name, onShelf("1"))))
	serial, other := subject.SerialNumber, big.NewInt(5)
	ours, others := issuedBy(directory(root.Certificate.RawSubject)), issuedBy(directory(name))
	oidReason := asn1.ObjectIdentifier{2, 5, 29, 21}
	reason1 := extension(oidReason, false, marshal(asn1.Enumerated(1)))
	address := tlv(0xa0, tlv(0xa0, onShelf("1")))
	trial := listTrial{root: root, subject: subject, signers: []*x509.Certificate{signer.Certificate}, own: list(t, root)}
	trial.run(t, []listCase{
		{"empty", one(list(t, signer, scoped(indirect))), "", 1},
		{"of its distribution point", one(list(t, signer, scoped(address, indirect))), "", 1},
		{"an entry of its own issuer", one(list(t, signer, scoped(indirect), entry(serial))), "", 1},
		{"an entry of ours", one(list(t, signer, scoped(indirect), entry(serial, ours))), revoked, 1},
		{"an entry that follows one of ours", one(list(t, signer, scoped(indirect), entry(other, ours), entry(serial))), revoked, 1},
		{"an entry after one of another", one(list(t, signer, scoped(indirect), entry(other, ours), entry(other, others), entry(serial))), "", 1},
		{"an entry of ours in another string type", one(list(t, signer, scoped(indirect), entry(serial, issuedBy(directory(otherTypes(t, root.Certificate.RawSubject)))))), revoked, 1},
		{"an entry of two names, one of them ours", one(list(t, signer, scoped(indirect), entry(serial, issuedBy(uri("http://x/"), directory(root.Certificate.RawSubject))))), revoked, 1},
		{"an entry whose issuer has no directory name", one(list(t, signer, scoped(indirect), entry(other, issuedBy(uri("http://x/"))))), invalid, 1},
		{"an entry whose issuer is nothing", one(list(t, signer, scoped(indirect), entry(other, issuedBy()))), invalid, 1},
		{"an entry with two issuers", one(list(t, signer, scoped(indirect), entry(other, others, ours))), invalid, 1},
		{"an entry with two reasons", one(oddEntry(t, signer, append(reason1, reason1...), scoped(indirect))), invalid, 1},
		{"an entry whose reason is no number", one(oddEntry(t, signer, extension(oidReason, false, []byte{4, 1, 1}), scoped(indirect))), invalid, 1},
		{"not indirect", one(list(t, signer)), invalid, 1},
		{"not indirect, with an entry of ours", one(list(t, signer, scoped(address), entry(other, ours))), invalid, 1},
		{"of another distribution point", one(list(t, signer, scoped(tlv(0xa0, tlv(0xa0, onShelf("2"))), indirect))), invalid, 1},
		{"on attribute certificates", one(list(t, signer, scoped(indirect, []byte{0x85, 1, 0xff}))), invalid, 1},
		{"of the certificate's issuer, which it does not name", one(list(t, root)), invalid, 1},
		{"of a namesake", one(list(t, stranger, scoped(indirect))), invalid, 1},
	})
	trial.signers = nil
	trial.run(t, []listCase{{"of an issuer without a certificate", one(list(t, signer, scoped(indirect))), invalid, 1}})

	// A distribution point without a name is known by the names of its issuer (RFC 5280, 6.3.3 (b)(2)(i)).
	trial.signers = []*x509.Certificate{signer.Certificate}
	trial.subject = root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, name), point(nil, unknownName(t, root), onShelf("1"))))
	trial.run(t, []listCase{
		{"named as its issuer", one(list(t, signer, scoped(tlv(0xa0, tlv(0xa0, directory(name))), indirect))), "", 1},
		{"named as another", one(list(t, signer, scoped(tlv(0xa0, tlv(0xa0, directory(root.Certificate.RawSubject))), indirect))), invalid, 1},
	})
	// The certificate's issuer is named as the issuer of lists, which it is anyway.
	trial.subject = root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, root.Certificate.RawSubject, onShelf("1"))))
	trial.run(t, []listCase{
		{"indirect, of the issuer, which is named", one(list(t, root, scoped(indirect))), "", 1},
		{"not indirect, of the issuer, which is named", one(list(t, root)), "", 1},
	})
	trial.bouncyCastleAgrees(t)
}

// unknownName is the name of an issuer of lists of whom there is nothing.
func unknownName(t *testing.T, root *pkitest.Authority) []byte {
	return listSigner(t, root, "Başka Liste").Certificate.RawSubject
}

// TestDirectListWithForeignEntry has the certificate's own issuer name another one in an entry, without saying that the list is
// indirect: a reader that passes over the name takes the entry for one of the list's issuer, another one not.
func TestDirectListWithForeignEntry(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, nil, onShelf("1"))))
	foreign := issuedBy(directory(subject.RawSubject))
	trial := listTrial{root: root, subject: subject}
	trial.run(t, []listCase{
		{"on another certificate", one(list(t, root, entry(big.NewInt(5), foreign))), invalid, 1},
		{"on this certificate", one(list(t, root, entry(subject.SerialNumber, foreign))), invalid, 1},
		{"indirect, on this number", one(list(t, root, scoped(indirect), entry(subject.SerialNumber, foreign))), "", 1},
		{"indirect, back to the issuer", one(list(t, root, scoped(indirect), entry(big.NewInt(5), foreign),
			entry(subject.SerialNumber, issuedBy(directory(root.Certificate.RawSubject))))), revoked, 1},
	})
	trial.bouncyCastleAgrees(t)
}

// TestLargeIndirectListIsCheap scans hundreds of thousands of entries that name an issuer each.
func TestLargeIndirectListIsCheap(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	signer := listSigner(t, root, "Liste")
	name := signer.Certificate.RawSubject
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, name, onShelf("1"))))
	var entries bytes.Buffer
	for _, n := range [][]byte{name, root.Certificate.RawSubject} {
		issuer := sequence(marshal(asn1.ObjectIdentifier{2, 5, 29, 29}), marshal(true), octets(sequence(directory(n))))
		entries.Write(listEntry(big.NewInt(5), sequence(issuer)))
	}
	pair := entries.Bytes()
	der := signedList(t, signer, func(fields [][]byte) [][]byte {
		return append(fields[:5:5], sequence(bytes.Repeat(pair, 7<<20/len(pair))), fields[5])
	}, scoped(indirect))
	s := newShelf()
	s.lists["1"] = der
	allocated := testing.AllocsPerRun(1, func() {
		_, err := s.checker().CRL(t.Context(), subject, root.Certificate, signer.Certificate)
		wantCode(t, err, "")
	})
	if allocated > 5000 {
		t.Errorf("%.0f allocations", allocated)
	}
}
