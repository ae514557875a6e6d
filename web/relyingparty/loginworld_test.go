package relyingparty_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	origin  = "https://giris.example"
	session = "oturum 1"
)

// loginWorld is a world whose site has logins, and the person's key as openssl uses it.
type loginWorld struct {
	*world
	login *relyingparty.Login
	nonce string // the challenge that the page has
	dir   string
}

func newLoginWorld(t testing.TB, kind string, edits ...pkitest.Edit) *loginWorld {
	t.Helper()
	w := &loginWorld{world: newWorld(t, kind, edits...), dir: t.TempDir()}
	w.verifier.Intermediates = []*x509.Certificate{w.sub.Certificate}
	w.login = &relyingparty.Login{Origin: origin, Verifier: w.verifier, WebEID: true}
	pkitest.WriteKey(t, w.dir, "key.pem", w.key)
	return w
}

// challenge has the page ask for a challenge, which it answers from then on.
func (w *loginWorld) challenge(t testing.TB) string {
	t.Helper()
	var err error
	if w.nonce, err = w.login.Challenge(session); err != nil {
		t.Fatal(err)
	}
	return w.nonce
}

// sameChallenge is challenge; this one can be answered again and again, so that what is refused is refused for another
// reason.
func (w *loginWorld) sameChallenge(t testing.TB) string {
	t.Helper()
	w.login.Key, w.login.Used, w.login.Lifetime = make([]byte, relyingparty.MinChallengeKey), forgetful{}, time.Hour
	return w.challenge(t)
}

// forgetful keeps no used challenge.
type forgetful struct{}

func (forgetful) Use(context.Context, string, time.Time) error { return nil }

func (w *loginWorld) verifyLogin(token []byte) (*relyingparty.Evidence, error) {
	return w.login.Verify(context.Background(), session, w.nonce, token)
}

// openssl runs it over input and returns what it answers.
func (w *loginWorld) openssl(t testing.TB, input []byte, args ...string) []byte {
	t.Helper()
	command := exec.Command("openssl", args...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// members are a token, member by member.
type members map[string]string

func (m members) json(t testing.TB) []byte {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// with returns a copy in which a member is another, or missing where it is empty.
func (m members) with(name, value string) members {
	out := members{}
	for n, v := range m {
		out[n] = v
	}
	out[name] = value
	if value == "" {
		delete(out, name)
	}
	return out
}

// token makes a token by the published words alone: openssl hashes and signs.
func (w *loginWorld) token(t testing.TB, format, algorithm, origin, nonce string) members {
	t.Helper()
	m := members{
		"format": format, "algorithm": algorithm,
		"signature": w.signature(t, algorithm, w.statement(t, format, algorithm, origin, nonce)),
	}
	certificate := base64.StdEncoding.EncodeToString(w.leaf.Raw)
	if format == relyingparty.FormatWebEID {
		m["unverifiedCertificate"], m["appVersion"] = certificate, "https://web-eid.eu/web-eid-app/releases/2.5.0+0"
	} else {
		m["certificate"] = certificate
	}
	return m
}

func (w *loginWorld) statement(t testing.TB, format, algorithm, origin, nonce string) []byte {
	t.Helper()
	if format == relyingparty.FormatWebEID {
		hash := "-sha" + algorithm[2:]
		return append(w.openssl(t, []byte(origin), "dgst", hash, "-binary"), w.openssl(t, []byte(nonce), "dgst", hash, "-binary")...)
	}
	fingerprint, _, _ := bytes.Cut(w.openssl(t, w.leaf.Raw, "dgst", "-sha256", "-r"), []byte(" "))
	return fmt.Appendf(nil, "tr.eonay.login v1\n%s\n%s\n%s\n", origin, nonce, fingerprint)
}

func (w *loginWorld) signature(t testing.TB, algorithm string, data []byte) string {
	t.Helper()
	args := []string{"dgst", "-sha" + algorithm[2:], "-sign", filepath.Join(w.dir, "key.pem")}
	if algorithm[:2] == "PS" {
		args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
	}
	signature := w.openssl(t, data, args...)
	if key, ok := w.leaf.PublicKey.(*ecdsa.PublicKey); ok {
		signature = rawECDSA(t, signature, (key.Params().BitSize+7)/8)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// rawECDSA turns a signature in DER into r‖s, of size bytes each.
func rawECDSA(t testing.TB, der []byte, size int) []byte {
	t.Helper()
	var value struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &value); err != nil || len(rest) != 0 {
		t.Fatalf("not ECDSA-Sig-Value: %v", err)
	}
	return append(value.R.FillBytes(make([]byte, size)), value.S.FillBytes(make([]byte, size))...)
}
