package install

import (
	"path/filepath"
	"runtime"

	"github.com/e-onay/e-onay/nativehost/place"
)

// A Sandbox is what a browser's package keeps the browser in.
type Sandbox string

const (
	Snap    Sandbox = "Snap"
	Flatpak Sandbox = "Flatpak"
)

// confined are browsers as Snap and Flatpak packages, with the folder of their profiles below the person's own.
var confined = []struct {
	browser string
	sandbox Sandbox
	folder  string
}{
	{"Firefox", Snap, "snap/firefox/common/.mozilla/firefox"},
	{"Firefox", Flatpak, ".var/app/org.mozilla.firefox/.mozilla/firefox"},
	{"Firefox", Flatpak, ".var/app/org.mozilla.firefox/config/mozilla/firefox"}, // from 147 on
	{"Chromium", Snap, "snap/chromium/common/chromium"},
	{"Chromium", Flatpak, ".var/app/org.chromium.Chromium/config/chromium"},
	{"Chrome", Flatpak, ".var/app/com.google.Chrome/config/google-chrome"},
	{"Edge", Flatpak, ".var/app/com.microsoft.Edge/config/microsoft-edge"},
	{"Brave", Snap, "snap/brave/current/.config/BraveSoftware/Brave-Browser"},
	{"Brave", Flatpak, ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser"},
	{"Vivaldi", Flatpak, ".var/app/com.vivaldi.Vivaldi/config/vivaldi"},
	{"Opera", Snap, "snap/opera/current/.config/opera"},
	{"Opera", Flatpak, ".var/app/com.opera.Opera/config/opera"},
}

// Confined returns the browsers of this system that are kept in a sandbox. They see neither this program nor its manifests.
// Firefox asks a service outside, xdg-desktop-portal, which looks for manifests where an ordinary Firefox does, asks
// the person once, and starts the program. Those of Chromium's kind ask no service. A manifest in their own folders could
// only name a program that lacks the smart card service and the card's driver; flatpak-spawn starts one outside, but
// only from a browser that may command the whole system, and no program should have a person allow that.
func Confined() ([]Browser, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	home, err := place.Home()
	if err != nil {
		return nil, err
	}
	ordinary, err := Browsers()
	if err != nil {
		return nil, err
	}
	var all []Browser
	for _, c := range confined {
		for _, b := range ordinary {
			if b.Name != c.browser {
				continue
			}
			trace := chromiumTrace
			if b.Firefox {
				trace = firefoxTrace
			}
			b.Name, b.Sandbox = b.Name+" ("+string(c.sandbox)+")", c.sandbox
			b.Traces = []string{filepath.Join(home, c.folder, trace)}
			all = append(all, b)
		}
	}
	return all, nil
}
