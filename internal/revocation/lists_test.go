package revocation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// fieldsOf returns the fields of the root's empty list: version, algorithm, issuer, thisUpdate, nextUpdate, extensions.
func (w *world) fieldsOf(t testing.TB) [][]byte { return fieldsOf(t, list(t, w.root)) }

// fieldsOf returns the fields of a TBSCertList.
func fieldsOf(t testing.TB, der []byte) (fields [][]byte) {
	t.Helper()
	var list struct{ TBS, Algorithm, Signature asn1.RawValue }
	if _, err := asn1.Unmarshal(der, &list); err != nil {
		t.Fatal(err)
	}
	for rest := list.TBS.Bytes; len(rest) > 0; {
		var field asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			t.Fatal(err)
		}
		fields = append(fields, field.FullBytes)
	}
	return fields
}

// signList has the root sign a TBSCertList.
func (w *world) signList(t testing.TB, tbs []byte) []byte { return signList(t, w.root, tbs) }

// signList has an authority with a P-384 key sign a TBSCertList.
func signList(t testing.TB, by *pkitest.Authority, tbs []byte) []byte {
	t.Helper()
	h := crypto.SHA384.New()
	h.Write(tbs)
	signature, err := by.Key.Sign(rand.Reader, h.Sum(nil), crypto.SHA384)
	if err != nil {
		t.Fatal(err)
	}
	return sequence(tbs, sequence(marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3})), marshal(asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}))
}

// signedList is a list whose fields are changed and signed again.
func signedList(t testing.TB, by *pkitest.Authority, change func(fields [][]byte) [][]byte, edits ...listEdit) []byte {
	t.Helper()
	return signList(t, by, sequence(change(fieldsOf(t, list(t, by, edits...)))...))
}

func listEntry(serial *big.Int, more ...[]byte) []byte {
	return sequence(append([][]byte{marshal(serial), tlv(0x17, []byte("260101000000Z"))}, more...)...)
}

// TestCRLIsReadWhole has lists that their issuer has signed, with entries and extensions where a reader that takes only what
// it expects does not look. OpenSSL reads none of them.
func TestCRLIsReadWhole(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	ours, other := listEntry(w.ca.Certificate.SerialNumber), listEntry(big.NewInt(5))
	usersOnly := extension(asn1.ObjectIdentifier{2, 5, 29, 28}, true, sequence([]byte{0x81, 1, 0xff}))
	insert := func(fields [][]byte, more ...[]byte) [][]byte {
		return append(append(append([][]byte{}, fields[:5]...), more...), fields[5:]...)
	}
	for name, change := range map[string]func(fields [][]byte) [][]byte{
		"untouched":                        nil,
		"the entries after the extensions": func(f [][]byte) [][]byte { return append(f, sequence(ours)) },
		"a second list of entries":         func(f [][]byte) [][]byte { return insert(f, sequence(other), sequence(ours)) },
		"extensions after a NULL":          func(f [][]byte) [][]byte { return insert(f, []byte{5, 0}, tlv(0xa0, sequence(usersOnly))) },
		"extensions a second time":         func(f [][]byte) [][]byte { return append(f, tlv(0xa0, sequence(usersOnly))) },
		"an entry with a tail": func(f [][]byte) [][]byte {
			return insert(f, sequence(listEntry(big.NewInt(5), sequence(), []byte{5, 0})))
		},
		"an entry without a time": func(f [][]byte) [][]byte { return insert(f, sequence(sequence(marshal(big.NewInt(5))))) },
		"an entry of no day": func(f [][]byte) [][]byte {
			return insert(f, sequence(sequence(marshal(big.NewInt(5)), tlv(0x17, []byte("261301000000Z")))))
		},
		"an entry of a day in letters": func(f [][]byte) [][]byte {
			return insert(f, sequence(sequence(marshal(big.NewInt(5)), tlv(0x18, []byte("2026\"1 1000000Z")))))
		},
		"an entry whose number is not DER": func(f [][]byte) [][]byte {
			return insert(f, sequence(sequence(tlv(2, []byte{0, 5}), tlv(0x17, []byte("260101000000Z")))))
		},
		"garbage":                  func(f [][]byte) [][]byte { return append(f, []byte{0xff, 0xff, 0xff}) },
		"another algorithm inside": func(f [][]byte) [][]byte { f[1] = sequence(marshal(ecdsaSHA256)); return f },
		"version 3":                func(f [][]byte) [][]byte { f[0] = marshal(2); return f },
	} {
		t.Run(name, func(t *testing.T) {
			want := invalid
			fields := w.fieldsOf(t)
			if change == nil {
				want = ""
			} else {
				fields = change(fields)
			}
			_, err := answers(w.signList(t, sequence(fields...))).CRL(context.Background(), w.ca.Certificate, w.root.Certificate)
			wantCode(t, err, want)
		})
	}
	unsigned := pkitest.WithTail(t, w.signList(t, sequence(w.fieldsOf(t)...)))
	_, err := answers(unsigned).CRL(context.Background(), w.ca.Certificate, w.root.Certificate)
	wantCode(t, err, invalid)
}

// TestCRLScope has lists on a part of what their issuer has issued (RFC 5280, 6.3.3 (b)(2)). OpenSSL agrees where one is
// accepted.
func TestCRLScope(t *testing.T) {
	uri := func(text string) []byte { return tlv(0xa0, tlv(0xa0, tlv(0x86, []byte(text)))) }
	for name, test := range map[string]struct {
		scope func(w *world) []byte
		want  fault.Code
	}{
		"CAs":                      {func(*world) []byte { return []byte{0x82, 1, 0xff} }, ""},
		"its own address":          {func(w *world) []byte { return uri(w.ca.Certificate.CRLDistributionPoints[0]) }, ""},
		"its own address, CAs":     {func(w *world) []byte { return append(uri(w.ca.Certificate.CRLDistributionPoints[0]), 0x82, 1, 0xff) }, ""},
		"another address":          {func(*world) []byte { return uri("http://other.example/crl") }, invalid},
		"end entities":             {func(*world) []byte { return []byte{0x81, 1, 0xff} }, invalid},
		"attribute certificates":   {func(*world) []byte { return []byte{0x85, 1, 0xff} }, invalid},
		"some reasons":             {func(*world) []byte { return []byte{0x83, 2, 1, 0x40} }, invalid},
		"indirect, of the issuer":  {func(*world) []byte { return []byte{0x84, 1, 0xff} }, ""},
		"nothing":                  {func(*world) []byte { return nil }, invalid},
		"a flag of 1":              {func(*world) []byte { return []byte{0x82, 1, 1} }, invalid},
		"flags in another order":   {func(*world) []byte { return []byte{0x82, 1, 0xff, 0x81, 1, 0} }, invalid},
		"the issuer's name":        {func(w *world) []byte { return tlv(0xa0, tlv(0xa0, tlv(0xa4, w.root.Certificate.RawSubject))) }, invalid},
		"a name that is no choice": {func(w *world) []byte { return tlv(0xa0, tlv(0xa2, []byte{5, 0})) }, invalid},
	} {
		t.Run(name, func(t *testing.T) {
			var body []byte
			w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(body) }))
			fields := w.fieldsOf(t)
			distribution := extension(asn1.ObjectIdentifier{2, 5, 29, 28}, true, sequence(test.scope(w)))
			fields[5] = tlv(0xa0, sequence(distribution))
			body = w.signList(t, sequence(fields...))
			_, err := w.crl()
			wantCode(t, err, test.want)
			if err != nil {
				return
			}
			path := pkitest.JudgedPath{Path: []*x509.Certificate{w.ca.Certificate, w.root.Certificate}, CRLs: [][]byte{body}}
			if err := path.OpenSSL(t); err != nil {
				t.Errorf("accepted here, and %v", err)
			}
		})
	}
}

// TestCRLSigners has lists that the issuer has signed with another key than the one that signed the certificate.
func TestCRLSigners(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	signer := func(name string, usage x509.KeyUsage) *pkitest.Authority {
		key := pkitest.Key(t, "P-384 list key")
		c := w.root.Issue(t, key.Public(), func(c *x509.Certificate) {
			c.KeyUsage, c.ExtraExtensions, c.Policies, c.SubjectKeyId = usage, nil, nil, []byte(name)
			c.Subject = pkix.Name{Country: []string{"TR"}, CommonName: name}
		})
		return &pkitest.Authority{Certificate: c, Key: key}
	}
	ask := func(by *pkitest.Authority, signers ...*x509.Certificate) (*revocation.Answer, error) {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}, by.Certificate, by.Key)
		if err != nil {
			t.Fatal(err)
		}
		return answers(der).CRL(context.Background(), w.ca.Certificate, w.root.Certificate, signers...)
	}
	good := signer("Kök", x509.KeyUsageCRLSign)
	answer, err := ask(good, w.ca.Certificate, good.Certificate)
	wantCode(t, err, "")
	if answer.Responder != good.Certificate {
		t.Error("the answer does not name who signed it")
	}
	_, err = ask(good)
	wantCode(t, err, invalid)
	other := signer("Başka Kök", x509.KeyUsageCRLSign)
	_, err = ask(other, other.Certificate)
	wantCode(t, err, invalid)
	posing := *other.Certificate // another CA's key, under a list that names the issuer
	posing.RawSubject = w.root.Certificate.RawSubject
	_, err = ask(&pkitest.Authority{Certificate: &posing, Key: other.Key}, other.Certificate)
	wantCode(t, err, invalid)
}

// TestForgedListIsCheap gives a list of 8 MB with hundreds of thousands of entries, forged and genuine.
func TestForgedListIsCheap(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	fields := w.fieldsOf(t)
	one := listEntry(big.NewInt(5))
	entries := sequence(bytes.Repeat(one, (revocation.MaxCRL-2000)/len(one)))
	tbs := sequence(append(append([][]byte{}, fields[:5]...), entries, fields[5])...)
	genuine := w.signList(t, tbs)
	forged := bytes.Clone(genuine)
	forged[len(forged)-1] ^= 1
	for name, test := range map[string]struct {
		der  []byte
		want fault.Code
	}{"forged": {forged, invalid}, "genuine": {genuine, ""}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := answers(test.der).CRL(context.Background(), w.ca.Certificate, w.root.Certificate)
		runtime.ReadMemStats(&after)
		wantCode(t, err, test.want)
		// The body itself is read into a buffer that grows; x509 took 415 MB.
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 64 {
			t.Errorf("%s: %d MB were allocated", name, allocated)
		}
	}
}

// TestListsAreKept checks that a list is fetched again when it is over, and not before.
func TestListsAreKept(t *testing.T) {
	var fetched int
	var body func() []byte
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fetched++; w.Write(body()) }))
	now := time.Now()
	valid := time.Hour
	var gone []x509.RevocationListEntry
	body = func() []byte {
		l := listing{
			template: &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now.Add(valid), RevokedCertificateEntries: gone},
			issuer:   w.root.Certificate, key: w.root.Key, spoil: func(b []byte) []byte { return b },
		}
		return l.der(t)
	}
	w.checker.Now = func() time.Time { return now }
	w.checker.Lists = new(revocation.Lists)
	step := func(what string, want fault.Code, fetches int) {
		t.Helper()
		fetched = 0
		_, err := w.crl()
		if fault.CodeOf(err) != want && !(err == nil && want == "") || fetched != fetches {
			t.Errorf("%s: %v after %d fetches, want %q after %d", what, err, fetched, want, fetches)
		}
	}
	step("first", "", 1)
	step("again", "", 0)
	now = now.Add(59 * time.Minute)
	step("before nextUpdate", "", 0)
	now = now.Add(time.Minute)
	gone = []x509.RevocationListEntry{revokes(w)}
	step("at nextUpdate", revoked, 1)
	step("revoked in the one that is kept", revoked, 0)
	now, gone, valid = now.Add(time.Hour), nil, 1000*time.Hour
	step("a long one", "", 1)
	now = now.Add(24 * time.Hour)
	step("after a day", "", 1)
	now = now.Add(-time.Hour)
	step("with a clock that has gone back", "", 1)

	namesake := *w.root.Certificate // a list is kept for the issuer that it was asked for
	key := pkitest.Key(t, "P-384 namesake")
	namesake.Raw, namesake.PublicKey = append(bytes.Clone(namesake.Raw), 0), key.Public()
	_, err := w.checker.CRL(context.Background(), w.ca.Certificate, &namesake)
	wantCode(t, err, invalid)
}

// TestListsAreBounded keeps more lists than there is room for.
func TestListsAreBounded(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	fields := w.fieldsOf(t)
	one := listEntry(big.NewInt(5))
	entries := sequence(bytes.Repeat(one, (revocation.MaxCRL-2000)/len(one)))
	checker := answers(w.signList(t, sequence(append(append([][]byte{}, fields[:5]...), entries, fields[5])...)))
	checker.Lists = new(revocation.Lists)
	subject := *w.ca.Certificate
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 12 {
		subject.CRLDistributionPoints = []string{fmt.Sprintf("http://crl.example/%d", i)}
		_, err := checker.CRL(context.Background(), &subject, w.root.Certificate)
		wantCode(t, err, "")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc-before.HeapAlloc) >> 20; kept > 90 { // lists of 64 MB, in buffers that are larger
		t.Errorf("%d MB are kept", kept)
	}
	runtime.KeepAlive(checker)
}
