package sealed_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/sealed"
)

type state struct{ State string }

func TestSeal(t *testing.T) {
	a, err := sealed.New("secret", "test")
	if err != nil {
		t.Fatal(err)
	}
	text, err := a.Seal(state{"s"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := sealed.New("secret", "test") // another process
	if err != nil {
		t.Fatal(err)
	}
	var got state
	if err := again.Open(text, &got); err != nil || got.State != "s" {
		t.Errorf("got %+v, %v", got, err)
	}
	other, err := sealed.New("other", "test")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"changed": text[:20] + string(text[20]^1) + text[21:], "short": text[:20], "empty": "", "long": strings.Repeat("A", 3000), "no base64": "%",
	} {
		if a.Open(value, &got) == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if other.Open(text, &got) == nil {
		t.Error("opened with another secret")
	}
}
