package login

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
)

// TestTokensOfHosts makes tokens as hosts do, with each kind of key, and has openssl verify them by the published words
// alone.
func TestTokensOfHosts(t *testing.T) {
	const origin = "https://giris.example"
	for _, test := range []struct {
		kind string
		pss  bool
		want string
	}{{"P-256", false, "ES256"}, {"P-384", false, "ES384"}, {"P-521", false, "ES512"}, {"RSA-2048", false, "RS256"}, {"RSA-2048", true, "PS256"}} {
		for _, format := range []string{protocol.LoginFormat, protocol.LoginFormatWebEID} {
			t.Run(format+" "+test.want, func(t *testing.T) {
				key := pkitest.Key(t, test.kind)
				algorithm, err := For(key.Public(), test.pss)
				if err != nil || algorithm.Name != test.want {
					t.Fatalf("%+v, %v", algorithm, err)
				}
				token := sign(t, key, Token{Format: format, Certificate: []byte("sertifika"), Algorithm: algorithm, AppVersion: "deneme"}, origin)
				data, err := token.JSON()
				if err != nil {
					t.Fatal(err)
				}
				parsed, err := Parse(data, format)
				if err != nil {
					t.Fatal(err)
				}
				statement := published(t, parsed, origin)
				if err := parsed.Verify(key.Public(), statement); err != nil {
					t.Error(err)
				}
				verify(t, key.Public(), parsed, statement)
				parsed.Signature[len(parsed.Signature)/3] ^= 1
				if err := parsed.Verify(key.Public(), statement); fault.CodeOf(err) != fault.LoginFailed {
					t.Errorf("with a bit flipped: %v", err)
				}
			})
		}
	}
}

// sign signs a token's statement, and puts the signature in its form.
func sign(t *testing.T, key crypto.Signer, token Token, origin string) *Token {
	t.Helper()
	hash := token.Algorithm.Hash
	h := hash.New()
	h.Write(Statement(token.Format, hash, origin, nonce, token.Certificate))
	var options crypto.SignerOpts = hash
	if token.Algorithm.PSS {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	signature, err := key.Sign(rand.Reader, h.Sum(nil), options)
	if err == nil {
		token.Signature, err = Raw(key.Public(), signature)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &token
}

// published makes the signed bytes with openssl.
func published(t *testing.T, token *Token, origin string) []byte {
	t.Helper()
	if token.Format == protocol.LoginFormatWebEID {
		hash := "-sha" + token.Algorithm.Name[2:]
		return append(openssl(t, []byte(origin), "dgst", hash, "-binary"), openssl(t, []byte(nonce), "dgst", hash, "-binary")...)
	}
	fingerprint, _, _ := strings.Cut(string(openssl(t, token.Certificate, "dgst", "-sha256", "-r")), " ")
	return []byte("tr.eonay.login v1\n" + origin + "\n" + nonce + "\n" + fingerprint + "\n")
}

// verify has openssl verify the token's signature.
func verify(t *testing.T, public crypto.PublicKey, token *Token, statement []byte) {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	signature := token.Signature
	if _, ok := public.(*ecdsa.PublicKey); ok {
		signature = encode(signature)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	args := []string{"dgst", "-sha" + token.Algorithm.Name[2:], "-verify", key, "-signature", write("signature", signature)}
	if token.Algorithm.PSS {
		args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
	}
	openssl(t, statement, args...)
}

func openssl(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	command := exec.Command("openssl", args...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// FuzzRaw checks that what is no signature of ECDSA is refused, and what is one comes back in the same bytes.
func FuzzRaw(f *testing.F) {
	key := pkitest.Key(f, "P-521")
	for range 4 {
		signature, err := key.Sign(rand.Reader, make([]byte, 64), crypto.SHA512)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signature)
		f.Add(append(signature, 0))
	}
	f.Add([]byte{0x30, 6, 2, 1, 0xff, 2, 1, 1})                                     // below zero
	f.Add(append([]byte{0x30, 72, 2, 67, 1}, append(make([]byte, 66), 2, 1, 1)...)) // longer than the curve
	f.Fuzz(func(t *testing.T, der []byte) {
		raw, err := Raw(key.Public(), der)
		if err != nil {
			return
		}
		if len(raw) != 132 || !bytes.Equal(encode(raw), der) {
			t.Errorf("%x became %x", der, raw)
		}
	})
}
