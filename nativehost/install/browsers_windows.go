package install

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows/registry"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Browsers returns the browsers that are known for Windows. Each one's manifest lies in a folder of
// ours; a key below HKEY_CURRENT_USER names it.
func Browsers() ([]Browser, error) {
	local, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	roaming, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	browser := func(name, key, home string) Browser {
		return Browser{Name: name, Dir: filepath.Join(local, "e-onay", name), Home: home, Firefox: name == "Firefox", key: key + `\NativeMessagingHosts\` + protocol.HostName}
	}
	return []Browser{
		browser("Chromium", `Software\Chromium`, filepath.Join(local, "Chromium")),
		browser("Chrome", `Software\Google\Chrome`, filepath.Join(local, "Google", "Chrome")),
		browser("Edge", `Software\Microsoft\Edge`, filepath.Join(local, "Microsoft", "Edge")),
		browser("Brave", `Software\BraveSoftware\Brave-Browser`, filepath.Join(local, "BraveSoftware", "Brave-Browser")),
		browser("Firefox", `Software\Mozilla`, filepath.Join(roaming, "Mozilla")),
	}, nil
}

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
