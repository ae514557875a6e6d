package session

import (
	"crypto"
	"encoding/hex"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// hashName is what the journal calls what nobody has seen.
const hashName = "hash"

// signHash signs a hash that the page has made, for a key and a site that the person has allowed. The
// signature leaves once the act is in the journal.
func (s *session) signHash(j job) (any, error) {
	var body protocol.HostSignHashBody
	defer func() { secret.Wipe(body.PIN); secret.Wipe(body.KeyPIN) }()
	err := j.take(&body)
	if err != nil {
		return nil, err
	}
	hash, err := checkHash(&body)
	if err != nil {
		return nil, err
	}
	chosen, err := s.rawBegins(body.Certificate)
	if err != nil {
		return nil, err
	}
	return s.given(j, chosen.named(hashAct(&body, hash)), func() (any, error) {
		made, err := s.makeHash(j, chosen, &body, hash)
		if err != nil {
			return nil, err
		}
		return protocol.HashResult{Algorithm: login.Describe(chosen.certificate.PublicKey, made.pss, hash), Signature: made.value}, nil
	})
}

// checkHash refuses what no window of ours sends, and returns the hash's function.
func checkHash(b *protocol.HostSignHashBody) (crypto.Hash, error) {
	hash, ok := login.HashNamed(b.Function)
	if !ok {
		return 0, fault.Errorf(fault.Unsupported, "hash function %q", truncate(b.Function))
	}
	if len(b.Hash) != hash.Size() {
		return 0, fault.Errorf(fault.MessageInvalid, "a hash of %d bytes for %v", len(b.Hash), hash)
	}
	if err := login.CheckOrigin(b.Origin); err != nil {
		return 0, fault.New(fault.MessageInvalid, err)
	}
	return hash, nil
}

// hashAct is the act of a sign-hash request.
func hashAct(b *protocol.HostSignHashBody, hash crypto.Hash) journal.Act {
	document := journal.Document{Name: hashName, Digest: hex.EncodeToString(b.Hash)}
	if hash != crypto.SHA256 {
		document.Function = b.Function
	}
	return journal.Act{Kind: protocol.JournalSignHash, Origin: b.Origin, Documents: []journal.Document{document}}
}

// makeHash has the card sign the hash.
func (s *session) makeHash(j job, chosen *choice, body *protocol.HostSignHashBody, hash crypto.Hash) (*raw, error) {
	if err := chosen.certificate.Usable(s.Now()); err != nil {
		return nil, err
	}
	may := func() error { return s.maySignHash(chosen.certificate, body.Origin) }
	if err := may(); err != nil {
		return nil, err
	}
	return s.signRaw(j, chosen, typedPINs{body.PIN, body.KeyPIN, body.Told, body.KeyTold}, may, func(bool) (crypto.Hash, []byte, error) { return hash, body.Hash, nil })
}
