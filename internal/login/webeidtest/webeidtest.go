// Package webeidtest judges tokens of Web eID's format by the rules that Web eID has published for sites, with Node and no
// code of ours. It is for tests.
package webeidtest

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"os/exec"
	"testing"
	"time"
)

//go:embed rules.mjs
var rules string

// Site is one that takes Web eID's tokens.
type Site struct {
	Origin, Nonce string
	Trusted       []*x509.Certificate
	// At is when it looks; zero means now.
	At time.Time
}

// Judge returns, for each token, the name of the rule that it breaks first, as rules.mjs has them; empty is a login.
func (s Site) Judge(t testing.TB, tokens ...[]byte) []string {
	t.Helper()
	if s.At.IsZero() {
		s.At = time.Now()
	}
	trusted := [][]byte{}
	for _, ca := range s.Trusted {
		trusted = append(trusted, ca.Raw)
	}
	texts := []string{}
	for _, token := range tokens {
		texts = append(texts, string(token))
	}
	input, err := json.Marshal(map[string]any{
		"origin": s.Origin, "nonce": s.Nonce, "at": s.At.UnixMilli(), "trusted": trusted, "tokens": texts,
	})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "--input-type=module", "--eval", rules)
	node.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	node.Stderr = &stderr
	output, err := node.Output()
	var broken []string
	if err == nil {
		err = json.Unmarshal(output, &broken)
	}
	if err != nil || len(broken) != len(tokens) {
		t.Fatalf("node: %v\n%s%s", err, output, &stderr)
	}
	return broken
}
