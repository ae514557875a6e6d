package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/vugu/vugu"
	"github.com/vugu/vugu/staticrender"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/credential"
	"github.com/e-onay/e-onay/wasm/act/credential/credentialui"
	"github.com/e-onay/e-onay/wasm/act/newpin"
	"github.com/e-onay/e-onay/wasm/act/newpin/newpinui"
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/act/sign/signui"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

var update = flag.Bool("update", false, "write what Go draws into extension/testdata/question.json")

const questionFile = "../../../extension/testdata/question.json"

// questionCase is a request, and the first question that extension/question.js draws for it; nil where it draws none.
type questionCase struct {
	Name   string                     `json:"name"`
	Page   string                     `json:"page"`
	Stored protocol.StoredRequest     `json:"stored"`
	Kept   map[string]json.RawMessage `json:"kept"`
	Asked  json.RawMessage            `json:"asked"`
	Drawn  *drawnQuestion             `json:"drawn"`
}

type drawnQuestion struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	HTML     string `json:"html"` // of the element that Vugu draws into
}

// TestQuestion holds Go's first question to what is drawn before Go runs. extension/question.test.js reads the same file.
func TestQuestion(t *testing.T) {
	raw, err := os.ReadFile(questionFile)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		writeQuestions(t, raw)
		return
	}
	var cases []questionCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if c.Drawn == nil {
				return // Go draws what it likes
			}
			drawn++
			got := firstQuestion(t, c)
			if got == nil {
				t.Fatal("Go asks no first question")
			}
			if *got != *c.Drawn {
				t.Errorf("Go draws\n%+v\nwant\n%+v", *got, *c.Drawn)
			}
		})
	}
	if drawn < 10 || drawn > len(cases)-10 {
		t.Errorf("%d of %d are drawn", drawn, len(cases))
	}
}

// writeQuestions fills in what Go draws for those that are drawn, and leaves everything else as it is written.
func writeQuestions(t *testing.T, raw []byte) {
	var cases []questionCase
	var written []map[string]any
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &written); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if c.Drawn != nil {
			written[i]["drawn"] = firstQuestion(t, c)
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(written); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(questionFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// firstQuestion is what Go draws for a request; nil where it does not ask the first question.
func firstQuestion(t *testing.T, c questionCase) *drawnQuestion {
	t.Helper()
	var handle func(loop.Event) []loop.Effect
	var view func() (vugu.Builder, *screen.View)
	switch c.Page {
	case "sign":
		act, _ := sign.New(windowtest.Calendar)
		handle, view = act.Handle, func() (vugu.Builder, *screen.View) {
			w := &signui.Window{V: act.View()}
			return w, &w.V.View
		}
	case "card":
		act, _ := credential.New(windowtest.Calendar)
		handle, view = act.Handle, func() (vugu.Builder, *screen.View) {
			w := &credentialui.Window{V: act.View()}
			return w, &w.V.View
		}
	case "pin":
		act, _ := newpin.New(windowtest.Calendar)
		handle, view = act.Handle, func() (vugu.Builder, *screen.View) {
			w := &newpinui.Window{V: act.View()}
			return w, &w.V.View
		}
	}
	handle(loop.PreferencesRead{Preferences: preferences.Preferences{Phrase: keptText(c.Kept["securityPhrase"]), Language: keptText(c.Kept["language"])}})
	handle(loop.RequestRead{Stored: &c.Stored, Now: 1})
	handle(loop.PageMessage{Raw: c.Asked})
	root, v := view()
	if v.Step != screen.StepWho {
		return nil
	}
	return &drawnQuestion{Language: string(v.Language), Title: v.Title + " – E-Onay", HTML: render(t, root)}
}

func keptText(raw json.RawMessage) (text string) {
	_ = json.Unmarshal(raw, &text) // what is no text counts as nothing
	return text
}

// render is the HTML inside of a component's element.
func render(t *testing.T, root vugu.Builder) string {
	t.Helper()
	env, err := vugu.NewBuildEnv()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := staticrender.New(&out).Render(env.RunBuild(root)); err != nil {
		t.Fatal(err)
	}
	_, inside, _ := strings.Cut(out.String(), ">")
	inside = strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(inside) // as browsers write texts
	return strings.TrimSuffix(inside, "</div>")
}
