package revocation_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// shelf serves lists at http://lists.example/ and the name of each, and counts how often each was asked for.
type shelf struct {
	lists map[string][]byte
	asked map[string]int
}

func newShelf() *shelf { return &shelf{lists: map[string][]byte{}, asked: map[string]int{}} }

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	name := r.URL.Path[1:]
	s.asked[name]++
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(s.lists[name])), Request: r}
	if s.lists[name] == nil {
		response.StatusCode = http.StatusNotFound
	}
	return response, nil
}

// total is how many lists were asked for.
func (s *shelf) total() (n int) {
	for _, asked := range s.asked {
		n += asked
	}
	return n
}

func (s *shelf) checker() *revocation.Checker {
	return &revocation.Checker{Client: &http.Client{Transport: s}}
}

// listEdit changes a list before it is signed.
type listEdit = func(*x509.RevocationList)

// list is signed by an authority, current, and changed by edits.
func list(t testing.TB, by *pkitest.Authority, edits ...listEdit) []byte {
	t.Helper()
	template := x509.RevocationList{Number: big.NewInt(10), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, edit := range edits {
		edit(&template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &template, by.Certificate, by.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func numbered(n int64) listEdit { return func(l *x509.RevocationList) { l.Number = big.NewInt(n) } }

func extended(critical bool, value []byte, oid ...int) listEdit {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: value})
	}
}

// deltaTo makes a list a delta to a complete one.
func deltaTo(base int64) listEdit { return extended(true, marshal(big.NewInt(base)), 2, 5, 29, 27) }

// scoped gives a list an issuing distribution point.
func scoped(parts ...[]byte) listEdit { return extended(true, sequence(parts...), 2, 5, 29, 28) }

var indirect = []byte{0x84, 1, 0xff}

// onlyReasons is the part of an issuing distribution point that names reasons: bits from the highest, bit 0 unused.
func onlyReasons(bits ...byte) []byte { return tlv(0x83, bits) }

// entry adds a certificate to a list, with extensions.
func entry(serial *big.Int, extensions ...pkix.Extension) listEdit {
	return entryFor(0, serial, extensions...)
}

// entryFor adds a certificate to a list with a reason (RFC 5280, 5.3.1).
func entryFor(reason int, serial *big.Int, extensions ...pkix.Extension) listEdit {
	return func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: serial, RevocationTime: time.Now().Add(-time.Hour), ReasonCode: reason, ExtraExtensions: extensions,
		})
	}
}

// oddEntry is a list with one entry on another certificate, whose extensions x509 would not write.
func oddEntry(t testing.TB, by *pkitest.Authority, extensions []byte, edits ...listEdit) []byte {
	t.Helper()
	return signedList(t, by, func(fields [][]byte) [][]byte {
		return append(fields[:5:5], sequence(listEntry(big.NewInt(5), sequence(extensions))), fields[5])
	}, edits...)
}

// issuedBy says of which issuer an entry is, and those that follow.
func issuedBy(names ...[]byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: sequence(names...)}
}

func directory(name []byte) []byte { return tlv(0xa4, name) }
func uri(address string) []byte    { return tlv(0x86, []byte(address)) }
func onShelf(name string) []byte   { return uri("http://lists.example/" + name) }

// point is a DistributionPoint with names; reasons and issuer may be nil.
func point(reasons, issuer []byte, names ...[]byte) []byte {
	var parts [][]byte
	if names != nil {
		parts = append(parts, tlv(0xa0, tlv(0xa0, names...)))
	}
	if reasons != nil {
		parts = append(parts, tlv(0x81, reasons))
	}
	if issuer != nil {
		parts = append(parts, tlv(0xa2, directory(issuer)))
	}
	return sequence(parts...)
}

// points gives a certificate distribution points.
func points(list ...[]byte) pkitest.Edit {
	return certificateExtension(sequence(list...), 2, 5, 29, 31)
}

// freshest gives a certificate distribution points of deltas.
func freshest(list ...[]byte) pkitest.Edit {
	return certificateExtension(sequence(list...), 2, 5, 29, 46)
}

func certificateExtension(value []byte, oid ...int) pkitest.Edit {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Value: value})
	}
}

// listSigner has root certify a key that signs lists.
func listSigner(t testing.TB, root *pkitest.Authority, name string, edits ...pkitest.Edit) *pkitest.Authority {
	t.Helper()
	key := pkitest.Key(t, "P-384 lists of "+name)
	standard := func(c *x509.Certificate) {
		c.KeyUsage, c.ExtraExtensions, c.Policies, c.SubjectKeyId = x509.KeyUsageCRLSign, nil, nil, []byte(name)
		c.Subject = pkix.Name{Country: []string{"TR"}, CommonName: name}
	}
	return &pkitest.Authority{Key: key, Certificate: root.Issue(t, key.Public(), append([]pkitest.Edit{standard}, edits...)...)}
}

// listCase is what is made of lists on a certificate that root has issued.
type listCase struct {
	name  string
	lists map[string][]byte
	want  fault.Code
	asked int
}

// listTrial runs cases. signers are those that may sign lists; own is root's own list on them, for other readers.
type listTrial struct {
	root    *pkitest.Authority
	subject *x509.Certificate
	signers []*x509.Certificate
	own     []byte
	change  func(*revocation.Checker)

	accepted map[string]*pkitest.JudgedPath
}

// run judges cases. What is accepted must be accepted by OpenSSL too, which is given what the answer has.
func (l *listTrial) run(t *testing.T, cases []listCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) { l.runCase(t, test) })
	}
}

func (l *listTrial) runCase(t *testing.T, test listCase) {
	t.Helper()
	s := newShelf()
	s.lists = test.lists
	checker := s.checker()
	if l.change != nil {
		l.change(checker)
	}
	answer, err := checker.CRL(context.Background(), l.subject, l.root.Certificate, l.signers...)
	wantCode(t, err, test.want)
	if s.total() != test.asked {
		t.Errorf("%d lists were asked for, want %d: %v", s.total(), test.asked, s.asked)
	}
	if err != nil {
		return
	}
	path := &pkitest.JudgedPath{Path: []*x509.Certificate{l.subject, l.root.Certificate}, Others: l.signers}
	for _, list := range answer.Lists() {
		path.CRLs = append(path.CRLs, list.DER)
	}
	if l.own != nil {
		path.CRLs = append(path.CRLs, l.own)
	}
	if err := path.OpenSSL(t); err != nil {
		t.Errorf("accepted here, and %v", err)
	}
	if l.accepted == nil {
		l.accepted = map[string]*pkitest.JudgedPath{}
	}
	l.accepted[test.name] = path
}

// bouncyCastleAgrees has BouncyCastle judge all that was accepted.
func (l *listTrial) bouncyCastleAgrees(t *testing.T) {
	t.Helper()
	for name, verdict := range pkitest.BouncyCastlePaths(t, l.accepted) {
		if verdict != "accepts" {
			t.Errorf("%s: accepted here, and BouncyCastle %s", name, verdict)
		}
	}
}
