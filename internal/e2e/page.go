package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Page is one tab or window.
type Page struct {
	t      T
	ctx    context.Context
	cancel context.CancelFunc
}

// get carries out one action within Patience and returns its value; what begins the failure's sentence.
func get[V any](p *Page, what string, action chromedp.Action[V]) V {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.describe())
	}
	return value
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	get(p, what, chromedp.Steps(steps...))
}

// command makes an action of a protocol command whose result does not matter.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// describe saves a picture of the page and returns where, with the page's text.
func (p *Page) describe() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return "(the page cannot be looked at: " + err.Error() + ")"
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return text
	}
	dir := filepath.Join(Root(), "build", "failures")
	name := filepath.Join(dir, fmt.Sprintf("%d.png", time.Now().UnixNano()))
	if os.MkdirAll(dir, 0o755) == nil {
		_ = os.WriteFile(name, png, 0o644) // the text below is the report; the picture helps
	}
	return fmt.Sprintf("picture %s\n%s", name, text)
}

// Goto opens a URL and waits until it is loaded.
func (p *Page) Goto(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// Target returns the browser's name of the tab or window.
func (p *Page) Target() string {
	return string(chromedp.FromContext(p.ctx).Target.TargetID)
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// Wait waits until an element can be seen.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	p.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Click presses an element with the mouse, as a person does: where it is, with a user gesture.
func (p *Page) Click(selector string) {
	p.t.Helper()
	css := chromedp.CSS(selector)
	p.do("find "+selector, chromedp.WaitVisible(css), chromedp.WaitEnabled(css))
	p.give("click "+selector, chromedp.Click(css))
}

// give gives the page a press. One that closes the window may take it away before the key or button is
// up again: that is no failure, and whether the press did what it should is for the next step to tell.
func (p *Page) give(what string, press chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	err := chromedp.Do(ctx, press)
	if errors.Is(err, chromedp.ErrTargetDetached) {
		p.t.Logf("%s: the window went with it", what)
		return
	}
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.describe())
	}
}

// Type types into an element.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	css := chromedp.CSS(selector)
	p.do("type into "+selector, chromedp.WaitVisible(css), chromedp.SendKeys(css, text))
}

// Keys that tests press.
const (
	Enter    = kb.Enter
	Escape   = kb.Escape
	Tab      = kb.Tab
	PageDown = kb.PageDown
)

// Press presses a key wherever the focus is.
func (p *Page) Press(key string) {
	p.t.Helper()
	p.give("press a key", chromedp.KeyEvent(key))
}

// Text returns the text of an element once it can be seen.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return get(p, "read "+selector, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Attribute returns an attribute of an element, "" when it has none.
func (p *Page) Attribute(selector, name string) string {
	p.t.Helper()
	return get(p, "read "+name+" of "+selector, chromedp.AttributeValue(chromedp.CSS(selector), name)).Value
}

// Eval evaluates JavaScript in the page and returns its value; a promise is awaited.
func Eval[V any](p *Page, expression string) V {
	p.t.Helper()
	await := func(e *runtime.EvaluateParams) { e.AwaitPromise = new(true) }
	return get(p, "evaluate", chromedp.Evaluate[V](expression, await))
}

// Gesture presses the mouse in the page's corner and evaluates JavaScript as the consequence.
func (p *Page) Gesture(expression string) {
	p.t.Helper()
	p.do("press", chromedp.MouseClickXY(1, 1))
	gesture := func(e *runtime.EvaluateParams) {
		e.UserGesture = new(true)
		e.AwaitPromise = new(true)
	}
	get(p, "evaluate", chromedp.Evaluate[chromedp.Void](expression, gesture))
}

// WaitFor waits until a JavaScript expression is true, looking every few milliseconds: not everything
// that can become true is a change of the document, and a page that cannot be seen draws no frames.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	await := func(e *runtime.EvaluateParams) { e.AwaitPromise = new(true) }
	get(p, "wait for "+expression, chromedp.Evaluate[bool](`new Promise((done) => {
		const look = () => (`+expression+`) ? done(true) : setTimeout(look, 10);
		look();
	})`, await))
}

// URL returns where the page is.
func (p *Page) URL() string {
	p.t.Helper()
	return get(p, "read the address", chromedp.Location())
}

// Close closes the tab or window as a person does.
func (p *Page) Close() {
	p.t.Helper()
	p.give("close", command(page.Close, cdp.Empty{}))
}

// Screenshot returns a PNG of what can be seen.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	return get(p, "take a picture", chromedp.CaptureScreenshot())
}

// FullScreenshot returns a PNG of the whole page, also what must be scrolled to.
func (p *Page) FullScreenshot() []byte {
	p.t.Helper()
	return get(p, "take a picture", chromedp.FullScreenshot(100))
}

// Appearance is how the page is shown.
type Appearance struct {
	Width, Height int64   // CSS pixels
	Scale         float64 // device pixels for one CSS pixel; 2 with half the width is 200 % zoom
	Dark          bool
}

// Appear shows the page that way from now on.
func (p *Page) Appear(a Appearance) {
	p.t.Helper()
	scheme := "light"
	if a.Dark {
		scheme = "dark"
	}
	p.do("change the appearance",
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: a.Width, Height: a.Height, DeviceScaleFactor: a.Scale}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
}
