package sign

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
)

// Check tells of each document why it could not be signed: a PDF that forbids it, a package whose digests are wrong, XML that
// has no place for a signature. So a person learns it before they read the document and type a PIN. The signatures are
// prepared for a certificate that nobody has, and thrown away.
func (a *Act) Check(ctx context.Context, r act.Request, body *protocol.HostCheckBody) (*protocol.DocumentProblems, error) {
	files, err := a.filesOf(&body.SignatureOptions)
	if err != nil {
		return nil, err
	}
	certificate, err := standIn()
	if err != nil {
		return nil, fault.New(fault.Internal, err)
	}
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		return nil, err
	}
	signer := ades.Signer{Certificate: certificate, Hash: hash, Time: a.Now()}
	problems := make([]fault.Code, len(files.Documents))
	for i, documents := range files.Documents {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if _, err := files.Format.Prepare(signature.Request{Signer: signer, Documents: documents, Options: files.Options}); err != nil {
			a.Journal.Log.Info("cannot be signed", "request", r.ID, "file", i, "error", err)
			problems[i] = fault.CodeOf(err)
		}
	}
	return &protocol.DocumentProblems{Problems: problems}, nil
}

// standIn is a certificate whose key nobody has.
var standIn = sync.OnceValues(func() (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "E-Onay"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
})
