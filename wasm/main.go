//go:build js

// Command wasm is the whole user interface of the extension: the signing window (sign.html) and the
// settings page (manage.html). flow decides, ui draws, browser touches the browser.
package main

import (
	"reflect"

	"github.com/vugu/vugu"
	"github.com/vugu/vugu/domrender"

	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/flow"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	if browser.Page() == "manage" {
		manage(browser.New())
	} else {
		sign(browser.New())
	}
}

// sign runs the signing window until it closes.
func sign(b *browser.Browser) {
	f, effects := flow.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &ui.Window{}
	draw := drawer(root)
	drawn := flow.View{Turn: -1}
	for {
		b.Do(f.Handle(b.Next()))
		if !b.Idle() {
			continue
		}
		root.V = f.View()
		if reflect.DeepEqual(root.V, drawn) {
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		fresh := root.V.Turn != drawn.Turn
		if !fresh && !b.Quiet() {
			continue // what the host does next is not kept waiting for a drawing of what it did
		}
		if fresh {
			browser.NewScreen()
		}
		draw()
		browser.Describe(string(root.V.Language), root.V.Title)
		if root.V.Document.Whole {
			browser.ShowDocument(root.V.Document.Text)
		}
		switch {
		case root.V.Alerts != drawn.Alerts:
			browser.Focus("problem")
		case root.V.Step == flow.StepDone && fresh:
			browser.Focus("close")
		case fresh:
			browser.Focus("title")
		}
		if fresh {
			browser.Reached(string(root.V.Step))
		}
		drawn = root.V
	}
}

// manage runs the settings page.
func manage(b *browser.Browser) {
	m, effects := flow.NewManage()
	b.Do(effects)
	root := &ui.Manage{Extension: browser.ExtensionVersion()}
	draw := drawer(root)
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

// drawer returns what draws root into the page.
func drawer(root vugu.Builder) func() {
	renderer, err := domrender.New("#app")
	if err != nil {
		panic(err)
	}
	env, err := vugu.NewBuildEnv(renderer.EventEnv())
	if err != nil {
		panic(err)
	}
	return func() {
		err := renderer.Render(env.RunBuild(root))
		if err != nil {
			panic(err)
		}
	}
}
