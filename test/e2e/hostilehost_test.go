package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// hostileHost builds the misbehaving host, registers it in place of ours, and returns what sets its conduct.
func hostileHost(t *testing.T, w *World) func(conduct string) {
	t.Helper()
	dir := filepath.Join(w.Dir, "hostile")
	program := filepath.Join(dir, "eonay-host") // the name by which Hosts finds it
	build := exec.Command("go", "build", "-o", program, "./testdata/hostilehost")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the hostile host: %v\n%s", err, out)
	}
	manifest, err := json.Marshal(map[string]any{
		"name": protocol.HostName, "description": "x", "path": program, "type": "stdio",
		"allowed_origins": []string{"chrome-extension://" + protocol.ChromiumExtensionID + "/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := hostsDir(w.Dir)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, protocol.HostName+".json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(conduct string) {
		if err := os.WriteFile(filepath.Join(dir, "conduct"), []byte(conduct), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostileHost has a host in place of ours that misbehaves at each request: what only a browser and a
// process can show of it; every wrong answer is in wasm/act. The window says so with a code, and can be
// left.
func TestHostileHost(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{NoHost: true})
	conduct := hostileHost(t, w)
	h := hostile{w}
	for how, code := range map[string]string{
		"hello:garbage":     "host_stopped",
		"hello:deep":        "message_invalid",
		"hello:number":      "message_invalid",
		"hello:version":     "host_outdated",
		"certificates:more": "host_stopped", // the browser cuts off what is longer than 1 MiB
		"chunk:end":         "host_stopped",
		"sign:large":        "message_invalid",
	} {
		t.Run(how, func(t *testing.T) {
			conduct(how)
			p := h.fresh(t)
			p.ask(plain)
			window := w.Browser.Window()
			if strings.HasPrefix(how, "sign:") {
				h.signs(window)
			}
			if got := window.Failed(); got != code {
				t.Errorf("the window says %q, want %q", got, code)
			}
			genuine(t, window)
			window.Click(action("close"))
			if got := p.outcome(); got != code && got != "cancelled" {
				t.Errorf("the page got %q", got)
			}
		})
	}
	t.Run("some signed", func(t *testing.T) {
		conduct("sign:some")
		p := h.fresh(t)
		p.ask(`{ purpose: "Deneme", documents: [{ name: "bir.txt", data: "bir" }, { name: "iki.txt", data: "iki" }] }`)
		window := w.Browser.Window()
		window.Forward("document")
		window.ReadOn()
		window.Continue()
		window.WaitFor(`document.querySelector("h1")?.textContent.includes("(2 / 2)")`)
		h.signs(window)
		window.AtStep("done")
		if text := window.Text(`[data-not-signed="pdf_forbidden"]`); !strings.Contains(text, "iki.txt") {
			t.Errorf("not signed: %q", text)
		}
		inspectAll(t, "some signed", window, 480, "tr")
		window.Click(action("close"))
	})
	t.Run("names", func(t *testing.T) {
		conduct("none")
		p := h.fresh(t)
		p.ask(plain)
		window := w.Browser.Window()
		window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
		for _, step := range []string{"certificate", "pin"} {
			window.Forward(step)
			if text := window.Text("#screen"); !strings.Contains(text, "onerror=") || !strings.Contains(text, "U+202E") {
				t.Errorf("step %s does not show the name as it is:\n%s", step, text)
			}
			genuine(t, window)
		}
		window.Type("#pin", "1234")
		window.Press(Enter)
		if got := p.outcome(); got != "signed:AA==" { // the site is who judges a signature
			t.Errorf("the page got %q", got)
		}
		genuine(t, window)
	})
	// Chromium says nothing of a message that is no JSON: the window waits as for one that does not come.
	for _, how := range []string{"hello:broken", "certificates:silence", "sign:silence"} {
		t.Run(how, func(t *testing.T) {
			conduct(how)
			p := h.fresh(t)
			p.ask(plain)
			window := w.Browser.Window()
			if how == "sign:silence" {
				h.signs(window)
				window.AtStep("working")
			} else {
				window.Forward("waiting")
			}
			window.Click(action("cancel"))
			if got := p.outcome(); got != "cancelled" {
				t.Errorf("the page got %q", got)
			}
			w.Browser.NoWindow()
		})
	}
	w.NoWorkers()
}

// genuine fails if something from outside became part of the window, or made it wider.
func genuine(t *testing.T, window *Page) {
	t.Helper()
	if Eval[bool](window, `document.title.includes("taken") || document.querySelector("img, main script, main b b") !== null`) {
		t.Error("what the host said became part of the window")
	}
	if Eval[bool](window, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("what the host said does not fit the window")
	}
}
