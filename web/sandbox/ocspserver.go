package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// ocspLifetime is how long an answer is good for.
const ocspLifetime = time.Hour

// ocspServer is the responder of the genuine intermediate. It is safe for concurrent use.
type ocspServer struct {
	register *register
	conduct  *conduct
	name     []byte // the issuer's subject, DER
	key      []byte // the issuer's key, as its BIT STRING holds it

	genuine    *responder
	strange    *responder // of the other authority
	unentitled *responder // of the right authority, without id-kp-OCSPSigning
}

func newOCSPServer(genuine, stranger *authority, register *register, conduct *conduct) (*ocspServer, error) {
	key, err := keyBits(genuine.intermediate.certificate.PublicKey)
	if err != nil {
		return nil, err
	}
	s := &ocspServer{register: register, conduct: conduct, name: genuine.intermediate.certificate.RawSubject, key: key}
	if s.genuine, err = newResponder(genuine, true); err != nil {
		return nil, err
	}
	if s.strange, err = newResponder(stranger, true); err != nil {
		return nil, err
	}
	s.unentitled, err = newResponder(genuine, false)
	return s, err
}

// newResponder makes a responder's key and certificate; they live as long as the process.
func newResponder(a *authority, authorised bool) (*responder, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	certificate, err := a.responderCertificate(&key.PublicKey, authorised)
	if err != nil {
		return nil, err
	}
	return &responder{key: key, certificate: certificate}, nil
}

func (s *ocspServer) owns(path string) bool {
	return path == "/ocsp" || strings.HasPrefix(path, "/ocsp/")
}

func (s *ocspServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, ok := s.read(w, r)
	if !ok {
		return
	}
	var response []byte
	switch conduct := s.conduct.get().OCSP; conduct {
	case ocspDown:
		hangUp()
	case ocspHang:
		<-r.Context().Done()
		hangUp()
	case ocspGarbage:
		response = garbage()
	case ocspTryLater:
		response = ocspFailure(ocspTryLaterStatus)
	default:
		response = s.respond(request, conduct)
	}
	// No caching: the next answer may be another one.
	serveBytes("application/ocsp-response", response)(w, r)
}

// read takes the request out of a POST's body or a GET's path (RFC 6960, appendix A.1). Where it
// returns false it has answered.
func (s *ocspServer) read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	switch r.Method {
	case http.MethodPost:
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/ocsp-request" {
			refuse(w, http.StatusUnsupportedMediaType, errors.New("the body must be application/ocsp-request"))
			return nil, false
		}
		return readBody(w, r, maxOCSPRequest)
	case http.MethodGet:
		encoded, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/ocsp/"))
		if err != nil {
			refuse(w, http.StatusBadRequest, errors.New("the path is not properly escaped"))
			return nil, false
		}
		request, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			refuse(w, http.StatusBadRequest, errors.New("the path is not base64"))
			return nil, false
		}
		return request, true
	}
	refuseMethod(w, "GET, POST")
	return nil, false
}

// respond answers a request as conduct says.
func (s *ocspServer) respond(request []byte, conduct ocspConduct) []byte {
	parsed, err := parseOCSPRequest(request)
	if err != nil {
		return ocspFailure(ocspMalformedRequest)
	}
	now := time.Now().UTC().Truncate(time.Second)
	lifetime := ocspLifetime
	if conduct == ocspStale {
		now = now.Add(-stale)
	}
	response := &ocspAnswer{producedAt: now, nonce: parsed.nonce}
	for _, id := range parsed.certificates {
		if !s.issued(id) {
			return ocspFailure(ocspUnauthorized)
		}
		single := s.status(id, conduct)
		single.thisUpdate, single.nextUpdate = now, now.Add(lifetime)
		response.singles = append(response.singles, single)
	}
	signer := s.genuine
	switch conduct {
	case ocspWrongNonce:
		response.nonce = make([]byte, 32)
		rand.Read(response.nonce) // never fails (crypto/rand)
	case ocspNoNonce:
		response.nonce = nil
	case ocspWrongSigner:
		signer = s.strange
	case ocspNoEKU:
		signer = s.unentitled
	}
	signed, err := response.sign(signer)
	if err != nil {
		return ocspFailure(ocspInternalError)
	}
	return signed
}

// issued says whether a CertID names the genuine intermediate as the issuer.
func (s *ocspServer) issued(id certID) bool {
	if id.hash == 0 {
		return false
	}
	name, key := id.hash.New(), id.hash.New()
	name.Write(s.name)
	key.Write(s.key)
	return bytes.Equal(name.Sum(nil), id.nameHash) && bytes.Equal(key.Sum(nil), id.keyHash)
}

// status is the answer for one certificate, still without its times.
func (s *ocspServer) status(id certID, conduct ocspConduct) singleResponse {
	single := singleResponse{certID: id.raw}
	issued, standing := s.register.lookup(id.serial)
	switch {
	case conduct == ocspRevoked:
		single.status, single.revokedAt = certRevoked, time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	case conduct == ocspUnknown || !issued:
		single.status = certUnknown
	case !standing.revokedAt.IsZero():
		single.status, single.revokedAt, single.reason = certRevoked, standing.revokedAt, standing.reason
	}
	if conduct == ocspOtherSerial {
		single.certID = id.withSerial(new(big.Int).Add(id.serial, big.NewInt(1)))
	}
	return single
}

// withSerial is the CertID's DER with another serial number.
func (id certID) withSerial(serial *big.Int) []byte {
	raw := cryptobyte.String(id.raw)
	var fields, algorithm cryptobyte.String
	_ = raw.ReadASN1(&fields, der.SEQUENCE) && fields.ReadASN1Element(&algorithm, der.SEQUENCE) // parsed before
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(algorithm)
		b.AddASN1OctetString(id.nameHash)
		b.AddASN1OctetString(id.keyHash)
		b.AddASN1BigInt(serial)
	})
	return b.BytesOrPanic()
}
