package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/test/e2e/bidi"
)

// firefoxTab is one tab or window of Firefox.
type firefoxTab struct {
	browser *firefox
	name    string
}

// params are those of a command for one tab.
type params = map[string]any

func (f *firefoxTab) call(ctx context.Context, method string, p params, result any) error {
	p["context"] = f.name
	return f.browser.conn.Call(ctx, method, p, result)
}

func (f *firefoxTab) context() context.Context { return f.browser.ctx }

func (f *firefoxTab) id() string { return f.name }

// navigate opens an address, a second time where Firefox does not answer the first within half the patience: under load it has shown
// a page and never said so.
func (f *firefoxTab) navigate(ctx context.Context, url string) error {
	first, cancel := context.WithTimeout(ctx, Patience/2)
	defer cancel()
	err := f.call(first, "browsingContext.navigate", params{"url": url, "wait": "complete"}, nil)
	if first.Err() == nil || ctx.Err() != nil {
		return err
	}
	return f.call(ctx, "browsingContext.navigate", params{"url": url, "wait": "complete"}, nil)
}

func (f *firefoxTab) reload(ctx context.Context) error {
	return f.call(ctx, "browsingContext.reload", params{"wait": "complete"}, nil)
}

func (f *firefoxTab) front(ctx context.Context) error {
	return f.call(ctx, "browsingContext.activate", params{}, nil)
}

func (f *firefoxTab) close(ctx context.Context) error {
	return f.call(ctx, "browsingContext.close", params{}, nil)
}

// evaluation is what a script came to.
type evaluation struct {
	Type      string      `json:"type"`
	Result    remoteValue `json:"result"`
	Exception struct {
		Text string `json:"text"`
	} `json:"exceptionDetails"`
}

// remoteValue is a value as the standard writes it: "value" is of the shape that "type" says.
type remoteValue struct {
	Type     string          `json:"type"`
	Value    json.RawMessage `json:"value"`
	SharedID string          `json:"sharedId"` // of an element
}

// errLeft says that a script did not end because its document was left; Firefox itself says nothing.
var errLeft = errors.New("the document was left")

func (f *firefoxTab) run(ctx context.Context, expression string) (remoteValue, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	document := f.browser.document(f.name)
	defer context.AfterFunc(document, func() { cancel(context.Cause(document)) })()
	var e evaluation
	err := f.browser.conn.Call(ctx, "script.evaluate", params{
		"expression": expression, "awaitPromise": true, "target": params{"context": f.name},
		"serializationOptions": params{"maxDomDepth": 0},
	}, &e)
	if err == nil && e.Type != "success" {
		err = errors.New(e.Exception.Text)
	}
	return e.Result, err
}

func (f *firefoxTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	value, err := f.run(ctx, expression)
	if err != nil {
		return nil, err
	}
	return value.json()
}

// json returns the value as JSON.stringify would, of the shapes that tests ask for.
func (v remoteValue) json() (json.RawMessage, error) {
	switch v.Type {
	case "string", "boolean", "number":
		return v.Value, nil
	case "array":
		var list []remoteValue
		if err := json.Unmarshal(v.Value, &list); err != nil {
			return nil, err
		}
		plain := make([]json.RawMessage, len(list))
		for i, element := range list {
			var err error
			if plain[i], err = element.json(); err != nil {
				return nil, err
			}
		}
		return json.Marshal(plain)
	default:
		return nil, nil
	}
}

// find waits for an element that can be seen and meets a condition, and returns the value of an expression, both of e.
func (f *firefoxTab) find(ctx context.Context, selector, condition, expression string) (remoteValue, error) {
	found, err := f.until(ctx, shown(selector, condition, expression))
	if err != nil {
		return remoteValue{}, err
	}
	var one []remoteValue
	if err := json.Unmarshal(found.Value, &one); err != nil || len(one) != 1 {
		return remoteValue{}, fmt.Errorf("%s: %q", selector, found.Value)
	}
	return one[0], nil
}

// until waits for the value of an expression, in whatever document the tab comes to show.
func (f *firefoxTab) until(ctx context.Context, expression string) (remoteValue, error) {
	for {
		value, err := f.run(ctx, until(expression))
		if !errors.Is(err, errLeft) {
			return value, err
		}
	}
}

func (f *firefoxTab) await(ctx context.Context, expression string) error {
	_, err := f.until(ctx, "!!("+expression+")")
	return err
}

func (f *firefoxTab) visible(ctx context.Context, selector string) error {
	_, err := f.find(ctx, selector, "true", "true")
	return err
}

func (f *firefoxTab) text(ctx context.Context, selector string) (string, error) {
	return f.read(ctx, selector, "e.innerText")
}

func (f *firefoxTab) attribute(ctx context.Context, selector, name string) (string, error) {
	return f.read(ctx, selector, "e.getAttribute("+strconv.Quote(name)+") ?? ''")
}

func (f *firefoxTab) read(ctx context.Context, selector, expression string) (string, error) {
	value, err := f.find(ctx, selector, "true", expression)
	if err != nil {
		return "", err
	}
	var text string
	return text, json.Unmarshal(value.Value, &text)
}

// click presses where an element is once nothing of the page moves it any more: Firefox takes the place and gives
// the press one after the other. A press that did not come to the element is given again, as a person does.
func (f *firefoxTab) click(ctx context.Context, selector string) error {
	for {
		came, err := f.tryClick(ctx, selector)
		if came || err != nil {
			return err
		}
	}
}

// tryClick is click, once. A document that has left the tab with the press has had it.
func (f *firefoxTab) tryClick(ctx context.Context, selector string) (came bool, err error) {
	const still = `document.readyState === "complete" && !e.matches(":disabled")`
	if _, err := f.find(ctx, selector, "true", "true"); err != nil {
		return false, err
	}
	if err := awaitPresses(ctx, f); err != nil {
		return false, err
	}
	into := `(` + missing(selector) + `, e.scrollIntoView({ block: "nearest", inline: "nearest" }), e)`
	element, err := f.find(ctx, selector, still, into)
	if err != nil {
		return false, err
	}
	err = f.clickAt(ctx, params{"x": 0, "y": 0, "origin": params{"type": "element", "element": params{"sharedId": element.SharedID}}})
	if bidi.Is(err, "move target out of bounds") { // a screen that was drawn anew meanwhile has another element there
		return false, nil
	}
	if err != nil {
		return false, err
	}
	missed, err := f.run(ctx, "window.missed")
	return err != nil || string(missed.Value) != "true", nil
}

func (f *firefoxTab) clickCorner(ctx context.Context) error {
	return f.clickAt(ctx, params{"x": 1, "y": 1})
}

// clickFrame presses in the frame itself: a press on the page does not come to a frame of another site.
func (f *firefoxTab) clickFrame(ctx context.Context) error {
	var tree struct {
		Contexts []struct {
			Children []struct {
				Context string `json:"context"`
			} `json:"children"`
		} `json:"contexts"`
	}
	if err := f.browser.conn.Call(ctx, "browsingContext.getTree", params{"root": f.name}, &tree); err != nil {
		return err
	}
	if len(tree.Contexts) != 1 || len(tree.Contexts[0].Children) == 0 {
		return errors.New("the page has no frame")
	}
	frame := &firefoxTab{f.browser, tree.Contexts[0].Children[0].Context}
	return frame.clickCorner(ctx)
}

func (f *firefoxTab) clickAt(ctx context.Context, place params) error {
	place["type"] = "pointerMove"
	return f.perform(ctx, params{"type": "pointer", "id": "mouse", "actions": []params{
		place, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0},
	}})
}

func (f *firefoxTab) typeInto(ctx context.Context, selector, text string) error {
	if _, err := f.find(ctx, selector, "true", "e.focus()"); err != nil {
		return err
	}
	return f.press(ctx, text)
}

// webDriverKeys are the standard's names of keys that are no characters.
var webDriverKeys = strings.NewReplacer(Enter, "\ue007", Escape, "\ue00c", Tab, "\ue004", PageDown, "\ue00f")

func (f *firefoxTab) press(ctx context.Context, keys string) error {
	var actions []params
	for _, key := range webDriverKeys.Replace(keys) {
		actions = append(actions, params{"type": "keyDown", "value": string(key)}, params{"type": "keyUp", "value": string(key)})
	}
	return f.perform(ctx, params{"type": "key", "id": "keyboard", "actions": actions})
}

// perform acts as the person, who may close the window by it.
func (f *firefoxTab) perform(ctx context.Context, source params) error {
	err := f.call(ctx, "input.performActions", params{"actions": []params{source}}, nil)
	if bidi.Is(err, "no such frame") {
		return errGone
	}
	return err
}

func (f *firefoxTab) screenshot(ctx context.Context) ([]byte, error) {
	var picture struct {
		Data []byte `json:"data"`
	}
	err := f.call(ctx, "browsingContext.captureScreenshot", params{"origin": "viewport"}, &picture)
	return picture.Data, err
}

func (f *firefoxTab) appear(ctx context.Context, a Appearance) error {
	scheme := "light"
	if a.Dark {
		scheme = "dark"
	}
	_, err := f.browser.inside(ctx, `
		const { NavigableManager } = ChromeUtils.importESModule("chrome://remote/content/shared/NavigableManager.sys.mjs");
		NavigableManager.getBrowsingContextById("`+f.name+`").prefersColorSchemeOverride = "`+scheme+`";
		return true;`)
	if err != nil {
		return err
	}
	return f.call(ctx, "browsingContext.setViewport", params{
		"viewport": params{"width": a.Width, "height": a.Height}, "devicePixelRatio": a.Scale,
	}, nil)
}
