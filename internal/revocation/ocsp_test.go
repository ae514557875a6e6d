package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// asked runs one OCSP exchange in which the right reply is changed.
func asked(t *testing.T, change func(w *world, r *reply)) (*world, *revocation.Answer, error) {
	handler := &answering{t: t, change: change}
	w := newWorld(t, handler)
	handler.world = w
	answer, err := w.ocsp()
	return w, answer, err
}

func TestOCSPGood(t *testing.T) {
	w, answer, err := asked(t, func(*world, *reply) {})
	wantCode(t, err, "")
	if answer.URL != w.url+"/ocsp" || !answer.Responder.Equal(w.responder) || len(answer.DER) == 0 {
		t.Errorf("answer %+v", answer)
	}
	if !near(answer.ProducedAt, time.Now()) || !near(answer.ThisUpdate, time.Now().Add(-time.Hour)) || !near(answer.NextUpdate, time.Now().Add(time.Hour)) {
		t.Errorf("times %v, %v, %v", answer.ProducedAt, answer.ThisUpdate, answer.NextUpdate)
	}
}

// with changes the statement on the leaf.
func with(t *testing.T, change func(w *world, s *single)) func(*world, *reply) {
	return func(w *world, r *reply) {
		s := w.single(t)
		change(w, s)
		r.singles = [][]byte{s.der()}
	}
}

// by has the answer signed by a responder certified differently.
func by(t *testing.T, ca func(w *world) *pkitest.Authority, edits ...pkitest.Edit) func(*world, *reply) {
	return func(w *world, r *reply) {
		c := w.newResponder(t, ca(w), edits...)
		r.certificate = []*x509.Certificate{c}
		r.responder = tlv(0xa1, c.RawSubject)
	}
}

type ocspCase struct {
	name   string
	change func(w *world, r *reply)
	want   fault.Code
}

func runOCSP(t *testing.T, cases []ocspCase) {
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			_, answer, err := asked(t, test.change)
			wantCode(t, err, test.want)
			if err != nil && answer != nil {
				t.Error("an answer beside the error")
			}
		})
	}
}

func TestOCSPStatement(t *testing.T) {
	other := asn1.ObjectIdentifier{1, 2, 3, 4}
	runOCSP(t, []ocspCase{
		{"revoked", with(t, func(w *world, s *single) { s.status = revokedAt(time.Now().Add(-time.Hour)) }), revoked},
		{"revoked in the future", with(t, func(w *world, s *single) { s.status = revokedAt(time.Now().Add(time.Hour)) }), revoked},
		{"revoked with a reason", with(t, func(w *world, s *single) {
			s.status = tlv(0xa1, generalized(time.Now()), tlv(0xa0, []byte{10, 1, 1}))
		}), revoked},
		{"unknown", with(t, func(w *world, s *single) { s.status = unknown }), invalid},
		{"good with content", with(t, func(w *world, s *single) { s.status = []byte{0x80, 1, 0} }), invalid},
		{"a fourth status", with(t, func(w *world, s *single) { s.status = []byte{0x83, 0} }), invalid},
		{"other serial number", with(t, func(w *world, s *single) { s.serial = big.NewInt(5) }), invalid},
		{"other issuer name", with(t, func(w *world, s *single) { s.name = make([]byte, 20) }), invalid},
		{"other issuer key", with(t, func(w *world, s *single) { s.key = make([]byte, 20) }), invalid},
		{"CertID of another hash", with(t, func(w *world, s *single) { s.hash = oidSHA256 }), invalid},
		{"no statement", func(w *world, r *reply) { r.singles = nil }, invalid},
		{"two statements on it", func(w *world, r *reply) { r.singles = append(r.singles, r.singles[0]) }, invalid},
		{"good first, then revoked", func(w *world, r *reply) {
			s := w.single(t)
			s.status = revokedAt(time.Now())
			r.singles = append(r.singles, s.der())
		}, invalid},
		{"a statement on another beside it", func(w *world, r *reply) {
			s := w.single(t)
			s.serial, s.status = big.NewInt(5), revokedAt(time.Now())
			r.singles = append(r.singles, s.der())
		}, ""},
		{"seventeen statements", func(w *world, r *reply) {
			s := w.single(t)
			for i := range int64(16) {
				s.serial = big.NewInt(i + 1)
				r.singles = append(r.singles, s.der())
			}
		}, invalid},
		{"unknown extension", with(t, func(w *world, s *single) { s.extensions = [][]byte{extension(other, false, nil)} }), ""},
		{"unknown critical extension", with(t, func(w *world, s *single) { s.extensions = [][]byte{extension(other, true, nil)} }), invalid},
		{"unknown critical extension outside", func(w *world, r *reply) { r.extensions = [][]byte{extension(other, true, nil)} }, invalid},
		{"critical nonce", func(w *world, r *reply) {
			r.extensions = [][]byte{extension(oidNonce, true, octets(r.nonce))}
			r.nonce = nil
		}, ""},
		{"17 extensions", func(w *world, r *reply) {
			for range 17 {
				r.extensions = append(r.extensions, extension(other, false, nil))
			}
		}, invalid},
	})
}

func TestOCSPNonce(t *testing.T) {
	runOCSP(t, []ocspCase{
		{"none", func(w *world, r *reply) { r.nonce = nil }, invalid},
		{"another", func(w *world, r *reply) { r.nonce = make([]byte, 32) }, invalid},
		{"empty", func(w *world, r *reply) { r.nonce = []byte{} }, invalid},
		{"cut short", func(w *world, r *reply) { r.nonce = r.nonce[:16] }, invalid},
		{"longer", func(w *world, r *reply) { r.nonce = append(r.nonce, 0) }, invalid},
		{"twice", func(w *world, r *reply) { r.extensions = [][]byte{extension(oidNonce, false, octets(r.nonce))} }, invalid},
		{"bare", func(w *world, r *reply) {
			r.extensions = [][]byte{extension(oidNonce, false, r.nonce)}
			r.nonce = nil
		}, invalid},
	})
}

func TestOCSPResponder(t *testing.T) {
	now := time.Now()
	ours := func(w *world) *pkitest.Authority { return w.ca }
	another := func(*world) *pkitest.Authority { return pkitest.Root(t, "Başka Kök") }
	namesake := func(w *world) *pkitest.Authority { // the same name, another key
		key := pkitest.Key(t, "P-384 namesake")
		c := *w.ca.Certificate
		c.PublicKey = key.Public()
		return &pkitest.Authority{Certificate: &c, Key: key}
	}
	usage := func(u ...x509.ExtKeyUsage) pkitest.Edit { return func(c *x509.Certificate) { c.ExtKeyUsage = u } }
	runOCSP(t, []ocspCase{
		{"the issuer itself", func(w *world, r *reply) {
			r.responder, r.certificate = tlv(0xa1, w.ca.Certificate.RawSubject), nil
			r.key = w.ca.Key
		}, ""},
		{"named by key", func(w *world, r *reply) {
			r.responder = tlv(0xa2, octets(sum1(keyBits(t, w.responder))))
		}, ""},
		{"named by another key", func(w *world, r *reply) { r.responder = tlv(0xa2, octets(make([]byte, 20))) }, invalid},
		{"named by the subject of none", func(w *world, r *reply) { r.responder = tlv(0xa1, w.leaf.RawSubject) }, invalid},
		{"no certificate", func(w *world, r *reply) { r.certificate = nil }, invalid},
		{"nine certificates", func(w *world, r *reply) {
			for range 8 {
				r.certificate = append(r.certificate, w.responder)
			}
		}, invalid},
		{"the right one second", func(w *world, r *reply) {
			r.certificate = append([]*x509.Certificate{w.root.Certificate}, r.certificate...)
		}, ""},
		{"without id-kp-OCSPSigning", by(t, ours, usage()), invalid},
		{"with any usage instead", by(t, ours, usage(x509.ExtKeyUsageAny)), invalid},
		{"for TLS servers", by(t, ours, usage(x509.ExtKeyUsageServerAuth)), invalid},
		{"key usage that cannot sign", by(t, ours, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), invalid},
		{"key usage without a use", by(t, ours, func(c *x509.Certificate) {
			c.KeyUsage = 0
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: []byte{3, 1, 0}}}
		}), invalid},
		{"of another CA", by(t, another), invalid},
		{"of the CA above", by(t, func(w *world) *pkitest.Authority { return w.root }), invalid},
		{"of the same key under another name", by(t, func(w *world) *pkitest.Authority {
			return &pkitest.Authority{Certificate: renamed(w.ca.Certificate), Key: w.ca.Key}
		}), invalid},
		{"of a CA with the same name", by(t, namesake), invalid},
		{"that names another key of the CA", by(t, func(w *world) *pkitest.Authority {
			c := *w.ca.Certificate
			c.SubjectKeyId = []byte("another")
			return &pkitest.Authority{Certificate: &c, Key: w.ca.Key}
		}), invalid},
		{"expired", by(t, ours, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }), invalid},
		{"not yet valid", by(t, ours, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }), invalid},
		{"unknown critical extension", by(t, ours, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}), invalid},
		{"signed with another key", func(w *world, r *reply) { r.key = pkitest.Key(t, "P-256 other") }, invalid},
		{"signed by the leaf", func(w *world, r *reply) {
			r.key, r.certificate, r.responder = pkitest.Key(t, "P-256 leaf"), []*x509.Certificate{w.leaf}, tlv(0xa1, w.leaf.RawSubject)
		}, invalid},
		{"with a weak key", func(w *world, r *reply) {
			w.key = pkitest.Key(t, "RSA-1024")
			by(t, ours)(w, r)
			r.key, r.algorithm = w.key, rsaSHA256
		}, invalid},
		{"with an RSA key", func(w *world, r *reply) {
			w.key = pkitest.Key(t, "RSA-2048")
			by(t, ours)(w, r)
			r.key, r.algorithm = w.key, rsaSHA256
		}, ""},
		{"signed with SHA-1", func(w *world, r *reply) { r.algorithm, r.hash = ecdsaSHA1, crypto.SHA1 }, invalid},
	})
}

// renamed returns a template with another subject and the same key.
func renamed(c *x509.Certificate) *x509.Certificate {
	out := *c
	out.RawSubject = nil
	out.Subject.CommonName = "Başka Ad"
	return &out
}

func sum1(b []byte) []byte {
	h := crypto.SHA1.New()
	h.Write(b)
	return h.Sum(nil)
}

func TestOCSPTimes(t *testing.T) {
	now := time.Now()
	times := func(this, next time.Duration) func(*world, *reply) {
		return with(t, func(w *world, s *single) {
			s.thisUpdate, s.nextUpdate = now.Add(this), now.Add(next)
			if next == 0 {
				s.nextUpdate = time.Time{}
			}
		})
	}
	produced := func(d time.Duration) func(*world, *reply) {
		return func(w *world, r *reply) { r.producedAt = now.Add(d) }
	}
	runOCSP(t, []ocspCase{
		{"within skew", times(4*time.Minute, time.Hour), ""},
		{"of the future", times(6*time.Minute, time.Hour), invalid},
		{"nextUpdate just over", times(-time.Hour, -4*time.Minute), ""},
		{"stale", times(-time.Hour, -6*time.Minute), invalid},
		{"nextUpdate before thisUpdate", times(time.Minute, -time.Minute), invalid},
		{"no nextUpdate", times(-23*time.Hour, 0), ""},
		{"no nextUpdate, too old", times(-25*time.Hour, 0), invalid},
		{"produced within skew before", produced(-4 * time.Minute), ""},
		{"produced long before", produced(-6 * time.Minute), invalid},
		{"produced within skew after", produced(4 * time.Minute), ""},
		{"produced in the future", produced(6 * time.Minute), invalid},
	})
}

func TestOCSPTransport(t *testing.T) {
	status := func(n int) func(*world, *reply) { return func(w *world, r *reply) { r.status = n } }
	spoil := func(f func([]byte) []byte) func(*world, *reply) { return func(w *world, r *reply) { r.spoil = f } }
	runOCSP(t, []ocspCase{
		{"malformedRequest", status(1), invalid},
		{"internalError", status(2), unavailable},
		{"tryLater", status(3), unavailable},
		{"sigRequired", status(5), unavailable},
		{"unauthorized", status(6), unavailable},
		{"status 7", status(7), invalid},
		{"another response type", func(w *world, r *reply) { r.kind = oidNonce }, invalid},
		{"another media type", func(w *world, r *reply) { r.contentType = "text/html; charset=utf-8" }, invalid},
		{"no media type", func(w *world, r *reply) { r.contentType = "" }, invalid},
		{"media type with parameter", func(w *world, r *reply) { r.contentType = "application/ocsp-response; x=y" }, ""},
		{"HTTP 500", func(w *world, r *reply) { r.code = 500 }, unavailable},
		{"HTTP 404", func(w *world, r *reply) { r.code = 404 }, unavailable},
		{"empty", spoil(func(b []byte) []byte { return nil }), invalid},
		{"truncated", spoil(func(b []byte) []byte { return b[:len(b)-1] }), invalid},
		{"bytes after it", spoil(func(b []byte) []byte { return append(b, 0) }), invalid},
		{"huge", spoil(func(b []byte) []byte { return append(b, make([]byte, revocation.MaxOCSP)...) }), invalid},
		{"garbage", spoil(func(b []byte) []byte { return bytes.Repeat([]byte("x"), 100) }), invalid},
	})
}
