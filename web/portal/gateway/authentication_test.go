package gateway

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/e-onay/e-onay/internal/fault"
)

var loginTime = time.Unix(1_800_000_000, 0)

// identityToken returns a token with these claims, as if its signature had been verified.
func identityToken(t *testing.T, claims string) (*oidc.IDToken, error) {
	t.Helper()
	verifier := oidc.NewVerifier("", nil, &oidc.Config{SkipClientIDCheck: true, SkipExpiryCheck: true, SkipIssuerCheck: true, InsecureSkipSignatureCheck: true, SupportedSigningAlgs: []string{oidc.ES256}})
	part := base64.RawURLEncoding.EncodeToString
	return verifier.Verify(t.Context(), part([]byte(`{"alg":"ES256"}`))+"."+part([]byte(claims))+"."+part([]byte("signature")))
}

// authentication reads claims that are in the form of a token's.
func authentication(t *testing.T, claims string) (Authentication, error) {
	t.Helper()
	token, err := identityToken(t, claims)
	if err != nil {
		t.Fatal(err)
	}
	return readAuthentication(token, loginTime)
}

func TestAuthentication(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`"pwd",`, 17), ",")
	for _, test := range []struct {
		name, claims string
		want         Authentication
	}{
		{"nothing", `{}`, Authentication{}},
		{"all", `{"auth_time":1800000000,"acr":"high","amr":["hwk","pin"]}`, Authentication{loginTime, "high", "hwk pin"}},
		{"no methods", `{"amr":[]}`, Authentication{}},
		{"null", `{"acr":null,"amr":null}`, Authentication{}},
		{"ahead", `{"auth_time":1800003600,"acr":"high"}`, Authentication{ACR: "high"}},
		{"a little ahead", `{"auth_time":1800000030}`, Authentication{At: loginTime}},
		{"sixteen methods", `{"amr":[` + many[:16*6-1] + `]}`, Authentication{AMR: strings.TrimSpace(strings.Repeat("pwd ", 16))}},
		{"the longest level", `{"acr":"` + strings.Repeat("a", 255) + `"}`, Authentication{ACR: strings.Repeat("a", 255)}},
	} {
		got, err := authentication(t, test.claims)
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.name, got, err, test.want)
		}
	}
}

// TestAuthenticationRefused is what no honest gateway says: each refuses the login, and nothing of it is kept.
func TestAuthenticationRefused(t *testing.T) {
	for name, claims := range map[string]string{
		"a long level":             `{"acr":"` + strings.Repeat("a", 256) + `"}`,
		"a level with a space":     `{"acr":"a b"}`,
		"a level with a NUL":       `{"acr":"a\u0000"}`,
		"a level of two lines":     `{"acr":"a\nb"}`,
		"a level that is a number": `{"acr":2}`,
		"a level of many digits":   `{"acr":` + strings.Repeat("1", 100_000) + `}`,
		"levels":                   `{"acr":["a"]}`,
		"one method as a text":     `{"amr":"pwd"}`,
		"methods that are numbers": `{"amr":[1,2]}`,
		"methods in an object":     `{"amr":{"pwd":true}}`,
		"methods in a list":        `{"amr":[["pwd"]]}`,
		"a method that is null":    `{"amr":[null]}`,
		"an empty method":          `{"amr":[""]}`,
		"a method with a space":    `{"amr":["pwd otp"]}`,
		"a method with a NUL":      `{"amr":["pwd\u0000"]}`,
		"a method that turns text": `{"amr":["\u202epwd"]}`,
		"seventeen methods":        `{"amr":["a"` + strings.Repeat(`,"a"`, 16) + `]}`,
		"thousands of methods":     `{"amr":["pwd"` + strings.Repeat(`,"pwd"`, 50_000) + `]}`,
		"a long method":            `{"amr":["` + strings.Repeat("a", 256) + `"]}`,
		"methods that are too much": `{"amr":["` + strings.Repeat("a", 255) + `","` + strings.Repeat("b", 255) +
			`","` + strings.Repeat("c", 255) + `"]}`,
		"a time that is a text": `{"auth_time":"1800000000"}`,
	} {
		got, err := authentication(t, claims)
		if fault.CodeOf(err) != fault.LoginFailed || got != (Authentication{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: the log would have %d bytes of it", name, len(err.Error()))
		}
	}
}

// FuzzAuthentication: whatever the claims, what is kept of them is within the bounds.
func FuzzAuthentication(f *testing.F) {
	f.Add(`{"auth_time":1800000000,"acr":"high","amr":["hwk","pin"]}`)
	f.Fuzz(func(t *testing.T, claims string) {
		token, err := identityToken(t, claims)
		if err != nil {
			return // no claims
		}
		got, err := readAuthentication(token, loginTime)
		if err != nil {
			return
		}
		for _, method := range strings.Fields(got.AMR) {
			if !ValidACR(method) {
				t.Errorf("%q has the method %q", claims, method)
			}
		}
		if len(got.AMR) > maxAMR || len(strings.Fields(got.AMR)) > maxMethods || got.ACR != "" && !ValidACR(got.ACR) || got.At.After(loginTime) {
			t.Errorf("%q is kept as %+v", claims, got)
		}
	})
}
