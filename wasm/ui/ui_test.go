package ui

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
)

func TestText(t *testing.T) {
	for _, s := range []string{"Şişli ığdır", `<b onclick="x">&amp;'`, "⟦U+202E⟧ 😀", ""} {
		got := string(text(s))
		if html.UnescapeString(got) != s {
			t.Errorf("%q became %q", s, got)
		}
		for i := range len(got) {
			if got[i] >= 0x80 || strings.IndexByte(`<>"`, got[i]) >= 0 {
				t.Fatalf("%q has %q", got, got[i])
			}
		}
	}
}

// A line does not end inside the name, and a search in the page finds it: its hyphen is the plain one.
func TestNameIsKeptWhole(t *testing.T) {
	if got, want := string(text("E-Onay’ın <b>")), `<span class="whole">E-Onay</span>&#8217;ın &lt;b&gt;`; got != strings.ReplaceAll(want, "ı", "&#305;") {
		t.Errorf("%q", got)
	}
}

// The element that holds the document is not among those that Vugu takes for constant and empties.
func TestDocumentIsNotEmptied(t *testing.T) {
	source, err := os.ReadFile("document.vugu")
	if err != nil {
		t.Fatal(err)
	}
	tag := regexp.MustCompile(`<div [^>]*id="document-text"[^>]*></div>`).Find(source)
	if !strings.Contains(string(tag), " :") {
		t.Errorf("%q has no dynamic attribute", tag)
	}
}

// A limit on the PIN's field would cut a PIN that is too long, and a try would be lost on the rest.
func TestPINIsNotCut(t *testing.T) {
	for _, file := range []string{"PIN.vugu", "KeyPIN.vugu", "NewPIN.vugu", "twice.vugu", "change.vugu", "unblock.vugu", "test.vugu"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "maxlength") {
			t.Errorf("%s: a field has a limit", file)
		}
	}
}

// What no component may contain: content that does not go through text, a listener, a style.
func TestTemplates(t *testing.T) {
	files, err := filepath.Glob("*.vugu")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	content := regexp.MustCompile(`vg-(?:content|html)='([^']*)'`)
	forbidden := regexp.MustCompile(`\sstyle=|:style=|\s@\w+=|vg-js-|vugu\.HTML`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range content.FindAllSubmatch(source, -1) {
			if !strings.HasPrefix(string(m[1]), "text(") {
				t.Errorf("%s: %s does not go through text", file, m[1])
			}
		}
		if n := strings.Count(string(source), "vg-content") + strings.Count(string(source), "vg-html"); n != len(content.FindAll(source, -1)) {
			t.Errorf("%s: content in a form this test does not see", file)
		}
		if m := forbidden.Find(source); m != nil {
			t.Errorf("%s: %s", file, m)
		}
	}
}

// A PIN's field is never filled by a drawing, remembered by the browser, or shown without being asked; and an alert
// finds the field it is about.
func TestPINFields(t *testing.T) {
	field := regexp.MustCompile(`<input id="(\w+)"[^>]*>`)
	for file, want := range map[string][]string{
		"PIN.vugu": {"pin"}, "KeyPIN.vugu": {"keypin"}, "NewPIN.vugu": {"old"}, "twice.vugu": {"new", "again"}, "change.vugu": {"old"}, "unblock.vugu": {"puk"}, "test.vugu": {"pin"},
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, m := range field.FindAllSubmatch(source, -1) {
			ids = append(ids, string(m[1]))
			tag := string(m[0])
			for _, part := range []string{` :type='fieldType(`, ` autocomplete="off"`, ` spellcheck="false"`, ` autocapitalize="off"`, ` :aria-invalid=`} {
				if !strings.Contains(tag, part) {
					t.Errorf("%s: %s lacks%s", file, tag, part)
				}
			}
			if strings.Contains(tag, "value=") || !strings.Contains(string(source), `<label for="`+string(m[1])+`"`) {
				t.Errorf("%s: %s has a value, or no label", file, tag)
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s: fields %q, want %q", file, ids, want)
		}
	}
	if fieldType(false) != "password" || fieldType(true) != "text" {
		t.Error("a PIN is shown, or is not where it is asked for")
	}
}

// An alert or a warning that came and went would have the fields below it drawn anew, and what was typed would be lost.
func TestAlertHasItsPlace(t *testing.T) {
	for _, file := range []string{"PIN.vugu", "NewPIN.vugu", "certificate.vugu", "change.vugu", "unblock.vugu", "test.vugu"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tags := regexp.MustCompile(`<ui:(Alert|Attempts|PUKAttempts) [^>]*>`).FindAllString(string(source), -1)
		if len(tags) == 0 || strings.Contains(strings.Join(tags, ""), "vg-if") {
			t.Errorf("%s: %q", file, tags)
		}
	}
	for _, file := range []string{"alert.vugu", "PUKAttempts.vugu", "attempts.vugu"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(source), "<div class=\"alerts\">\n") {
			t.Errorf("the place: %.40s", source)
		}
	}
}

// Which buttons a window has on a step: the act's own only where it belongs, and none to cancel what the card must finish.
func TestFoot(t *testing.T) {
	for _, tt := range []struct {
		v            screen.View
		back, cancel bool
		retry        string
		helps        bool // it is the primary button, and not the other
	}{
		{screen.View{Step: screen.StepWho}, false, true, "", false},
		{screen.View{Step: screen.StepCode}, true, true, "", false},
		{screen.View{Step: screen.StepWaiting}, true, true, "Yeniden bak", false},
		{screen.View{Step: screen.StepCertificate}, true, true, "Yeniden bak", false},
		{screen.View{Step: screen.StepCertificate, Choices: []screen.Choice{{ID: "a"}}}, true, true, "", false},
		{screen.View{Step: screen.StepPIN}, true, true, "", false},
		{screen.View{Step: screen.StepWorking}, false, true, "", false},
		{screen.View{Step: screen.StepWorking, Committed: true}, false, false, "", false},
		{screen.View{Step: screen.StepDone}, false, false, "", false},
		{screen.View{Step: screen.StepFailed}, false, false, "", false},
		{screen.View{Step: screen.StepFailed, Retriable: true}, false, false, "Yeniden dene", true},
		{screen.View{Step: screen.StepFailed, Retriable: true, Problem: fault.PINLocked}, false, false, "Yeniden dene", false},
		{screen.View{Step: screen.StepFailed, Retriable: true, Problem: fault.HashOff}, false, false, "Yeniden dene", false},
	} {
		c := Foot{V: &tt.v}
		if c.back() != tt.back || c.cancel() != tt.cancel || c.retry() != tt.retry {
			t.Errorf("%s, committed %v, retriable %v: back %v, cancel %v, retry %q", tt.v.Step, tt.v.Committed, tt.v.Retriable, c.back(), c.cancel(), c.retry())
		}
		if again, end := c.retryClass() == "primary first", c.closeClass() == "primary first"; again != tt.helps || end == tt.helps {
			t.Errorf("%s, %q: primary are trying again: %v, the end: %v", tt.v.Step, tt.v.Problem, again, end)
		}
	}
}

// No two screens after each other have the primary button on the same side.
func TestSides(t *testing.T) {
	last := ""
	for turn := range 6 {
		c := Foot{V: &screen.View{Turn: turn}}
		if c.side() == last || c.side() != "left" && c.side() != "right" {
			t.Errorf("%q after %q", c.side(), last)
		}
		last = c.side()
	}
}

// The attempts that are left are spoken of once: by the warning, or by the alert.
func TestAttemptsAreSpokenOfOnce(t *testing.T) {
	for _, tt := range []struct {
		state string
		alert fault.Code
		want  bool
	}{
		{protocol.PINReady, "", false},
		{protocol.PINLow, "", true},
		{protocol.PINLow, fault.PINIncorrect, false},
		{protocol.PINFinal, "", true},
		{protocol.PINFinal, pinentry.AlertConfirm, true},
		{protocol.PINFinal, fault.PINLastTry, false},
		{protocol.PINLocked, "", false},
	} {
		a := screen.Attempts{PIN: protocol.PINState{State: tt.state}, Alert: tt.alert}
		if got := a.Low() || a.Last(); got != tt.want || got && a.Last() != (tt.state == protocol.PINFinal) {
			t.Errorf("%s with %q: %v", tt.state, tt.alert, got)
		}
	}
}
