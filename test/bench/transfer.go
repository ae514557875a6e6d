package main

import (
	"fmt"
	"os"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
)

// largeBlob is an expression that makes a Blob of so many MiB, at least 16, of which the browser keeps a sixteenth.
func largeBlob(mib int) string {
	return fmt.Sprintf(`(() => {
		const part = new Blob(Array.from({ length: %d }, (_, n) => new Uint8Array(1 << 20).fill(n)));
		window.large = new Blob(Array(16).fill(part));
		return true;
	})()`, mib/16)
}

// signLarge asks for the signature of that.
const signLarge = `sign({ purpose: "Ölçüm", documents: [{ name: "kayit.bin", mediaType: "application/octet-stream", data: window.large }] })`

const transferMiB = 1024

// A transfer is how a large document went its way: in MB/s, and what it took of the machine above that at rest.
type transfer struct {
	rate  float64
	above load
}

func newTransfer(milliseconds float64, above load) transfer {
	return transfer{transferMiB << 20 / 1000 / milliseconds, above}
}

// measureTransfer measures how fast a document goes from page to host, whose bytes the window hashes on the way, and what
// window and host take of memory and processors above that at rest: each beside the bare extension, through which the same
// bytes go the same way to a host that counts them. The browser's own process has the page's Blob, and what the browser has
// not yet thrown away of messages: beside the bare extension it has as much.
func (b *bench) measureTransfer(t e2e.T, w *e2e.World, site *e2e.Site, in string) {
	floor := bareTransfer(t, site, in == inFirefox)
	own := signedTransfer(t, w, site)
	b.Add("floor: 1 GiB, page → bare extension → host that counts"+in, "MB/s", []float64{floor.rate})
	b.Add("1 GiB, page → window → host"+in, "MB/s", []float64{own.rate}).Against(floor.rate)
	for _, row := range []struct {
		name, unit string
		of         func(load) float64
	}{
		{"memory of the window above rest", "MiB", func(l load) float64 { return l.windows.resident }},
		{"memory of the host above rest", "MiB", func(l load) float64 { return l.hosts.resident }},
		{"memory of the browser's own process above rest", "MiB", func(l load) float64 { return l.browser.resident }},
		{"processor time of the window", "s", func(l load) float64 { return l.windows.processor }},
		{"processor time of the host", "s", func(l load) float64 { return l.hosts.processor }},
		{"processor time of browser and host, all in all", "s", func(l load) float64 { return l.all }},
	} {
		b.Add("1 GiB, "+row.name+in, row.unit, []float64{row.of(own.above)}).Against(row.of(floor.above))
	}
}

// signedTransfer has a window pass the document on.
func signedTransfer(t e2e.T, w *e2e.World, site *e2e.Site) transfer {
	page := w.Browser.NewPage(site.URL)
	defer page.Close()
	e2e.Eval[bool](page, largeBlob(transferMiB))
	press(page, asks(sign))
	window := w.Browser.Window()
	window.Forward("document") // a site whose windows nobody goes on in gets no more
	rest := loadOf(w.Browser)
	w.Browser.CloseWindows()
	e2e.Eval[string](page, `window.done`)

	press(page, asks(signLarge))
	window = w.Browser.WindowAfter(window)
	stop := watch(w.Browser)
	window.Forward("document")
	start := e2e.Eval[float64](page, `window.pressed`)
	// The window says by itself when all has come: each look of the harness takes time of the window's one thread.
	come := e2e.Eval[float64](window, `new Promise((done) => {
		const look = () => (document.getElementById("digest") !== null || document.querySelector("[data-step]").dataset.step !== "document") && done(`+now+`);
		new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
		look();
	})`)
	most := stop()
	if step := e2e.Eval[string](window, `document.querySelector("[data-step]").dataset.step`); step != "document" {
		t.Fatalf("the window is at %s", step)
	}
	w.Browser.CloseWindows()
	e2e.Eval[string](page, `window.done`)
	return newTransfer(come-start, most.minus(rest))
}

// bareTransfer has the bare extension pass the document on.
func bareTransfer(t e2e.T, site *e2e.Site, firefox bool) transfer {
	browser := startFloor(t, firefox)
	page := browser.NewPage(site.URL)
	defer page.Close()
	e2e.Eval[bool](page, largeBlob(transferMiB))
	const pass = `(async (large) => {
		const start = performance.now();
		let answered = null;
		let passing = 0;
		window.addEventListener("message", ({ data }) => { if (data?.floor === "taken") { passing--; answered?.(); } });
		for (let offset = 0; offset < large.size || passing > 0; ) {
			if (passing < 4 && offset < large.size) {
				const bytes = new Uint8Array(await large.slice(offset, offset + %[1]d).arrayBuffer());
				window.postMessage({ floor: "chunk", data: bytes.toBase64() }, "*");
				offset += bytes.length;
				passing++;
			} else await new Promise((done) => { answered = done; });
		}
		return performance.now() - start;
	})(%[2]s)`
	e2e.Eval[float64](page, fmt.Sprintf(pass, protocol.ChunkSize, fmt.Sprintf(`window.large.slice(0, %d)`, protocol.ChunkSize))) // starts the host
	rest := loadOf(browser)
	stop := watch(browser)
	took := e2e.Eval[float64](page, fmt.Sprintf(pass, protocol.ChunkSize, `window.large`))
	return newTransfer(took, stop().minus(rest))
}

// signMany asks for the signatures of a thousand small documents.
const signMany = `sign({ purpose: "Ölçüm", documents: Array.from({ length: 1000 }, (_, n) => ({ name: "belge " + n + ".txt", data: "Belge " + n + "\n" })) })`

// cardPace is how much longer than SoftHSM2 the library with the pace of a card takes for a signature. Cards take longer.
const cardPace = 20 * time.Millisecond

// measureMany measures a thousand signatures from the press that sends the PIN to the last one on the page, beside the same
// number of C_Sign in a bare loop: of SoftHSM2, which is as fast as browser and host, and of a library with the pace of a card.
func (b *bench) measureMany(t e2e.T, w *e2e.World, site *e2e.Site, in string) {
	b.measureManyBy(t, w, site, "SoftHSM2"+in, 0)
	dir, err := os.MkdirTemp("", "eonay-pace-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	library, err := testcard.NewAccustomed(dir, testcard.Habit{Signing: cardPace})
	if err != nil {
		t.Fatalf("make a library: %v", err)
	}
	paced := e2e.NewWorld(t, e2e.Options{Key: testcard.P384, Firefox: in == inFirefox})
	paced.ConfigureHost(library.Path)
	b.measureManyBy(t, paced, site, fmt.Sprintf("a card of %d ms", cardPace.Milliseconds())+in, cardPace)
	paced.Browser.Kill()
}

// measureManyBy measures a thousand signatures by one library. The bare loop has its turn before and after, so that what else the
// machine does slows down both; pace is what the library takes in each.
func (b *bench) measureManyBy(t e2e.T, w *e2e.World, site *e2e.Site, by string, pace time.Duration) {
	bare := float64(pace.Milliseconds())*1000 + sum(w.Card.SignTimes(testcard.P384, 500))
	page := w.Browser.NewPage(site.URL)
	defer page.Close()
	press(page, asks(signMany+`.then(({ signatures }) => { if (signatures.some((s) => s.problem)) throw Error("not signed"); })`))
	took := afterPIN(t, w, page)
	bare += sum(w.Card.SignTimes(testcard.P384, 500))
	b.Add("1,000 small documents, PIN sent → all on the page, of a bare C_Sign loop, P-384, "+by, "%", []float64{100 * bare / took})
}

func sum(series []float64) (all float64) {
	for _, x := range series {
		all += x
	}
	return all
}

func transferAlone(t e2e.T) {
	b := &bench{}
	site := e2e.StartSite(t)
	for _, in := range []string{"", inFirefox} {
		w := e2e.NewWorld(t, e2e.Options{Firefox: in == inFirefox})
		b.measureTransfer(t, w, site, in)
		b.measureMany(t, w, site, in)
	}
	finish(t, &b.Table, "bench-transfer.json")
}
