//go:build js

// Command manage is the settings page (manage.html): cards and certificates, the program on the machine,
// the person's settings. flow decides, ui draws, browser touches the browser.
package main

import (
	"reflect"

	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/flow"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	b := browser.New()
	m, effects := flow.NewManage(browser.Local, browser.Now)
	b.Do(effects)
	b.WatchSites()
	root := &ui.Manage{Extension: browser.ExtensionVersion()}
	draw := browser.Drawer(root)
	drawn := flow.ManageView{Turn: -1}
	for {
		effects := m.Handle(b.Next())
		b.Do(effects)
		b.Give(effects)
		if !b.Idle() {
			continue
		}
		root.V = m.View()
		if reflect.DeepEqual(root.V, drawn) {
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		fresh := root.V.Turn != drawn.Turn
		if fresh {
			browser.NewScreen()
		}
		draw()
		browser.Describe(string(root.V.Language), root.V.Title)
		focus(&root.V, &drawn, fresh)
		drawn = root.V
	}
}

// focus goes to what the person has to know or do next.
func focus(v, drawn *flow.ManageView, fresh bool) {
	switch {
	case v.Alerts != drawn.Alerts && v.Rejected && !drawn.Rejected:
		browser.Focus("phrase")
	case v.Alerts != drawn.Alerts && v.Alert != "":
		browser.Focus("problem")
	case v.Alerts != drawn.Alerts && v.ModuleCode != "":
		browser.Focus("module")
	case v.Alerts != drawn.Alerts && v.Journal.Problem != drawn.Journal.Problem:
		browser.Focus("journal-problem")
	case v.Alerts != drawn.Alerts && v.Permissions.Problem != drawn.Permissions.Problem:
		browser.Focus("hash-problem")
	case v.Alerts != drawn.Alerts:
		browser.Focus("phrase")
	case v.Done == flow.DoneForbidden && drawn.Done != v.Done: // its button is gone
		browser.Focus("hashes")
	case admitted(v) < admitted(drawn): // likewise
		browser.Focus("sites")
	case v.Journal.Turn > drawn.Journal.Turn:
		browser.Focus("journal-parts")
	case fresh && drawn.Turn >= 0:
		browser.Focus("title")
	}
}

// admitted is how much the person can take back.
func admitted(v *flow.ManageView) int {
	n := len(v.Sites.Admitted)
	if v.Sites.All {
		n++
	}
	return n
}
