package gateway

import (
	"strings"
	"testing"
)

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
