//go:build unix

package attest_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/test/testtpm"
)

// A person's program has a real TPM, and a key in software that it wants to pass off as one of the TPM's. What the design
// counts on is the TPM's: it activates nothing for a key of that name.
func TestSoftwareKeyIsNotActivated(t *testing.T) {
	tpm, err := testtpm.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpm.Stop)
	way, err := tpm.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { way.Close() })
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range attest.Uses {
		f := &forger{t: t, way: way, key: key, area: attest.Template(use)}
		f.area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: key.PublicKey().Bytes()[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: key.PublicKey().Bytes()[33:]},
		})
		if f.name, err = attest.Name(use, key.PublicKey().Bytes()); err != nil {
			t.Fatal(err)
		}
		f.publicOnly()
		f.external()
		f.imported()
	}
	// The same steps succeed for a key that the TPM has made.
	f := &forger{t: t, way: way}
	storage := f.primary(tpm2.TPMRHOwner, tpm2.ECCSRKTemplate)
	defer f.flush(storage.Handle)
	made, err := tpm2.CreateLoaded{ParentHandle: storage, InPublic: tpm2.New2BTemplate(pointer(attest.Template(attest.Signing)))}.Execute(way)
	if err != nil {
		t.Fatal(err)
	}
	defer f.flush(made.ObjectHandle)
	f.name = made.Name.Buffer
	if err := f.activate(tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}); err != nil {
		t.Errorf("a key of the TPM's: %v", err)
	}
}

func pointer[T any](v T) *T { return &v }

type forger struct {
	t    *testing.T
	way  transport.TPM
	key  *ecdh.PrivateKey
	area tpm2.TPMTPublic
	name []byte // that the portal expects
}

func (f *forger) flush(h tpm2.TPMHandle) { _, _ = tpm2.FlushContext{FlushHandle: h}.Execute(f.way) }

func (f *forger) primary(hierarchy tpm2.TPMHandle, template tpm2.TPMTPublic) tpm2.NamedHandle {
	f.t.Helper()
	made, err := tpm2.CreatePrimary{PrimaryHandle: hierarchy, InPublic: tpm2.New2B(template)}.Execute(f.way)
	if err != nil {
		f.t.Fatal(err)
	}
	return tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}
}

// activate tries to get a credential's secret with a loaded object.
func (f *forger) activate(object tpm2.NamedHandle) error {
	f.t.Helper()
	ek := f.primary(tpm2.TPMRHEndorsement, tpm2.ECCEKTemplate)
	defer f.flush(ek.Handle)
	read, err := tpm2.ReadPublic{ObjectHandle: ek.Handle}.Execute(f.way)
	if err != nil {
		f.t.Fatal(err)
	}
	area, err := read.OutPublic.Contents()
	if err != nil {
		f.t.Fatal(err)
	}
	c, err := attest.MakeCredential(*area, f.name, secrets[0][:])
	if err != nil {
		f.t.Fatal(err)
	}
	_, err = tpm2.ActivateCredential{
		ActivateHandle: tpm2.AuthHandle{Handle: object.Handle, Name: object.Name, Auth: tpm2.PasswordAuth(nil)},
		KeyHandle: tpm2.AuthHandle{Handle: ek.Handle, Name: ek.Name, Auth: tpm2.Policy(tpm2.TPMAlgSHA256, 16,
			func(way transport.TPM, session tpm2.TPMISHPolicy, nonce tpm2.TPM2BNonce) error {
				_, err := tpm2.PolicySecret{AuthHandle: tpm2.TPMRHEndorsement, PolicySession: session, NonceTPM: nonce}.Execute(way)
				return err
			})},
		CredentialBlob: tpm2.TPM2BIDObject{Buffer: c.Object}, Secret: tpm2.TPM2BEncryptedSecret{Buffer: c.Seed},
	}.Execute(f.way)
	return err
}

// publicOnly loads the public area alone, which a TPM lets have any attributes.
func (f *forger) publicOnly() {
	f.t.Helper()
	loaded, err := tpm2.LoadExternal{InPublic: tpm2.New2B(f.area), Hierarchy: tpm2.TPMRHNull}.Execute(f.way)
	if err != nil {
		f.t.Fatal(err)
	}
	defer f.flush(loaded.ObjectHandle)
	if string(loaded.Name.Buffer) != string(f.name) {
		f.t.Fatal("the forgery has another name")
	}
	if err := f.activate(tpm2.NamedHandle{Handle: loaded.ObjectHandle, Name: loaded.Name}); err == nil {
		f.t.Error("activated for a public area alone")
	}
}

// sensitive is the private part in software.
func (f *forger) sensitive() tpm2.TPMTSensitive {
	return tpm2.TPMTSensitive{
		SensitiveType: tpm2.TPMAlgECC,
		Sensitive:     tpm2.NewTPMUSensitiveComposite(tpm2.TPMAlgECC, &tpm2.TPM2BECCParameter{Buffer: f.key.Bytes()}),
	}
}

// external loads both parts: a TPM refuses the attributes, and what it takes without them has another name.
func (f *forger) external() {
	f.t.Helper()
	load := func(area tpm2.TPMTPublic) (*tpm2.LoadExternalResponse, error) {
		return tpm2.LoadExternal{
			InPrivate: tpm2.New2B(f.sensitive()), InPublic: tpm2.New2B(area), Hierarchy: tpm2.TPMRHNull,
		}.Execute(f.way)
	}
	if loaded, err := load(f.area); err == nil {
		f.flush(loaded.ObjectHandle)
		f.t.Error("loaded a key in software as one of the TPM's")
	}
	loaded, err := load(f.honest())
	if err != nil {
		f.t.Fatal(err)
	}
	defer f.flush(loaded.ObjectHandle)
	if err := f.activate(tpm2.NamedHandle{Handle: loaded.ObjectHandle, Name: loaded.Name}); err == nil {
		f.t.Error("activated for a key in software")
	}
}

// honest is the area that says what the key is.
func (f *forger) honest() tpm2.TPMTPublic {
	area := f.area
	a := &area.ObjectAttributes
	a.FixedTPM, a.FixedParent, a.SensitiveDataOrigin = false, false, false
	return area
}

// imported brings it below a storage key of the TPM's.
func (f *forger) imported() {
	f.t.Helper()
	storage := f.primary(tpm2.TPMRHOwner, tpm2.ECCSRKTemplate)
	defer f.flush(storage.Handle)
	bring := func(area tpm2.TPMTPublic) error {
		_, err := tpm2.Import{
			ParentHandle: storage, ObjectPublic: tpm2.New2B(area),
			Duplicate: tpm2.TPM2BPrivate{Buffer: tpm2.Marshal(tpm2.New2B(f.sensitive()))},
			Symmetric: tpm2.TPMTSymDef{Algorithm: tpm2.TPMAlgNull},
		}.Execute(f.way)
		return err
	}
	if err := bring(f.honest()); err != nil {
		f.t.Fatal(err)
	}
	if bring(f.area) == nil {
		f.t.Error("imported a key in software as one of the TPM's")
	}
}
