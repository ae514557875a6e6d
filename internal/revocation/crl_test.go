package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// listing is a CRL to be made: a template, who signs it, and what happens to it afterwards.
type listing struct {
	template *x509.RevocationList
	issuer   *x509.Certificate
	key      crypto.Signer
	spoil    func([]byte) []byte
}

func (l *listing) der(t testing.TB) []byte {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, l.template, l.issuer, l.key)
	if err != nil {
		t.Fatal(err)
	}
	return l.spoil(der)
}

// revokes returns an entry on the sub-CA.
func revokes(w *world) x509.RevocationListEntry {
	return x509.RevocationListEntry{SerialNumber: w.ca.Certificate.SerialNumber, RevocationTime: time.Now().Add(-time.Hour), ReasonCode: 2}
}

// reason returns an entry on the sub-CA with a reason of RFC 5280, 5.3.1.
func reason(w *world, code int) x509.RevocationListEntry {
	entry := revokes(w)
	entry.ReasonCode = code
	return entry
}

func TestCRL(t *testing.T) {
	now := time.Now()
	critical := func(critical bool, oid ...int) func(*world, *listing) {
		return func(w *world, l *listing) {
			l.template.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: critical, Value: []byte{0x30, 0}}}
		}
	}
	entry := func(oid ...int) func(*world, *listing) {
		return func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = []x509.RevocationListEntry{{
				SerialNumber: big.NewInt(5), RevocationTime: now,
				ExtraExtensions: []pkix.Extension{{Id: oid, Critical: true, Value: []byte{0x30, 0}}},
			}}
		}
	}
	spoil := func(f func([]byte) []byte) func(*world, *listing) { return func(w *world, l *listing) { l.spoil = f } }
	for _, test := range []struct {
		name   string
		change func(w *world, l *listing)
		want   fault.Code
	}{
		{"good", func(w *world, l *listing) {}, ""},
		{"another certificate revoked", func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: now, ReasonCode: 1}}
		}, ""},
		{"revoked", func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: now}, revokes(w)}
		}, revoked},
		{"on hold", func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = []x509.RevocationListEntry{reason(w, 6)}
		}, revoked},
		// Only a delta may say that an entry is gone (RFC 5280, 5.3.1).
		{"removed from the list, and in it", func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = []x509.RevocationListEntry{reason(w, 8)}
		}, revoked},
		{"of an issuer that may sign none", func(w *world, l *listing) {
			signs := *l.issuer
			l.issuer, w.root.Certificate.KeyUsage = &signs, x509.KeyUsageCertSign
		}, invalid},
		{"of another issuer", func(w *world, l *listing) {
			other := pkitest.Root(t, "Başka Kök")
			l.issuer, l.key = other.Certificate, other.Key
		}, invalid},
		{"of the CA itself", func(w *world, l *listing) { l.issuer, l.key = w.ca.Certificate, w.ca.Key }, invalid},
		{"signed with another key", func(w *world, l *listing) {
			c := *l.issuer
			l.key = pkitest.Key(t, "P-384 namesake")
			c.PublicKey = l.key.Public()
			l.issuer = &c
		}, invalid},
		{"nextUpdate just over", func(w *world, l *listing) { l.template.NextUpdate = now.Add(-4 * time.Minute) }, ""},
		{"stale", func(w *world, l *listing) { l.template.NextUpdate = now.Add(-6 * time.Minute) }, invalid},
		{"of the future", func(w *world, l *listing) { l.template.ThisUpdate = now.Add(6 * time.Minute) }, invalid},
		{"delta", critical(true, 2, 5, 29, 27), invalid},
		{"delta, not critical", critical(false, 2, 5, 29, 27), invalid},
		{"of the same key under another name", func(w *world, l *listing) { l.issuer = renamed(l.issuer) }, invalid},
		{"partial", critical(true, 2, 5, 29, 28), invalid},
		{"partial, not critical", critical(false, 2, 5, 29, 28), invalid},
		{"unknown extension", critical(false, 1, 2, 3), ""},
		{"unknown critical extension", critical(true, 1, 2, 3), invalid},
		{"entry of an indirect list", entry(2, 5, 29, 29), invalid},
		{"truncated", spoil(func(b []byte) []byte { return b[:len(b)-1] }), invalid},
		{"bytes after it", spoil(func(b []byte) []byte { return append(b, 0) }), invalid},
		{"empty", spoil(func(b []byte) []byte { return nil }), invalid},
		{"PEM", spoil(func(b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: b}) }), invalid},
		{"a page", spoil(func(b []byte) []byte { return []byte("<html>login</html>") }), invalid},
		{"huge", spoil(func(b []byte) []byte { return make([]byte, revocation.MaxCRL+1) }), invalid},
		{"without nextUpdate", func(w *world, l *listing) { l.spoil = withoutNextUpdate(l.key) }, invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			var der []byte
			w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/crl" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				w.Write(der)
			}))
			l := listing{
				template: &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour)},
				issuer:   w.root.Certificate, key: w.root.Key, spoil: func(b []byte) []byte { return b },
			}
			test.change(w, &l)
			der = l.der(t)
			answer, err := w.crl()
			wantCode(t, err, test.want)
			if err != nil {
				return
			}
			if !bytes.Equal(answer.DER, der) || answer.URL != w.url+"/crl" || answer.Responder != w.root.Certificate ||
				!near(answer.ThisUpdate, l.template.ThisUpdate) || !near(answer.NextUpdate, l.template.NextUpdate) || answer.ProducedAt != answer.ThisUpdate {
				t.Errorf("answer %+v", answer)
			}
		})
	}
}

// withoutNextUpdate takes nextUpdate out of a list and signs it again.
func withoutNextUpdate(key crypto.Signer) func([]byte) []byte {
	return func(der []byte) []byte {
		var list struct{ TBS, Algorithm, Signature asn1.RawValue }
		if _, err := asn1.Unmarshal(der, &list); err != nil {
			panic(err)
		}
		var parts []byte
		for i, rest := 0, list.TBS.Bytes; len(rest) > 0; i++ {
			var v asn1.RawValue
			var err error
			rest, err = asn1.Unmarshal(rest, &v)
			if err != nil {
				panic(err)
			}
			if i != 4 { // version, signature, issuer, thisUpdate, nextUpdate
				parts = append(parts, v.FullBytes...)
			}
		}
		tbs := sequence(parts)
		h := crypto.SHA384.New()
		h.Write(tbs)
		signature, err := key.Sign(rand.Reader, h.Sum(nil), crypto.SHA384)
		if err != nil {
			panic(err)
		}
		return sequence(tbs, list.Algorithm.FullBytes, marshal(asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}))
	}
}
