package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/extensions"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Chromium is where Debian's package puts the browser.
const Chromium = "/usr/bin/chromium"

// chromium drives Chromium by its DevTools protocol.
type chromium struct {
	ctx     context.Context
	profile string

	first string // the tab that Chromium starts with

	extension installed // since the start
	asked     bool      // the browser was asked about the extension, and remembers what the person has said

	mu      sync.Mutex
	targets map[target.ID]target.Info
	changed chan struct{} // closed and replaced at each change of targets
}

func startChromium(t T, o BrowserOptions) *chromium {
	t.Helper()
	if _, err := os.Stat(filepath.Join(o.Root, Chromium)); err != nil {
		t.Fatalf("%s is missing: run `apt-get install chromium`", filepath.Join(o.Root, Chromium))
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), chromiumFlags(o)...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // closes the browser and waits for it
		cancel()
		cancelAlloc()
	})
	c := &chromium{ctx: ctx, profile: o.Profile, targets: map[target.ID]target.Info{}, changed: make(chan struct{})}
	err := chromedp.ListenBrowser(ctx, c.onEvent)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	if err := callBrowser(ctx, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true}); err != nil {
		t.Fatalf("watch targets: %v", err)
	}
	if c.first, err = c.awaitFirst(); err != nil {
		t.Fatalf("find Chromium's first tab: %v", err)
	}
	return c
}

// awaitFirst returns the first tab that there is.
func (c *chromium) awaitFirst() (string, error) {
	ctx, cancel := context.WithTimeout(c.ctx, Patience)
	defer cancel()
	for {
		all, changed, err := c.addresses(ctx)
		for id := range all {
			return id, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// unwanted are features of Chromium that tests do without: what keeps it from taking an extension from the command line;
// the pages behind its address bar, two for each window, which cost as much as the browser; a process for a page to come;
// and what looks for other devices, and for hints about pages, on the network.
const unwanted = "DisableLoadExtensionCommandLineSwitch,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup," +
	"SpareRendererForSitePerProcess,MediaRouter,OptimizationHints"

func chromiumFlags(o BrowserOptions) []chromedp.ExecAllocatorOption {
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
		// Sites of their own names, with a certificate that nobody has vouched for.
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"),
		chromedp.Flag("ignore-certificate-errors", true),
		// For presses on the toolbar button.
		chromedp.Flag("enable-unsafe-extension-debugging", true),
		chromedp.Flag("disable-features", unwanted+",Translate"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "tr-TR"),
		chromedp.UserDataDir(o.Profile),
		chromedp.WindowSize(1280, 900),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			cmd.Env = append(os.Environ(), o.Env...)
			o.enter(cmd)
		}),
	}
	if o.Extension != "" {
		flags = append(flags,
			chromedp.Flag("disable-extensions-except", o.Extension),
			chromedp.Flag("load-extension", o.Extension))
	}
	if o.Policies != "" {
		flags = append(flags, chromedp.ExecPath(o.Policies+"/chromium"))
	}
	if o.Translator != "" {
		flags = append(flags, translating(o)...)
	}
	if testing.Testing() { // a test's windows live too short to win back what optimising their programs takes
		flags = append(flags, chromedp.Flag("js-flags", "--liftoff-only"))
	}
	return append(flags, viewsFlags...)
}

// callBrowser sends a command to the browser itself.
func callBrowser[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.CallBrowser(ctx, command, params)
	return err
}

func (c *chromium) onEvent(ev any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch ev := ev.(type) {
	case *target.EventTargetCreated:
		c.targets[ev.TargetInfo.TargetID] = *ev.TargetInfo
	case *target.EventTargetInfoChanged:
		c.targets[ev.TargetInfo.TargetID] = *ev.TargetInfo
	case *target.EventTargetDestroyed:
		delete(c.targets, ev.TargetID)
	default:
		return
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *chromium) context() context.Context { return c.ctx }

func (c *chromium) process() *os.Process { return chromedp.FromContext(c.ctx).Browser.Process() }

func (c *chromium) kill() error { return c.process().Kill() }

func (c *chromium) addresses(context.Context) (map[string]string, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{}
	for id, info := range c.targets {
		if info.Type == "page" {
			all[string(id)] = info.URL
		}
	}
	return all, c.changed, nil
}

func (c *chromium) extensionPage(name string) string {
	return "chrome-extension://" + protocol.ChromiumExtensionID + "/" + name
}

func (c *chromium) open() (tab, error) { return c.tab() }

func (c *chromium) attach(id string) (tab, error) {
	p, err := c.tab(chromedp.WithTargetID(target.ID(id)))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	return p, p.await(ctx, `document.body !== null`)
}

// tab returns a new tab, or the one that the options name. The first action on a context decides how long its tab lives, so
// it is an empty one without a time limit. What chromedp has DevTools tell of elements, styles, requests and the console is
// told at each change, and nobody listens.
func (c *chromium) tab(options ...chromedp.ContextOption) (*chromiumTab, error) {
	ctx, _ := chromedp.NewContext(c.ctx, options...) // ends with the browser
	if err := chromedp.Do(ctx); err != nil {
		return nil, err
	}
	return &chromiumTab{ctx}, chromedp.Do(ctx,
		command(css.Disable, cdp.Empty{}), // before the DOM, which it needs
		command(dom.Disable, cdp.Empty{}),
		command(network.Disable, cdp.Empty{}),
		command(log.Disable, cdp.Empty{}))
}

func (c *chromium) closeTab(ctx context.Context, id string) error {
	return callBrowser(ctx, target.CloseTarget, target.CloseTargetParams{TargetID: target.ID(id)})
}

// pressAction finds the tab around a page by its address: DevTools knows the two apart, and does not say which is whose.
func (c *chromium) pressAction(ctx context.Context, id string) error {
	all, _, err := c.addresses(ctx)
	if err != nil {
		return err
	}
	tabs, err := chromedp.CallBrowser(ctx, target.GetTargets, target.GetTargetsParams{Filter: target.Filter{{Type: "tab"}}})
	if err != nil {
		return err
	}
	var found []target.ID
	for _, info := range tabs.TargetInfos {
		if info.URL == all[id] {
			found = append(found, info.TargetID)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("%d tabs show %s", len(found), all[id])
	}
	return callBrowser(ctx, extensions.TriggerAction, extensions.TriggerActionParams{
		ID: protocol.ChromiumExtensionID, TargetID: string(found[0])})
}

func (c *chromium) withdraw(pattern string) error {
	c.asked = true
	return c.inSettings(fmt.Sprintf("chrome.developerPrivate.removeHostPermission(%q, %q)", protocol.ChromiumExtensionID, pattern))
}

func (c *chromium) installed() installed { return c.extension }

func (c *chromium) install(ctx context.Context, e installed) error {
	c.extension, c.asked = e, false
	return callBrowser(ctx, extensions.LoadUnpacked, extensions.LoadUnpackedParams{Path: e.path, EnableInIncognito: &e.private})
}

func (c *chromium) uninstall(ctx context.Context) error {
	c.extension = installed{}
	return callBrowser(ctx, extensions.Uninstall, extensions.UninstallParams{ID: protocol.ChromiumExtensionID})
}

func (c *chromium) setCookies(ctx context.Context, cookies []hostCookie) error {
	var all []*network.CookieParam
	for _, c := range cookies {
		p := &network.CookieParam{Name: c.Name, Value: c.Value, Domain: c.host, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HttpOnly}
		if c.SameSite == http.SameSiteLaxMode {
			p.SameSite = network.CookieSameSiteLax
		}
		all = append(all, p)
	}
	return callBrowser(ctx, storage.SetCookies, storage.SetCookiesParams{Cookies: all})
}

func (c *chromium) clear(ctx context.Context) error {
	all, _, err := c.addresses(ctx)
	if err != nil {
		return err
	}
	delete(all, c.first)
	for id := range all {
		_ = c.closeTab(ctx, id) // it may have closed by itself
	}
	for id := range all {
		if err := c.awaitGone(ctx, id); err != nil {
			return err
		}
	}
	switch {
	case c.extension.path == "":
	case c.asked:
		err = c.uninstall(ctx)
	default:
		err = c.stopExtension(forgetAll)
	}
	if err != nil {
		return err
	}
	return callBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{})
}

// forgetAll is the script that has the extension forget what it has kept, and show nothing of it. It has no database. To
// install it anew takes three times as long.
const forgetAll = `Promise.all([chrome.storage.local.clear(), chrome.storage.session.clear(), chrome.action.setBadgeText({ text: "" })])`

// inSettings calls, with a script, what the page of the browser's extensions calls when a person changes something of one.
func (c *chromium) inSettings(script string) error {
	p, err := c.tab()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if err := p.navigate(ctx, "chrome://extensions/"); err != nil {
		return err
	}
	_, err = p.evaluate(ctx, script)
	if err != nil {
		return err
	}
	return c.closeTab(ctx, p.id())
}

func (c *chromium) stopBackground() error {
	return c.stopExtension("true")
}

// stopExtension runs a script in a page of the extension, and ends what the extension runs beside its pages.
func (c *chromium) stopExtension(script string) error {
	p, err := c.tab()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	updates := chromedp.Events(ctx, serviceworker.WorkerVersionUpdated)
	// The domain's commands count for the origin of the page they go to.
	if err := p.navigate(ctx, c.extensionPage("look.css")); err != nil {
		return err
	}
	if _, err := p.evaluate(ctx, script); err != nil {
		return err
	}
	err = chromedp.Do(ctx,
		command(serviceworker.Enable, cdp.Empty{}),
		command(serviceworker.StopAllWorkers, cdp.Empty{}))
	if err != nil {
		return err
	}
	for update, err := range updates {
		if err != nil {
			return err
		}
		if len(update.Versions) > 0 && allStopped(update.Versions) {
			break
		}
	}
	if err := c.closeTab(ctx, p.id()); err != nil {
		return err
	}
	return c.awaitGone(ctx, p.id())
}

// awaitGone waits until a tab is no more: what starts in its process while that ends, ends with it.
func (c *chromium) awaitGone(ctx context.Context, id string) error {
	for {
		all, changed, err := c.addresses(ctx)
		if _, there := all[id]; !there || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func allStopped(versions []*serviceworker.Version) bool {
	return !slices.ContainsFunc(versions, func(v *serviceworker.Version) bool {
		return v.RunningStatus != serviceworker.VersionRunningStatusStopped
	})
}
