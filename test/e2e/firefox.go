package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e/bidi"
)

// Firefox is where Debian's package puts the browser.
const Firefox = "/usr/bin/firefox-esr"

// firefoxHost is the host part of the extension's addresses: Firefox draws one for each profile, unless
// its settings have one.
const firefoxHost = "3b3c8f8e-6b0a-4c1e-9f57-0d6f2f2f9a11"

// firefox drives Firefox by WebDriver BiDi.
type firefox struct {
	ctx     context.Context
	cancel  context.CancelFunc
	command *exec.Cmd
	ended   chan struct{} // closed when the process has
	conn    *bidi.Conn
	first   string // the tab that Firefox starts with

	extension installed // since the start

	mu        sync.Mutex
	changed   chan struct{}        // closed and replaced at each event
	documents map[string]*document // of each tab and window that was asked for one
}

// document is what a tab shows, until it shows another one, or is gone.
type document struct {
	ctx   context.Context
	leave context.CancelCauseFunc
}

// Events after which tabs, windows and what they show may be others.
const (
	created   = "browsingContext.contextCreated"
	destroyed = "browsingContext.contextDestroyed"
	committed = "browsingContext.navigationCommitted"
	fragment  = "browsingContext.fragmentNavigated"
	history   = "browsingContext.historyUpdated"
)

func startFirefox(t T, o BrowserOptions) *firefox {
	t.Helper()
	if _, err := os.Stat(filepath.Join(o.Root, Firefox)); err != nil {
		t.Fatalf("%s is missing: run `apt-get install firefox-esr`", filepath.Join(o.Root, Firefox))
	}
	if err := writeFirefoxProfile(o.Profile, o.Private); err != nil {
		t.Fatalf("make Firefox's profile: %v", err)
	}
	f := &firefox{ended: make(chan struct{}), changed: make(chan struct{}), documents: map[string]*document{}}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	// --remote-allow-system-access: the extension's pages are the browser's own to WebDriver.
	f.command = exec.Command(Firefox, "--headless", "--no-remote", "--profile", o.Profile,
		"--remote-debugging-port=0", "--remote-allow-system-access", "--width=1280", "--height=900")
	f.command.Env = append(os.Environ(), o.Env...)
	o.enter(f.command)
	output, err := f.command.StderrPipe()
	if err != nil {
		t.Fatalf("pipe to Firefox: %v", err)
	}
	if err := f.command.Start(); err != nil {
		t.Fatalf("start Firefox: %v", err)
	}
	t.Cleanup(f.stop)
	address := make(chan string, 1)
	go f.read(output, address)
	select {
	case a := <-address:
		if err := f.connect(a, o); err != nil {
			t.Fatalf("connect to Firefox: %v", err)
		}
	case <-f.ended:
		t.Fatalf("Firefox ended before it could be driven")
	case <-time.After(Patience):
		t.Fatalf("Firefox said no address in %v", Patience)
	}
	return f
}

// writeFirefoxProfile writes the settings of a person's Firefox; with private, they have allowed the extension in private
// windows. The driver's own option for that stops the extension and starts it again while it is being installed, so that
// its welcome page is lost on a busy machine.
func writeFirefoxProfile(dir string, private bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if private {
		allowed, err := json.Marshal(map[string]any{protocol.FirefoxExtensionID: map[string][]string{
			"permissions": {"internal:privateBrowsingAllowed"}, "origins": {}}})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "extension-preferences.json"), allowed, 0o600); err != nil {
			return err
		}
	}
	hosts, err := json.Marshal(map[string]string{protocol.FirefoxExtensionID: firefoxHost})
	if err != nil {
		return err
	}
	var prefs strings.Builder
	for _, p := range []struct {
		name  string
		value any
	}{
		{"extensions.webextensions.uuids", string(hosts)},
		{"extensions.webextensions.keepUuidOnUninstall", true},
		{"intl.accept_languages", "tr-TR, tr"},
		{"network.dns.localDomains", strings.Join(append([]string{PortalName}, siteNames...), ",")},
		// What no test is about, and costs as much at each start: the page of a new tab, processes for pages to come.
		{"browser.startup.page", 0},
		{"browser.newtabpage.enabled", false},
		{"browser.newtab.preload", false},
		{"dom.ipc.processPrelaunch.enabled", false},
		// Nobody looks at what moves. Windows are drawn by the processor: at sixty pictures a second that is more than half
		// of what a journey costs.
		{"layout.frame_rate", 10},
		{"ui.prefersReducedMotion", 1},
		{"toolkit.cosmeticAnimations.enabled", false},
		// A driver needs no time to read a question, as a person does.
		{"security.notification_enable_delay", 0},
		// What is behind another window works on, as on a screen where one can see both.
		{"dom.min_background_timeout_value", 4},
		{"dom.timeout.enable_budget_timer_throttling", false},
		// A test's windows live too short to win back what optimising their programs takes.
		{"javascript.options.wasm_optimizingjit", !testing.Testing()},
	} {
		value, err := json.Marshal(p.value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&prefs, "user_pref(%q, %s);\n", p.name, value)
	}
	return os.WriteFile(filepath.Join(dir, "user.js"), []byte(prefs.String()), 0o600)
}

// read finds the address in what Firefox says, and waits for its end.
func (f *firefox) read(output io.Reader, address chan<- string) {
	const announced = "WebDriver BiDi listening on "
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if _, at, found := strings.Cut(lines.Text(), announced); found {
			address <- at
		}
	}
	_ = f.command.Wait() // its end is the news, not how
	close(f.ended)
}

func (f *firefox) connect(address string, o BrowserOptions) error {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	conn, err := bidi.Dial(ctx, address, f.onEvent)
	if err != nil {
		return err
	}
	f.conn = conn
	if err := conn.Subscribe(ctx, created, destroyed, committed, fragment, history); err != nil {
		return err
	}
	all, _, err := f.addresses(ctx)
	if err != nil {
		return err
	}
	for id := range all {
		f.first = id
	}
	if o.Extension == "" {
		return nil
	}
	return f.install(ctx, installed{o.Extension, o.Private})
}

func (f *firefox) installed() installed { return f.extension }

// install installs the extension. Whether it is allowed in private windows, Firefox knows from its start.
func (f *firefox) install(ctx context.Context, e installed) error {
	f.extension = e
	return f.conn.Call(ctx, "webExtension.install", map[string]any{
		"extensionData": map[string]any{"type": "path", "path": e.path},
	}, nil)
}

func (f *firefox) uninstall(ctx context.Context) error {
	f.extension = installed{}
	return f.conn.Call(ctx, "webExtension.uninstall", map[string]any{"extension": protocol.FirefoxExtensionID}, nil)
}

func (f *firefox) setCookies(ctx context.Context, cookies []hostCookie) error {
	for _, c := range cookies {
		cookie := map[string]any{"name": c.Name, "value": map[string]string{"type": "string", "value": c.Value},
			"domain": c.host, "path": c.Path, "secure": c.Secure, "httpOnly": c.HttpOnly}
		if c.SameSite == http.SameSiteLaxMode {
			cookie["sameSite"] = "lax"
		}
		if err := f.conn.Call(ctx, "storage.setCookie", map[string]any{"cookie": cookie}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (f *firefox) clear(ctx context.Context) error {
	if f.extension.path != "" {
		if err := f.uninstall(ctx); err != nil {
			return err
		}
	}
	all, _, err := f.addresses(ctx)
	if err != nil {
		return err
	}
	for id := range all {
		if id == f.first {
			continue
		}
		if err := f.closeTab(ctx, id); err != nil && !bidi.Is(err, "no such frame") { // it may have closed by itself
			return err
		}
	}
	return f.conn.Call(ctx, "storage.deleteCookies", struct{}{}, nil)
}

func (f *firefox) onEvent(e bidi.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
	why, over := map[string]error{committed: errLeft, destroyed: errGone}[e.Method]
	if d := f.documents[e.Context]; d != nil && over {
		d.leave(why)
		delete(f.documents, e.Context)
	}
}

// document returns what ends when the tab shows another document than now.
func (f *firefox) document(tab string) context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.documents[tab]
	if d == nil {
		d = &document{}
		d.ctx, d.leave = context.WithCancelCause(f.ctx)
		f.documents[tab] = d
	}
	return d.ctx
}

// stop ends Firefox as a person does, and kills it when that takes too long.
func (f *firefox) stop() {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	if f.conn != nil {
		_ = f.conn.Call(ctx, "browser.close", struct{}{}, nil) // it may have ended
		defer f.conn.Close()
	}
	select {
	case <-f.ended:
	case <-ctx.Done():
		_ = f.kill()
	}
	f.cancel()
}

func (f *firefox) context() context.Context { return f.ctx }

func (f *firefox) process() *os.Process { return f.command.Process }

func (f *firefox) kill() error {
	err := f.process().Kill()
	<-f.ended
	return err
}

func (f *firefox) addresses(ctx context.Context) (map[string]string, <-chan struct{}, error) {
	f.mu.Lock()
	changed := f.changed // before the look: what comes after it is not missed
	f.mu.Unlock()
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
			URL     string `json:"url"`
		} `json:"contexts"`
	}
	if err := f.conn.Call(ctx, "browsingContext.getTree", map[string]any{"maxDepth": 0}, &tree); err != nil {
		return nil, nil, err
	}
	all := map[string]string{}
	for _, c := range tree.Contexts {
		all[c.Context] = c.URL
	}
	return all, changed, nil
}

func (f *firefox) extensionPage(name string) string {
	return "moz-extension://" + firefoxHost + "/" + name
}

func (f *firefox) open() (tab, error) {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	var made struct {
		Context string `json:"context"`
	}
	err := f.conn.Call(ctx, "browsingContext.create", map[string]any{"type": "tab", "referenceContext": f.first}, &made)
	return &firefoxTab{f, made.Context}, err
}

func (f *firefox) attach(id string) (tab, error) {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	p := &firefoxTab{f, id}
	return p, p.await(ctx, `document.readyState !== "loading"`)
}

func (f *firefox) closeTab(ctx context.Context, id string) error {
	return f.conn.Call(ctx, "browsingContext.close", map[string]any{"context": id}, nil)
}

// stopBackground asks the browser itself, in the scope of its own windows. An event that was on its way, as of a window
// that has just been closed, starts the background anew: then it is stopped again.
func (f *firefox) stopBackground() error {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	state, err := f.inside(ctx, `
		for (let n = 0; n < 100 && extension.backgroundState !== "stopped"; n++) await extension.terminateBackground();
		return extension.backgroundState;`)
	if err == nil && string(state) != `"stopped"` {
		err = fmt.Errorf("its state is %s", state)
	}
	return err
}

// pressAction presses in the browser's own window: there is no other command for it.
func (f *firefox) pressAction(ctx context.Context, id string) error {
	err := f.conn.Call(ctx, "browsingContext.activate", map[string]any{"context": id}, nil)
	if err != nil {
		return err
	}
	_, err = f.inside(ctx, `
		const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
		const { NavigableManager } = ChromeUtils.importESModule("chrome://remote/content/shared/NavigableManager.sys.mjs");
		const window = [...Services.wm.getEnumerator("navigator:browser")]
			.find((w) => NavigableManager.getIdForBrowser(w.gBrowser.selectedBrowser) === "`+id+`");
		await ExtensionParent.apiManager.global.browserActionFor(extension).triggerAction(window);
		return true;`)
	return err
}

// answer presses a button of the browser's question, which is a part of its window.
func (f *firefox) answer(ctx context.Context, p tab, press string, yes bool) error {
	if err := p.click(ctx, press); err != nil {
		return err
	}
	button := "secondaryButton"
	if yes {
		button = "button"
	}
	_, err := f.inside(ctx, `
		const question = await `+until(`[...Services.wm.getEnumerator("navigator:browser")]
			.map((w) => w.PopupNotifications.panel).filter((p) => p.state === "open")
			.map((p) => p.querySelector("#addon-webext-permissions-notification")).find((q) => q !== null)`)+`;
		question.`+button+`.click();
		return true;`)
	return err
}

func (f *firefox) withdraw(pattern string) error {
	ctx, cancel := context.WithTimeout(f.ctx, Patience)
	defer cancel()
	_, err := f.inside(ctx, `
		const { ExtensionPermissions } = ChromeUtils.importESModule("resource://gre/modules/ExtensionPermissions.sys.mjs");
		await ExtensionPermissions.remove(extension.id, { permissions: [], origins: [`+strconv.Quote(pattern)+`] }, extension);
		return true;`)
	return err
}

// inside runs the body of a function, of the extension as Firefox knows it, in the browser's own scope.
func (f *firefox) inside(ctx context.Context, body string) (json.RawMessage, error) {
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
		} `json:"contexts"`
	}
	err := f.conn.Call(ctx, "browsingContext.getTree", map[string]any{"maxDepth": 0, "moz:scope": "chrome"}, &tree)
	if err != nil {
		return nil, err
	}
	if len(tree.Contexts) == 0 {
		return nil, fmt.Errorf("the browser has no window of its own")
	}
	window := &firefoxTab{f, tree.Contexts[0].Context}
	return window.evaluate(ctx, `(async ({ extension }) => {`+body+`})(WebExtensionPolicy.getByID("`+protocol.FirefoxExtensionID+`"))`)
}
