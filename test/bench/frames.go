package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

// measureFrames measures the load of a page that asks nothing, without and with frames of its own site, and what its
// scripts keep: without the extension, which is the floor, and with it.
func (b *bench) measureFrames(t e2e.T, w *e2e.World) {
	server := httptest.NewServer(http.HandlerFunc(framesPage))
	t.Cleanup(server.Close)
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	profile, err := os.MkdirTemp("", "eonay-frames-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	bare := e2e.StartBrowser(t, e2e.BrowserOptions{Profile: profile})
	for _, n := range []int{0, 200} {
		page := fmt.Sprintf("%s/?frames=%d", url, n)
		load, heap := loads(bare, page)
		ownLoad, ownHeap := loads(w.Browser, page)
		name := fmt.Sprintf("a page with %d frames, ", n)
		b.Add(name+"load", "ms", ownLoad).Against(table.Median(slices.Sorted(slices.Values(load))))
		b.Add(name+"JavaScript heap", "MiB", ownHeap).Against(table.Median(slices.Sorted(slices.Values(heap))))
	}
}

// framesPage has as many empty frames as its address says.
func framesPage(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.FormValue("frames")) // none, in a frame
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(w, "<!doctype html><title>Frames</title>", strings.Repeat(`<iframe src="/"></iframe>`, n)) // a browser that left is no concern
}

// loads returns how long each of some loads of a page took, and how large its heap was.
func loads(browser *e2e.Browser, url string) (load, heap []float64) {
	const end = `performance.getEntriesByType("navigation")[0].loadEventEnd`
	page := browser.NewPage(url)
	defer page.Close()
	for range 6 {
		page.Reload()
		page.WaitFor(end + ` > 0`)
		load = append(load, e2e.Eval[float64](page, end))
		heap = append(heap, e2e.Eval[float64](page, `performance.memory.usedJSHeapSize / 2 ** 20`))
	}
	return load, heap
}
