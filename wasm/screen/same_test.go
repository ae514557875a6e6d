package screen_test

import (
	"reflect"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
)

// A view is drawn again exactly where something in it has changed, at whatever depth.
func TestSameSeesEveryChange(t *testing.T) {
	view := func(change func(*screen.View)) screen.View {
		v := screen.View{
			Step: screen.StepPIN, Turn: 3, KeyPIN: &protocol.PINState{Min: 4},
			Choices: []screen.Choice{{ID: "a"}, {ID: "b", NotAfter: screen.Date{Year: 2026}}},
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	for name, change := range map[string]func(*screen.View){
		"nothing":              nil,
		"another pointer":      func(v *screen.View) { v.KeyPIN = &protocol.PINState{Min: 4} },
		"a number":             func(v *screen.View) { v.Turn++ },
		"a text in a part":     func(v *screen.View) { v.Origin.Host = "online.example.tr" },
		"a truth value":        func(v *screen.View) { v.ShowPIN = true },
		"behind a pointer":     func(v *screen.View) { v.KeyPIN.Min = 6 },
		"a pointer to nothing": func(v *screen.View) { v.KeyPIN = nil },
		"in an element":        func(v *screen.View) { v.Choices[1].NotAfter.Year++ },
		"an element more":      func(v *screen.View) { v.Choices = append(v.Choices, screen.Choice{}) },
		"no elements":          func(v *screen.View) { v.Choices = nil },
	} {
		before, after := view(nil), view(change)
		if got, want := screen.Same(before, after), reflect.DeepEqual(before, after); got != want {
			t.Errorf("%s: same %v, want %v", name, got, want)
		}
	}
}

// What is of another kind, or not there, is not the same.
func TestSameOfOtherKinds(t *testing.T) {
	v := screen.View{}
	for _, other := range []any{nil, &v, "view", screen.Choice{}} {
		if screen.Same(v, other) || screen.Same(other, v) {
			t.Errorf("a view is the same as %T", other)
		}
	}
	if !screen.Same(nil, nil) || screen.Same(map[string]int{}, map[string]int{}) {
		t.Error("nothing differs from nothing, or a map is compared")
	}
}
