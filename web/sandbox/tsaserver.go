package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"mime"
	"net/http"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// tsaLateness is how long a late answer takes.
	tsaLateness = 2 * time.Second
	// tsaOff is how far a wrong clock is from the right one.
	tsaOff = time.Hour
	// tsaHugeSize is the size of an answer that nobody should read to its end, in bytes.
	tsaHugeSize = 64 << 20
)

// tsaServer is a time-stamp authority (RFC 3161, 3.4). It is safe for concurrent use.
type tsaServer struct {
	conduct *conduct

	genuine    *stamper
	strange    *stamper // of the other authority
	expired    *stamper // whose certificate has ended
	unentitled *stamper // of the right authority, whose certificate is for code
}

func newTSAServer(genuine, stranger *authority, register *register, conduct *conduct) (*tsaServer, error) {
	now := time.Now().UTC().Truncate(time.Second)
	begin, end := now.Add(-time.Hour), now.AddDate(1, 0, 0)
	s := &tsaServer{conduct: conduct}
	var err error
	if s.genuine, err = newStamper(genuine, begin, end, oidTimeStamping); err != nil {
		return nil, err
	}
	if s.strange, err = newStamper(stranger, begin, end, oidTimeStamping); err != nil {
		return nil, err
	}
	if s.expired, err = newStamper(genuine, now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1), oidTimeStamping); err != nil {
		return nil, err
	}
	if s.unentitled, err = newStamper(genuine, begin, end, oidCodeSigning); err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(s.genuine.certificate)
	if err != nil {
		return nil, err
	}
	return s, register.add(certificate) // so that its status can be asked for, after this process too
}

// newStamper makes an authority's key and certificate; the key lives as long as the process.
func newStamper(a *authority, begin, end time.Time, purpose asn1.ObjectIdentifier) (*stamper, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	certificate, err := a.stamperCertificate(&key.PublicKey, begin, end, purpose)
	if err != nil {
		return nil, err
	}
	return &stamper{
		key: key, certificate: certificate.Raw, issuer: certificate.RawIssuer, serial: certificate.SerialNumber,
		intermediates: [][]byte{a.intermediate.certificate.Raw},
	}, nil
}

func (s *tsaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/timestamp-query" {
		refuse(w, http.StatusUnsupportedMediaType, errors.New("the body must be application/timestamp-query"))
		return
	}
	request, ok := readBody(w, r, maxTSARequest)
	if !ok {
		return
	}
	var response []byte
	switch conduct := s.conduct.get().TSA; conduct {
	case tsaDown:
		hangUp()
	case tsaHang:
		<-r.Context().Done()
		hangUp()
	case tsaGarbage:
		response = garbage()
	case tsaHuge:
		serveHuge(w)
		return
	case tsaLate:
		select {
		case <-time.After(tsaLateness):
		case <-r.Context().Done():
			hangUp()
		}
		response = s.respond(request, conduct)
	default:
		response = s.respond(request, conduct)
	}
	serveBytes("application/timestamp-reply", response)(w, r)
}

// serveHuge answers with zeros, until the client has had enough.
func serveHuge(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/timestamp-reply")
	zeros := make([]byte, 1<<20)
	for sent := 0; sent < tsaHugeSize; sent += len(zeros) {
		if _, err := w.Write(zeros); err != nil {
			return
		}
	}
}

// respond answers a request as conduct says.
func (s *tsaServer) respond(request []byte, conduct tsaConduct) []byte {
	switch conduct {
	case tsaRejected:
		return tsaRefusal(tsaBadRequest, "Damga hakkınız kalmadı")
	case tsaNoTime:
		return tsaRefusal(tsaTimeNotAvailable, "")
	}
	parsed, failure := parseTSARequest(request)
	if failure != tsaNoFailure {
		return tsaRefusal(failure, "")
	}
	now := time.Now()
	info := tsaInfo{policy: oidStampPolicy, imprint: parsed.imprint, time: now, nonce: parsed.nonce}
	signer := s.genuine
	switch conduct {
	case tsaWrongNonce:
		info.nonce = newSerial()
	case tsaNoNonce:
		info.nonce = nil
	case tsaWrongImprint:
		info.imprint = changed(info.imprint)
	case tsaOtherPolicy:
		info.policy = oidOtherPolicy
	case tsaAhead:
		info.time = now.Add(tsaOff)
	case tsaBehind:
		info.time = now.Add(-tsaOff)
	case tsaNoCertificate:
		parsed.certificate = false
	case tsaExpired:
		signer = s.expired
	case tsaNoEKU:
		signer = s.unentitled
	case tsaWrongSigner:
		signer = s.strange
	}
	token, err := s.token(&info, signer, parsed.certificate)
	if err != nil {
		return tsaRefusal(tsaSystemFailure, "")
	}
	if conduct == tsaBroken {
		token = changed(token)
	}
	return tsaGrant(token)
}

func (s *tsaServer) token(info *tsaInfo, signer *stamper, withCertificates bool) ([]byte, error) {
	encoded, err := info.der()
	if err != nil {
		return nil, err
	}
	return signer.sign(encoded, info.time, withCertificates)
}

// changed is a copy whose last byte is another: of a MessageImprint the digest's, of a token the signature's.
func changed(der []byte) []byte {
	out := append([]byte(nil), der...)
	out[len(out)-1] ^= 1
	return out
}

// tsaGrant is a TimeStampResp with a token.
func tsaGrant(token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
		b.AddBytes(token)
	})
	return b.BytesOrPanic()
}

// tsaRefusal is a TimeStampResp without a token: status rejection, with a text unless it is empty.
func tsaRefusal(failure tsaFailure, text string) []byte {
	bits := asn1.BitString{Bytes: make([]byte, failure/8+1), BitLength: int(failure) + 1}
	bits.Bytes[failure/8] = 0x80 >> (failure % 8)
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(2)
			if text != "" {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(der.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(text)) })
				})
			}
			b.MarshalASN1(bits)
		})
	})
	return b.BytesOrPanic()
}
