package main

import (
	"os"
	"os/exec"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
)

// now is the wall clock of a document in milliseconds, comparable between documents of one browser.
const now = `(performance.timeOrigin + performance.now())`

// request is what the bench asks to be signed.
const request = `{ purpose: "Ölçüm", documents: [{ name: "belge.txt", mediaType: "text/plain", data: "Merhaba.\n" }] }`

// press presses the site's button, which runs a script that notes when the press arrived.
func press(page *e2e.Page, script string) {
	e2e.Eval[bool](page, `(window.act = () => { window.pressed = `+now+`; `+script+` }, true)`)
	page.Click("#act")
}

// asks is a script that calls the page library and notes when the page knew.
func asks(call string) string {
	return `window.done = client.` + call + `.then(() => ` + now + `, (e) => String(e.code));`
}

// What the bench asks for.
const (
	sign  = `sign(` + request + `)`
	login = `authenticate({ nonce: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" })`
)

// measureRoundTrip measures the page's question to the host through an open window, and without one.
func (b *bench) measureRoundTrip(w *e2e.World, site *e2e.Site, floor float64) {
	const ask = `(async () => {
		const series = [];
		for (let n = 0; n < 220; n++) {
			const start = performance.now();
			const answer = await client.status();
			if (answer.host === "") throw new Error("no host: " + answer.problem);
			series.push(performance.now() - start);
		}
		return series.slice(20);
	})()`
	page := w.Browser.NewPage(site.URL)
	b.Add("page → new host → page (status)", "ms", e2e.Eval[[]float64](page, ask)).Against(floor)
	press(page, asks(sign))
	w.Browser.Window().AtStep("who")
	b.Add("page → window's host → page (status)", "ms", e2e.Eval[[]float64](page, ask)).Against(floor)
	w.Browser.CloseWindows()
	page.Close()
}

// measureActs measures a signature and a login, from the press that sends the PIN to the result on the page, minus the
// module's own C_Sign.
func (b *bench) measureActs(t e2e.T, w *e2e.World, site *e2e.Site, in string, floor float64) {
	card := w.Card.SignTimes(testcard.P384, 100)
	own := (&table.Table{}).Add("", "ms", card).Median
	b.Add("C_Sign of the module alone (SoftHSM2, P-384)"+in, "ms", card)
	for _, act := range []struct{ name, call string }{{"signature", sign}, {"login", login}} {
		b.Add(act.name+": PIN sent → result on the page, minus C_Sign"+in, "ms", actTimes(t, w, site, act.call, own)).Against(floor)
	}
}

// afterPIN has the person type their PIN in the window that page has asked for, and returns how long it takes from the press that
// sends it to the result on the page, in milliseconds.
func afterPIN(t e2e.T, w *e2e.World, page *e2e.Page) float64 {
	window := w.Browser.Window()
	window.Forward("pin")
	window.Type("#pin", w.Card.PIN)
	e2e.Eval[bool](window, `(document.addEventListener("click", () => { window.pressed = `+now+`; }, true), true)`)
	window.Click(`[data-action="sign"]`)
	result := e2e.Eval[any](page, `window.done`)
	done, ok := result.(float64)
	if !ok {
		t.Fatalf("the act failed: %v", result)
	}
	took := done - e2e.Eval[float64](window, `window.pressed`)
	w.Browser.CloseWindows()
	return took
}

func actTimes(t e2e.T, w *e2e.World, site *e2e.Site, call string, own float64) (series []float64) {
	page := w.Browser.NewPage(site.URL)
	defer page.Close()
	for range 25 {
		press(page, asks(call))
		series = append(series, afterPIN(t, w, page)-own)
	}
	return series
}

// measureStatus measures the page's question for the versions: the first one of a browser, and those after.
func (b *bench) measureStatus(w *e2e.World, site *e2e.Site, in string) {
	page := w.Browser.NewPage(site.URL)
	defer page.Close()
	page.WaitFor(`window.client !== undefined`)
	series := e2e.Eval[[]float64](page, `(async () => {
		const series = [];
		for (let n = 0; n < 21; n++) {
			const start = performance.now();
			await client.status();
			series.push(performance.now() - start);
		}
		return series;
	})()`)
	b.Add("status, first"+in, "ms", series[:1])
	b.Add("status"+in, "ms", series[1:])
}

// measureSizes lists what is shipped.
func (b *bench) measureSizes(t e2e.T) {
	kib := func(bytes int) []float64 { return []float64{float64(bytes) / 1024} }
	size := func(name string) int {
		info, err := os.Stat(e2e.Built(t, name))
		if err != nil {
			t.Fatalf("size of %s: %v", name, err)
		}
		return int(info.Size())
	}
	wasm := "extension/chromium/sign.wasm"
	b.Add("window: WebAssembly", "KiB", kib(size(wasm)))
	packed, err := exec.Command("brotli", "-c", "-q", "11", e2e.Built(t, wasm)).Output()
	if err != nil {
		t.Fatalf("brotli: %v", err)
	}
	b.Add("window: WebAssembly, brotli", "KiB", kib(len(packed)))
	b.Add("content script of a page that asks nothing", "KiB", kib(size("extension/chromium/content.js")))
	bridge := 0
	for _, name := range []string{"protocol.gen", "messages.gen", "shapes", "bridge", "webeid"} {
		bridge += size("extension/chromium/" + name + ".js")
	}
	b.Add("content script of a page that asks, more", "KiB", kib(bridge))
	b.Add("host program", "KiB", kib(size("eonay-host")))
}
