package portal

import (
	"strings"
	"testing"
)

func TestParseText(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "blank": "\n\n", "no end": "metin", "CRLF": "metin\r\n", "tab": "a\tb\n", "NUL": "a\x00\n",
		"not UTF-8": "\xff\n", "bidi": "a\u202eb\n", "zero width": "a\u200bb\n", "no-break space": "a\u00a0b\n",
		"BOM": "\ufeffa\n", "line separator": "a\u2028b\n", "too long": strings.Repeat("a", maxText) + "\n",
	} {
		if _, err := parseText([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, built := range []string{builtInConsent, withdrawal} {
		if _, err := parseText([]byte(built)); err != nil {
			t.Errorf("the built-in text %.30q: %v", built, err)
		}
	}
}

func TestCheckIdentity(t *testing.T) {
	for name, claims := range map[string][2]string{
		"no name": {"", "10000000146"}, "two lines": {"A\nDoğrulama kodu: 1", "10000000146"}, "bidi": {"A\u202eB", "10000000146"},
		"long": {strings.Repeat("A", 201), "10000000146"}, "not UTF-8": {"\xff", "10000000146"},
		"no number": {"A", ""}, "short": {"A", "1000000014"}, "letters": {"A", "1000000014a"},
	} {
		if _, err := checkIdentity(claims[0], claims[1]); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := checkIdentity("IŞIL ÇİĞDEM O’NEIL-ŞAHİN", "11111111101"); err != nil {
		t.Errorf("a number that fails the checksum: %v", err)
	}
}

func TestSeal(t *testing.T) {
	a, err := newSealer("secret", "test")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := a.seal(loginState{State: "s"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := newSealer("secret", "test") // another process
	if err != nil {
		t.Fatal(err)
	}
	var state loginState
	if err := again.open(sealed, &state); err != nil || state.State != "s" {
		t.Errorf("got %+v, %v", state, err)
	}
	other, err := newSealer("other", "test")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"changed": sealed[:20] + string(sealed[20]^1) + sealed[21:], "short": sealed[:20], "empty": "", "long": strings.Repeat("A", 3000), "no base64": "%",
	} {
		if a.open(value, &state) == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if other.open(sealed, &state) == nil {
		t.Error("opened with another secret")
	}
}

func TestReferenceForm(t *testing.T) {
	for range 100 {
		if r := newReference(); !referenceForm.MatchString(r) {
			t.Fatalf("%q has not the form of a reference", r)
		}
		if c := newVerificationCode(); len(c) != 15 || strings.Trim(c, "0123456789") != "" {
			t.Fatalf("%q is not 15 digits", c)
		}
	}
}
