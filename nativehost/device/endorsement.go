package device

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/release"
)

// ErrNotEndorsed means that no TPM can show that it holds the key: it is in software, or its TPM has no endorsement
// certificate, or does not let the person use its endorsement key.
var ErrNotEndorsed = errors.New("device: no TPM shows that it holds the key")

// Where a TPM keeps the certificates of its endorsement keys (TCG EK Credential Profile, 2.2.1.4), the key that is faster to
// make first, and those above them from chainIndex on. If Windows, or an administrator, keeps an endorsement key
// loaded, it is at persistentEK.
var certificateIndices = []tpm2.TPMHandle{0x01c0000a, 0x01c00002}

const (
	chainIndex   tpm2.TPMHandle = 0x01c00100
	persistentEK tpm2.TPMHandle = 0x81010001
	// chainIndices is how many indices of the chain are read, maxIndex how much of one, in bytes.
	chainIndices = 8
	maxIndex     = 4 << 10
	nvChunk      = 512 // which every TPM reads at once
)

// Endorsement returns the certificates of the key's TPM, that of its endorsement key first, as a claim brings them. It
// has the TPM activate a credential of its own making for each key first: what a portal encloses must open. Errors wrap
// ErrNotEndorsed or ErrUnavailable.
func (k *Key) Endorsement(ctx context.Context) (certificates [][]byte, err error) {
	h, ok := k.holder.(*tpmHolder)
	if !ok {
		return nil, ErrNotEndorsed
	}
	names, err := k.names()
	if err != nil {
		return nil, err
	}
	return within(ctx, func() (certificates [][]byte, err error) {
		err = h.with(func(t *tpm) error {
			var ek tpm2.TPMTPublic
			certificates, ek, err = t.endorsement()
			if err != nil {
				return err
			}
			return t.rehearse(&h.keys, ek, names)
		})
		return certificates, err
	})
}

// Activate has the TPM give out the secrets of an envelope. It returns ErrSealed for an envelope of another TPM or key.
func (k *Key) Activate(ctx context.Context, e *attest.Envelope) (attest.Secrets, error) {
	h, ok := k.holder.(*tpmHolder)
	if !ok {
		return attest.Secrets{}, ErrNotEndorsed
	}
	return within(ctx, func() (secrets attest.Secrets, err error) {
		err = h.with(func(t *tpm) error {
			_, ek, err := t.endorsement()
			if err == nil {
				secrets, err = t.activate(&h.keys, ek, e.Credentials)
			}
			return err
		})
		return secrets, err
	})
}

// names returns the TPM names of both keys, as a portal computes them.
func (k *Key) names() (names [len(attest.Uses)][]byte, err error) {
	signing, err := k.public.Signing.Bytes()
	if err != nil {
		return names, err
	}
	for i, point := range (attest.Points{signing, k.public.Sealing.Bytes()}) {
		if names[i], err = attest.Name(attest.Uses[i], point); err != nil {
			return names, err
		}
	}
	return names, nil
}

// rehearse does a portal's part and the TPM's.
func (t *tpm) rehearse(keys *tpmRecord, ek tpm2.TPMTPublic, names [len(attest.Uses)][]byte) error {
	var (
		want        attest.Secrets
		credentials [len(attest.Uses)]attest.Credential
		err         error
	)
	for i := range want {
		_, _ = rand.Read(want[i][:]) // never fails
		if credentials[i], err = attest.MakeCredential(ek, names[i], want[i][:]); err != nil {
			return fmt.Errorf("%w: %w", ErrNotEndorsed, err)
		}
	}
	got, err := t.activate(keys, ek, credentials)
	if err == nil && got != want {
		err = errors.New("the TPM gave out another secret")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotEndorsed, err)
	}
	return nil
}

// endorsement reads the certificates, and the endorsement key's public area from the first.
func (t *tpm) endorsement() (certificates [][]byte, ek tpm2.TPMTPublic, err error) {
	for _, index := range certificateIndices {
		data, err := t.read(index)
		if err != nil {
			continue
		}
		first := elements(data, 1)
		if len(first) == 0 {
			continue
		}
		certificate, err := pki.ParseX509(first[0])
		if err != nil {
			continue
		}
		if ek, err = attest.EndorsementKey(certificate); err == nil {
			return fit(append(first, t.chain()...)), ek, nil
		}
	}
	return nil, ek, fmt.Errorf("%w: no certificate of an endorsement key", ErrNotEndorsed)
}

// chain reads the certificates above that of an endorsement key, which few TPMs have.
func (t *tpm) chain() [][]byte {
	var data []byte
	for i := range chainIndices {
		part, err := t.read(chainIndex + tpm2.TPMHandle(i))
		if err != nil {
			break
		}
		data = append(data, part...)
	}
	return elements(data, release.MaxEndorsements)
}

// elements returns the DER sequences at the beginning of data, so many at most. An index may be longer than what is in it.
func elements(data []byte, most int) (all [][]byte) {
	rest := cryptobyte.String(data)
	for range most {
		var element cryptobyte.String
		if !rest.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			break
		}
		all = append(all, element)
	}
	return all
}

// fit leaves out the last certificates if a claim has no room for all of them.
func fit(certificates [][]byte) [][]byte {
	for !release.FitsEndorsement(certificates) && len(certificates) > 0 {
		certificates = certificates[:len(certificates)-1]
	}
	return certificates
}

// read reads an NV index that everybody may read.
func (t *tpm) read(index tpm2.TPMHandle) ([]byte, error) {
	public, err := tpm2.NVReadPublic{NVIndex: index}.Execute(t.way)
	if err != nil {
		return nil, err
	}
	area, err := public.NVPublic.Contents()
	if err != nil {
		return nil, err
	}
	if area.DataSize > maxIndex {
		return nil, fmt.Errorf("%d bytes at %#x", area.DataSize, index)
	}
	data := make([]byte, 0, area.DataSize)
	for len(data) < int(area.DataSize) {
		part, err := tpm2.NVRead{
			AuthHandle: tpm2.AuthHandle{Handle: index, Name: public.NVName, Auth: tpm2.PasswordAuth(nil)},
			NVIndex:    tpm2.NamedHandle{Handle: index, Name: public.NVName},
			Size:       uint16(min(nvChunk, int(area.DataSize)-len(data))), Offset: uint16(len(data)),
		}.Execute(t.way)
		if err != nil {
			return nil, err
		}
		if len(part.Data.Buffer) == 0 {
			return nil, fmt.Errorf("nothing at %#x", index)
		}
		data = append(data, part.Data.Buffer...)
	}
	return data, nil
}

// activate has the TPM give out the secret of each key's credential.
func (t *tpm) activate(keys *tpmRecord, ek tpm2.TPMTPublic, credentials [len(attest.Uses)]attest.Credential) (secrets attest.Secrets, err error) {
	endorser, end, err := t.endorser(ek)
	if err != nil {
		return secrets, err
	}
	defer end()
	for i, use := range attest.Uses {
		key, _, err := t.load(use, keys)
		if err != nil {
			return secrets, err
		}
		secret, err := t.giveOut(key, endorser, credentials[i])
		t.flush(key.Handle)
		if err != nil {
			return secrets, err
		}
		if copy(secrets[i][:], secret) != len(secret) || len(secret) != attest.SecretSize {
			return secrets, fmt.Errorf("%w: a secret of %d bytes", ErrSealed, len(secret))
		}
	}
	return secrets, nil
}

// endorser returns the endorsement key: the one that is kept loaded, if it is this one, else it is made again from its
// template.
func (t *tpm) endorser(ek tpm2.TPMTPublic) (key tpm2.NamedHandle, end func(), err error) {
	name, err := tpm2.ObjectName(&ek)
	if err != nil {
		return key, nil, err
	}
	kept, err := tpm2.ReadPublic{ObjectHandle: persistentEK}.Execute(t.way)
	if err == nil && string(kept.Name.Buffer) == string(name.Buffer) {
		return tpm2.NamedHandle{Handle: persistentEK, Name: *name}, func() {}, nil
	}
	template := tpm2.ECCEKTemplate
	if ek.Type == tpm2.TPMAlgRSA {
		template = tpm2.RSAEKTemplate
	}
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(template)}.Execute(t.way)
	if err != nil {
		return key, nil, fmt.Errorf("%w: %w", ErrNotEndorsed, err)
	}
	if string(made.Name.Buffer) != string(name.Buffer) {
		t.flush(made.ObjectHandle)
		return key, nil, fmt.Errorf("%w: its certificate is of another endorsement key", ErrNotEndorsed)
	}
	return tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}, func() { t.flush(made.ObjectHandle) }, nil
}

// giveOut has its answer encrypted on the way, as exchange has.
func (t *tpm) giveOut(key, endorser tpm2.NamedHandle, c attest.Credential) ([]byte, error) {
	session, end, err := tpm2.HMACSession(t.way, tpm2.TPMAlgSHA256, 16,
		tpm2.Salted(t.storage.Handle, t.public), tpm2.AESEncryption(128, tpm2.EncryptOut))
	if err != nil {
		return nil, explain(err)
	}
	defer end()
	answer, err := tpm2.ActivateCredential{
		ActivateHandle: tpm2.AuthHandle{Handle: key.Handle, Name: key.Name, Auth: session},
		KeyHandle:      tpm2.AuthHandle{Handle: endorser.Handle, Name: endorser.Name, Auth: tpm2.Policy(tpm2.TPMAlgSHA256, 16, byEndorsement)},
		CredentialBlob: tpm2.TPM2BIDObject{Buffer: c.Object},
		Secret:         tpm2.TPM2BEncryptedSecret{Buffer: c.Seed},
	}.Execute(t.way)
	var refused tpm2.TPMRC
	switch {
	case errors.As(err, &refused) && !refused.IsWarning():
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	case err != nil:
		return nil, explain(err)
	}
	return answer.CertInfo.Buffer, nil
}

// byEndorsement satisfies the policy of the endorsement key's template by the endorsement hierarchy's password, which is
// empty on machines of persons.
func byEndorsement(way transport.TPM, session tpm2.TPMISHPolicy, nonce tpm2.TPM2BNonce) error {
	_, err := tpm2.PolicySecret{
		AuthHandle:    tpm2.AuthHandle{Handle: tpm2.TPMRHEndorsement, Name: tpm2.HandleName(tpm2.TPMRHEndorsement), Auth: tpm2.PasswordAuth(nil)},
		PolicySession: session, NonceTPM: nonce,
	}.Execute(way)
	return err
}
