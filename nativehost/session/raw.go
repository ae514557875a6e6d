package session

import (
	"context"
	"crypto"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A raw is a signature that is not CMS.
type raw struct {
	value []byte // of ECDSA r‖s
	pss   bool   // it is RSASSA-PSS
}

// signRaw logs in once and signs one digest, which is made once it is known whether the token signs by RSASSA-PSS alone.
// may is asked last: what it says holds until the signature is made. The PINs are cleared as soon as they were passed on.
func (s *session) signRaw(j job, chosen *choice, pins typedPINs, may func() error, digest func(pss bool) (crypto.Hash, []byte, error)) (*raw, error) {
	public, out := chosen.certificate.PublicKey, new(raw)
	err := s.unlocked(j, chosen, pins, func(card context.Context, signer *worker.Signer) error {
		out.pss = signer.PSS()
		hash, sum, err := digest(out.pss)
		if err != nil {
			return err
		}
		unlock, err := s.lockSites(card)
		if err != nil {
			return err
		}
		defer unlock()
		if err := may(); err != nil {
			return err
		}
		if err := signer.Sign(card, hash, [][]byte{sum}, func(signature []byte) { out.value = signature }); err != nil {
			return err
		}
		out.value, err = login.Raw(public, out.value)
		if err == nil {
			err = login.Verify(public, out.pss, hash, sum, out.value)
		}
		if err != nil {
			return fault.Errorf(fault.TokenError, "the token's signature does not verify with the certificate's key: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// rawBegins refuses a request for such a signature that is out of its place: it is one of a window without documents.
func (s *session) rawBegins(certificate string) (*choice, error) {
	if len(s.documents) > 0 {
		return nil, fault.Errorf(fault.Sequence, "%d documents are here", len(s.documents))
	}
	return s.listedCertificate(certificate)
}
