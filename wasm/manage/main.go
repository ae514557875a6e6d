//go:build js

// Command manage is the settings page (manage.html): cards and certificates, the program on the machine,
// the person's settings. flow decides, ui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/flow"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	b := browser.New()
	m, effects := flow.NewManage()
	b.Do(effects)
	root := &ui.Manage{Extension: browser.ExtensionVersion()}
	draw := browser.Drawer(root)
	alerts := 0
	for {
		b.Do(m.Handle(b.Next()))
		if !b.Idle() {
			continue
		}
		root.V = m.View()
		draw()
		browser.Describe(string(root.V.Language), root.V.Title)
		if root.V.Alerts != alerts {
			alerts = root.V.Alerts
			browser.Focus("phrase")
		}
	}
}
