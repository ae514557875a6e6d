//go:build js

// Command manage is the settings page (manage.html): cards and certificates, the program on the machine,
// the person's settings. settings decides, settingsui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/settings/settingsui"
)

func main() {
	b := browser.New()
	m, effects := settings.New(browser.Local, browser.Now)
	b.Do(effects)
	b.ListenSettings()
	b.WatchSites()
	b.WatchEnds()
	root := &settingsui.Page{Extension: browser.ExtensionVersion()}
	draw := browser.Drawer(root)
	drawn := settings.View{Turn: -1}
	byItself := false // the screen changes without the person's doing
	for {
		event := b.Next()
		byItself = byItself || !browser.IsTyping(event)
		effects := m.Handle(event)
		b.Do(effects)
		b.DoSettings(effects)
		if !b.Idle() {
			continue
		}
		root.V = m.View()
		if screen.Same(root.V, drawn) {
			byItself = false
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		fresh := root.V.Turn != drawn.Turn
		browser.Draw(browser.Screen{Fresh: fresh, ByItself: byItself, Language: string(root.V.Language), Title: root.V.Title}, draw)
		byItself = false
		focus(&root.V, &drawn, fresh)
		drawn = root.V
	}
}

// focus goes to what the person has to know or do next.
func focus(v, drawn *settings.View, fresh bool) {
	switch {
	case v.Alerts != drawn.Alerts && v.Phrase.Rejected && !drawn.Phrase.Rejected:
		browser.Focus("phrase")
	case v.Alerts != drawn.Alerts && v.Alert.Code != "":
		browser.Focus("problem")
	case v.Alerts != drawn.Alerts && v.Libraries.Problem != "":
		browser.Focus("module")
	case v.Alerts != drawn.Alerts && v.Journal.Problem != drawn.Journal.Problem:
		browser.Focus("journal-problem")
	case v.Alerts != drawn.Alerts && v.Hashes.Problem != drawn.Hashes.Problem:
		browser.Focus("hash-problem")
	case v.Alerts != drawn.Alerts:
		browser.Focus("phrase")
	case v.Done == settings.DoneForbidden && drawn.Done != v.Done: // its button is gone
		browser.Focus("hashes")
	case admitted(v) < admitted(drawn): // likewise
		browser.Focus("sites")
	case v.Journal.Turn > drawn.Journal.Turn:
		browser.Focus("journal-parts")
	case fresh && drawn.Turn >= 0:
		browser.Focus("title")
	}
}

// admitted counts what the person can take back.
func admitted(v *settings.View) int {
	n := len(v.Sites.Admitted)
	if v.Sites.All {
		n++
	}
	return n
}
