package portaltest

import (
	"context"
	"crypto/x509"
	"io"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Verifier says of every signature what the test wants, and remembers what it was asked.
type Verifier struct {
	mu       sync.Mutex
	Document []byte
	Asked    context.Context // of the last time that the network was asked
	// Judge is called without the lock; nil accepts as Ayşe's, signed when it arrived.
	Judge func(signature []byte) (*relyingparty.Evidence, error)
	// JudgeCertificate is the same for a certificate alone; nil accepts it as Ayşe's.
	JudgeCertificate func(certificate []byte) (*relyingparty.Evidence, error)
	// OnProve is what happens while the network is asked; nil means that nothing is revoked.
	OnProve func() error
	network func(ctx context.Context) error // in its place; see setNetwork
	Now     func() time.Time
}

func (v *Verifier) CheckCertificate(certificate []byte) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	judge := v.JudgeCertificate
	v.mu.Unlock()
	if judge != nil {
		return judge(certificate)
	}
	return v.Standing(certificate), nil
}

// Standing is the evidence of a good certificate.
func (v *Verifier) Standing(certificate []byte) *relyingparty.Evidence {
	evidence := v.Accept(Ayse, 0)
	evidence.Path = []*x509.Certificate{{Raw: certificate}, {Raw: []byte("kök")}}
	return evidence
}

func (v *Verifier) CheckAt(signature, document []byte, received time.Time) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	v.Document = document
	judge := v.Judge
	v.mu.Unlock()
	if judge != nil {
		return judge(signature)
	}
	evidence := v.Accept(Ayse, 0)
	evidence.SigningTime = received
	return evidence, nil
}

// CheckFileAt says of a signed PDF what CheckAt says of a signature.
func (v *Verifier) CheckFileAt(f relyingparty.SignedFile, received time.Time) (*relyingparty.Evidence, error) {
	signed, err := io.ReadAll(f.Content)
	if err != nil {
		return nil, err
	}
	return v.CheckAt(signed, f.Documents[0].Base64, received)
}

func (v *Verifier) Prove(ctx context.Context, _ *relyingparty.Evidence) error {
	v.mu.Lock()
	v.Asked = ctx
	prove, network := v.OnProve, v.network
	v.mu.Unlock()
	switch {
	case network != nil:
		return network(ctx)
	case prove != nil:
		return prove()
	}
	return nil
}

// SetNetwork says what comes of asking the network from now on; nil means that nothing is revoked.
func (v *Verifier) SetNetwork(network func(ctx context.Context) error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.network = network
}

// Accept is the evidence of a good signature, made ahead of the clock.
func (v *Verifier) Accept(citizenNumber string, ahead time.Duration) *relyingparty.Evidence {
	return &relyingparty.Evidence{
		CitizenNumber: citizenNumber, SigningTime: v.Now().Add(ahead), VerifiedAt: v.Now(),
		Path: []*x509.Certificate{{Raw: []byte("kişi")}, {Raw: []byte("kök")}},
		OCSP: &revocation.Answer{DER: []byte("ocsp")}, CRLs: []*revocation.Answer{{DER: []byte("sil")}},
	}
}
