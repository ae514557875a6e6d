package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What vugugen writes today comes out without indentation, with its spaces, and once only.
func TestTighten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "probe") // vugugen takes the package's name from it
	err := os.Mkdir(dir, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	template := "<div>\n  <p class=\"a b\" id=\"c\"><b :title='c.S'>x</b> <i :title='c.S'>y</i></p>\n  <p :title='c.S' :disabled='c.B'>z</p>\n  <q vg-content='ui.Text(c.S)'></q>\n  <ul>\n    <li vg-if='c.B'>u</li>\n    <li vg-for='_, s := range c.S' :title='string(s)'>v</li>\n  </ul>\n  <ol><li>w</li><li vg-if='c.B'>u</li></ol>\n  <probe:Probe></probe:Probe><ui:Seal></ui:Seal>\n</div>\n<script type=\"application/x-go\">\ntype Probe struct { S string; B bool }\n</script>\n"
	err = os.WriteFile(filepath.Join(dir, "probe.vugu"), []byte(template), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "vugugen", "-s", "-skip-go-mod", "-skip-main", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	path := filepath.Join(dir, "0_components_gen.go")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = run(path)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(before), `Data: "\n`) || !strings.Contains(string(before), "log.Logger") {
		t.Error("vugugen no longer writes what this program leaves out")
	}
	if strings.Contains(string(after), `Data: "\n`) || strings.Contains(string(after), "log") {
		t.Errorf("left in:\n%s", after)
	}
	if !strings.Contains(string(after), `vgn = ui.AppendElement(vgparent, "b")`) || !strings.Contains(string(after), `vgn = ui.AppendElement(vgparent, "p\nclass\na b\nid\nc")`) {
		t.Errorf("elements are filled in where they stand:\n%s", after)
	}
	if strings.Contains(string(after), "VGAttribute{") || strings.Contains(string(after), "Interface(") || !strings.Contains(string(after), `ui.SetAttribute(vgn, "title", c.S)`) {
		t.Errorf("attributes are filled in where they stand, or of any type:\n%s", after)
	}
	if !strings.Contains(string(after), `ui.SetFlag(vgn, "disabled", c.B)`) {
		t.Errorf("a flag is a text:\n%s", after)
	}
	if !strings.Contains(string(after), `vgn = ui.AppendText(vgparent, "q", c.S)`) {
		t.Errorf("texts are filled in where they stand:\n%s", after)
	}
	if !strings.Contains(string(after), "ui.UseComponent(vgin, ") || !strings.Contains(string(after), "vgiterkey, new(Probe)).(*Probe)") || !strings.Contains(string(after), "vgiterkey, new(ui.Seal)).(*ui.Seal)") || strings.Contains(string(after), "CachedComponent") || strings.Contains(string(after), "vgout.Components") {
		t.Errorf("components are looked for where they stand:\n%s", after)
	}
	if !strings.Contains(string(after), "AppendSpace(") {
		t.Error("a space within a line is gone")
	}
	err = run(path)
	if err != nil {
		t.Errorf("a second time: %v", err)
	}
	again, err := os.ReadFile(path)
	if err != nil || strings.Count(string(after), "AppendNothing(") != 1 || strings.Count(string(again), "AppendNothing(") != 1 {
		t.Errorf("an element that may be empty has %d texts for it, then %d: %v", strings.Count(string(after), "AppendNothing("), strings.Count(string(again), "AppendNothing("), err)
	}
}

func TestNotGenerated(t *testing.T) {
	_, err := tighten([]byte("package p\n"))
	if err == nil {
		t.Error("no error")
	}
}
