package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromiumTab is one tab or window of Chromium.
type chromiumTab struct{ ctx context.Context }

// command makes an action of a protocol command whose result does not matter.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// give gives the page a press, which may take it away.
func give(ctx context.Context, presses ...chromedp.Action[chromedp.Void]) error {
	err := chromedp.Do(ctx, presses...)
	if errors.Is(err, chromedp.ErrTargetDetached) {
		return errGone
	}
	return err
}

func (c *chromiumTab) context() context.Context { return c.ctx }

func (c *chromiumTab) id() string { return string(chromedp.FromContext(c.ctx).Target.TargetID) }

func (c *chromiumTab) navigate(ctx context.Context, url string) error {
	return chromedp.Do(ctx, chromedp.Navigate(url))
}

func (c *chromiumTab) reload(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Reload()) }

func (c *chromiumTab) close(ctx context.Context) error {
	return give(ctx, command(page.Close, cdp.Empty{}))
}

func (c *chromiumTab) front(ctx context.Context) error {
	return chromedp.Do(ctx, command(page.BringToFront, cdp.Empty{}))
}

func (c *chromiumTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, func(e *runtime.EvaluateParams) {
		e.AwaitPromise = new(true)
	}))
}

// until waits for the value of an expression, in whatever document the tab comes to show: a new window may still be at its
// first, empty one. The page itself looks. chromedp's own queries look by several commands each 5 ms, and have the browser
// tell of each change of the document, which costs as much as all the rest.
func (c *chromiumTab) until(ctx context.Context, expression string) (json.RawMessage, error) {
	for {
		value, err := c.evaluate(ctx, until(expression))
		if refused := new(cdproto.Error); !errors.As(err, &refused) || refused.Code != serverError {
			return value, err
		}
	}
}

// serverError is the code by which DevTools refuse a script whose document was left, or is not there yet.
const serverError = -32000

func (c *chromiumTab) await(ctx context.Context, expression string) error {
	_, err := c.until(ctx, "!!("+expression+")")
	return err
}

// find waits for an element that can be seen and meets a condition, and returns the value of an expression, both of e.
func (c *chromiumTab) find(ctx context.Context, selector, condition, expression string) (json.RawMessage, error) {
	found, err := c.until(ctx, shown(selector, condition, expression))
	if err != nil {
		return nil, err
	}
	var one []json.RawMessage
	if err := json.Unmarshal(found, &one); err != nil || len(one) != 1 {
		return nil, fmt.Errorf("%s: %q", selector, found)
	}
	return one[0], nil
}

func (c *chromiumTab) visible(ctx context.Context, selector string) error {
	_, err := c.find(ctx, selector, "true", "true")
	return err
}

// click gives a press again that did not come to the element, because the page moved it meanwhile or did not take it, as
// a person does.
func (c *chromiumTab) click(ctx context.Context, selector string) error {
	const enabled = `!e.matches(":disabled")`
	middle := `(` + missing(selector) + `, e.scrollIntoViewIfNeeded(), ((r) => [r.x + r.width / 2, r.y + r.height / 2])(e.getClientRects()[0]))`
	for {
		if _, err := c.find(ctx, selector, enabled, "true"); err != nil {
			return err
		}
		if err := awaitPresses(ctx, c); err != nil {
			return err
		}
		found, err := c.find(ctx, selector, enabled, middle)
		if err != nil {
			return err
		}
		var at [2]float64
		if err := json.Unmarshal(found, &at); err != nil {
			return fmt.Errorf("%s is at %q: %w", selector, found, err)
		}
		if err := give(ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
			return err
		}
		missed, err := c.evaluate(ctx, "window.missed === true")
		if err != nil || string(missed) != "true" { // a document that has left with the press has had it
			return nil
		}
	}
}

func (c *chromiumTab) clickCorner(ctx context.Context) error {
	return chromedp.Do(ctx, chromedp.MouseClickXY(1, 1))
}

func (c *chromiumTab) clickFrame(ctx context.Context) error { return c.clickCorner(ctx) }

func (c *chromiumTab) typeInto(ctx context.Context, selector, text string) error {
	if _, err := c.find(ctx, selector, "true", "e.focus()"); err != nil {
		return err
	}
	return c.press(ctx, text)
}

func (c *chromiumTab) text(ctx context.Context, selector string) (string, error) {
	return c.read(ctx, selector, "e.innerText")
}

func (c *chromiumTab) attribute(ctx context.Context, selector, name string) (string, error) {
	return c.read(ctx, selector, "e.getAttribute("+strconv.Quote(name)+") ?? ''")
}

func (c *chromiumTab) read(ctx context.Context, selector, expression string) (string, error) {
	value, err := c.find(ctx, selector, "true", expression)
	if err != nil {
		return "", err
	}
	var text string
	return text, json.Unmarshal(value, &text)
}

func (c *chromiumTab) press(ctx context.Context, keys string) error {
	return give(ctx, chromedp.KeyEvent(keys))
}

func (c *chromiumTab) screenshot(ctx context.Context) ([]byte, error) {
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

func (c *chromiumTab) appear(ctx context.Context, a Appearance) error {
	scheme := "light"
	if a.Dark {
		scheme = "dark"
	}
	return chromedp.Do(ctx,
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: a.Width, Height: a.Height, DeviceScaleFactor: a.Scale}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
}
