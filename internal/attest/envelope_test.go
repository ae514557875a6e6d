package attest_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
)

var (
	claim   = []byte(`{"version":1}`)
	secrets = attest.Secrets{{1}, {2}}
	sealed  = bytes.Repeat([]byte{4}, 146) // as long as release.Seal's
)

func points(t testing.TB) attest.Points {
	t.Helper()
	var points attest.Points
	for i := range points {
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		points[i] = key.PublicKey().Bytes()
	}
	return points
}

func endorsed(t *testing.T, key string) *attest.Endorsement {
	t.Helper()
	root := pkitest.Root(t, "TPM Vendor")
	e, err := attest.Endorsed([][]byte{endorsementOf(t, root, key).Raw}, []*x509.Certificate{root.Certificate}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Only both secrets open an envelope, and only for its claim; no bit of it can be changed.
func TestEnvelope(t *testing.T) {
	for _, key := range []string{"RSA-2048", "P-256"} {
		answer, err := endorsed(t, key).Enclose(claim, points(t), secrets, sealed)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer) > protocol.MaxSealed || !attest.IsEnvelope(answer) || attest.IsEnvelope(sealed) || attest.IsEnvelope(nil) {
			t.Errorf("%s: %d bytes that begin with %d", key, len(answer), answer[0])
		}
		e, err := attest.ReadEnvelope(answer)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Open(claim, secrets); err != nil || !bytes.Equal(got, sealed) {
			t.Errorf("%s: opened %x, %v", key, got, err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"another claim":       func() ([]byte, error) { return e.Open([]byte(`{"version":2}`), secrets) },
			"one secret":          func() ([]byte, error) { return e.Open(claim, attest.Secrets{{1}}) },
			"the other secret":    func() ([]byte, error) { return e.Open(claim, attest.Secrets{{}, {2}}) },
			"secrets in exchange": func() ([]byte, error) { return e.Open(claim, attest.Secrets{{2}, {1}}) },
		} {
			if got, err := open(); !errors.Is(err, attest.ErrMalformed) {
				t.Errorf("%s, %s: opened %x, %v", key, name, got, err)
			}
		}
		for i := len(answer) - len(sealed); i < len(answer); i++ {
			broken := bytes.Clone(answer)
			broken[i] ^= 1
			e, err := attest.ReadEnvelope(broken)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Open(claim, secrets); !errors.Is(err, attest.ErrMalformed) {
				t.Fatalf("%s, byte %d changed: %v", key, i, err)
			}
		}
		if _, err := attest.ReadEnvelope(answer[:300]); key == "RSA-2048" && !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("cut: %v", err)
		}
	}
	e := endorsed(t, "P-256")
	for name, keys := range map[string]attest.Points{"none": {}, "no points": {make([]byte, 65), make([]byte, 65)}, "short": {{4}, {4}}} {
		if _, err := e.Enclose(claim, keys, secrets, sealed); !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A proof is of both secrets and one claim, and is not what encrypts.
func TestProof(t *testing.T) {
	proof, err := secrets.Proof(claim)
	if err != nil {
		t.Fatal(err)
	}
	if !secrets.Proves(claim, proof) {
		t.Error("a proof proves nothing")
	}
	other := attest.Secrets{{1}, {3}}
	if secrets.Proves([]byte("iddia"), proof) || other.Proves(claim, proof) || secrets.Proves(claim, nil) || secrets.Proves(claim, proof[:31]) {
		t.Error("something else is proven")
	}
}

// Whatever comes as an envelope: no panic, and what is read is within its bounds.
func FuzzReadEnvelope(f *testing.F) {
	part := func(n int) []byte { return append([]byte{byte(n >> 8), byte(n)}, bytes.Repeat([]byte{7}, n)...) }
	whole := bytes.Join([][]byte{{1}, part(68), part(256), part(68), part(256), bytes.Repeat([]byte{9}, 174)}, nil)
	f.Add(whole)
	f.Add(whole[:100])
	f.Add(bytes.Join([][]byte{{1}, part(68), part(68), part(68), part(68)}, nil))
	f.Add(bytes.Join([][]byte{{1}, part(0), part(68), part(68), part(68)}, nil))
	f.Add(bytes.Join([][]byte{{1}, part(69), part(257), part(69), part(257)}, nil))
	f.Add([]byte{1, 0xff, 0xff})
	f.Add([]byte{4})
	f.Fuzz(func(t *testing.T, answer []byte) {
		e, err := attest.ReadEnvelope(answer)
		if err != nil {
			if !errors.Is(err, attest.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		for _, c := range e.Credentials {
			if len(c.Object) == 0 || len(c.Object) > 68 || len(c.Seed) == 0 || len(c.Seed) > 256 {
				t.Fatalf("read a credential of %d and %d bytes", len(c.Object), len(c.Seed))
			}
		}
		if got, err := e.Open(claim, secrets); err == nil {
			t.Fatalf("opened %x", got)
		}
	})
}
