package portal

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
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
