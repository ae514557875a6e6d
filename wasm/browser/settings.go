//go:build js

package browser

import (
	"strings"
	"syscall/js"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
)

// own is what only one page's program does, so that it is in no other's: each function is nil where the page has no such thing.
type own struct {
	press  func(action, value string) // a press on what carries data-action
	submit func(form string)
	change func(field js.Value)
	key    func(event js.Value) (done bool)
	shown  func() []loop.Part // the document on the screen
	do     func(loop.Effect)
}

// ListenSettings listens to what the person does on the settings page and in no window.
func (b *Browser) ListenSettings() { b.own = own{press: b.pressSettings, submit: b.submitSettings} }

func (b *Browser) pressSettings(action, value string) {
	switch action {
	case "advanced":
		b.push(settings.FoldAdvanced{})
	case "change-pin":
		b.push(settings.ChangePIN{Token: value})
	case "unblock":
		b.push(settings.Unblock{Token: value})
	case "test":
		b.push(settings.TestCard{Certificate: value})
	case "export":
		b.push(settings.Export{Certificate: value})
	case "diagnose":
		b.push(settings.Diagnose{})
	case "copy":
		b.push(settings.CopyDiagnosis{})
	case "older":
		b.push(settings.OlderEntries{})
	case "newest":
		b.push(readJournal())
	case "save-journal":
		b.push(settings.SaveJournal{})
	case "allow-hash":
		b.push(settings.AllowHash{})
	case "forbid-hash":
		b.push(settings.ForbidHash{ID: value})
	case "admit-institution":
		changeSites("request", strings.Fields(value)...)
	case "admit-all":
		admitAll()
	case "revoke-site":
		b.push(settings.RevokeSite{Pattern: value})
	case "remove-module":
		b.push(settings.RemoveLibrary{Path: value})
	}
}

func (b *Browser) submitSettings(form string) {
	switch form {
	case "journal-form":
		b.push(readJournal())
	case "module-form":
		b.push(settings.AddLibrary{Path: text(byID("module").Get("value"))})
	case "allow-form":
		b.push(settings.SubmitAllow{Origin: text(byID("site").Get("value")), Sure: byID("sure").Get("checked").Bool()})
	case "phrase-form":
		b.push(settings.SavePhrase{Typed: text(byID("phrase").Get("value"))})
	}
}

// WatchEnds brings settings.EndsRead now and at each change.
func (b *Browser) WatchEnds() {
	read := func() {
		then(local().Call("get", protocol.EndsKey), func(kept js.Value) {
			if kept.Type() != js.TypeObject || kept.Get(protocol.EndsKey).IsUndefined() {
				return // storage has failed, or has nothing
			}
			raw := global.Get("JSON").Call("stringify", kept.Get(protocol.EndsKey)).String()
			b.push(settings.EndsRead{Ends: expiry.Read([]byte(raw))})
		})
	}
	api.Get("storage").Get("onChanged").Call("addListener", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !args[0].Get(protocol.EndsKey).IsUndefined() {
			read()
		}
		return nil
	}))
	read()
}

func readJournal() settings.ReadJournal {
	return settings.ReadJournal{Search: text(byID("journal-search").Get("value"))}
}
