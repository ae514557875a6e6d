package ui

import (
	"html"
	"io/fs"
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
		got := string(Text(s))
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
	if got, want := string(Text("E-Onay’ın <b>")), `<span class="whole">E-Onay</span>&#8217;ın &lt;b&gt;`; got != strings.ReplaceAll(want, "ı", "&#305;") {
		t.Errorf("%q", got)
	}
}

// A limit on the PIN's field would cut a PIN that is too long, and a try would be lost on the rest.
func TestPINIsNotCut(t *testing.T) {
	for _, file := range []string{"PIN.vugu", "KeyPIN.vugu", "../act/newpin/newpinui/NewPIN.vugu", "twice.vugu", "../settings/settingsui/ChangePIN.vugu", "../settings/settingsui/unblock.vugu", "../settings/settingsui/SelfTest.vugu"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "maxlength") {
			t.Errorf("%s: a field has a limit", file)
		}
	}
}

// What no component may contain: content that does not go through Text, a listener, a style.
func TestTemplates(t *testing.T) {
	files := templates(t)
	content := regexp.MustCompile(`vg-(?:content|html)='([^']*)'`)
	textCall := regexp.MustCompile(`^(ui\.)?Text\(`)
	forbidden := regexp.MustCompile(`\sstyle=|:style=|\s@\w+=|vg-js-|vugu\.HTML`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range content.FindAllSubmatch(source, -1) {
			if !textCall.Match(m[1]) {
				t.Errorf("%s: %s does not go through Text", file, m[1])
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

// templates are those of all packages of components.
func templates(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".vugu" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 40 {
		t.Fatal(files, err)
	}
	return files
}

// A PIN's field is never filled by a drawing, remembered by the browser, or shown without being asked; and an alert
// finds the field it is about.
func TestPINFields(t *testing.T) {
	field := regexp.MustCompile(`<input id="(\w+)"[^>]*>`)
	for file, want := range map[string][]string{
		"PIN.vugu": {"pin"}, "KeyPIN.vugu": {"keypin"}, "../act/newpin/newpinui/NewPIN.vugu": {"old"}, "twice.vugu": {"new", "again"}, "../settings/settingsui/ChangePIN.vugu": {"old"}, "../settings/settingsui/unblock.vugu": {"puk"}, "../settings/settingsui/SelfTest.vugu": {"pin"},
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, m := range field.FindAllSubmatch(source, -1) {
			ids = append(ids, string(m[1]))
			tag := string(m[0])
			if !strings.Contains(tag, ` :type='FieldType(`) && !strings.Contains(tag, ` :type='ui.FieldType(`) {
				t.Errorf("%s: %s may show what is typed", file, tag)
			}
			for _, part := range []string{` autocomplete="off"`, ` spellcheck="false"`, ` autocapitalize="off"`, ` :aria-invalid=`} {
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
	if FieldType(false) != "password" || FieldType(true) != "text" {
		t.Error("a PIN is shown, or is not where it is asked for")
	}
}

// An alert or a warning that came and went would have the fields below it drawn anew, and what was typed would be lost.
func TestAlertHasItsPlace(t *testing.T) {
	for _, file := range []string{"PIN.vugu", "../act/newpin/newpinui/NewPIN.vugu", "certificate.vugu", "../settings/settingsui/ChangePIN.vugu", "../settings/settingsui/unblock.vugu", "../settings/settingsui/SelfTest.vugu"} {
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

// Only where the settings are the obstacle are they offered.
func TestBlockedBySettings(t *testing.T) {
	for code, want := range map[fault.Code]bool{
		fault.HashOff: true, fault.LoginOff: true, fault.Cancelled: false, fault.NoToken: false, "": false,
	} {
		v := screen.View{Step: screen.StepFailed, Problem: code}
		if v.BlockedBySettings() != want {
			t.Errorf("%s: %v", code, v.BlockedBySettings())
		}
		v.Step = screen.StepCertificate
		if v.BlockedBySettings() {
			t.Errorf("%s: offered before the end", code)
		}
	}
	off, fit := screen.Choice{Problem: fault.LoginOff}, screen.Choice{}
	v := screen.View{Step: screen.StepCertificate, Choices: []screen.Choice{off}}
	if !v.BlockedBySettings() {
		t.Error("the only certificate logs in nowhere, and the settings are not offered")
	}
	v.Choices = []screen.Choice{fit, off}
	if v.BlockedBySettings() {
		t.Error("the settings are offered where another certificate logs in")
	}
}
