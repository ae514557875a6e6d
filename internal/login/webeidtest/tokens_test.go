package webeidtest_test

import (
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/login/webeidtest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// tokens.json has tokens of this project's tests, and what Web eID's own validation libraries in Java and in PHP, run
// for real, made of them: "ok", or the name of what they threw.
//
//go:embed testdata/tokens.json
var judged []byte

type token struct {
	Case    string `json:"case"`
	Origin  string `json:"origin"`
	Nonce   string `json:"nonce"`
	At      int64  `json:"at"` // milliseconds since 1970
	Trusted []int  `json:"trusted"`
	Token   string `json:"token"`
	Java    string `json:"java"`
	Rules   string `json:"rules"`
	PHP     string `json:"php"`
}

// TestRulesJudgeAsWebEID holds the rules to the verdicts of the library in Java, token by token, and says where that in
// PHP differs: docs/integration-existing.md tells sites so.
func TestRulesJudgeAsWebEID(t *testing.T) {
	var all struct {
		Authorities [][]byte `json:"authorities"`
		Tokens      []token  `json:"tokens"`
	}
	err := json.Unmarshal(judged, &all)
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Tokens) != 117 {
		t.Fatalf("%d tokens, want 117", len(all.Tokens))
	}
	tally := pkitest.NewTally(t, "Web eID tokens", "login")
	php := map[string]int{}
	bySite := map[string][]token{} // one run of Node for each
	for _, token := range all.Tokens {
		key := fmt.Sprint(token.Origin, token.Nonce, token.At, token.Trusted)
		bySite[key] = append(bySite[key], token)
	}
	for _, tokens := range bySite {
		token := tokens[0]
		site := webeidtest.Site{Origin: token.Origin, Nonce: token.Nonce, At: time.UnixMilli(token.At)}
		for _, i := range token.Trusted {
			ca, err := x509.ParseCertificate(all.Authorities[i])
			if err != nil {
				t.Fatal(err)
			}
			site.Trusted = append(site.Trusted, ca)
		}
		var texts [][]byte
		for _, token := range tokens {
			texts = append(texts, []byte(token.Token))
		}
		for i, got := range site.Judge(t, texts...) {
			compare(t, tokens[i], got)
			tally.Judged("")
			if token := tokens[i]; (token.Java == "ok") != (token.PHP == "ok") {
				php[token.Rules+", PHP: "+token.PHP]++
			}
		}
	}
	refused := "ok, PHP: AuthTokenSignatureValidationException"
	if php[refused] != 3 || php["policy, PHP: ok"] != 2 || php["purpose, PHP: ok"] != 2 || php["signature, PHP: ok"] != 1 || len(php) != 4 {
		t.Errorf("PHP's library differs in %v", php)
	}
}

func compare(t *testing.T, token token, got string) {
	t.Helper()
	if got == "" {
		got = "ok"
	}
	if got != token.Rules || (got == "ok") != (token.Java == "ok") {
		t.Errorf("%s: the rules say %q, want %q, as Java's %q", token.Case, got, token.Rules, token.Java)
	}
}
