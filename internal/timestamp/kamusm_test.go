package timestamp_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/timestamp"
)

// TestKamuSM has openssl decrypt the header that identifies a customer.
func TestKamuSM(t *testing.T) {
	_, a := newServer(t, nil)
	var header string
	c := timestamp.Client{HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		header = r.Header.Get("identity")
		return http.DefaultTransport.RoundTrip(r)
	})}}
	a.KamuSM = &timestamp.KamuSM{Customer: 4711, Password: "deneme-parola"}
	c.Authorities = []timestamp.Authority{a}
	var seen []string
	for range 2 {
		if _, err := stamp(t, &c); err != nil {
			t.Fatal(err)
		}
		der, err := hex.DecodeString(header)
		if err != nil {
			t.Fatal(err)
		}
		var identity struct {
			Customer   int
			Salt       []byte
			Iterations int
			IV         []byte
			Encrypted  []byte
		}
		if rest, err := asn1.Unmarshal(der, &identity); err != nil || len(rest) > 0 {
			t.Fatalf("%x: %v", der, err)
		}
		if identity.Customer != 4711 || identity.Iterations != 100 || len(identity.IV) != 16 || len(identity.Salt) != 8 {
			t.Errorf("%+v", identity)
		}
		key := output(t, nil, "kdf", "-binary", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", "pass:deneme-parola",
			"-kdfopt", fmt.Sprintf("hexsalt:%x", identity.Salt), "-kdfopt", "iter:100", "-kdfopt", "pkcs5:1", "PBKDF2")
		plain := output(t, identity.Encrypted, "enc", "-d", "-aes-256-cbc", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(identity.IV))
		if !bytes.Equal(plain, digest(crypto.SHA256, stamped)) {
			t.Errorf("openssl decrypts %x", plain)
		}
		seen = append(seen, header)
	}
	if seen[0] == seen[1] {
		t.Error("two requests have the same header")
	}
	for _, text := range []string{fmt.Sprint(a.KamuSM), fmt.Sprintf("%v %+v", *a.KamuSM, *a.KamuSM)} {
		if strings.Contains(text, "parola") {
			t.Errorf("%q has the password", text)
		}
	}
}

// output runs openssl with an input and returns its output.
func output(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	command := exec.Command("openssl", args...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
	}
	return out
}
