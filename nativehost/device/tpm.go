package device

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"github.com/e-onay/e-onay/internal/attest"
)

// Transport is a way to a TPM.
type Transport = transport.TPMCloser

// ErrNoTPM means that this machine has no TPM 2.0 that the person may use.
var ErrNoTPM = errors.New("device: no TPM")

// A tpmHolder opens the TPM for each act and leaves nothing in it: there is room for three objects only, and
// others use it too.
type tpmHolder struct {
	open func() (Transport, error)
	keys tpmRecord
}

// of returns where the parts of a key are.
func (r *tpmRecord) of(u attest.Use) *blob {
	if u == attest.Sealing {
		return &r.Sealing
	}
	return &r.Signing
}

// makeTPM makes a key in the TPM.
func makeTPM(ctx context.Context, o Options) (*Key, record, error) {
	h := &tpmHolder{open: o.tpm()}
	public, err := within(ctx, func() (public Public, err error) {
		err = h.with(func(t *tpm) error {
			signing, err := t.create(attest.Signing, &h.keys)
			if err != nil {
				return err
			}
			sealing, err := t.create(attest.Sealing, &h.keys)
			if err != nil {
				return err
			}
			if public.Signing, err = signingKey(signing); err != nil {
				return err
			}
			public.Sealing, err = ecdh.P256().NewPublicKey(sealing)
			return err
		})
		return public, err
	})
	if err != nil {
		return nil, record{}, err
	}
	r, err := newRecord(TPM, public)
	r.TPM = &h.keys
	return &Key{protection: TPM, public: public, holder: h, counter: CounterOf(o, public, TPM)}, r, err
}

// openTPM sees whether the TPM still loads the keys, and whether they are those of the record.
func openTPM(ctx context.Context, o Options, r *record) (*tpmHolder, error) {
	h := &tpmHolder{open: o.tpm(), keys: *r.TPM}
	_, err := within(ctx, func() (bool, error) {
		return true, h.with(func(t *tpm) error {
			for i, u := range attest.Uses {
				key, point, err := t.load(u, &h.keys)
				if err != nil {
					return err
				}
				t.flush(key.Handle)
				if string(point) != string(r.points()[i]) {
					return fmt.Errorf("%w: the %s key is another", ErrLost, u)
				}
			}
			return nil
		})
	})
	if errors.Is(err, ErrNoTPM) {
		err = fmt.Errorf("%w: %w", ErrLost, err) // the disk is in another machine
	}
	return h, err
}

func (o Options) tpm() func() (Transport, error) {
	if o.TPM != nil {
		return o.TPM
	}
	return machineTPM
}

func (h *tpmHolder) sign(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return within(ctx, func() (signature []byte, err error) {
		err = h.with(func(t *tpm) error {
			key, _, err := t.load(attest.Signing, &h.keys)
			if err != nil {
				return err
			}
			defer t.flush(key.Handle)
			signature, err = t.sign(key, digest)
			return err
		})
		return signature, err
	})
}

func (h *tpmHolder) exchange(ctx context.Context, remote *ecdh.PublicKey) ([]byte, error) {
	return within(ctx, func() (secret []byte, err error) {
		err = h.with(func(t *tpm) error {
			key, _, err := t.load(attest.Sealing, &h.keys)
			if err != nil {
				return err
			}
			defer t.flush(key.Handle)
			secret, err = t.exchange(key, remote)
			return err
		})
		return secret, err
	})
}

// with opens the TPM and makes the storage key for one act.
func (h *tpmHolder) with(act func(*tpm) error) error {
	way, err := h.open()
	if err != nil {
		return err
	}
	defer way.Close()
	primary, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate),
	}.Execute(way)
	if err != nil {
		return explain(err)
	}
	public, err := primary.OutPublic.Contents()
	if err != nil {
		return explain(err)
	}
	t := &tpm{way: way, storage: tpm2.NamedHandle{Handle: primary.ObjectHandle, Name: primary.Name}, public: *public}
	defer t.flush(primary.ObjectHandle)
	return act(t)
}

// explain says what a failure means: what a TPM refuses to load it will never load; everything else may pass.
func explain(err error) error {
	if errors.Is(err, tpm2.TPMRCIntegrity) || errors.Is(err, tpm2.TPMRCSize) || errors.Is(err, tpm2.TPMRCHandle) ||
		errors.Is(err, tpm2.TPMRCBinding) || errors.Is(err, tpm2.TPMRCAttributes) || errors.Is(err, errRecord) {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

var errRecord = errors.New("not a key of this kind")

// A tpm is a TPM with its storage key loaded.
type tpm struct {
	way     Transport
	storage tpm2.NamedHandle
	public  tpm2.TPMTPublic // of the storage key
}

// flush removes an object; what is left after a failure goes with the way to the TPM.
func (t *tpm) flush(handle tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: handle}.Execute(t.way)
}

// create makes a key, puts it into keys, and returns its public point.
func (t *tpm) create(u attest.Use, keys *tpmRecord) ([]byte, error) {
	made, err := tpm2.Create{ParentHandle: t.storage, InPublic: tpm2.New2B(attest.Template(u))}.Execute(t.way)
	if err != nil {
		return nil, explain(err)
	}
	*keys.of(u) = blob{Public: made.OutPublic.Bytes(), Private: made.OutPrivate.Buffer}
	return point(made.OutPublic)
}

// load loads a key and returns its public point. The caller flushes it.
func (t *tpm) load(u attest.Use, keys *tpmRecord) (key tpm2.NamedHandle, public []byte, err error) {
	b := keys.of(u)
	area := tpm2.BytesAs2B[tpm2.TPMTPublic](b.Public)
	public, err = point(area)
	if err != nil {
		return key, nil, explain(err)
	}
	loaded, err := tpm2.Load{ParentHandle: t.storage, InPrivate: tpm2.TPM2BPrivate{Buffer: b.Private}, InPublic: area}.Execute(t.way)
	if err != nil {
		return key, nil, explain(err)
	}
	return tpm2.NamedHandle{Handle: loaded.ObjectHandle, Name: loaded.Name}, public, nil
}

// point returns a key's public point, uncompressed (SEC 1, 2.3.3).
func point(area tpm2.TPM2BPublic) ([]byte, error) {
	public, err := area.Contents()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	p, err := public.Unique.ECC()
	if err != nil || len(p.X.Buffer) > 32 || len(p.Y.Buffer) > 32 {
		return nil, errRecord
	}
	out := make([]byte, 65)
	out[0] = 4
	copy(out[33-len(p.X.Buffer):33], p.X.Buffer)
	copy(out[65-len(p.Y.Buffer):], p.Y.Buffer)
	return out, nil
}

func (t *tpm) sign(key tpm2.NamedHandle, digest [sha256.Size]byte) ([]byte, error) {
	answer, err := tpm2.Sign{
		KeyHandle: key, Digest: tpm2.TPM2BDigest{Buffer: digest[:]},
		Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck},
	}.Execute(t.way)
	if err != nil {
		return nil, explain(err)
	}
	s, err := answer.Signature.Signature.ECDSA()
	if err != nil || len(s.SignatureR.Buffer) > 32 || len(s.SignatureS.Buffer) > 32 {
		return nil, explain(errRecord)
	}
	out := make([]byte, 64)
	copy(out[32-len(s.SignatureR.Buffer):32], s.SignatureR.Buffer)
	copy(out[64-len(s.SignatureS.Buffer):], s.SignatureS.Buffer)
	return out, nil
}

// exchange has its answer encrypted on the way: on many machines that is a bus that can be listened to.
func (t *tpm) exchange(key tpm2.NamedHandle, remote *ecdh.PublicKey) ([]byte, error) {
	session, end, err := tpm2.HMACSession(t.way, tpm2.TPMAlgSHA256, 16,
		tpm2.Salted(t.storage.Handle, t.public), tpm2.AESEncryption(128, tpm2.EncryptOut))
	if err != nil {
		return nil, explain(err)
	}
	defer end()
	raw := remote.Bytes()
	answer, err := tpm2.ECDHZGen{
		KeyHandle: tpm2.AuthHandle{Handle: key.Handle, Name: key.Name, Auth: session},
		InPoint: tpm2.New2B(tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: raw[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: raw[33:65]},
		}),
	}.Execute(t.way)
	if err != nil {
		return nil, explain(err)
	}
	p, err := answer.OutPoint.Contents()
	if err != nil || len(p.X.Buffer) > 32 {
		return nil, explain(errRecord)
	}
	secret := make([]byte, 32)
	copy(secret[32-len(p.X.Buffer):], p.X.Buffer)
	return secret, nil
}
