package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"
)

// viewsFlags are for what Chromium asks by itself, which is no page: it has DevTools of their own for its windows.
var viewsFlags = []chromedp.ExecAllocatorOption{
	chromedp.Flag("enable-ui-devtools", "0"),
	chromedp.Flag("enable-features", "ui-debug-tools-enable-synthetic-events"),
}

// views is a connection to them.
type views struct {
	socket *websocket.Conn
	last   int
}

// A view is what a browser's own window is made of.
type view struct {
	ID         int      `json:"nodeId"`
	Attributes []string `json:"attributes"`
	Children   []view   `json:"children"`
}

// pressAgain is longer than the time for which Chromium takes a further press for one that was not meant.
const pressAgain = time.Second

// answer presses a button of Chromium's question, again where it takes the press for one that came too soon to be meant. A
// press is answered by nobody where the question goes with it.
func (c *chromium) answer(ctx context.Context, p tab, press string, yes bool) error {
	c.asked = true
	if err := p.click(ctx, press); err != nil {
		return err
	}
	button := 0
	if yes {
		button = 1
	}
	for pressed := (time.Time{}); ; {
		again := time.Since(pressed) > pressAgain
		asked, err := c.pressQuestion(ctx, button, again)
		if !asked && err == nil && !pressed.IsZero() {
			return nil
		}
		if asked && again {
			pressed = time.Now()
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// pressQuestion looks for the question, and presses one of its buttons where it is to. It reports whether there is one.
func (c *chromium) pressQuestion(ctx context.Context, button int, press bool) (asked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pressAgain)
	defer cancel()
	v, err := c.views(ctx)
	if err != nil {
		return false, err
	}
	defer v.socket.CloseNow()
	buttons, err := v.question(ctx)
	if err != nil || len(buttons) <= button {
		return false, err
	}
	if press {
		err = v.press(ctx, buttons[button])
	}
	return true, err
}

func (c *chromium) views(ctx context.Context) (*views, error) {
	port, err := os.ReadFile(filepath.Join(c.profile, "UIDevToolsActivePort"))
	if err != nil {
		return nil, err
	}
	number, _, _ := strings.Cut(string(port), "\n")
	socket, _, err := websocket.Dial(ctx, "ws://127.0.0.1:"+number+"/0", nil)
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(64 << 20)
	v := &views{socket: socket}
	return v, v.call(ctx, "DOM.enable", struct{}{}, nil)
}

// question returns the buttons under the question that the browser asks for an extension, in their order.
func (v *views) question(ctx context.Context) ([]view, error) {
	var document struct {
		Root view `json:"root"`
	}
	if err := v.call(ctx, "DOM.getDocument", struct{}{}, &document); err != nil {
		return nil, err
	}
	var buttons []view
	for _, dialog := range document.Root.all("ExtensionInstallDialogView") {
		buttons = append(buttons, dialog.all("MdTextButton")...)
	}
	return buttons, nil
}

// all returns the topmost views of a class.
func (v view) all(class string) []view {
	if slices.Contains(v.Attributes, class) {
		return []view{v}
	}
	var found []view
	for _, child := range v.Children {
		found = append(found, child.all(class)...)
	}
	return found
}

func (v *views) press(ctx context.Context, button view) error {
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		event := params{"type": kind, "x": 5, "y": 5, "button": "left", "wheelDirection": "none"}
		if err := v.call(ctx, "DOM.dispatchMouseEvent", params{"nodeId": button.ID, "event": event}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (v *views) call(ctx context.Context, method string, p, result any) error {
	v.last++
	text, err := json.Marshal(params{"id": v.last, "method": method, "params": p})
	if err != nil {
		return err
	}
	if err := v.socket.Write(ctx, websocket.MessageText, text); err != nil {
		return err
	}
	for {
		_, text, err := v.socket.Read(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		switch err := json.Unmarshal(text, &answer); {
		case err != nil:
			return err
		case answer.ID != v.last: // an event
		case answer.Error != nil:
			return fmt.Errorf("%s: %s", method, answer.Error)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, result)
		}
	}
}
