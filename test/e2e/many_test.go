package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// manyDocuments is an expression: so many texts, and an archive behind them.
func manyDocuments(n int) string {
	return fmt.Sprintf(`[...Array.from({ length: %d }, (_, i) => ({ name: "Reçete " + String(i + 1).padStart(4, "0") + ".txt", data: "Reçete " + (i + 1) + "\n" })),
		{ name: "ekler.zip", mediaType: "application/zip", data: new Uint8Array([0x50, 0x4b, 5, 6, ...Array(18).fill(0)]) }]`, n)
}

// asksMany asks for the signatures of documents. The names of those that were signed go to window.outcome, and how many were
// not, with their code.
func (p *Page) asksMany(documents string) {
	p.t.Helper()
	p.Gesture(`window.outcome = "";
		client.sign({ purpose: "Reçetelerin imzalanması", documents: ` + documents + ` }).then(
			({ signatures }) => {
				const codes = signatures.filter((s) => s.problem).map((s) => s.problem.code);
				window.outcome = signatures.length - codes.length + " signed" + [...new Set(codes)].map((c) => ", " + codes.length + " " + c).join("");
			},
			(e) => { window.outcome = e.code ?? String(e); });
		document.getElementById("out").textContent = "asked"`)
}

// TestManyDocuments signs forty documents: they are a list, in which one is found by its name, opened and left.
func TestManyDocuments(t *testing.T) {
	t.Parallel()
	manyListed(t, Options{})
}

func manyListed(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	p := h.load(t, StartSite(t).URL)
	p.asksMany(manyDocuments(60))
	window := h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.AtStep("who")
	window.Continue()
	window.AtStep("list")
	window.WaitFor(`document.querySelector(".coming") === null`)
	inspectAll(t, "list", window, 480, "tr")
	if rows := Eval[int](window, `document.querySelectorAll(".document-row").length`); rows != 50 {
		t.Errorf("%d rows", rows)
	}
	if first := window.Text(".document-row"); !strings.Contains(first, "ekler.zip") || !strings.Contains(first, "burada gösterilemez") {
		t.Errorf("the first row: %q", first)
	}
	picture(t, window, "list")
	window.Type("#find", "yoktur")
	press(window, "#find", Enter)
	window.WaitFor(`document.querySelectorAll(".document-row").length === 0`)
	window.Empty("#find")
	window.Type("#find", "reçete 0041")
	press(window, "#find", Enter)
	window.WaitFor(`document.querySelectorAll(".document-row").length === 1`)
	window.Click(".document-row")
	window.AtStep("document")
	window.WaitFor(`document.getElementById("document-text")?.textContent.includes("Reçete 41")`)
	picture(t, window, "list-document")
	window.Click(action("continue"))
	window.AtStep("list")
	window.WaitFor(`document.querySelector(".document-row").textContent.includes("açtınız")`)
	press(window, "#known", " ")
	window.WaitFor(`!document.querySelector('[data-action="continue"]').disabled`)
	window.Click(action("continue"))
	window.AtStep("certificate")
	window.Forward("pin")
	window.Type("#pin", h.w.Card.PIN)
	window.Click(action("sign"))
	if got := p.outcome(); got != "61 signed" {
		t.Errorf("the page learns %q", got)
	}
	window.AtStep("done")
	picture(t, window, "list-done")
}

// TestManyDocumentsStopped stops a card in the middle: what it has signed stays signed, and page and person learn what is not.
func TestManyDocumentsStopped(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	p := h.load(t, StartSite(t).URL)
	p.asksMany(manyDocuments(40) + `.slice(0, 40)`)
	window := h.w.Browser.Window()
	window.Forward("pin")
	card := h.w.Card.Virtual
	struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, After: 10, Do: virtual.Mute})
	window.Type("#pin", h.w.Card.PIN)
	window.Click(action("sign"))
	card.Await(struck)
	window.WaitFor(`document.getElementById("title").textContent.includes("/ 40")`)
	picture(t, window, "working")
	window.Click(action("cancel"))
	if got := p.outcome(); got != "10 signed, 30 cancelled" {
		t.Errorf("the page learns %q", got)
	}
}

// picture keeps a screen for whoever looks, where E2E_PICTURES names a folder.
func picture(t *testing.T, p *Page, name string) {
	t.Helper()
	dir := os.Getenv("E2E_PICTURES")
	if dir == "" {
		return
	}
	if err := os.WriteFile(dir+"/"+name+".png", p.Screenshot(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// large signs a file of 150 MiB, which the window does not hold: its digest is that of the bytes of the page. In Chromium
// TestFormats does so with 500 MB.
func large(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	p := h.load(t, StartSite(t).URL)
	Eval[bool](p, `(window.large = new Blob(Array(10).fill(new Blob([new Uint8Array(15 << 20).fill(65)]))), true)`)
	p.asksMany(`[{ name: "kayit.bin", mediaType: "application/octet-stream", data: window.large }]`)
	window := h.w.Browser.Window()
	window.Forward("document")
	window.Wait("#digest")
	digest := strings.ReplaceAll(window.Text("#digest"), " ", "")
	if want := fmt.Sprintf("%x", sha256.Sum256(bytes.Repeat([]byte("A"), 150<<20))); digest != want {
		t.Errorf("the digest is %s, want %s", digest, want)
	}
	press(window, "#known", " ")
	window.Forward("pin")
	window.Type("#pin", h.w.Card.PIN)
	window.Click(action("sign"))
	if got := p.outcome(); got != "1 signed" {
		t.Errorf("the page learns %q", got)
	}
}
