package challenge

import (
	"strings"
	"testing"
)

func TestVerificationCode(t *testing.T) {
	for range 100 {
		if c := newVerificationCode(); len(c) != 15 || strings.Trim(c, "0123456789") != "" {
			t.Fatalf("%q is not 15 digits", c)
		}
	}
}
