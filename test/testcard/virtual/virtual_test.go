//go:build linux

package virtual_test

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

const (
	pin      = "246810"
	puk      = "87654321"
	reader   = "ACS ACR39U ICC Reader"
	patience = 30 * time.Second // for anything that must happen at all
)

// A desk is a reader with its own service, and OpenSC's tools at it.
type desk struct {
	*testing.T
	service *testcard.PCSC
	env     []string
	dir     string
	root    *pkitest.Authority
	// patience is for one run of a tool.
	patience time.Duration
}

func newDesk(t *testing.T, conf virtual.OpenSC) *desk {
	t.Helper()
	d := &desk{T: t, dir: t.TempDir(), root: pkitest.Root(t, "Kök"), patience: patience}
	var err error
	if d.service, err = testcard.StartPCSC(d.dir, reader); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.service.Stop)
	env, err := conf.Write(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	d.env = append(os.Environ(), testcard.PCSCEnv(d.dir), env)
	return d
}

// insert makes a card with a key and a certificate in each of the slots, and puts it into the reader.
func (d *desk) insert(kinds map[virtual.Slot]testcard.Kind) *virtual.Card {
	d.Helper()
	card, err := virtual.New(virtual.Options{PIN: pin, PUK: puk})
	if err != nil {
		d.Fatal(err)
	}
	for slot, kind := range kinds {
		d.issue(card, slot, kind)
	}
	d.put(card)
	return card
}

func (d *desk) issue(card *virtual.Card, slot virtual.Slot, kind testcard.Kind) (crypto.PublicKey, *x509.Certificate) {
	d.Helper()
	public, err := card.NewKey(slot, kind)
	if err != nil {
		d.Fatal(err)
	}
	certificate := d.root.Issue(d.T, public)
	if err := card.Store(slot, certificate.Raw); err != nil {
		d.Fatal(err)
	}
	return public, certificate
}

// put inserts the card and returns when the service has seen it.
func (d *desk) put(card *virtual.Card) {
	d.Helper()
	seen, err := card.Insert(d.service)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(card.Pull)
	await(d.T, seen)
}

// run runs one of OpenSC's tools.
func (d *desk) run(name string, args ...string) (string, error) {
	cmd := exec.Command("timeout", append([]string{fmt.Sprint(d.patience.Seconds()), name}, args...)...)
	cmd.Env, cmd.Dir = d.env, d.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// pkcs11 is pkcs11-tool with OpenSC's library: the independent witness.
func (d *desk) pkcs11(args ...string) (string, error) {
	module, err := virtual.OpenSCModule()
	if err != nil {
		return "", err
	}
	return d.run("pkcs11-tool", append([]string{"--module", module}, args...)...)
}

func (d *desk) must(out string, err error) string {
	d.Helper()
	if err != nil {
		d.Fatalf("%v\n%s", err, out)
	}
	return out
}

func (d *desk) write(name string, data []byte) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o600); err != nil {
		d.Fatal(err)
	}
}

// What OpenSC makes of a full card.
func TestList(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(map[virtual.Slot]testcard.Kind{
		virtual.Authentication: testcard.RSA2048, virtual.Signature: testcard.P384,
		virtual.Management: testcard.RSA3072, virtual.CardAuthentication: testcard.P256,
		virtual.Retired(0): testcard.P256, virtual.Retired(1): testcard.RSA2048,
	})
	slots := d.must(d.pkcs11("--list-slots"))
	for _, want := range []string{reader + " 00 00", "token initialized", "PIN initialized", "login required"} {
		if !strings.Contains(slots, want) {
			t.Errorf("no %q in\n%s", want, slots)
		}
	}
	objects := d.must(d.pkcs11("--list-objects", "--login", "--pin", pin))
	for object, want := range map[string]int{"Certificate Object": 6, "Private Key Object; RSA": 3, "Private Key Object; EC": 3, "always authenticate": 3} {
		if n := strings.Count(objects, object); n != want {
			t.Errorf("%q %d times, want %d, in\n%s", object, n, want, objects)
		}
	}
	if tries, _ := card.Tries(); tries != 3 {
		t.Errorf("%d tries left", tries)
	}
	atr := d.must(d.run("opensc-tool", "--atr"))
	if got := strings.ReplaceAll(strings.TrimSpace(atr), ":", ""); !strings.EqualFold(got[max(0, len(got)-len(virtual.AKIS228)):], virtual.AKIS228) {
		t.Errorf("ATR %s", atr)
	}
}

// Signatures of every kind of key verify with openssl; the mechanism takes what a PKCS#11 caller makes.
func TestSign(t *testing.T) {
	for _, tt := range []struct {
		slot      virtual.Slot
		kind      testcard.Kind
		mechanism string
	}{
		{virtual.Signature, testcard.RSA2048, "SHA256-RSA-PKCS"}, {virtual.Authentication, testcard.RSA3072, "SHA256-RSA-PKCS"},
		{virtual.Signature, testcard.P256, "ECDSA-SHA256"}, {virtual.Retired(0), testcard.P384, "ECDSA-SHA256"},
		{virtual.Authentication, testcard.RSA2048, "SHA256-RSA-PKCS-PSS"},
	} {
		t.Run(fmt.Sprintf("%02x %s %s", byte(tt.slot), tt.kind, tt.mechanism), func(t *testing.T) {
			d := newDesk(t, virtual.OpenSC{})
			card, err := virtual.New(virtual.Options{PIN: pin, PUK: puk})
			if err != nil {
				t.Fatal(err)
			}
			public, _ := d.issue(card, tt.slot, tt.kind)
			d.put(card)
			d.write("data", []byte("Onay veriyorum"))
			spki, err := x509.MarshalPKIXPublicKey(public)
			if err != nil {
				t.Fatal(err)
			}
			d.write("key.der", spki)
			d.must(d.pkcs11("--sign", "--mechanism", tt.mechanism, "--login", "--pin", pin,
				"--signature-format", "openssl", "--input-file", "data", "--output-file", "signature"))
			verify := []string{"dgst", "-sha256", "-keyform", "DER", "-verify", "key.der", "-signature", "signature"}
			if strings.HasSuffix(tt.mechanism, "PSS") {
				verify = append(verify, "-sigopt", "rsa_padding_mode:pss")
			}
			d.must(d.run("openssl", append(verify, "data")...))
		})
	}
}
