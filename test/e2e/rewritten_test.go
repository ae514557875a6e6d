package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

const debt = `{ purpose: "Borç kabulü", documents: [{ name: "borc.txt", data: "Bu belge ile Ali Veli'ye bir milyon Türk lirası borcum olduğunu ve bu borcu otuz gün içinde faiziyle birlikte ödeyeceğimi kabul ve taahhüt ederim.\n" }] }`

// turkishPage is one that a translator takes for Turkish.
const turkishPage = `<!doctype html><html lang="tr"><meta charset="utf-8"><title>Deniz kıyısında</title>
<p>Bugün hava çok güzel, deniz sakin ve gökyüzü masmavi. Çocuklar kumsalda oynuyor, büyükler gölgede oturup çay içiyor.
Akşama doğru balıkçılar dönecek, sonra hep birlikte yemek yiyeceğiz ve geç saatlere kadar konuşacağız.</p>`

// TestTranslator has the browser's own translator at work, which translates the site's page: in our windows it finds
// nothing to do.
func TestTranslator(t *testing.T) {
	t.Parallel()
	translator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `(() => {
			document.documentElement.dataset.translated = "";
			const translate = () => {
				for (const block of document.querySelectorAll("#document-text div")) block.textContent = "I owe nothing.";
				requestAnimationFrame(translate);
			};
			translate();
		})();`)
	}))
	t.Cleanup(translator.Close)
	w := NewServices(t, tempDir(t), Options{})
	w.browser.Translator = translator.URL + "/translate_a/element.js"
	w.translates()
	w.RestartBrowser()
	h := hostile{w}
	site := StartSite(t, func(mux *http.ServeMux) { mux.HandleFunc("/metin", serve(turkishPage)) })
	p := h.load(t, site.URL)
	p.ask(debt)
	window := w.Browser.Window()
	window.Forward("document")
	window.Wait("#document-text")
	w.Browser.NewPage(site.URL + "/metin").WaitFor(`document.documentElement.dataset.translated !== undefined`)
	h.signs(window)
	if outcome := p.outcome(); len(outcome) < 7 || outcome[:7] != "signed:" {
		t.Errorf("the page got %q", outcome)
	}
}

// TestRewritten has another program than ours rewrite what stands on the screen, as a translator would that heeds nothing:
// the person is told, and nothing is signed.
func TestRewritten(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	h.w.SetPhrase("mavi karanfil").Close()
	for _, tt := range []struct{ step, change, page string }{
		{"who", `document.getElementById("purpose").textContent = "Ödül"`, "screen_changed"},
		{"who", `document.querySelector(".head .origin b").firstChild.data = "bank.test"`, "screen_changed"},
		{"document", `document.querySelector("#document-text div").textContent = "I owe nothing."`, "screen_changed"},
		{"document", `document.querySelector("#document-text div").style.display = "none"`, "screen_changed"},
		{"document", `document.body.append(document.createElement("div"))`, "screen_changed"},
		{"pin", `document.getElementById("security-phrase").remove()`, "screen_changed"},
	} {
		t.Run(tt.step, func(t *testing.T) {
			p := h.fresh(t)
			p.ask(debt)
			window := h.w.Browser.Window()
			window.Forward(tt.step)
			if tt.step == "document" {
				window.ReadOn()
			}
			Eval[bool](window, `((() => { `+tt.change+` })(), true)`)
			if code := window.Failed(); code != "screen_changed" {
				t.Errorf("the window says %q", code)
			}
			if got := p.outcome(); got != tt.page {
				t.Errorf("the page got %q", got)
			}
		})
	}
}
