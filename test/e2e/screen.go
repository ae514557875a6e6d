package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// startScreen starts an X server without a screen of its own, and a window manager on it, and returns its name.
func startScreen(t T) string {
	t.Helper()
	server := exec.Command("Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1600x1000x24")
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatalf("start Xvfb: %v: run `make deps`", err)
	}
	endWith(t, server)
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb names no display: %v", err)
	}
	display := ":" + strings.TrimSpace(number)
	manager := exec.Command("openbox")
	manager.Env = append(os.Environ(), "DISPLAY="+display)
	if err := manager.Start(); err != nil {
		t.Fatalf("start openbox: %v: run `make deps`", err)
	}
	endWith(t, manager)
	return display
}

func endWith(t T, c *exec.Cmd) {
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// translates has the world's browser be that of a person who has Turkish translated, on a screen: a browser without one
// has no translator.
func (w *World) translates() {
	w.t.Helper()
	w.browser.Env = append(w.browser.Env, "DISPLAY="+startScreen(w.t))
	dir := filepath.Join(w.profile(), "Default")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatalf("make the profile: %v", err)
	}
	const preferences = `{"translate":{"enabled":true},"translate_allowlists":{"tr":"en"},"translate_recent_target":"en",
		"intl":{"accept_languages":"en-US,en","selected_languages":"en-US,en"}}`
	if err := os.WriteFile(filepath.Join(dir, "Preferences"), []byte(preferences), 0o600); err != nil {
		w.t.Fatalf("write the preferences: %v", err)
	}
}

// translating are the flags of such a browser; they take the place of those before them.
func translating(o BrowserOptions) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.Flag("headless", false),
		chromedp.Flag("hide-scrollbars", false),
		chromedp.Flag("disable-features", unwanted),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("translate-script-url", o.Translator),
	}
}
