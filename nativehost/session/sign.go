package session

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// sign makes the signatures, all with one login, or none. None leaves before the act is in the journal.
func (s *session) sign(j job) (any, error) {
	var body protocol.HostSignBody
	defer func() { secret.Wipe(body.PIN); secret.Wipe(body.KeyPIN) }()
	err := j.take(&body)
	if err != nil {
		return nil, err
	}
	if s.phase != phaseOpen || len(s.documents) == 0 || s.listed == nil {
		return nil, fault.Errorf(fault.Sequence, "sign in phase %d with %d documents", s.phase, len(s.documents))
	}
	if body.Format != protocol.FormatCAdES || body.Profile != protocol.ProfileP1 {
		return nil, fault.Errorf(fault.Unsupported, "format %q, profile %q", truncate(string(body.Format)), truncate(string(body.Profile)))
	}
	if err := checkAsker(body.Origin, body.Purpose); err != nil {
		return nil, err
	}
	signed, err := s.given(j, s.signing(&body), func() (any, error) {
		signatures, err := s.signShown(j, &body)
		var signed protocol.HostSignedBody
		for _, der := range signatures {
			signed.Signatures = append(signed.Signatures, protocol.Signature{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1, Data: der})
		}
		return signed, err
	})
	if err == nil {
		s.documents = nil
	}
	return signed, err
}

// signShown signs the documents, if they are those that the window showed.
func (s *session) signShown(j job, body *protocol.HostSignBody) ([][]byte, error) {
	if err := s.compare(body.Shown); err != nil {
		return nil, err
	}
	chosen := s.listed[body.Certificate]
	if chosen == nil {
		return nil, fault.Errorf(fault.NoCertificate, "the certificate is not in the list")
	}
	if err := chosen.certificate.Usable(s.Now()); err != nil {
		return nil, err
	}
	return s.signAll(j, chosen, typedPINs{body.PIN, body.KeyPIN, body.Told, body.KeyTold}, s.digests)
}

// digests returns the digests of all documents.
func (s *session) digests(hash crypto.Hash) (out [][]byte) {
	for _, d := range s.documents {
		out = append(out, d.digest(hash))
	}
	return out
}

// compare refuses documents other than those that the window showed.
func (s *session) compare(shown [][]byte) error {
	if len(shown) != len(s.documents) {
		return fault.Errorf(fault.DigestMismatch, "%d documents shown, %d received", len(shown), len(s.documents))
	}
	for i, d := range s.documents {
		if subtle.ConstantTimeCompare(shown[i], d.digest(crypto.SHA256)) != 1 {
			return fault.Errorf(fault.DigestMismatch, "document %d, digest of %d bytes where %d were expected", i, len(shown[i]), sha256.Size)
		}
	}
	return nil
}

// signAll logs in once and makes a signature for each of the digests, or none. The PINs are cleared as soon as they were
// passed on.
func (s *session) signAll(j job, chosen *choice, pins typedPINs, digests func(crypto.Hash) [][]byte) ([][]byte, error) {
	hash, err := cades.HashFor(chosen.certificate.PublicKey)
	if err != nil {
		return nil, err
	}
	var signatures [][]byte
	err = s.unlocked(j, chosen, pins, func(card context.Context, signer *worker.Signer) error {
		var all []*cades.Unsigned
		for _, digest := range digests(hash) {
			u, err := cades.Prepare(cades.Request{
				Certificate: chosen.certificate.Certificate, Hash: hash, PSS: signer.PSS(), ContentDigest: digest, SigningTime: s.Now(),
			})
			if err != nil {
				return err
			}
			all = append(all, u)
		}
		var err error
		signatures, err = Complete(card, signer, hash, all)
		return err
	})
	return signatures, err
}

// unlocked logs in once, and has use sign. The PINs are cleared as soon as they were passed on. card ends when the card
// is gone: a library that works with one is not waited for. A refusal has all that is known of the PINs.
func (s *session) unlocked(j job, chosen *choice, pins typedPINs, use func(card context.Context, signer *worker.Signer) error) error {
	defer pins.clear()
	entry, err := s.entry(chosen, pins)
	if err != nil {
		return s.refusedEntry(j.ctx, chosen, err)
	}
	own, eachTime := pins.differ(), false
	err = s.withLogin(j.ctx, chosen.holder, func(card context.Context) error {
		if err := s.triesAsTold(card, chosen.holder, entry.Told); err != nil {
			return err
		}
		s.progress(j.ID, protocol.HostStageLogin)
		signer, err := chosen.worker.Open(card, chosen.key, entry)
		pins.clear()
		if err != nil {
			return precise(card, chosen.holder, err)
		}
		defer signer.Close(j.ctx)
		eachTime = signer.EachTime()
		s.progress(j.ID, protocol.HostStageSigning)
		signer.Typing = func(begins bool) { s.progress(j.ID, typingStage(begins)) }
		if err := use(card, signer); err != nil {
			return precise(card, chosen.holder, err)
		}
		return nil
	})
	if err != nil {
		return s.refusedEntry(j.ctx, chosen, err)
	}
	if eachTime && len(pins.keyPIN) > 0 {
		s.acceptedEntry(j.ctx, chosen, own)
	}
	return nil
}

// typingStage is what the window shows while a person types on the reader once more, and after it.
func typingStage(begins bool) protocol.HostStage {
	if begins {
		return protocol.HostStageAgain
	}
	return protocol.HostStageSigning
}

func (s *session) progress(request uint32, stage protocol.HostStage) {
	s.send(0, protocol.HostProgress, protocol.HostProgressBody{Request: request, Stage: stage})
}
