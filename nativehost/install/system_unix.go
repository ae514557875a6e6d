//go:build unix

package install

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A machineFolder is where browsers look for manifests that hold for everybody who uses this computer.
type machineFolder struct {
	dir string
	// browsers look there, each after the person's own folder and after the folders above in the table.
	browsers []string
	firefox  bool
}

// How sure each folder is:
//   - Chromium's and Firefox's are in the programs themselves (Debian 12's packages hold "/etc/chromium/native-messaging-hosts"
//     and "/usr/lib/mozilla"), and journeys have run through both (test/packages).
//   - /usr/lib64/mozilla is where Firefox looks that was built on a system with /usr/lib64: Fedora, openSUSE, RHEL. So say
//     Mozilla's documents; not tried here.
//   - Chrome's and Edge's are in their makers' documents. Edge looks into Chrome's after its own.
//   - Brave, Vivaldi and Opera look into Chrome's and nowhere else, and not into folders of their own names, which many
//     programs write. Others have traced the three, with what their makers ship for Linux in 2026; not tried here.
//
// macOS: from the makers' documents alone.
func machineTable() []machineFolder {
	if runtime.GOOS == "darwin" {
		return []machineFolder{
			{"Library/Application Support/Chromium/NativeMessagingHosts", []string{"Chromium"}, false},
			{"Library/Microsoft/Edge/NativeMessagingHosts", []string{"Edge"}, false},
			{"Library/Google/Chrome/NativeMessagingHosts", []string{"Chrome", "Brave", "Vivaldi", "Opera"}, false},
			{"Library/Application Support/Mozilla/NativeMessagingHosts", []string{"Firefox"}, true},
		}
	}
	return []machineFolder{
		{"etc/chromium/native-messaging-hosts", []string{"Chromium"}, false},
		{"etc/opt/edge/native-messaging-hosts", []string{"Edge"}, false},
		{"etc/opt/chrome/native-messaging-hosts", []string{"Chrome", "Edge", "Brave", "Vivaldi", "Opera"}, false},
		{"usr/lib/mozilla/native-messaging-hosts", []string{"Firefox"}, true},
		{"usr/lib64/mozilla/native-messaging-hosts", []string{"Firefox"}, true},
	}
}

// System returns the folders of the whole machine below root, as browsers named after those that look there.
func System(root string) []Browser {
	var all []Browser
	for _, f := range machineTable() {
		all = append(all, Browser{Name: strings.Join(f.browsers, ", "), Dir: filepath.Join(root, f.dir), Firefox: f.firefox})
	}
	return all
}

// machineFolders returns those in which a browser looks.
func machineFolders(root, browser string) []string {
	var dirs []string
	for _, f := range machineTable() {
		if slices.Contains(f.browsers, browser) {
			dirs = append(dirs, filepath.Join(root, f.dir))
		}
	}
	return dirs
}
