package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard"
)

// drawAlone is a page's script that has pdf.js draw the first page of the document as wide as the window does, with the settings
// of the viewer (extension/viewers/pdf.js) that bear on time, and returns how long that took once the bytes were there.
const drawAlone = `(async () => {
	const data = new Uint8Array(await (await fetch("/belge.pdf")).arrayBuffer());
	const start = performance.now();
	const pdfjs = await import("/viewers/pdfjs/pdf.min.mjs");
	const base = location.origin + "/viewers/pdfjs/";
	pdfjs.GlobalWorkerOptions.workerSrc = base + "pdf.worker.min.mjs";
	const file = await pdfjs.getDocument({
		data, verbosity: 0, stopAtErrors: true, enableXfa: false, isEvalSupported: false, useSystemFonts: false,
		cMapUrl: base + "cmaps/", standardFontDataUrl: base + "standard_fonts/", wasmUrl: base + "wasm/", iccUrl: base + "iccs/",
		disableAutoFetch: true, disableStream: true, disableRange: true,
	}).promise;
	const page = await file.getPage(1);
	const plain = page.getViewport({ scale: 1 });
	const viewport = page.getViewport({ scale: %d * devicePixelRatio / plain.width });
	const canvas = document.createElement("canvas");
	[canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
	await page.render({ canvas, viewport }).promise;
	document.body.append(canvas);
	return performance.now() - start;
})()`

// longPDF is a document of so many pages of text.
func longPDF(pages int) []byte {
	made := make([]pdftest.Page, pages)
	for i := range made {
		lines := make([]string, 40)
		for n := range lines {
			lines[n] = fmt.Sprintf("Sayfa %d, satir %d: taraflar bu maddede yazili olanlari kabul eder.", i+1, n+1)
		}
		made[i].Text = strings.Join(lines, ") Tj /F 11 Tf 0 -16 Td (")
	}
	return pdftest.Build(pdftest.Pages("", made...), "")
}

// measureFirstPage measures from when the viewer has the bytes of a PDF of 300 pages until the first page is drawn, in windows of their
// own; and pdf.js alone, in pages of their own of the same browser, with the same bytes.
func (b *bench) measureFirstPage(t e2e.T, w *e2e.World, in string) {
	const pages, windows = 300, 12
	file := longPDF(pages)
	site := e2e.StartSite(t, func(mux *http.ServeMux) {
		mux.HandleFunc("/belge.pdf", func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write(file) }) // a browser that left is no concern
		mux.Handle("/viewers/", http.FileServer(http.Dir(filepath.Join(e2e.Root(), "build", "extension", "chromium"))))
	})
	page := w.Browser.NewPage(site.URL)
	e2e.Eval[bool](page, `fetch("/belge.pdf").then((r) => r.arrayBuffer()).then((b) => { window.data = new Uint8Array(b); return true; })`)
	var series []float64
	width := 0
	for range windows {
		press(page, asks(`sign({ purpose: "Ölçüm", documents: [{ name: "belge.pdf", mediaType: "application/pdf", data: window.data }] })`))
		window := w.Browser.Window()
		window.Forward("document")
		window.WaitFor(`performance.getEntriesByName("page").length > 0`)
		series = append(series, e2e.Eval[float64](window, `performance.measure("", "bytes", "page").duration`))
		width = e2e.Eval[int](window, `document.querySelector("#document-pages .page").clientWidth`)
		w.Browser.CloseWindows()
		e2e.Eval[string](page, `window.done`)
	}
	page.Close()
	var floor []float64
	for range windows {
		alone := w.Browser.NewPage(site.URL)
		floor = append(floor, e2e.Eval[float64](alone, fmt.Sprintf(drawAlone, width)))
		alone.Close()
	}
	alone := (&table.Table{}).Add("", "ms", floor).Median
	b.Add(fmt.Sprintf("PDF of %d pages: bytes → first page", pages)+in, "ms", series).Against(alone)
}

func pagesAlone(t e2e.T) {
	b := &bench{}
	b.measureFirstPage(t, e2e.NewWorld(t, e2e.Options{Key: testcard.P384}), "")
	b.measureFirstPage(t, e2e.NewWorld(t, e2e.Options{Key: testcard.P384, Firefox: true}), inFirefox)
	finish(t, &b.Table, "bench-pages.json")
}
