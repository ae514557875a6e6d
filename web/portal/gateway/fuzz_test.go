package gateway

import (
	"net/url"
	"testing"
	"time"
)

// FuzzCallback sends the gateway's answer in every form; without its cookie none logs anybody in.
func FuzzCallback(f *testing.F) {
	g, err := New(Options{Issuer: "http://localhost:1", ClientSecret: "client", Secret: "secret", Address: &url.URL{Scheme: "http", Host: "localhost"}})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	cookie, err := g.sealer.Seal(loginState{State: "a state that is long", Until: now.Add(time.Minute)})
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
