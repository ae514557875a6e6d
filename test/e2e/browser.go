package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// BrowserOptions is what a browser is started with.
type BrowserOptions struct {
	Firefox   bool     // else Chromium
	Profile   string   // the browser's folder for what it keeps
	Extension string   // the unpacked extension; "" starts without one
	Private   bool     // the extension is allowed in private windows, by the person
	Policies  string   // the folder that Chromium takes for the machine's own with policies; "" is the machine's
	Env       []string // additions to the environment, inherited by the host
	// Root is the folder of another system, whose browser is started in it; "" is this machine's.
	Root string
	// Translator is the address of a translator's script; with one the browser is on a screen, for a person who reads
	// English, and translates Turkish without being asked. Chromium only.
	Translator string
}

// enter has a command run in the other system, if there is one: what it starts sees nothing of this machine but what is mounted
// there.
func (o BrowserOptions) enter(command *exec.Cmd) {
	if o.Root == "" {
		return
	}
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Chroot, command.Dir = o.Root, "/"
}

// Browser is one running browser.
type Browser struct {
	t      T
	driver driver
}

// A driver gives a browser's commands: what the two browsers have no common language for.
type driver interface {
	context() context.Context // ends with the browser
	process() *os.Process
	kill() error
	// open opens an empty tab.
	open() (tab, error)
	// attach returns the tab or window that the browser knows by this name, once it has a document.
	attach(id string) (tab, error)
	closeTab(ctx context.Context, id string) error
	// addresses returns what every tab and window shows, by its name, and what is closed when that has changed.
	addresses(ctx context.Context) (map[string]string, <-chan struct{}, error)
	// extensionPage returns the address of a page of the extension.
	extensionPage(name string) string
	// pressAction presses the extension's toolbar button while a tab is in front.
	pressAction(ctx context.Context, id string) error
	// answer presses, in a page of the extension, what has it ask for a site's pages, and answers the browser's own
	// question; withdraw takes the pages away in the browser's settings.
	answer(ctx context.Context, p tab, press string, yes bool) error
	withdraw(pattern string) error
	// installed returns the extension that the browser has now, the zero value for none; install installs one; uninstall removes it.
	installed() installed
	install(ctx context.Context, e installed) error
	uninstall(ctx context.Context) error
	// setCookies gives the browser cookies as if their hosts had set them.
	setCookies(ctx context.Context, cookies []hostCookie) error
	// clear closes all but the first tab, removes all cookies, and leaves the extension as if just installed, or takes it away.
	clear(ctx context.Context) error
	// stopBackground ends what the extension runs beside its pages, as the browser may at any time, and returns
	// when it has stopped.
	stopBackground() error
}

// An installed extension is a folder, "" for none, and whether the person allows it in private windows.
type installed struct {
	path    string
	private bool
}

// StartBrowser starts a browser and ends it with the test.
func StartBrowser(t T, o BrowserOptions) *Browser {
	t.Helper()
	b := &Browser{t: t, driver: startDriver(t, o)}
	if _, err := os.Stat(filepath.Join(o.Extension, "manage.html")); o.Extension != "" && err == nil { // the bench has another
		b.closeWelcome()
	}
	return b
}

func startDriver(t T, o BrowserOptions) driver {
	t.Helper()
	if o.Firefox {
		return startFirefox(t, o)
	}
	return startChromium(t, o)
}

// provide has the browser have an extension, or none: the one that is there serves where it is the same.
func (b *Browser) provide(e installed) {
	b.t.Helper()
	there := b.driver.installed()
	if there == e {
		return
	}
	ctx, cancel := context.WithTimeout(b.driver.context(), Patience)
	defer cancel()
	if there.path != "" {
		if err := b.driver.uninstall(ctx); err != nil {
			b.t.Fatalf("uninstall the extension: %v", err)
		}
	}
	if e.path == "" {
		return
	}
	if err := b.driver.install(ctx, e); err != nil {
		b.t.Fatalf("install the extension: %v", err)
	}
	b.closeWelcome()
}

// closeWelcome closes the tab that the extension opens after its installation: both browsers take the one of a test for
// a new one at each start.
func (b *Browser) closeWelcome() {
	b.t.Helper()
	const welcome = "/manage.html#welcome"
	ctx, cancel := context.WithTimeout(b.driver.context(), Patience)
	defer cancel()
	if err := b.driver.closeTab(ctx, b.await(welcome, 1)[0]); err != nil {
		b.t.Fatalf("close the tab of the first start: %v", err)
	}
	b.await(welcome, 0)
}

// PID returns the number of the browser's own process, which has started all its others.
func (b *Browser) PID() int { return b.driver.process().Pid }

// Kill ends the whole browser as a crash does.
func (b *Browser) Kill() {
	b.t.Helper()
	if err := b.driver.kill(); err != nil {
		b.t.Fatalf("kill the browser: %v", err)
	}
}

// matching returns the tabs and windows whose address contains a part.
func (b *Browser) matching(part string) ([]string, <-chan struct{}) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.driver.context(), Patience)
	defer cancel()
	all, changed, err := b.driver.addresses(ctx)
	if err != nil {
		b.t.Fatalf("list tabs and windows: %v", err)
	}
	var ids []string
	for id, address := range all {
		if strings.Contains(address, part) {
			ids = append(ids, id)
		}
	}
	return ids, changed
}

// lookAgain is how long a change may go untold: Firefox says nothing of a window that closes by itself.
const lookAgain = 250 * time.Millisecond

// awaitAny returns the tabs and windows that match once they are as wanted.
func (b *Browser) awaitAny(part, what string, wanted func(ids []string) bool) []string {
	b.t.Helper()
	deadline := time.After(Patience)
	for {
		ids, changed := b.matching(part)
		if wanted(ids) {
			return ids
		}
		select {
		case <-changed:
		case <-time.After(lookAgain):
		case <-deadline:
			b.t.Fatalf("waited %v for %s with %q, there are %d\n%s", Patience, what, part, len(ids), b.describe())
		}
	}
}

// describe tells what each tab and window shows, for the report of a failure.
func (b *Browser) describe() string {
	var all []string
	ids, _ := b.matching("")
	for _, id := range ids {
		tab, err := b.driver.attach(id)
		if err != nil {
			all = append(all, fmt.Sprintf("(tab %s cannot be looked at: %v)", id, err))
			continue
		}
		all = append(all, (&Page{t: b.t, tab: tab}).describe())
	}
	return strings.Join(all, "\n")
}

// await returns once exactly n tabs and windows match.
func (b *Browser) await(part string, n int) []string {
	b.t.Helper()
	return b.awaitAny(part, fmt.Sprintf("%d tabs", n), func(ids []string) bool { return len(ids) == n })
}

// NewPage opens a tab at a URL.
func (b *Browser) NewPage(url string) *Page {
	b.t.Helper()
	tab, err := b.driver.open()
	if err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	p := &Page{t: b.t, tab: tab}
	p.Goto(url)
	return p
}

// NewPrivatePage opens a tab at a URL in a private window, which a page of the extension opens: a driver has no command
// for it. The URL tells it from all other tabs.
func (b *Browser) NewPrivatePage(url string) *Page {
	b.t.Helper()
	opener := b.ExtensionPage("site.html?state=refused&origin=https://magaza.test")
	Eval[bool](opener, `chrome.windows.create({ incognito: true, url: `+strconv.Quote(url)+` }).then(() => true)`)
	opener.Close()
	return b.attach(b.await(url, 1)[0])
}

// ExtensionPage opens one of the extension's own pages in a tab.
func (b *Browser) ExtensionPage(name string) *Page {
	b.t.Helper()
	return b.NewPage(b.driver.extensionPage(name))
}

// signingWindow is how the address of a window looks that a page has asked for, to sign or for a new PIN.
const signingWindow = ".html?request="

// Window waits for the one such window and attaches to it.
func (b *Browser) Window() *Page {
	b.t.Helper()
	return b.Windows(1)[0]
}

// WindowAfter waits for the window that follows another one, which makes room for it.
func (b *Browser) WindowAfter(last *Page) *Page {
	b.t.Helper()
	ids := b.awaitAny(signingWindow, "another window", func(ids []string) bool { return len(ids) == 1 && ids[0] != last.Target() })
	return b.attach(ids[0])
}

// Windows waits for n such windows and attaches to them, in no order.
func (b *Browser) Windows(n int) []*Page {
	b.t.Helper()
	var pages []*Page
	for _, id := range b.await(signingWindow, n) {
		pages = append(pages, b.attach(id))
	}
	return pages
}

// CloseWindows closes every such window.
func (b *Browser) CloseWindows() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.driver.context(), Patience)
	defer cancel()
	ids, _ := b.matching(signingWindow)
	for _, id := range ids {
		if err := b.driver.closeTab(ctx, id); err != nil {
			b.t.Logf("close a window: %v", err) // it may have closed by itself
		}
	}
	b.NoWindow()
}

// NoWindow waits until none is open.
func (b *Browser) NoWindow() {
	b.t.Helper()
	b.await(signingWindow, 0)
}

// PressButton presses the extension's toolbar button over a page.
func (b *Browser) PressButton(p *Page) {
	b.t.Helper()
	p.do("press the toolbar button", func(ctx context.Context) error { return b.driver.pressAction(ctx, p.Target()) })
}

// Grant presses, in a page of the extension, what has it ask for a site's pages, and says yes to the browser.
func (b *Browser) Grant(p *Page, press string) {
	b.t.Helper()
	p.do("say yes", func(ctx context.Context) error { return b.driver.answer(ctx, p.tab, press, true) })
}

// Deny is Grant, and says no.
func (b *Browser) Deny(p *Page, press string) {
	b.t.Helper()
	p.do("say no", func(ctx context.Context) error { return b.driver.answer(ctx, p.tab, press, false) })
}

// Withdraw takes a site's pages from the extension in the browser's own settings.
func (b *Browser) Withdraw(pattern string) {
	b.t.Helper()
	if err := b.driver.withdraw(pattern); err != nil {
		b.t.Fatalf("withdraw %s: %v", pattern, err)
	}
}

// Admit presses the toolbar button over a page and returns the window about its site.
func (b *Browser) Admit(p *Page) *Page {
	b.t.Helper()
	b.PressButton(p)
	window := b.SiteWindow()
	window.Wait("#title")
	if strings.Contains(window.URL(), "state=refused") {
		b.t.Fatalf("the press over %s was refused", p.URL())
	}
	return window
}

// SiteWindow waits for the window that asks for how long a site is admitted.
func (b *Browser) SiteWindow() *Page {
	b.t.Helper()
	return b.attach(b.await("/site.html?", 1)[0])
}

func (b *Browser) attach(id string) *Page {
	b.t.Helper()
	tab, err := b.driver.attach(id)
	if err != nil {
		b.t.Fatalf("attach to a tab: %v", err)
	}
	return &Page{t: b.t, tab: tab}
}

// StopBackground ends the extension's service worker or event page as the browser may at any time, and
// returns when it has stopped.
func (b *Browser) StopBackground() {
	b.t.Helper()
	if err := b.driver.stopBackground(); err != nil {
		b.t.Fatalf("the extension's background does not stop: %v", err)
	}
}
