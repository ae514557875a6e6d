package portal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

func FuzzSettings(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(`{"extension_links":[{"name":"a","url":"https://a.example/"}],"url":"http://[::1]:0"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSettings(data)
		if err != nil {
			return
		}
		address, err := s.address(1)
		if err != nil || address.Path != "" {
			t.Fatalf("settings taken whose address is %v, %v", address, err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseSettings(text); err != nil {
			t.Fatalf("%s: taken once, then refused: %v", text, err)
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add([]byte(`{"act":"0000-0000-0000-0000","signature":"AAAA"}`))
	f.Add([]byte(`{"act":null,"signature":[1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseSignature(data)
		if err == nil && (len(body.Signature) == 0 || len(body.Signature) > maxSignatureBody) {
			t.Fatalf("a signature of %d bytes was taken", len(body.Signature))
		}
	})
}

func FuzzHeads(f *testing.F) {
	f.Add([]byte(`{"number":5,"link":"` + strings.Repeat("0a", 32) + `","time":"2026-11-29T12:00:00Z","signature":"AAAA"}` + "\n"))
	f.Add([]byte("\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := 0
		err := readHeads(bytes.NewReader(data), func(n int, h store.Head, err error) error {
			if lines++; n != lines || err == nil && (h.Number < 1 || h.SignedAt.Nanosecond() != 0) {
				t.Fatalf("line %d: %+v", n, h)
			}
			return nil
		})
		if err != nil || lines != bytes.Count(data, []byte("\n")) {
			t.Fatalf("%d lines, %v", lines, err)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte(builtInConsent))
	f.Add([]byte("a\u202eb\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := parseText(data); err == nil && (text.Body != string(data) || len(text.Version) != 64) {
			t.Fatalf("%q became %q", data, text.Body)
		}
	})
}

func FuzzSeal(f *testing.F) {
	s, err := newSealer("secret", "test")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, sealed string) {
		var state loginState
		if s.open(sealed, &state) == nil {
			t.Fatalf("%q was opened", sealed)
		}
	})
}

// FuzzCallback sends the gateway's answer in every form; without its cookie none logs anybody in.
func FuzzCallback(f *testing.F) {
	g, err := newGateway(&Settings{Issuer: "http://localhost:1", ClientSecret: "secret"}, &url.URL{Scheme: "http", Host: "localhost"})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	cookie, err := g.sealer.seal(loginState{State: "a state that is long", Until: now.Add(time.Minute)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("code=a&state=b&iss=http://localhost:1")
	f.Fuzz(func(t *testing.T, query string) {
		answer, _ := url.ParseQuery(query)
		if answer.Get("state") == "a state that is long" {
			return
		}
		if _, err := g.finish(t.Context(), now, cookie, answer); err == nil {
			t.Fatalf("%q logs somebody in", query)
		}
	})
}

// FuzzClaim posts claims, none of which is signed: each is refused, with a code that is for the person.
func FuzzClaim(f *testing.F) {
	challenge := store.Challenge{Reference: "0000-0000-0000-0000", Code: "168857414351237"}
	f.Add([]byte(`{"act":"0000-0000-0000-0000","claim":"e30=","signature":"AAAA","card":"AAAA"}`))
	f.Add([]byte(`{"claim":"eyJ2ZXJzaW9uIjoxLCJhY3QiOiIwMDAwLTAwMDAtMDAwMC0wMDAwIn0="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseClaim(data)
		if err != nil {
			return
		}
		claim, err := readClaim(body, challenge, "https://eonay.example")
		if claim != nil || codeOf(err) != refusal.ClaimInvalid || len(err.Error()) > 1000 {
			t.Fatalf("%q: %+v, %v", data, claim, err)
		}
	})
}

// FuzzReport reads reports of a release, none of which is signed.
func FuzzReport(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(release.Claim{
		Version: release.Version, Act: "A", Code: "168857414351237", Origin: "https://eonay.example", Card: "S", Certificate: []byte{1},
		Device: release.Device{Signing: point, Sealing: point},
	})
	if err != nil {
		f.Fatal(err)
	}
	digest := sha256.Sum256(release.StatementOf(release.KindClaim, text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		f.Fatal(err)
	}
	old := store.Release{Claim: text, Signature: append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)}
	f.Add([]byte(`{"version":1,"claim":"`+release.Digest(text)+`","outcome":"done","time":1}`), make([]byte, 64))
	f.Fuzz(func(t *testing.T, report, signature []byte) {
		got, err := readReport(&reportBody{Report: report, Signature: signature}, old)
		if got != nil || codeOf(err) != refusal.ClaimInvalid || len(err.Error()) > 1000 {
			t.Fatalf("%q: %+v, %v", report, got, err)
		}
	})
}
