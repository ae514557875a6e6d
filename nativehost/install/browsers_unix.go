//go:build unix

package install

import (
	"path/filepath"
	"runtime"

	"github.com/e-onay/e-onay/nativehost/place"
)

// Browsers returns the browsers that are known for this operating system.
func Browsers() ([]Browser, error) {
	config, err := place.ConfigHome()
	if err != nil {
		return nil, err
	}
	home, err := place.Home()
	if err != nil {
		return nil, err
	}
	folders := map[string]string{
		"Chromium": "chromium", "Chrome": "google-chrome", "Edge": "microsoft-edge", "Brave": "BraveSoftware/Brave-Browser",
		"Vivaldi": "vivaldi", "Opera": "opera",
	}
	// From 147 on Firefox has its profiles where the XDG base directory specification wants them, unless it has them in
	// the old place already. It looks for manifests in the old place all the same.
	firefox := Browser{Name: "Firefox", Firefox: true, Dir: filepath.Join(home, ".mozilla", "native-messaging-hosts"), Traces: []string{
		filepath.Join(home, ".mozilla", "firefox", firefoxTrace), filepath.Join(config, "mozilla", "firefox", firefoxTrace),
	}}
	if runtime.GOOS == "darwin" {
		folders = map[string]string{
			"Chromium": "Chromium", "Chrome": "Google/Chrome", "Edge": "Microsoft Edge", "Brave": "BraveSoftware/Brave-Browser",
			"Vivaldi": "Vivaldi", "Opera": "com.operasoftware.Opera",
		}
		firefox.Dir = filepath.Join(config, "Mozilla", "NativeMessagingHosts")
		firefox.Traces = []string{filepath.Join(config, "Firefox", firefoxTrace)}
	}
	var all []Browser
	for _, name := range []string{"Chromium", "Chrome", "Edge", "Brave", "Vivaldi", "Opera"} {
		b := ProfileFolder(filepath.Join(config, folders[name]))
		if b.Name = name; name == "Opera" { // looks for manifests in Chrome's folder, and for profiles in its own
			b.Dir = ProfileFolder(filepath.Join(config, folders["Chrome"])).Dir
		}
		all = append(all, b)
	}
	all = append(all, firefox)
	for i := range all {
		all[i].Machine = machineFolders("/", all[i].Name)
	}
	return all, nil
}

// relative returns executable: manifests name programs by absolute paths here.
func (Browser) relative(executable string) string { return executable }

// There is no registry: the manifest's place is all that a browser looks at.
func (b Browser) checkKey() (State, error) { return Ours, nil }
func (b Browser) writeKey() error          { return nil }
func (b Browser) removeKey() error         { return nil }
