package portaltest

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/sandbox"
)

// Outside is the world around the portal: authority and login gateway.
type Outside struct {
	t        *testing.T
	url, Dir string
}

func NewOutside(t *testing.T) *Outside {
	t.Helper()
	o := &Outside{t: t, Dir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := sandbox.Run(ctx, []string{"-state", o.Dir}, input)
		ended <- err
		input.CloseWithError(io.EOF)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	o.url = ready.URL
	return o
}

// Post sends JSON to the sandbox's own interface and decodes its answer.
func (o *Outside) Post(path string, body, result any) {
	o.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.Post(o.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		o.t.Fatalf("%s: %s %s %v", path, response.Status, data, err)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(data, result); err != nil {
		o.t.Fatal(err)
	}
}

func (o *Outside) Misbehave(part, how string) {
	o.t.Helper()
	o.Post("/admin/misbehave", map[string]string{part: how}, nil)
}

// Site is a portal with the sandbox's own settings, changed, and the real verifier, in real time.
func (o *Outside) Site(changes ...func(*portal.Settings)) *Site {
	o.t.Helper()
	settings, err := portal.ReadSettings(filepath.Join(o.Dir, "portal.json"))
	if err != nil {
		o.t.Fatal(err)
	}
	settings.URL = ""
	for _, change := range changes {
		change(settings)
	}
	real, err := portal.LoadVerifier(settings)
	if err != nil {
		o.t.Fatal(err)
	}
	logins, err := portal.LoadCardLogins(settings)
	if err != nil {
		o.t.Fatal(err)
	}
	s := newSiteWith(o.t, settings, real, logins)
	s.Clock.at = time.Now()
	return s
}

// Message returns the first message of the mail server after so many.
func (o *Outside) Message(after int) (m struct{ To, Subject, Text string }) {
	o.t.Helper()
	response, err := http.Get(fmt.Sprintf("%s/admin/mail?after=%d", o.url, after))
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Messages []struct{ To, Subject, Text string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Messages) == 0 {
		o.t.Fatalf("no message after %d came: %v", after, err)
	}
	return answer.Messages[0]
}

// Card is a key with its certificate.
type Card struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Serial      string
}

func (o *Outside) Card(key crypto.Signer, citizenNumber, kind string) Card {
	o.t.Helper()
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		o.t.Fatal(err)
	}
	var issued struct {
		Certificate []byte
		Serial      string
	}
	o.Post("/ca/issue", map[string]any{"publicKey": public, "name": "Ayşe Yılmaz", "citizenNumber": citizenNumber, "kind": kind}, &issued)
	certificate, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		o.t.Fatal(err)
	}
	return Card{key, certificate, issued.Serial}
}

func ECKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c Card) Sign(t *testing.T, document string, at time.Time) []byte {
	t.Helper()
	hash, err := ades.HashFor(c.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	digest := hash.New()
	digest.Write([]byte(document))
	request := cades.Request{Signer: ades.Signer{Certificate: c.Certificate, Hash: hash, Time: at}, ContentDigest: digest.Sum(nil)}
	der, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return c.Key.Sign(crand.Reader, digest, hash) })
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var LoginID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// LogIn goes through the gateway and returns the portal's last answer.
func (b *Browser) LogIn(form url.Values) Answer {
	b.T.Helper()
	return b.Through(b.Post("/giris", nil), form)
}

// Through goes on from the portal's answer through the gateway, and returns the portal's last answer. The form is that of the
// gateway's login in one step, or of the way that it names in "way".
func (b *Browser) Through(a Answer, form url.Values) Answer {
	b.T.Helper()
	for strings.HasPrefix(a.Location(), "http") || strings.HasPrefix(a.Location(), "/login") {
		target := a.Location()
		if strings.HasPrefix(target, "/") {
			target = b.Settings.Issuer + target
		}
		a = b.Do("GET", target, "", nil)
		if m := LoginID.FindStringSubmatch(a.Body); m != nil {
			form.Set("id", m[1])
			a = b.Do("POST", b.Settings.Issuer+path.Join("/login", form.Get("way")), "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		}
	}
	return a
}
