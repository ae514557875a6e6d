package protocol_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

func TestIsMediaType(t *testing.T) {
	for s, want := range map[string]bool{
		"text/plain": true, "application/vnd.etsi.asic-e+zip": true, "image/svg+xml": true, "x/1": true,
		"a/" + strings.Repeat("b", protocol.MaxMediaType-2): true, "a/" + strings.Repeat("b", protocol.MaxMediaType-1): false,
		"": false, "text": false, "/": false, "text/": false, "/plain": false, "text/plain/x": false, "Text/plain": false,
		"text/plain; charset=utf-8": false, "text/ plain": false, ".text/plain": false, "text/+xml": false, "text/plaın": false, "text/*": false,
	} {
		if protocol.IsMediaType(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
