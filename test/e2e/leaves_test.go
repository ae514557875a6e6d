package e2e

import (
	"crypto/sha512"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// TestPageLeavesAtWork has the page go while the card is at work, with the PIN given: the person is told, the journal says
// that the act was called off, and the document that comes next hears nothing of it.
func TestPageLeavesAtWork(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	faulty := w.misbehaves(t, testcard.Fault{Function: "C_Sign", Do: testcard.Hang})
	l := leaver{hostile{w}, faulty, StartSite(t, recording)}
	l.leaves(t, "signature", protocol.JournalSign, l.asks(func(p *Page) { p.call(asksSignature) }), "reloaded", "navigated", "replaced", "closed")
	l.leaves(t, "login", protocol.JournalLogin, l.asks(func(p *Page) { p.call(asksLogin) }), "replaced")
	l.leaves(t, "Web eID login", protocol.JournalLogin, l.asks(func(p *Page) { p.speaks("authenticate", webEIDNonce) }), "reloaded")
	settings := w.Browser.ExtensionPage("manage.html")
	settings.allowsHash(t, l.site.URL)
	settings.Close()
	l.leaves(t, "hash", protocol.JournalSignHash, l.asksHash, "navigated")
}

// leaver is a site whose pages go, before a card that never ends a signature.
type leaver struct {
	hostile
	faulty *testcard.Faulty
	site   *Site
}

// recording is a page that keeps whatever it is told, from the first on.
func recording(mux *http.ServeMux) {
	mux.HandleFunc("/recording", serve(strings.Replace(sitePage, "<h1>",
		`<script>window.told = []; addEventListener("message", ({ data }) => { told.push(JSON.stringify(data)); });</script><h1>`, 1)))
}

// asks is an act of one window.
func (l leaver) asks(ask func(p *Page)) func(t *testing.T, p *Page) *Page {
	return func(_ *testing.T, p *Page) *Page {
		ask(p)
		return l.w.Browser.Window()
	}
}

func (l leaver) asksHash(t *testing.T, p *Page) *Page {
	shown, window := l.shown(t, p)
	hash := sha512.Sum384([]byte("bir sözleşme"))
	p.asksHash(shown.Certificate, hash[:])
	return l.w.Browser.WindowAfter(window)
}

// waysAway are the scripts by which a page goes; "closed" is done to it.
var waysAway = map[string]string{
	"reloaded":  `location.reload()`,
	"navigated": `location.href = "/recording?next"`,
	"replaced":  `location.replace("/recording?next")`,
	"closed":    "",
}

// leaves goes from an act in these ways.
func (l leaver) leaves(t *testing.T, act, kind string, asks func(t *testing.T, p *Page) (window *Page), ways ...string) {
	for _, name := range ways {
		leave := waysAway[name]
		t.Run(act+", "+name, func(t *testing.T) {
			p := l.load(t, l.site.URL+"/recording")
			window := asks(t, p)
			l.signs(window)
			if _, err := l.faulty.Called(Patience); err != nil {
				t.Fatal(err)
			}
			if leave == "" {
				p.Close()
			} else {
				Eval[bool](p, `(window.left = false, setTimeout(() => {`+leave+`}), true)`)
			}
			if code := window.Failed(); code != "page_gone" {
				t.Errorf("the window says %q", code)
			}
			l.w.NoWorkers()
			if last := l.w.lastAct(t); last.Kind != kind || last.Outcome != fault.Cancelled || last.Origin != l.site.URL {
				t.Errorf("the journal says %+v", last)
			}
			if leave == "" {
				return
			}
			p.WaitFor(`window.left === undefined && window.client?.installed()`)
			if got := Eval[string](p, `told.join()`); got != "" {
				t.Errorf("the next document was told %s", got)
			}
		})
	}
}

// lastAct is the journal's newest entry, as the host shows it in a terminal.
func (w *World) lastAct(t *testing.T) protocol.JournalEntry {
	t.Helper()
	command := exec.Command(Built(w.t, "eonay-host"), "journal", "--json")
	command.Env = append(os.Environ(), w.Env()...)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("the journal: %v: %s", err, out)
	}
	var shown protocol.JournalPage
	if err := json.Unmarshal(out, &shown); err != nil || len(shown.Entries) == 0 {
		t.Fatalf("the journal: %v: %s", err, out)
	}
	return shown.Entries[0]
}
