package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// Page is one tab or window.
type Page struct {
	t   T
	tab tab
}

// A tab gives the commands of one tab or window. What waits for an element waits as long as its context allows.
type tab interface {
	context() context.Context // ends with the tab, or later
	id() string               // the browser's name of it
	navigate(ctx context.Context, url string) error
	reload(ctx context.Context) error
	close(ctx context.Context) error
	// front gives the tab or window the focus.
	front(ctx context.Context) error
	// evaluate evaluates JavaScript, awaits a promise, and returns the value as JSON: nothing for undefined.
	evaluate(ctx context.Context, expression string) (json.RawMessage, error)
	// await waits until an expression is true.
	await(ctx context.Context, expression string) error
	visible(ctx context.Context, selector string) error
	click(ctx context.Context, selector string) error
	clickCorner(ctx context.Context) error
	// clickFrame presses in the corner of the page's first frame, which is in the page's own.
	clickFrame(ctx context.Context) error
	typeInto(ctx context.Context, selector, text string) error
	press(ctx context.Context, keys string) error
	text(ctx context.Context, selector string) (string, error)
	attribute(ctx context.Context, selector, name string) (string, error)
	screenshot(ctx context.Context) ([]byte, error)
	appear(ctx context.Context, a Appearance) error
}

// errGone says that a press took the tab away before the key or button was up again.
var errGone = errors.New("the window is gone")

// get carries out one action within Patience and returns its value; what begins the failure's sentence.
func get[V any](p *Page, what string, action func(ctx context.Context) (V, error)) V {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab.context(), Patience)
	defer cancel()
	value, err := action(ctx)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.describe())
	}
	return value
}

func (p *Page) do(what string, action func(ctx context.Context) error) {
	p.t.Helper()
	get(p, what, func(ctx context.Context) (struct{}, error) { return struct{}{}, action(ctx) })
}

// give gives the page a press. One that closes the window may take it away before the key or button is
// up again: that is no failure, and whether the press did what it should is for the next step to tell.
func (p *Page) give(what string, press func(ctx context.Context) error) {
	p.t.Helper()
	p.do(what, func(ctx context.Context) error {
		err := press(ctx)
		if errors.Is(err, errGone) {
			p.t.Logf("%s: the window went with it", what)
			return nil
		}
		return err
	})
}

// describe saves a picture of the page and returns where, with the page's text.
func (p *Page) describe() string {
	ctx, cancel := context.WithTimeout(p.tab.context(), 5*time.Second)
	defer cancel()
	text, err := evaluate[string](ctx, p, `location.href + "\n" + document.body.innerText`)
	if err != nil {
		return "(the page cannot be looked at: " + err.Error() + ")"
	}
	png, err := p.tab.screenshot(ctx)
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
	p.do("open "+url, func(ctx context.Context) error { return p.tab.navigate(ctx, url) })
}

// Target returns the browser's name of the tab or window.
func (p *Page) Target() string { return p.tab.id() }

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", p.tab.reload)
}

// Wait waits until an element can be seen.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	p.do("wait for "+selector, func(ctx context.Context) error { return p.tab.visible(ctx, selector) })
}

// Click presses an element with the mouse, as a person does: where it is, with a user gesture.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.give("click "+selector, func(ctx context.Context) error { return p.tab.click(ctx, selector) })
}

// Type types into an element.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.do("type into "+selector, func(ctx context.Context) error { return p.tab.typeInto(ctx, selector, text) })
}

// Empty takes out of a field what stands in it.
func (p *Page) Empty(selector string) {
	p.t.Helper()
	Eval[string](p, `document.querySelector(`+strconv.Quote(selector)+`).value = ""`)
}

// Keys that tests press.
const (
	Enter    = kb.Enter
	Escape   = kb.Escape
	Tab      = kb.Tab
	PageDown = kb.PageDown
)

// Press presses a key wherever the focus is, once the page takes what the key does. A screen that changes by itself at
// that moment does not take it, and the key is pressed again, as a person does.
func (p *Page) Press(key string) {
	p.t.Helper()
	if key != Enter && key != " " {
		p.Hammer(key)
		return
	}
	p.give("press a key", func(ctx context.Context) error {
		for {
			if err := awaitPresses(ctx, p.tab); err != nil {
				return err
			}
			if _, err := p.tab.evaluate(ctx, missedPress(key)); err != nil {
				return err
			}
			if err := p.tab.press(ctx, key); err != nil {
				return err
			}
			missed, err := p.tab.evaluate(ctx, "window.missed === true")
			if err != nil || string(missed) != "true" { // a document that has left with the key has had it
				return nil
			}
		}
	})
}

// missedPress is the script that has window.missed tell, after a key, that nothing has come of it: no click on a button or a box, no
// submission of a form, or, elsewhere, no key. The guard of the extension's pages lets none through that does not count, also where the
// screen changes between the key and what comes of it: a driver sends key down, character and key up one by one.
func missedPress(key string) string {
	return `((field, isEnter) => {
	const submits = [...field?.form?.elements ?? []].find((e) => e.type === "submit");
	const clicks = field?.matches("button, summary") || !isEnter && field?.matches("input[type=checkbox], input[type=radio]");
	const comes = clicks ? "click" : isEnter && submits?.disabled === false ? "submit" : "keydown";
	window.missed = true;
	addEventListener(comes, () => { window.missed = false; }, { capture: true, once: true });
	return true;
})(document.activeElement, ` + strconv.FormatBool(key == Enter) + `)`
}

// Hammer presses a key at once, whether the page takes it or not.
func (p *Page) Hammer(key string) {
	p.t.Helper()
	p.give("press a key", func(ctx context.Context) error { return p.tab.press(ctx, key) })
}

// pressesCount is the script that tells whether a press counts: in the extension's pages only a while after a screen was
// drawn, and with the focus (extension/guard.js).
const pressesCount = `(globalThis.guard === undefined || document.documentElement.dataset.armed !== undefined)`

// isBlurred is the script that tells whether a page of the extension lacks the focus, without which no press counts.
const isBlurred = `(globalThis.guard !== undefined && !document.hasFocus())`

// awaitPresses gives a page of the extension the focus and waits until presses count. Another window may take the focus
// meanwhile; then it takes it back, as a person does.
func awaitPresses(ctx context.Context, t tab) error {
	for {
		if err := t.await(ctx, isBlurred+" || "+pressesCount); err != nil {
			return err
		}
		counts, err := t.evaluate(ctx, pressesCount)
		if err != nil || string(counts) == "true" {
			return err
		}
		if err := takeFocus(ctx, t); err != nil {
			return err
		}
	}
}

// Settle gives a page of the extension the focus and waits until presses count: its buttons look then as a person finds them.
func (p *Page) Settle() {
	p.t.Helper()
	p.do("wait until presses count", func(ctx context.Context) error { return awaitPresses(ctx, p.tab) })
}

// takeFocus brings a page to the front and waits until it has the focus, but not for long: a window that came to the
// front at the same time may have it.
func takeFocus(ctx context.Context, t tab) error {
	if err := t.front(ctx); err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	if err := t.await(short, "!"+isBlurred); err != nil && short.Err() == nil {
		return err
	}
	return ctx.Err()
}

// Text returns the text of an element once it can be seen.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return get(p, "read "+selector, func(ctx context.Context) (string, error) { return p.tab.text(ctx, selector) })
}

// Attribute returns an attribute of an element, "" when it has none.
func (p *Page) Attribute(selector, name string) string {
	p.t.Helper()
	return get(p, "read "+name+" of "+selector, func(ctx context.Context) (string, error) {
		return p.tab.attribute(ctx, selector, name)
	})
}

// Eval evaluates JavaScript in the page and returns its value; a promise is awaited.
func Eval[V any](p *Page, expression string) V {
	p.t.Helper()
	return get(p, "evaluate", func(ctx context.Context) (V, error) { return evaluate[V](ctx, p, expression) })
}

func evaluate[V any](ctx context.Context, p *Page, expression string) (V, error) {
	var value V
	text, err := p.tab.evaluate(ctx, expression)
	if err != nil {
		return value, err
	}
	if len(text) == 0 || string(text) == "null" {
		return value, errors.New("there is no value")
	}
	return value, json.Unmarshal(text, &value)
}

// Gesture presses the mouse in the page's corner and runs JavaScript statements as the consequence. The press itself runs
// them, as it does in a real page: it counts for a second, and a driver on a busy machine may take longer for a second
// command. A press that no listener was told of, since it came to a frame of another site, has its consequence afterwards.
func (p *Page) Gesture(script string) {
	p.t.Helper()
	Eval[bool](p, onPress(script))
	p.do("press", p.tab.clickCorner)
	p.do("run what the press is for", func(ctx context.Context) error {
		failure, err := evaluate[string](ctx, p, `typeof window.pressed === "function" ? pressed() : ""`)
		if err == nil && failure != "" {
			return errors.New(failure)
		}
		return nil // a document that has left with the press has had it
	})
}

// onPress is the script that has the next click in the page, or in its frames of the same site, run statements once, and
// window.pressed do so where none came. That returns the error, if there was one.
func onPress(script string) string {
	return `(() => {
		let failure;
		window.pressed = () => {
			if (failure !== undefined) return failure;
			failure = "";
			try { (() => { ` + script + ` })(); } catch (e) { failure = String(e); }
			return failure;
		};
		for (let i = -1; i < frames.length; i++) {
			try { (i < 0 ? window : frames[i]).addEventListener("click", window.pressed, { capture: true, once: true }); } catch {}
		}
		return true;
	})()`
}

// WaitFor waits until a JavaScript expression is true, looking every few milliseconds: not everything
// that can become true is a change of the document, and a page that cannot be seen draws no frames.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	p.do("wait for "+expression, func(ctx context.Context) error { return p.tab.await(ctx, expression) })
}

// until is the script of a promise of an expression's value, once that is one.
func until(expression string) string {
	return `new Promise((done) => {
		const look = () => {
			const value = (` + expression + `);
			value ? done(value) : setTimeout(look, 10);
		};
		look();
	})`
}

// shown is the script of [value] once the first element of selector can be seen and meets a condition, and of false until
// then. Condition and value call it e.
func shown(selector, condition, value string) string {
	return `((e) => e !== null && e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true }) &&
		` + condition + ` && [` + value + `])(document.querySelector(` + strconv.Quote(selector) + `))`
}

// missedPress is the script that has window.missed tell, after a press, that no click of it came to an element of selector,
// or to the label of one: the page has moved it, or its guard did not let the press count.
func missing(selector string) string {
	return `((hit) => {
		window.missed = true;
		window.addEventListener("click", (p) => { window.missed = !hit(p.target); }, { capture: true, once: true });
	})((e) => e.closest(` + strconv.Quote(selector) + `) ?? e.closest("label")?.control?.closest(` + strconv.Quote(selector) + `))`
}

// URL returns where the page is.
func (p *Page) URL() string {
	p.t.Helper()
	return Eval[string](p, `location.href`)
}

// Close closes the tab or window as a person does.
func (p *Page) Close() {
	p.t.Helper()
	p.give("close", p.tab.close)
}

// Screenshot returns a PNG of what can be seen.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	return get(p, "take a picture", func(ctx context.Context) ([]byte, error) { return p.tab.screenshot(ctx) })
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
	p.do("change the appearance", func(ctx context.Context) error { return p.tab.appear(ctx, a) })
	p.WaitFor(fmt.Sprintf(`innerWidth === %d && matchMedia("(prefers-color-scheme: dark)").matches === %t`, a.Width, a.Dark))
}
