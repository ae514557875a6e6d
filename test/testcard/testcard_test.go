package testcard_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/test/testcard"
)

const pin = "246810"

// pkcs11-tool of OpenSC is the independent witness of what lies on a token.
func pkcs11Tool(t *testing.T, hsm *testcard.SoftHSM, args ...string) string {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pkcs11-tool", append([]string{"--module", module}, args...)...)
	cmd.Env = append(os.Environ(), hsm.Env())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("pkcs11-tool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func newToken(t *testing.T) (*testcard.SoftHSM, *testcard.Token) {
	t.Helper()
	hsm, err := testcard.NewSoftHSM(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	token, err := hsm.AddToken("Test kartı", pin, "87654321")
	if err != nil {
		t.Fatal(err)
	}
	return hsm, token
}

func TestKeysAndCertificates(t *testing.T) {
	hsm, token := newToken(t)
	root := pkitest.Root(t, "Kök")
	for i, tt := range []struct {
		kind         testcard.Kind
		tool, access string // how pkcs11-tool describes it
	}{
		{testcard.RSA2048, "RSA 2048 bits", "sensitive"}, {testcard.RSA3072, "RSA 3072 bits", "sensitive"},
		{testcard.P256, "EC_POINT 256 bits", "never extractable"}, {testcard.P384, "EC_POINT 384 bits", "never extractable"},
	} {
		id := []byte{byte(i + 1)}
		public, err := token.NewKey(tt.kind, "imza", id)
		if err != nil {
			t.Fatal(err)
		}
		switch public := public.(type) {
		case *rsa.PublicKey:
			if got := fmt.Sprintf("RSA %d", public.N.BitLen()); got != string(tt.kind) {
				t.Errorf("%s: got %s", tt.kind, got)
			}
		case *ecdsa.PublicKey:
			if got := "EC " + public.Curve.Params().Name; got != string(tt.kind) {
				t.Errorf("%s: got %s", tt.kind, got)
			}
		}
		certificate := root.Issue(t, public)
		if err := token.Store(certificate.Raw, id, "imza"); err != nil {
			t.Fatal(err)
		}
		objects := pkcs11Tool(t, hsm, "--list-objects", "--id", fmt.Sprintf("%02x", id), "--login", "--pin", pin)
		for _, want := range []string{"Private Key Object", tt.tool, "Certificate Object", tt.access} {
			if !strings.Contains(objects, want) {
				t.Errorf("%s: no %q in\n%s", tt.kind, want, objects)
			}
		}
		file := filepath.Join(t.TempDir(), "certificate.der")
		pkcs11Tool(t, hsm, "--read-object", "--type", "cert", "--id", fmt.Sprintf("%02x", id), "--output-file", file)
		if got, err := os.ReadFile(file); err != nil || string(got) != string(certificate.Raw) {
			t.Errorf("%s: another certificate came back (%v)", tt.kind, err)
		}
	}
}

func TestWrongPINIsRefused(t *testing.T) {
	hsm, _ := newToken(t)
	if _, err := hsm.Token("Test kartı", "000000").NewKey(testcard.P256, "imza", []byte{1}); err == nil {
		t.Fatal("a key was made with the wrong PIN")
	}
	if _, err := hsm.Token("none", pin).NewKey(testcard.P256, "imza", []byte{1}); err == nil {
		t.Fatal("a key was made on a token that is not there")
	}
}

// One process, many directories, at once.
func TestDirectoriesDoNotMix(t *testing.T) {
	before := os.Getenv("SOFTHSM2_CONF")
	var making sync.WaitGroup
	for range 6 {
		making.Go(func() {
			hsm, token := newToken(t)
			if _, err := token.NewKey(testcard.P256, "imza", []byte{1}); err != nil {
				t.Error(err)
				return
			}
			slots := pkcs11Tool(t, hsm, "--list-token-slots")
			if n := strings.Count(slots, "Test kart"); n != 1 {
				t.Errorf("%d tokens in one directory", n)
			}
		})
	}
	making.Wait()
	if os.Getenv("SOFTHSM2_CONF") != before {
		t.Error("this process's environment was changed")
	}
}

func TestPermissions(t *testing.T) {
	hsm, _ := newToken(t)
	info, err := os.Stat(filepath.Join(filepath.Dir(hsm.ConfPath), "tokens"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("tokens lie in a folder of mode %v (%v)", info.Mode(), err)
	}
}

func TestFaulty(t *testing.T) {
	faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: "C_Login", Do: testcard.Return, Value: 0x30})
	if err != nil {
		t.Fatal(err)
	}
	defer faulty.Close()
	hsm, _ := newToken(t)
	cmd := exec.Command("pkcs11-tool", "--module", faulty.Path, "--list-objects", "--login", "--pin", pin)
	cmd.Env = append(os.Environ(), hsm.Env())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "CKR_DEVICE_ERROR") {
		t.Fatalf("got %v\n%s", err, out)
	}
	if n := faulty.Calls(); n != 1 {
		t.Fatalf("%d calls of C_Login, want 1", n)
	}
}

// A token without a PIN says so, and holds the certificate that it was given; pkcs11-tool gives it a PIN with the
// security officer's.
func TestUnsetToken(t *testing.T) {
	const soPIN = "87654321"
	hsm, err := testcard.NewSoftHSM(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	token, err := hsm.AddUnsetToken("Yeni kart", soPIN)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Store(pkitest.Root(t, "Kök").Certificate.Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	slots := pkcs11Tool(t, hsm, "--list-token-slots")
	if !strings.Contains(slots, "Yeni kart") || strings.Contains(slots, "PIN initialized") {
		t.Errorf("slots:\n%s", slots)
	}
	if objects := pkcs11Tool(t, hsm, "--token-label", "Yeni kart", "--list-objects"); !strings.Contains(objects, "imza") {
		t.Errorf("objects:\n%s", objects)
	}
	pkcs11Tool(t, hsm, "--token-label", "Yeni kart", "--init-pin", "--login", "--login-type", "so", "--so-pin", soPIN, "--pin", pin)
	if _, err := hsm.Token("Yeni kart", pin).NewKey(testcard.P256, "imza", []byte{2}); err != nil {
		t.Error(err)
	}
}
