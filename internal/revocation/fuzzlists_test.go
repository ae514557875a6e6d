package revocation_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// What the fuzzer's inputs were made with, the same in each of its processes; keys are not.
var (
	fuzzNow    = time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	fuzzSerial = big.NewInt(0x5e5e5e5e5e)
)

// fuzzWorld is a root, an issuer of lists, and a certificate that names both a list's issuer and a delta where it is told to.
func fuzzWorld(f *testing.F, edits ...pkitest.Edit) (root, signer *pkitest.Authority, subject *x509.Certificate) {
	root = pkitest.Root(f, "Kök", func(c *x509.Certificate) { c.SubjectKeyId = []byte("kök") })
	signer = listSigner(f, root, "Liste")
	serial := func(c *x509.Certificate) { c.SerialNumber = fuzzSerial }
	return root, signer, root.Issue(f, pkitest.Key(f, "P-256 leaf").Public(), append(edits, serial)...)
}

func atFuzzNow(l *x509.RevocationList) {
	l.ThisUpdate, l.NextUpdate = fuzzNow.Add(-time.Hour), fuzzNow.Add(time.Hour)
	for i := range l.RevokedCertificateEntries {
		l.RevokedCertificateEntries[i].RevocationTime = fuzzNow.Add(-2 * time.Hour)
	}
}

// tbsOf is the TBSCertList of a list.
func tbsOf(f *testing.F, by *pkitest.Authority, edits ...listEdit) []byte {
	list, err := x509.ParseRevocationList(list(f, by, append(edits, atFuzzNow)...))
	if err != nil {
		f.Fatal(err)
	}
	return list.RawTBSRevocationList
}

func fuzzChecker(s *shelf) *revocation.Checker {
	c := s.checker()
	c.Now = func() time.Time { return fuzzNow }
	return c
}

// entriesOf reads the entries on the certificate with x509, in the plainest way; false where x509 cannot, as with odd names
// of other issuers.
func entriesOf(der, listIssuer []byte, subject *x509.Certificate) (entries []x509.RevocationListEntry, ok bool) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, false
	}
	issuer := cryptobyte.String(sequence(directory(listIssuer)))
	for _, entry := range list.RevokedCertificateEntries {
		for _, e := range entry.Extensions {
			if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 29}) {
				issuer = e.Value
			}
		}
		if bytes.Contains(issuer, subject.RawIssuer) && entry.SerialNumber.Cmp(subject.SerialNumber) == 0 {
			entries = append(entries, entry)
		}
	}
	return entries, true
}

// onlyFields reports whether der is a SEQUENCE of the fields of a TBSCertList, and where its entries are.
func onlyFields(t *testing.T, tbs []byte) (entries []byte) {
	whole := cryptobyte.String(tbs)
	var list, field cryptobyte.String
	var tag cbasn1.Tag
	if !whole.ReadASN1(&list, cbasn1.SEQUENCE) || !whole.Empty() {
		t.Fatal("accepted, and not one sequence")
	}
	for number := 0; !list.Empty(); number++ {
		if !list.ReadAnyASN1Element(&field, &tag) || number > 6 {
			t.Fatal("accepted, and not the fields of a list")
		}
		if number >= 4 && tag == cbasn1.SEQUENCE {
			entries = field
		}
	}
	return entries
}

func checkTimes(t *testing.T, answer *revocation.Answer) {
	if answer.ThisUpdate.After(fuzzNow.Add(5*time.Minute)) || answer.NextUpdate.Before(fuzzNow.Add(-5*time.Minute)) {
		t.Fatalf("accepted: %+v", answer)
	}
}

// FuzzCRLSigned feeds TBSCertLists that the issuer has signed, whatever they are. What is accepted has no entry with the serial
// number, but for an indirect list's on another issuer's certificate.
func FuzzCRLSigned(f *testing.F) {
	root, _, subject := fuzzWorld(f, points(point(nil, nil, onShelf("1"))))
	for _, edits := range [][]listEdit{
		nil, {entry(fuzzSerial)}, {entry(big.NewInt(5)), entryFor(8, fuzzSerial)}, {scoped([]byte{0x81, 1, 0xff})},
		{scoped(indirect), entry(fuzzSerial, issuedBy(directory(subject.RawSubject)))}, {scoped(onlyReasons(compromise...))}, {deltaTo(9)},
		{extended(false, sequence(point(nil, nil, onShelf("1"))), 2, 5, 29, 46)},
	} {
		f.Add(tbsOf(f, root, edits...))
	}
	f.Fuzz(func(t *testing.T, tbs []byte) {
		s := newShelf()
		s.lists["1"] = signList(t, root, tbs)
		answer, err := fuzzChecker(s).CRL(t.Context(), subject, root.Certificate)
		if err != nil {
			return
		}
		checkTimes(t, answer)
		if !bytes.Contains(onlyFields(t, tbs), marshal(fuzzSerial)) {
			return
		}
		entries, _ := entriesOf(s.lists["1"], root.Certificate.RawSubject, subject)
		if !bytes.Contains(tbs, indirect) || len(entries) > 0 {
			t.Fatalf("accepted, with the serial number in it: %x", tbs)
		}
	})
}

// FuzzIndirectCRLSigned feeds TBSCertLists that another issuer has signed. What is accepted says that it is indirect, and has
// no entry on the certificate.
func FuzzIndirectCRLSigned(f *testing.F) {
	signerName, err := asn1.Marshal(pkix.Name{Country: []string{"TR"}, CommonName: "Liste"}.ToRDNSequence())
	if err != nil {
		f.Fatal(err)
	}
	root, signer, subject := fuzzWorld(f, points(point(nil, signerName, onShelf("1"))))
	ours, others := issuedBy(directory(subject.RawIssuer)), issuedBy(directory(signerName))
	for _, edits := range [][]listEdit{
		nil, {scoped(indirect)}, {scoped(indirect), entry(fuzzSerial)}, {scoped(indirect), entry(fuzzSerial, ours)},
		{scoped(indirect), entry(big.NewInt(5), ours), entry(fuzzSerial)}, {scoped(indirect), entry(big.NewInt(5), ours), entry(fuzzSerial, others)},
		{scoped(tlv(0xa0, tlv(0xa0, onShelf("1"))), indirect)},
	} {
		f.Add(tbsOf(f, signer, edits...))
	}
	f.Fuzz(func(t *testing.T, tbs []byte) {
		s := newShelf()
		s.lists["1"] = signList(t, signer, tbs)
		answer, err := fuzzChecker(s).CRL(t.Context(), subject, root.Certificate, signer.Certificate)
		if err != nil {
			return
		}
		checkTimes(t, answer)
		onlyFields(t, tbs)
		if entries, _ := entriesOf(s.lists["1"], signerName, subject); !bytes.Contains(tbs, indirect) || len(entries) > 0 {
			t.Fatalf("accepted: %x", tbs)
		}
	})
}

// FuzzDeltaCRLSigned feeds TBSCertLists that the issuer has signed as deltas to a list that has the certificate on hold. What is
// accepted releases it, and is newer than that list.
func FuzzDeltaCRLSigned(f *testing.F) {
	root, _, subject := fuzzWorld(f, points(point(nil, nil, onShelf("full"))), freshest(point(nil, nil, onShelf("delta"))))
	for _, edits := range [][]listEdit{
		{entryFor(8, fuzzSerial)}, {deltaTo(9), numbered(11)}, {deltaTo(9), numbered(11), entryFor(8, fuzzSerial)},
		{deltaTo(9), numbered(11), entryFor(8, fuzzSerial), entryFor(1, fuzzSerial)}, {deltaTo(11), numbered(12), entryFor(8, fuzzSerial)},
		{deltaTo(9), numbered(10), entryFor(8, fuzzSerial)}, {deltaTo(9), numbered(11), entryFor(8, fuzzSerial), scoped(indirect)},
	} {
		f.Add(tbsOf(f, root, edits...))
	}
	full := list(f, root, entryFor(6, fuzzSerial), atFuzzNow)
	f.Fuzz(func(t *testing.T, tbs []byte) {
		s := newShelf()
		s.lists["full"], s.lists["delta"] = full, signList(t, root, tbs)
		answer, err := fuzzChecker(s).CRL(t.Context(), subject, root.Certificate)
		if err != nil {
			return
		}
		if len(answer.Further) != 1 {
			t.Fatal("accepted without a delta")
		}
		checkTimes(t, answer.Further[0])
		onlyFields(t, tbs)
		entries, ok := entriesOf(s.lists["delta"], root.Certificate.RawSubject, subject)
		if !ok {
			return // x509 refuses some that are right; the number of entries cannot be told then
		}
		list, err := x509.ParseRevocationList(s.lists["delta"])
		if err != nil || list.Number == nil || list.Number.Cmp(big.NewInt(10)) <= 0 || len(entries) == 0 {
			t.Fatalf("accepted: %x", tbs)
		}
		for _, entry := range entries {
			if entry.ReasonCode != 8 {
				t.Fatalf("accepted, with reason %d: %x", entry.ReasonCode, tbs)
			}
		}
	})
}
