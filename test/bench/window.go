package main

import (
	"cmp"
	"strconv"

	"github.com/e-onay/e-onay/test/e2e"
)

// moments are what happens on the way to a window that can be used, by the marks in its timeline (extension/start.js,
// wasm/browser).
var moments = []struct{ name, mark string }{
	{"document", ""},
	{"scripts", "start"},
	{"request", "asked"},
	{"readable", "readable"},
	{"painted", "first-contentful-paint"},
	{"compiled", "compiled"},
	{"program", "program"},
	{"armed", "step:who"},
}

// measureWindow measures from the press on the page to the first question that can be read, and to the one that Go has
// judged and drawn, so that presses can count: in a browser's first window, in later ones, and with a broker that the
// browser had stopped.
func (b *bench) measureWindow(w *e2e.World, site *e2e.Site, in string) {
	const restarts, later = 7, 20
	series := map[string][][]float64{}
	w.PolicyKept() // as of a person's second start
	for range restarts {
		w.Browser.Kill()
		w.RestartBrowser()
		page := w.Browser.NewPage(site.URL)
		page.WaitFor(`window.client !== undefined`)
		series["first"] = append(series["first"], openWindow(w, page))
		page.Close()
	}
	page := w.Browser.NewPage(site.URL)
	page.WaitFor(`window.client !== undefined`)
	for range later {
		series["later"] = append(series["later"], openWindow(w, page))
	}
	for range later {
		w.Browser.StopBackground()
		series["later, broker stopped"] = append(series["later, broker stopped"], openWindow(w, page))
	}
	page.Close()
	for _, when := range []string{"first", "later", "later, broker stopped"} {
		for i, m := range moments {
			var times []float64
			for _, window := range series[when] {
				times = append(times, window[i])
			}
			b.Add("window, "+when+": press → "+m.name+in, "ms", times)
		}
	}
}

// openWindow presses for a window, and returns how long after the press each of the moments was.
func openWindow(w *e2e.World, page *e2e.Page) (times []float64) {
	press(page, asks(sign))
	window := w.Browser.Window()
	window.AtStep("who")
	pressed := e2e.Eval[float64](page, `window.pressed`)
	for _, m := range moments {
		at := e2e.Eval[float64](window, `performance.timeOrigin + (performance.getEntriesByName(`+strconv.Quote(cmp.Or(m.mark, "-"))+`)[0]?.startTime ?? 0)`)
		times = append(times, at-pressed)
	}
	window.Forward("document") // a site whose windows nobody goes on in gets no more
	w.Browser.CloseWindows()
	e2e.Eval[string](page, `window.done`)
	return times
}
