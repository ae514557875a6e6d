//go:build unix

package install

import (
	"os"
	"path/filepath"
	"runtime"
)

// Browsers returns the browsers that are known for this operating system.
func Browsers() ([]Browser, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	folders := map[string]string{
		"Chromium": "chromium", "Chrome": "google-chrome", "Edge": "microsoft-edge", "Brave": "BraveSoftware/Brave-Browser",
	}
	firefox, firefoxHosts := filepath.Join(home, ".mozilla"), "native-messaging-hosts"
	if runtime.GOOS == "darwin" {
		folders = map[string]string{
			"Chromium": "Chromium", "Chrome": "Google/Chrome", "Edge": "Microsoft Edge", "Brave": "BraveSoftware/Brave-Browser",
		}
		firefox, firefoxHosts = filepath.Join(config, "Mozilla"), "NativeMessagingHosts"
	}
	var out []Browser
	for _, name := range []string{"Chromium", "Chrome", "Edge", "Brave"} {
		b := ProfileFolder(filepath.Join(config, folders[name]))
		b.Name = name
		out = append(out, b)
	}
	return append(out, Browser{Name: "Firefox", Dir: filepath.Join(firefox, firefoxHosts), Home: firefox, Firefox: true}), nil
}

// There is no registry: the manifest's place is all that a browser looks at.
func (b Browser) checkKey() (State, error) { return Ours, nil }
func (b Browser) writeKey() error          { return nil }
func (b Browser) removeKey() error         { return nil }
