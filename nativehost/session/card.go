package session

import (
	"context"
	"crypto"
	"crypto/rand"
	"fmt"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// listedCertificate returns a certificate of the latest list.
func (s *session) listedCertificate(id string) (*choice, error) {
	if s.phase != phaseOpen || s.listed == nil {
		return nil, fault.Errorf(fault.Sequence, "a certificate is named in phase %d", s.phase)
	}
	chosen := s.listed[id]
	if chosen == nil {
		return nil, fault.Errorf(fault.NoCertificate, "the certificate is not in the list")
	}
	return chosen, nil
}

// listedToken returns a token of the latest list.
func (s *session) listedToken(id string) (*holder, error) {
	if s.phase != phaseOpen || s.tokens == nil {
		return nil, fault.Errorf(fault.Sequence, "a token is named in phase %d", s.phase)
	}
	h := s.tokens[id]
	if h == nil {
		return nil, fault.Errorf(fault.NoToken, "the token is not in the list")
	}
	return h, nil
}

// export returns a certificate of the latest list, and how its key signs hashes.
func (s *session) export(body *protocol.HostExportBody) (any, error) {
	chosen, err := s.listedCertificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	return protocol.HostExportedBody{Data: chosen.certificate.Raw, Algorithms: login.Described(chosen.certificate.PublicKey, chosen.pss)}, nil
}

// changePIN changes the PIN of a token of the latest list.
func (s *session) changePIN(j job, act *journal.Act) error {
	var body protocol.HostChangePINBody
	defer func() { secret.Wipe(body.Old); secret.Wipe(body.New) }()
	err := j.take(&body)
	if err != nil {
		return err
	}
	h, err := s.listedToken(body.Token)
	if err != nil {
		return err
	}
	*act = s.ofToken(h, journal.Act{Kind: protocol.JournalChangePIN})
	told, err := checkPIN(h, body.Told, body.Old)
	if err != nil {
		return err
	}
	if code := h.pin.RefuseNew(body.Old, body.New); code != "" {
		return &worker.PINError{State: *h.pin, Err: fault.Errorf(code, "not sent to the card")}
	}
	if err := context.Cause(j.ctx); err != nil {
		return fault.New(fault.Cancelled, err)
	}
	ctx, end := sheltered(j.ctx)
	defer end()
	return s.withLogin(ctx, h, func(card context.Context) error {
		if err := s.triesAsTold(card, h, told); err != nil {
			return err
		}
		s.progress(j.ID, protocol.HostStageLogin)
		if err := h.worker.ChangePIN(card, h.ref, body.Old, body.New, told); err != nil {
			return precise(card, h, err)
		}
		return nil
	})
}

// selfTest signs a sample and verifies it. An expired certificate may be tried as well: the card is what is tested.
func (s *session) selfTest(j job, act *journal.Act) error {
	var body protocol.HostSelfTestBody
	defer func() { secret.Wipe(body.PIN); secret.Wipe(body.KeyPIN) }()
	err := j.take(&body)
	if err != nil {
		return err
	}
	chosen, err := s.listedCertificate(body.Certificate)
	if err != nil {
		return err
	}
	*act = chosen.named(journal.Act{Kind: protocol.JournalSelfTest})
	sample := s.sample()
	signatures, err := s.signAll(j, chosen, typedPINs{body.PIN, body.KeyPIN, body.Told, body.KeyTold}, func(hash crypto.Hash) [][]byte {
		h := hash.New()
		h.Write(sample)
		return [][]byte{h.Sum(nil)}
	})
	if err != nil {
		return err
	}
	signature, err := cades.Parse(signatures[0])
	if err == nil {
		err = signature.Verify(sample)
	}
	if err != nil {
		return fault.New(fault.SelfTestFailed, err)
	}
	return nil
}

// sample is what a self-test signs. It says what it is, and no two are the same.
func (s *session) sample() []byte {
	unique := make([]byte, 16)
	_, _ = rand.Read(unique) // never fails
	return fmt.Appendf(nil, "E-Onay kendini sınıyor. Bu imza bir irade açıklaması değildir ve hiçbir hukukî sonuç doğurmaz.\n"+
		"E-Onay tests itself. This signature declares no intent and has no legal effect.\n%s\n%x\n", s.Now().UTC().Format(timeFormat), unique)
}

const timeFormat = "2006-01-02T15:04:05Z"
