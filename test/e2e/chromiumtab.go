package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

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

// await waits in the next document where one leaves meanwhile: a new window may still be at its first, empty one.
func (c *chromiumTab) await(ctx context.Context, expression string) error {
	for {
		_, err := c.evaluate(ctx, until("!!("+expression+")"))
		if err == nil || !strings.Contains(err.Error(), "Execution context was destroyed") {
			return err
		}
	}
}

func (c *chromiumTab) visible(ctx context.Context, selector string) error {
	return chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// click gives a press again that did not come to the element, because the page moved it meanwhile or did not take it, as
// a person does.
func (c *chromiumTab) click(ctx context.Context, selector string) error {
	css := chromedp.CSS(selector)
	for {
		if err := chromedp.Do(ctx, chromedp.WaitVisible(css), chromedp.WaitEnabled(css)); err != nil {
			return err
		}
		if err := awaitPresses(ctx, c); err != nil {
			return err
		}
		_, err := c.evaluate(ctx, missing(selector))
		if err != nil {
			return err
		}
		err = give(ctx, chromedp.Click(css))
		if err != nil {
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
	css := chromedp.CSS(selector)
	return chromedp.Do(ctx, chromedp.WaitVisible(css), chromedp.SendKeys(css, text))
}

func (c *chromiumTab) text(ctx context.Context, selector string) (string, error) {
	return chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (c *chromiumTab) attribute(ctx context.Context, selector, name string) (string, error) {
	a, err := chromedp.Run(ctx, chromedp.AttributeValue(chromedp.CSS(selector), name))
	return a.Value, err
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
