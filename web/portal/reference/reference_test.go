package reference

import "testing"

func TestNew(t *testing.T) {
	for range 100 {
		if r := New(); !Valid(r) {
			t.Fatalf("%q has not the form of a reference", r)
		}
	}
}
