package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

// reply is an OCSP response taken to pieces. A test changes pieces; der signs and puts them together.
type reply struct {
	status      int // OCSPResponseStatus
	kind        asn1.ObjectIdentifier
	version     []byte // of ResponseData
	responder   []byte // ResponderID
	producedAt  time.Time
	fraction    string // of producedAt's second
	singles     [][]byte
	nonce       []byte // nil: no extension
	extensions  [][]byte
	algorithm   asn1.ObjectIdentifier
	parameters  []byte // of algorithm
	hash        crypto.Hash
	options     crypto.SignerOpts // nil: hash
	key         crypto.Signer
	certificate []*x509.Certificate
	more        []byte                  // after the certificates
	data        []byte                  // ResponseData; nil: made of the pieces
	spoil       func(der []byte) []byte // after signing

	contentType string
	code        int // of HTTP
}

// single is one SingleResponse taken to pieces.
type single struct {
	hash                   asn1.ObjectIdentifier
	parameters             []byte // of hash
	name, key              []byte
	serial                 *big.Int
	status                 []byte
	thisUpdate, nextUpdate time.Time
	extensions             [][]byte
}

var (
	oidBasic    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidSHA1     = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	rsaSHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	ecdsaSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	ecdsaSHA1   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}
)

// CertStatus values.
var (
	good    = []byte{0x80, 0}
	unknown = []byte{0x82, 0}
)

func revokedAt(t time.Time) []byte { return tlv(0xa1, generalized(t)) }

func tlv(tag byte, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.Tag(tag), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(parts, nil)) })
	return b.BytesOrPanic()
}

func sequence(parts ...[]byte) []byte { return tlv(0x30, parts...) }
func octets(b []byte) []byte          { return tlv(0x04, b) }

func marshal(v any) []byte {
	der, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return der
}

func generalized(t time.Time) []byte {
	return tlv(0x18, []byte(t.UTC().Format("20060102150405Z")))
}

func extension(oid asn1.ObjectIdentifier, critical bool, value []byte) []byte {
	var flag []byte
	if critical {
		flag = marshal(true)
	}
	return sequence(marshal(oid), flag, octets(value))
}

func keyBits(t testing.TB, c *x509.Certificate) []byte {
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &spki); err != nil {
		t.Fatal(err)
	}
	return spki.Key.Bytes
}

// single returns the right statement about w's leaf.
func (w *world) single(t testing.TB) *single {
	name, key := sha1.Sum(w.ca.Certificate.RawSubject), sha1.Sum(keyBits(t, w.ca.Certificate))
	return &single{
		hash: oidSHA1, parameters: []byte{5, 0}, name: name[:], key: key[:], serial: w.leaf.SerialNumber, status: good,
		thisUpdate: time.Now().Add(-time.Hour), nextUpdate: time.Now().Add(time.Hour),
	}
}

func (s *single) der() []byte {
	var next, extensions []byte
	if !s.nextUpdate.IsZero() {
		next = tlv(0xa0, generalized(s.nextUpdate))
	}
	if s.extensions != nil {
		extensions = tlv(0xa1, sequence(s.extensions...))
	}
	id := sequence(sequence(marshal(s.hash), s.parameters), octets(s.name), octets(s.key), marshal(s.serial))
	return sequence(id, s.status, generalized(s.thisUpdate), next, extensions)
}

// reply returns the right reply to a request with nonce.
func (w *world) reply(t testing.TB, nonce []byte) *reply {
	return &reply{
		kind: oidBasic, responder: tlv(0xa1, w.responder.RawSubject), producedAt: time.Now(),
		singles: [][]byte{w.single(t).der()}, nonce: nonce,
		algorithm: ecdsaSHA256, hash: crypto.SHA256, key: w.key, certificate: []*x509.Certificate{w.responder},
		spoil:       func(der []byte) []byte { return der },
		contentType: "application/ocsp-response", code: http.StatusOK,
	}
}

func (r *reply) der(t testing.TB) []byte {
	t.Helper()
	if r.status != 0 {
		return r.spoil(sequence(marshal(asn1.Enumerated(r.status))))
	}
	extensions := r.extensions
	if r.nonce != nil {
		extensions = append(extensions, extension(oidNonce, false, octets(r.nonce)))
	}
	var wrapped, certificates []byte
	if extensions != nil {
		wrapped = tlv(0xa1, sequence(extensions...))
	}
	produced := tlv(0x18, []byte(r.producedAt.UTC().Format("20060102150405")+r.fraction+"Z"))
	data := sequence(r.version, r.responder, produced, sequence(r.singles...), wrapped)
	if r.data != nil {
		data = r.data
	}
	h := r.hash.New()
	h.Write(data)
	options := r.options
	if options == nil {
		options = r.hash
	}
	signature, err := r.key.Sign(rand.Reader, h.Sum(nil), options)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.certificate {
		certificates = append(certificates, c.Raw...)
	}
	if certificates = append(certificates, r.more...); certificates != nil {
		certificates = tlv(0xa0, sequence(certificates))
	}
	basic := sequence(data, sequence(marshal(r.algorithm), r.parameters), marshal(asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}), certificates)
	return r.spoil(sequence(marshal(asn1.Enumerated(0)), tlv(0xa0, sequence(marshal(r.kind), octets(basic)))))
}

// answering serves OCSP with whatever change leaves of the right reply. The world is set before the first
// request comes.
type answering struct {
	t      *testing.T
	world  *world
	change func(w *world, r *reply)
	asked  atomic.Int32 // for change to count with
}

func (a *answering) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		a.t.Error(err)
	}
	r := a.world.reply(a.t, nonceOf(a.t, body))
	a.change(a.world, r)
	w.Header().Set("Content-Type", r.contentType)
	w.WriteHeader(r.code)
	w.Write(r.der(a.t))
}

// nonceOf returns the nonce of a request that another reader must understand, too.
func nonceOf(t *testing.T, request []byte) []byte {
	if _, err := ocsp.ParseRequest(request); err != nil {
		t.Errorf("request: %v", err)
	}
	s := cryptobyte.String(request)
	var all, tbs, explicit, extensions, one, value cryptobyte.String
	var oid asn1.ObjectIdentifier
	var nonce []byte
	if !s.ReadASN1(&all, cbasn1.SEQUENCE) || !all.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.SkipASN1(cbasn1.SEQUENCE) ||
		!tbs.ReadASN1(&explicit, 0xa2) || !explicit.ReadASN1(&extensions, cbasn1.SEQUENCE) ||
		!extensions.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidNonce) ||
		!one.ReadASN1(&value, cbasn1.OCTET_STRING) || !value.ReadASN1Bytes(&nonce, cbasn1.OCTET_STRING) || len(nonce) != 32 {
		t.Error("request without a nonce of 32 bytes")
	}
	return nonce
}
