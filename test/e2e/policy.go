package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/internal/protocol"
)

// setPolicy sets what an institution has set for the extension, as its administrators do: for Firefox by a manifest of managed
// storage, which may lie in the person's home; for Chromium by a policy file, which lies in a folder of the machine.
func (w *World) setPolicy(o Options) {
	w.t.Helper()
	if o.Firefox {
		w.writeJSON(filepath.Join(w.Dir, ".mozilla", "managed-storage", protocol.FirefoxExtensionID+".json"), map[string]any{
			"name": protocol.FirefoxExtensionID, "description": "E-Onay", "type": "storage", "data": o.Policy,
		})
		return
	}
	w.browser.Policies = filepath.Join(w.Dir, "etc-chromium")
	w.writeJSON(filepath.Join(w.browser.Policies, "policies", "managed", "e-onay.json"), map[string]any{
		"3rdparty": map[string]any{"extensions": map[string]any{protocol.ChromiumExtensionID: o.Policy}},
	})
	if err := os.WriteFile(filepath.Join(w.browser.Policies, "chromium"), []byte(isolated), 0o755); err != nil {
		w.t.Fatalf("write what starts Chromium: %v", err)
	}
}

// PolicyKept waits until the extension keeps what an institution has set, be it nothing: Chromium says so only some two seconds
// after its start, and the windows that open before wait for it.
func (w *World) PolicyKept() {
	w.t.Helper()
	page := w.Browser.ExtensionPage("manage.html")
	defer page.Close()
	Eval[bool](page, `new Promise((kept) => {
		const look = async () => { if ("policy" in await chrome.storage.local.get("policy")) kept(true); };
		chrome.storage.onChanged.addListener(look);
		look();
	})`)
}

// isolated starts Chromium where the folder of this script stands for /etc/chromium, which it does for no other program: in a
// mount namespace of its own, and of a user's who is not root, in a user namespace too.
const isolated = `#!/bin/sh
[ "$(id -u)" = 0 ] || user=--map-root-user
exec unshare --mount $user sh -c 'mount --bind "$0" /etc/chromium && exec ` + Chromium + ` "$@"' "$(dirname "$0")" "$@"
`

func (w *World) writeJSON(path string, value any) {
	w.t.Helper()
	data, err := json.Marshal(value)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		w.t.Fatalf("write %s: %v", path, err)
	}
}
