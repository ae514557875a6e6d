package ui

import (
	"testing"

	"github.com/vugu/vugu"
)

func TestAppendElement(t *testing.T) {
	parent := &vugu.VGNode{}
	AppendElement(parent, "b")
	n := AppendElement(parent, "input\nid\npin\nnovalidate\n\naria-label\nsize = large")
	if parent.FirstChild.Data != "b" || parent.FirstChild.Attr != nil || parent.LastChild != n || n.Type != vugu.ElementNode || n.Data != "input" {
		t.Fatalf("%+v", n)
	}
	want := []vugu.VGAttribute{{Key: "id", Val: "pin"}, {Key: "novalidate"}, {Key: "aria-label", Val: "size = large"}}
	if len(n.Attr) != len(want) {
		t.Fatalf("%+v", n.Attr)
	}
	for i := range want {
		if n.Attr[i] != want[i] {
			t.Errorf("%+v, want %+v", n.Attr[i], want[i])
		}
	}
}
