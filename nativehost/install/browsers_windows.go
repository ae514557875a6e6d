package install

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows/registry"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/place"
)

// Browsers returns the browsers that are known for Windows. A key of the registry names each one's manifest: of the person's
// (HKEY_CURRENT_USER), or else of the machine's (HKEY_LOCAL_MACHINE). Install writes the person's, which names a manifest in a
// folder of ours; the installers write theirs, which name manifests beside the program.
//
// Chromium's, Chrome's, Edge's and Firefox's keys are in their makers' documents. Vivaldi and Opera read Chrome's, as their users
// have found; Brave has a key of its own, and reads Chrome's after it. None of the three was tried here.
func Browsers() ([]Browser, error) {
	local, err := place.ConfigHome()
	if err != nil {
		return nil, err
	}
	roaming, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	browser := func(name, manifests, key string, trace ...string) Browser {
		b := Browser{
			Name: name, Dir: filepath.Join(local, "e-onay", manifests), Traces: []string{filepath.Join(trace...)}, Firefox: name == "Firefox",
			key: `Software\` + key + `\NativeMessagingHosts\` + protocol.HostName,
		}
		b.Machine = b.named()
		return b
	}
	const chrome = `Google\Chrome`
	return []Browser{
		browser("Chromium", "Chromium", `Chromium`, local, "Chromium", "User Data", chromiumTrace),
		browser("Chrome", "Chrome", chrome, local, "Google", "Chrome", "User Data", chromiumTrace),
		browser("Edge", "Edge", `Microsoft\Edge`, local, "Microsoft", "Edge", "User Data", chromiumTrace),
		browser("Brave", "Brave", `BraveSoftware\Brave-Browser`, local, "BraveSoftware", "Brave-Browser", "User Data", chromiumTrace),
		browser("Vivaldi", "Chrome", chrome, local, "Vivaldi", "User Data", chromiumTrace),
		browser("Opera", "Chrome", chrome, roaming, "Opera Software", "Opera Stable", chromiumTrace),
		browser("Firefox", "Firefox", `Mozilla`, roaming, "Mozilla", "Firefox", firefoxTrace),
	}, nil
}

// System returns no folders: an installer writes the keys by itself.
func System(string) []Browser { return nil }

// named returns the folder of the manifest that the registry names, unless that is our own of the person's. As for the browsers,
// a key of the machine's counts only where the person has none, even if what theirs names is gone.
func (b Browser) named() []string {
	path, err := value(registry.CURRENT_USER, b.key)
	if errors.Is(err, registry.ErrNotExist) {
		path, err = value(registry.LOCAL_MACHINE, b.key)
	}
	if err != nil || path == b.Path() || filepath.Base(path) != filepath.Base(b.Path()) {
		return nil
	}
	return []string{filepath.Dir(path)}
}

// value returns the value without a name of a key.
func value(root registry.Key, key string) (string, error) {
	k, err := registry.OpenKey(root, key, registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	defer k.Close()
	path, _, err := k.GetStringValue("")
	return path, err
}

// relative returns the path by which a manifest in the browser's folder may name executable too: an installer does not know, when
// it is built, where the person will put it.
func (b Browser) relative(executable string) string {
	path, err := filepath.Rel(b.Dir, executable)
	if err != nil {
		return executable
	}
	return path
}

func (b Browser) checkKey() (State, error) {
	if b.key == "" {
		return Ours, nil
	}
	path, err := value(registry.CURRENT_USER, b.key)
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return Absent, nil
	case err != nil && !errors.Is(err, registry.ErrUnexpectedType):
		return Absent, err
	case path != b.Path():
		return Foreign, nil
	}
	return Ours, nil
}

func (b Browser) writeKey() error {
	if b.key == "" {
		return nil
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, b.key, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	return k.SetStringValue("", b.Path())
}

// removeKey removes the key that names our manifest, and none that names another.
func (b Browser) removeKey() error {
	if b.key == "" {
		return nil
	}
	if state, err := b.checkKey(); err != nil || state != Ours {
		return err
	}
	err := registry.DeleteKey(registry.CURRENT_USER, b.key)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
