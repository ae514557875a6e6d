package pinentry_test

import (
	"testing"

	"github.com/e-onay/e-onay/wasm/pinentry"
)

func TestConfirmsLastAttempt(t *testing.T) {
	for typed, want := range map[string]bool{
		"SON HAK": true, "son hak": true, " Son  Hak\n": true, "LAST TRY": true, "last try": true,
		"": false, "son": false, "sonhak": false, "son hakkım": false, "SON HAK SON HAK": false, "hak son": false, "evet": false, "yes": false,
	} {
		if got := pinentry.ConfirmsLastAttempt(typed); got != want {
			t.Errorf("%q: %v", typed, got)
		}
	}
}
