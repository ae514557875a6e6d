package install

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows/registry"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/place"
)

// Browsers returns the browsers that are known for Windows. Each one's manifest lies in a folder of
// ours; a key below HKEY_CURRENT_USER names it.
func Browsers() ([]Browser, error) {
	local, err := place.ConfigHome()
	if err != nil {
		return nil, err
	}
	roaming, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	browser := func(name, key string, trace ...string) Browser {
		return Browser{Name: name, Dir: filepath.Join(local, "e-onay", name), Traces: []string{filepath.Join(trace...)}, Firefox: name == "Firefox", key: key + `\NativeMessagingHosts\` + protocol.HostName}
	}
	return []Browser{
		browser("Chromium", `Software\Chromium`, local, "Chromium", "User Data", chromiumTrace),
		browser("Chrome", `Software\Google\Chrome`, local, "Google", "Chrome", "User Data", chromiumTrace),
		browser("Edge", `Software\Microsoft\Edge`, local, "Microsoft", "Edge", "User Data", chromiumTrace),
		browser("Brave", `Software\BraveSoftware\Brave-Browser`, local, "BraveSoftware", "Brave-Browser", "User Data", chromiumTrace),
		browser("Firefox", `Software\Mozilla`, roaming, "Mozilla", "Firefox", firefoxTrace),
	}, nil
}

// PackagedPath is not known here: what installs for everybody on Windows asks where, and writes the keys by itself.
const PackagedPath = ""

// System returns no folders, for the same reason.
func System(string) []Browser { return nil }

func (b Browser) checkKey() (State, error) {
	if b.key == "" {
		return Ours, nil
	}
	k, err := registry.OpenKey(registry.CURRENT_USER, b.key, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return Absent, nil
	}
	if err != nil {
		return Absent, err
	}
	defer k.Close()
	path, _, err := k.GetStringValue("")
	if err != nil || path != b.Path() {
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

func (b Browser) removeKey() error {
	if b.key == "" {
		return nil
	}
	err := registry.DeleteKey(registry.CURRENT_USER, b.key)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
