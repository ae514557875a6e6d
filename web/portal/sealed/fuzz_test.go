package sealed_test

import (
	"testing"

	"github.com/e-onay/e-onay/web/portal/sealed"
)

// FuzzOpen: nobody without the key makes what opens.
func FuzzOpen(f *testing.F) {
	s, err := sealed.New("secret", "test")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		var got state
		if s.Open(text, &got) == nil {
			t.Fatalf("%q was opened", text)
		}
	})
}
