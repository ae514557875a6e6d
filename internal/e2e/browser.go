package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Chromium is where Debian's package puts the browser.
const Chromium = "/usr/bin/chromium"

// BrowserOptions is what a browser is started with.
type BrowserOptions struct {
	Profile   string   // the user data directory
	Extension string   // the unpacked extension; "" starts without one
	Env       []string // additions to the environment, inherited by the host
}

// Browser is one running Chromium.
type Browser struct {
	t   T
	ctx context.Context

	mu      sync.Mutex
	targets map[target.ID]target.Info
	changed chan struct{} // closed and replaced at each change of targets
}

// StartBrowser starts Chromium and ends it with the test.
func StartBrowser(t T, o BrowserOptions) *Browser {
	t.Helper()
	if _, err := os.Stat(Chromium); err != nil {
		t.Fatalf("%s is missing: run `apt-get install chromium`", Chromium)
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), browserFlags(o)...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // closes the browser and waits for it
		cancel()
		cancelAlloc()
	})
	b := &Browser{t: t, ctx: ctx, targets: map[target.ID]target.Info{}, changed: make(chan struct{})}
	if err := chromedp.ListenBrowser(ctx, b.onEvent); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	if err := callBrowser(ctx, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true}); err != nil {
		t.Fatalf("watch targets: %v", err)
	}
	return b
}

// Kill ends the whole browser as a crash does.
func (b *Browser) Kill() {
	b.t.Helper()
	if err := chromedp.FromContext(b.ctx).Browser.Process().Kill(); err != nil {
		b.t.Fatalf("kill Chromium: %v", err)
	}
}

func browserFlags(o BrowserOptions) []chromedp.ExecAllocatorOption {
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(Chromium),
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.NoSandbox,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// What is behind another window works on, as on a screen where one can see both.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-features", "DisableLoadExtensionCommandLineSwitch,Translate"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "tr-TR"),
		chromedp.UserDataDir(o.Profile),
		chromedp.WindowSize(1280, 900),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			cmd.Env = append(os.Environ(), o.Env...)
		}),
	}
	if o.Extension != "" {
		flags = append(flags,
			chromedp.Flag("disable-extensions-except", o.Extension),
			chromedp.Flag("load-extension", o.Extension))
	}
	return flags
}

// InstallHost registers the built host for a browser profile, by the host's own command.
func InstallHost(t T, profile string) {
	t.Helper()
	out, err := exec.Command(Built(t, "eonay-host"), "install", "--browser-dir", profile).CombinedOutput()
	if err != nil {
		t.Fatalf("install the host: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(profile, "NativeMessagingHosts")); err != nil {
		t.Fatalf("install wrote no manifest: %v", err)
	}
}

// callBrowser sends a command to the browser itself.
func callBrowser[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.CallBrowser(ctx, command, params)
	return err
}

func (b *Browser) onEvent(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *target.EventTargetCreated:
		b.targets[ev.TargetInfo.TargetID] = *ev.TargetInfo
	case *target.EventTargetInfoChanged:
		b.targets[ev.TargetInfo.TargetID] = *ev.TargetInfo
	case *target.EventTargetDestroyed:
		delete(b.targets, ev.TargetID)
	default:
		return
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// matching returns the targets of a type whose address contains a part.
func (b *Browser) matching(kind, part string) ([]target.ID, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []target.ID
	for id, info := range b.targets {
		if info.Type == kind && strings.Contains(info.URL, part) {
			ids = append(ids, id)
		}
	}
	return ids, b.changed
}

// await returns once exactly n targets match.
func (b *Browser) await(kind, part string, n int) []target.ID {
	b.t.Helper()
	deadline := time.After(Patience)
	for {
		ids, changed := b.matching(kind, part)
		if len(ids) == n {
			return ids
		}
		select {
		case <-changed:
		case <-deadline:
			b.t.Fatalf("waited %v for %d %s with %q, there are %d", Patience, n, kind, part, len(ids))
		}
	}
}

// NewPage opens a tab at a URL.
func (b *Browser) NewPage(url string) *Page {
	b.t.Helper()
	p := b.page()
	p.Goto(url)
	return p
}

// ExtensionPage opens one of the extension's own pages in a tab.
func (b *Browser) ExtensionPage(name string) *Page {
	b.t.Helper()
	url := "chrome-extension://" + protocol.ChromiumExtensionID + "/" + name
	made, err := chromedp.CallBrowser(b.ctx, target.CreateTarget, target.CreateTargetParams{URL: url})
	if err != nil {
		b.t.Fatalf("open %s: %v", url, err)
	}
	return b.attach(made.TargetID)
}

// signingWindow is how the address of a window looks that a page has asked for, to sign or for a new PIN.
const signingWindow = ".html?request="

// Window waits for the one such window and attaches to it.
func (b *Browser) Window() *Page {
	b.t.Helper()
	ids := b.await("page", signingWindow, 1)
	return b.attach(ids[0])
}

// Windows waits for n such windows and attaches to them, in no order.
func (b *Browser) Windows(n int) []*Page {
	b.t.Helper()
	var pages []*Page
	for _, id := range b.await("page", signingWindow, n) {
		pages = append(pages, b.attach(id))
	}
	return pages
}

// CloseWindows closes every such window.
func (b *Browser) CloseWindows() {
	b.t.Helper()
	ids, _ := b.matching("page", signingWindow)
	for _, id := range ids {
		if err := callBrowser(b.ctx, target.CloseTarget, target.CloseTargetParams{TargetID: id}); err != nil {
			b.t.Logf("close a window: %v", err) // it may have closed by itself
		}
	}
	b.NoWindow()
}

// NoWindow waits until none is open.
func (b *Browser) NoWindow() {
	b.t.Helper()
	b.await("page", signingWindow, 0)
}

func (b *Browser) attach(id target.ID) *Page {
	b.t.Helper()
	p := b.page(chromedp.WithTargetID(id))
	p.do("attach", chromedp.WaitReady(chromedp.CSS("body")))
	return p
}

// page returns a new tab, or the one that the options name. The first action on a context decides how
// long its tab lives, so it is an empty one without a time limit.
func (b *Browser) page(options ...chromedp.ContextOption) *Page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, options...)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	return &Page{t: b.t, ctx: ctx, cancel: cancel}
}

// StopServiceWorker ends the extension's service worker as the browser may at any time, and returns
// when it has stopped.
func (b *Browser) StopServiceWorker() {
	b.t.Helper()
	p := b.ExtensionPage("look.css") // the domain's commands count for the origin of the page they go to
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	updates := chromedp.Events(ctx, serviceworker.WorkerVersionUpdated)
	p.do("stop the service worker",
		command(serviceworker.Enable, cdp.Empty{}),
		command(serviceworker.StopAllWorkers, cdp.Empty{}))
	for update, err := range updates {
		if err != nil {
			b.t.Fatalf("the service worker does not stop: %v", err)
		}
		if len(update.Versions) > 0 && allStopped(update.Versions) {
			break
		}
	}
	p.Close()
}

func allStopped(versions []*serviceworker.Version) bool {
	return !slices.ContainsFunc(versions, func(v *serviceworker.Version) bool {
		return v.RunningStatus != serviceworker.VersionRunningStatusStopped
	})
}
