//go:build linux

package main_test

import (
	"crypto"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testtpm"
)

// A third library, which has nothing in common with SoftHSM2 and OpenSC: tpm2-pkcs11, whose tokens are in a TPM.

// A tpmToken is a machine with one token of tpm2-pkcs11, in a TPM in software.
type tpmToken struct {
	*machine
	library string
}

func newTPMToken(t *testing.T) *tpmToken {
	t.Helper()
	dir := t.TempDir()
	tpm, err := testtpm.Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpm.Stop)
	library := installed(t, "libtpm2_pkcs11.so.1")
	k := &tpmToken{machine: newMachine(t, library), library: library}
	k.more = []string{"TPM2_PKCS11_STORE=" + dir, "TPM2_PKCS11_TCTI=swtpm:path=" + tpm.Socket()}
	k.tool(t, "--slot-index", "0", "--init-token", "--label", "Kart", "--so-pin", soPIN)
	k.tool(t, "--token-label", "Kart", "--login", "--so-pin", soPIN, "--init-pin", "--pin", pin)
	return k
}

// tool is OpenSC's pkcs11-tool with the token's library.
func (k *tpmToken) tool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("pkcs11-tool", append([]string{"--module", k.library}, args...)...)
	cmd.Env = k.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pkcs11-tool: %v\n%s", err, out)
	}
}

// key makes a key on the token, of a type as the tool calls it, and a certificate for it.
func (k *tpmToken) key(t *testing.T, kind string) (*card, *x509.Certificate) {
	t.Helper()
	object := func(args ...string) {
		k.tool(t, append([]string{"--token-label", "Kart", "--id", "01", "--label", "imza"}, args...)...)
	}
	object("--login", "--pin", pin, "--keypairgen", "--key-type", kind)
	path := filepath.Join(t.TempDir(), "object")
	object("--read-object", "--type", "pubkey", "--output-file", path)
	root := pkitest.Root(t, "Test Kök Sertifika")
	c := &card{root: root, sub: root.Sub(t, "Test Nitelikli Sertifika")}
	certificate := c.sub.Issue(t, publicKey(t, path))
	if err := os.WriteFile(path, certificate.Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	object("--login", "--pin", pin, "--write-object", path, "--type", "cert")
	return c, certificate
}

func publicKey(t *testing.T, path string) crypto.PublicKey {
	t.Helper()
	der, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// Everything that is done with a card, with a token of another make: each way to sign, a wrong PIN, a new one, and one
// after that by the security officer's.
func TestTPMToken(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]testcard.Kind{"rsa:2048": testcard.RSA2048, "EC:prime256v1": testcard.P256} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			k := newTPMToken(t)
			c, certificate := k.key(t, kind)
			w, list, shown := k.ready(t, []byte("Onay"))
			if len(list.Certificates) != 1 || list.Certificates[0].Key != string(want) || list.Certificates[0].Problem != "" ||
				list.Tokens[0].Label != "Kart" || list.Tokens[0].PIN.State != protocol.PINReady {
				t.Fatalf("list %+v", list)
			}
			token, listed := list.Tokens[0].ID, list.Certificates[0]
			w.refused(w.selfTest(listed.ID, "999999"), fault.PINIncorrect)
			w.ends(w.selfTest(listed.ID, pin), "")
			w.ends(w.changePIN(token, pin, freshPIN), "")
			w.refused(w.selfTest(listed.ID, pin), fault.PINIncorrect)
			w.ends(w.unblock(token, soPIN, pin), "")
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(listed, pin, shown)), protocol.HostSigned, &signed)
			checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), certificate.Raw)
		})
	}
}
