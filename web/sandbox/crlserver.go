package sandbox

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/message"
)

// crlLifetime is how long a CRL is good for.
const crlLifetime = 24 * time.Hour

// stale is how long ago what is stale was made; it was good for an hour.
const stale = 7 * 24 * time.Hour

// others is how many certificates that nobody has a long list revokes besides, 34 bytes each.
var others = map[crlConduct]int{crlLarge: 6_000, crlHuge: 30_000}

// othersFrom is the serial number of the first of these: as long as the sandbox's own, and none of them.
var othersFrom = new(big.Int).Lsh(big.NewInt(0x7f), 112)

// crlServer serves what certificates point at: CRLs, issuers' certificates, the practice statement.
type crlServer struct {
	genuine, stranger *authority
	register          *register
	conduct           *conduct
}

func (s *crlServer) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /crl/root.crl", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, func(a *authority) pair { return a.root }, s.revokedCAs)
	})
	mux.HandleFunc("GET /crl/intermediate.crl", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, func(a *authority) pair { return a.intermediate }, s.register.revocations)
	})
	mux.HandleFunc("GET /aia/root.cer", serveBytes("application/pkix-cert", s.genuine.root.certificate.Raw))
	mux.HandleFunc("GET /aia/intermediate.cer", serveBytes("application/pkix-cert", s.genuine.intermediate.certificate.Raw))
	statement := message.Sentence("sandbox.cps")
	mux.HandleFunc("GET /cps", serveBytes("text/plain; charset=utf-8", []byte(statement.TR+"\n\n"+statement.EN+"\n")))
}

func serveBytes(media string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(content) // the client may have gone
	}
}

// revokedCAs is what the root's CRL revokes.
func (s *crlServer) revokedCAs() ([]x509.RevocationListEntry, error) {
	if s.conduct.get().CRL != crlRevokedCA {
		return nil, nil
	}
	return []x509.RevocationListEntry{{
		SerialNumber:   s.genuine.intermediate.certificate.SerialNumber,
		RevocationTime: time.Now().Add(-time.Hour),
		ReasonCode:     2, // cACompromise (RFC 5280, 5.3.1)
	}}, nil
}

// serve answers with a CRL of the pair that of takes from an authority.
func (s *crlServer) serve(w http.ResponseWriter, of func(*authority) pair, revoked func() ([]x509.RevocationListEntry, error)) {
	signer, at := of(s.genuine), time.Now()
	lifetime := crlLifetime
	switch s.conduct.get().CRL {
	case crlDown:
		hangUp()
	case crlGarbage:
		serveBytes("application/pkix-crl", garbage())(w, nil)
		return
	case crlWrongSigner:
		signer = of(s.stranger)
	case crlStale:
		at, lifetime = at.Add(-stale), time.Hour
	}
	entries, err := revoked()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	for i := range others[s.conduct.get().CRL] {
		entries = append(entries, x509.RevocationListEntry{SerialNumber: new(big.Int).Add(othersFrom, big.NewInt(int64(i))), RevocationTime: at.Add(-time.Hour)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		SignatureAlgorithm:        x509.ECDSAWithSHA384,
		Number:                    big.NewInt(at.UnixMilli()),
		ThisUpdate:                at,
		NextUpdate:                at.Add(lifetime),
		RevokedCertificateEntries: entries,
	}, signer.certificate, signer.key)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	serveBytes("application/pkix-crl", der)(w, nil)
}

// garbage is 300 random bytes that cannot be taken for DER.
func garbage() []byte {
	b := make([]byte, 300)
	_, _ = io.ReadFull(rand.Reader, b) // never fails (crypto/rand)
	b[0] = 0xff
	return b
}
