package gateway

import (
	"strings"
	"testing"
)

func TestNewIdentity(t *testing.T) {
	for name, claims := range map[string][2]string{
		"no name": {"", "10000000146"}, "two lines": {"A\nDoğrulama kodu: 1", "10000000146"}, "bidi": {"A\u202eB", "10000000146"},
		"long": {strings.Repeat("A", 201), "10000000146"}, "not UTF-8": {"\xff", "10000000146"},
		"no number": {"A", ""}, "short": {"A", "1000000014"}, "letters": {"A", "1000000014a"},
	} {
		if _, err := NewIdentity(claims[0], claims[1]); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := NewIdentity("IŞIL ÇİĞDEM O’NEIL-ŞAHİN", "11111111101"); err != nil {
		t.Errorf("a number that fails the checksum: %v", err)
	}
}
