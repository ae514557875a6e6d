package relyingparty_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

var document = []byte("E-Onay: onay veriyorum.\nKod: 168857414351237\n")

// world is a CA hierarchy with its responders on loopback, a person, and a site's verifier.
type world struct {
	root, sub *pkitest.Authority
	leaf      *x509.Certificate
	key       crypto.Signer
	verifier  *relyingparty.Verifier

	requests atomic.Int32
	now      func() time.Time // the responders' clock; nil means the verifier's
	leafGone bool             // the responder says that the leaf is revoked
	subGone  bool             // the list has the sub-CA
	broken   string           // the path of the server that answers garbage
	down     string           // the path of the server that answers 503
	hanging  string           // the path of the server that does not answer

	address string // of the server

	listKey       *pkitest.Authority // signs the list of CAs; nil means root
	listKeyGone   bool               // the list has its certificate
	listKeyItself bool               // its own status is signed by it

	lists map[string][]byte // further ones, by their paths

	ocspStatus byte   // the responder's error; 0 means that it answers
	noNonce    bool   // the responder repeats no nonce
	lastNonce  []byte // of the last request to the responder
}

// newWorld makes a world with a leaf for a key of the given kind, changed by edits.
func newWorld(t testing.TB, kind string, edits ...pkitest.Edit) *world {
	t.Helper()
	w := &world{key: pkitest.Key(t, kind)}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.root = pkitest.Root(t, "Deneme Kök")
	w.sub = w.root.Sub(t, "Deneme Alt Kök", func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL + "/crl"} })
	names := func(c *x509.Certificate) {
		c.OCSPServer, c.CRLDistributionPoints = []string{server.URL + "/ocsp"}, []string{server.URL + "/leaves"}
	}
	w.leaf = w.sub.Issue(t, w.key.Public(), append([]pkitest.Edit{names}, edits...)...)
	w.address = server.URL
	w.verifier = w.newVerifier()
	return w
}

// newVerifier returns a verifier that keeps no list yet.
func (w *world) newVerifier() *relyingparty.Verifier {
	return &relyingparty.Verifier{Anchors: []*x509.Certificate{w.root.Certificate}}
}

// sign signs document at the given time, with the sub-CA embedded.
func (w *world) sign(t testing.TB, at time.Time, chain ...*x509.Certificate) []byte {
	t.Helper()
	hash, err := ades.HashFor(w.leaf.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	h := hash.New()
	h.Write(document)
	r := cades.Request{Signer: ades.Signer{Certificate: w.leaf, Chain: chain, Hash: hash, Time: at}, ContentDigest: h.Sum(nil)}
	der, err := cades.Sign(r, func(digest []byte) ([]byte, error) { return w.key.Sign(rand.Reader, digest, hash) })
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.requests.Add(1)
	switch r.URL.Path {
	case w.down:
		out.WriteHeader(http.StatusServiceUnavailable)
	case w.hanging:
		io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
		<-r.Context().Done()
	case w.broken:
		out.Header().Set("Content-Type", "application/ocsp-response")
		io.WriteString(out, "garbage")
	case "/ocsp":
		request, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		out.Header().Set("Content-Type", "application/ocsp-response")
		out.Write(w.ocsp(request))
	case "/crl":
		signer := w.root
		if w.listKey != nil {
			signer = w.listKey
		}
		out.Write(w.crl(signer, w.sub.Certificate, w.subGone))
	case "/listkey":
		signer := w.root
		if w.listKeyItself {
			signer = w.listKey
		}
		out.Write(w.crl(signer, w.listKey.Certificate, w.listKeyGone))
	case "/leaves":
		out.Write(w.crl(w.sub, w.leaf, w.leafGone))
	default:
		out.Write(w.lists[r.URL.Path])
	}
}

// time is what the responders' clock says.
func (w *world) time() time.Time {
	for _, now := range []func() time.Time{w.now, w.verifier.Now} {
		if now != nil {
			return now()
		}
	}
	return time.Now()
}

// crl is an issuer's list, which has one certificate or none.
func (w *world) crl(issuer *pkitest.Authority, listed *x509.Certificate, gone bool) []byte {
	template := x509.RevocationList{Number: big.NewInt(1), ThisUpdate: w.time().Add(-time.Hour), NextUpdate: w.time().Add(time.Hour)}
	if gone {
		template.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: listed.SerialNumber, RevocationTime: time.Now()}}
	}
	der, err := x509.CreateRevocationList(rand.Reader, &template, issuer.Certificate, issuer.Key)
	if err != nil {
		panic(err)
	}
	return der
}

// ocsp answers a request as the sub-CA itself: CertID and extensions (the nonce) are copied from it.
func (w *world) ocsp(request []byte) []byte {
	s := cryptobyte.String(request)
	var all, tbs, list, one, id, extensions cryptobyte.String
	if !s.ReadASN1(&all, cbasn1.SEQUENCE) || !all.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.ReadASN1(&list, cbasn1.SEQUENCE) || !list.ReadASN1(&one, cbasn1.SEQUENCE) ||
		!one.ReadASN1Element(&id, cbasn1.SEQUENCE) || !tbs.ReadASN1(&extensions, 0xa2) {
		return nil
	}
	if w.ocspStatus != 0 {
		return []byte{0x30, 3, 0x0a, 1, w.ocspStatus}
	}
	status := []byte{0x80, 0}
	now := w.time().UTC()
	w.lastNonce = extensions[len(extensions)-32:]
	if w.leafGone {
		status = build(0xa1, func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(now) })
	}
	data := build(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(0xa1, func(b *cryptobyte.Builder) { b.AddBytes(w.sub.Certificate.RawSubject) })
		b.AddASN1GeneralizedTime(now)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(id)
				b.AddBytes(status)
				b.AddASN1GeneralizedTime(now)
				b.AddASN1(0xa0, func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(now.Add(time.Hour)) })
			})
		})
		if !w.noNonce {
			b.AddASN1(0xa1, func(b *cryptobyte.Builder) { b.AddBytes(extensions) })
		}
	})
	digest := sha256.Sum256(data)
	signature, err := ecdsa.SignASN1(rand.Reader, w.sub.Key.(*ecdsa.PrivateKey), digest[:])
	if err != nil {
		panic(err)
	}
	basic := build(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(data)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2})
		})
		b.AddASN1BitString(signature)
	})
	return build(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(0xa0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
				b.AddASN1OctetString(basic)
			})
		})
	})
}

func build(tag cbasn1.Tag, f cryptobyte.BuilderContinuation) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, f)
	return b.BytesOrPanic()
}
