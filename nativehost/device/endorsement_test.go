//go:build linux

package device_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/test/testtpm"
)

// A machine whose TPM has a certificate of its vendor.
type endorsedMachine struct {
	*device.Key
	tpm         *testtpm.TPM
	options     device.Options
	certificate []byte
}

var vendor = func(t *testing.T) *pkitest.Authority { return pkitest.Root(t, "TPM Vendor") }

func newEndorsedMachine(t *testing.T, kind testtpm.Kind, ca *pkitest.Authority) *endorsedMachine {
	t.Helper()
	o := options(t, device.File)
	m := &endorsedMachine{tpm: start(t, t.TempDir())}
	o.TPM = m.tpm.Open
	m.options = o
	var err error
	if m.certificate, err = m.tpm.Endorse(kind, testtpm.EndorsementCertificate(kind), ca.Certificate, ca.Key); err != nil {
		t.Fatal(err)
	}
	if m.Key, err = device.Make(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return m
}

// points are the public keys that a claim names.
func points(t *testing.T, k *device.Key) attest.Points {
	t.Helper()
	d, err := k.Describe("linux/amd64", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	return attest.Points{d.Signing, d.Sealing}
}

var (
	claim   = []byte(`{"version":1}`)
	secrets = attest.Secrets{{1}, {2}}
)

// enclose does the portal's part.
func enclose(t *testing.T, certificates [][]byte, ca *pkitest.Authority, keys attest.Points) []byte {
	t.Helper()
	e, err := attest.Endorsed(certificates, []*x509.Certificate{ca.Certificate}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Enclose(claim, keys, secrets, []byte("mühürlü"))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func activate(t *testing.T, k *device.Key, answer []byte) (attest.Secrets, error) {
	t.Helper()
	e, err := attest.ReadEnvelope(answer)
	if err != nil {
		t.Fatal(err)
	}
	return k.Activate(t.Context(), e)
}

// The TPM of both keys gives out the secrets of an envelope, and no other machine does: neither another TPM that is as
// good, nor the same one for the keys of another installation, nor for a claim that names one key of each.
func TestEndorsement(t *testing.T) {
	for name, kind := range map[string]testtpm.Kind{"RSA": testtpm.RSA, "elliptic": testtpm.Elliptic} {
		t.Run(name, func(t *testing.T) {
			ca := vendor(t)
			m := newEndorsedMachine(t, kind, ca)
			certificates, err := m.Endorsement(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(certificates) != 1 || !bytes.Equal(certificates[0], m.certificate) {
				t.Fatalf("%d certificates", len(certificates))
			}
			keys := points(t, m.Key)
			answer := enclose(t, certificates, ca, keys)
			opened, err := device.Open(t.Context(), m.options)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := activate(t, opened, answer); err != nil || got != secrets {
				t.Fatalf("activated %x, %v", got, err)
			}
			works(t, m.Key) // nothing is left in the TPM's three places

			other := newEndorsedMachine(t, kind, ca)
			neighbour := m.options
			neighbour.Path += ".neighbour"
			installed, err := device.Make(t.Context(), neighbour)
			if err != nil {
				t.Fatal(err)
			}
			theirs := points(t, installed)
			for what, tt := range map[string]struct {
				key    *device.Key
				answer []byte
			}{
				"another TPM":                   {other.Key, answer},
				"another installation":          {installed, answer},
				"another TPM's certificate":     {m.Key, enclose(t, [][]byte{other.certificate}, ca, keys)},
				"signs with another's key":      {m.Key, enclose(t, certificates, ca, attest.Points{theirs[0], keys[1]})},
				"seals to another's key":        {m.Key, enclose(t, certificates, ca, attest.Points{keys[0], theirs[1]})},
				"the keys in the other's place": {m.Key, enclose(t, certificates, ca, attest.Points{keys[1], keys[0]})},
			} {
				if got, err := activate(t, tt.key, tt.answer); !errors.Is(err, device.ErrSealed) {
					t.Errorf("%s: activated %x, %v", what, got, err)
				}
			}
		})
	}
}

// The certificates above the endorsement key's come along, as many as a claim takes.
func TestEndorsementChain(t *testing.T) {
	root := vendor(t)
	sub := root.Sub(t, "TPM Issuing CA")
	m := newEndorsedMachine(t, testtpm.Elliptic, sub)
	padded := append(slices.Clone(sub.Certificate.Raw), make([]byte, 40)...) // as some vendors leave an index
	if err := m.tpm.Write(testtpm.ChainIndex, padded); err != nil {
		t.Fatal(err)
	}
	certificates, err := m.Endorsement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(certificates) != 2 || !bytes.Equal(certificates[1], sub.Certificate.Raw) {
		t.Fatalf("%d certificates", len(certificates))
	}
	enclose(t, certificates, root, points(t, m.Key))

	if err := m.tpm.Write(testtpm.ChainIndex, bytes.Repeat(sub.Certificate.Raw, 3)); err != nil {
		t.Fatal(err)
	}
	if err := m.tpm.Write(testtpm.ChainIndex+1, bytes.Repeat(sub.Certificate.Raw, 3)); err != nil {
		t.Fatal(err)
	}
	certificates, err = m.Endorsement(t.Context())
	if err != nil || len(certificates) != release.MaxEndorsements || !release.FitsEndorsement(certificates) {
		t.Errorf("of seven: %d certificates, %v", len(certificates), err)
	}
}

// Where the TPM cannot show that it holds the key, nothing else about the key changes.
func TestNotEndorsed(t *testing.T) {
	ca := vendor(t)
	for name, spoil := range map[string]func(t *testing.T, m *endorsedMachine){
		"no certificate": func(t *testing.T, m *endorsedMachine) { must(t, m.tpm.Undefine(0x01c0000a)) },
		"no DER":         func(t *testing.T, m *endorsedMachine) { must(t, m.tpm.Write(0x01c0000a, make([]byte, 600))) },
		"cut": func(t *testing.T, m *endorsedMachine) {
			must(t, m.tpm.Write(0x01c0000a, m.certificate[:len(m.certificate)-1]))
		},
		"a person's": func(t *testing.T, m *endorsedMachine) {
			must(t, m.tpm.Write(0x01c0000a, ca.Issue(t, pkitest.Key(t, "P-256").Public()).Raw))
		},
		"of another TPM": func(t *testing.T, m *endorsedMachine) {
			must(t, m.tpm.Write(0x01c0000a, newEndorsedMachine(t, testtpm.Elliptic, ca).certificate))
		},
		"with a password": func(t *testing.T, m *endorsedMachine) { must(t, m.tpm.SetEndorsementPassword("parola")) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newEndorsedMachine(t, testtpm.Elliptic, ca)
			spoil(t, m)
			if got, err := m.Endorsement(t.Context()); !errors.Is(err, device.ErrNotEndorsed) {
				t.Errorf("%d certificates, %v", len(got), err)
			}
			works(t, m.Key)
		})
	}
	for _, p := range []device.Protection{device.Keyring, device.File} {
		k, err := device.Make(t.Context(), options(t, p))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Endorsement(t.Context()); !errors.Is(err, device.ErrNotEndorsed) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// A TPM that does not answer is no TPM without a certificate.
func TestEndorsementUnavailable(t *testing.T) {
	m := newEndorsedMachine(t, testtpm.Elliptic, vendor(t))
	m.tpm.Stop()
	if _, err := m.Endorsement(t.Context()); !errors.Is(err, device.ErrUnavailable) {
		t.Error(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
