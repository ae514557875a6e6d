package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/e-onay/e-onay/test/e2e"
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

// measureTransfer measures how fast a document goes from page to host, whose bytes the window hashes on the way, and what
// memory window and host take above their own at rest meanwhile.
func (b *bench) measureTransfer(t e2e.T, w *e2e.World, site *e2e.Site, in string) {
	const mib = 1024
	page := w.Browser.NewPage(site.URL)
	defer page.Close()
	e2e.Eval[bool](page, largeBlob(mib))
	press(page, asks(sign))
	window := w.Browser.Window()
	window.Forward("document") // a site whose windows nobody goes on in gets no more
	rest := windowMemory(t, w)
	w.Browser.CloseWindows()
	e2e.Eval[string](page, `window.done`)

	press(page, asks(signLarge))
	window = w.Browser.WindowAfter(window)
	window.Forward("document")
	most := 0.0
	start := e2e.Eval[float64](page, `window.pressed`)
	for e2e.Eval[string](window, `document.querySelector("[data-step]").dataset.step + (document.getElementById("digest") === null)`) == "documenttrue" {
		most = max(most, windowMemory(t, w))
	}
	took := e2e.Eval[float64](window, now) - start
	if step := e2e.Eval[string](window, `document.querySelector("[data-step]").dataset.step`); step != "document" {
		t.Fatalf("the window is at %s", step)
	}
	w.Browser.CloseWindows()
	e2e.Eval[string](page, `window.done`)
	b.Add("1 GiB, page → window → host"+in, "MB/s", []float64{mib << 20 / 1000 / took})
	if in == "" {
		b.Add("1 GiB, memory of window and host above rest", "MiB", []float64{most - rest})
	}
}

// windowMemory is the resident memory of the browser's processes for extensions, and of the hosts, in MiB.
func windowMemory(t e2e.T, w *e2e.World) (sum float64) {
	for _, host := range w.Hosts() {
		sum += residentOf(t, host.Pid)
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatalf("list processes: %v", err)
	}
	for _, line := range lines {
		arguments, err := os.ReadFile(line)
		if err != nil || !bytes.Contains(arguments, []byte("--extension-process")) {
			continue // gone, or another
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line))); err == nil {
			sum += residentOf(t, pid)
		}
	}
	return sum
}

func transferAlone(t e2e.T) {
	b := &bench{}
	site := e2e.StartSite(t)
	b.measureTransfer(t, e2e.NewWorld(t, e2e.Options{}), site, "")
	b.measureTransfer(t, e2e.NewWorld(t, e2e.Options{Firefox: true}), site, inFirefox)
	finish(t, &b.Table, "bench-transfer.json")
}
