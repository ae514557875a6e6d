package flow_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

// Whatever ends the act before the release takes the new PIN with it, and the host gets nothing more.
func TestResetWaysOut(t *testing.T) {
	ends := []struct {
		name string
		do   func(w *resetting)
		want protocol.Code
		told string
	}{
		{"the person cancels", func(w *resetting) { w.on(flow.Cancel{}) }, protocol.CodeCancelled, "failed cancelled"},
		{"the page cancels", func(w *resetting) { w.page(protocol.PageCancel, nil) }, protocol.CodeCancelled, ""},
		{"the page is left", func(w *resetting) { w.on(flow.PageClosed{}) }, protocol.CodePageGone, ""},
		{"a bad message of the page", func(w *resetting) { w.on(flow.PageMessage{Raw: []byte("x")}) }, protocol.CodeRequestInvalid, "failed request_invalid"},
		{"a second request", func(w *resetting) { w.page(protocol.PagePIN, pinRequest()) }, protocol.CodeRequestInvalid, "failed request_invalid"},
		{"a bad message of the host", func(w *resetting) { w.on(flow.HostMessage{Raw: []byte("x")}) }, protocol.CodeMessageInvalid, "failed message_invalid"},
		{"the host ends", func(w *resetting) { w.on(flow.HostClosed{Reason: "Native host has exited."}) }, protocol.CodeHostStopped, "failed host_stopped"},
	}
	for _, at := range []string{"claim", "ask"} {
		for _, end := range ends {
			t.Run(at+": "+end.name, func(t *testing.T) {
				e := submission(locked)
				w := resetWith(t, at, resetList(locked, certificate(idA, "")), e)
				told := len(w.told())
				end.do(w)
				if !cleared(e.New) || !cleared(e.Again) {
					t.Errorf("the new PIN stays: %q, %q", e.New, e.Again)
				}
				v := w.View()
				if retriable := at == "claim" && end.want == protocol.CodeHostStopped; v.Retriable != retriable || v.Problem != end.want {
					t.Errorf("problem %q, retriable %v", v.Problem, v.Retriable)
				}
				w.on(flow.Close{})
				if got := strings.Join(w.told()[told:], ","); got != end.told {
					t.Errorf("the page was told %q, want %q", got, end.told)
				}
				w.page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed})
				w.on(flow.Continue{}, flow.SubmitChange{New: []byte("739164"), Again: []byte("739164")})
				if slices.Contains(w.asked(), "release") {
					t.Error("the card gets a PIN after the end")
				}
				if called := slices.Contains(w.asked(), "cancel"); called != (at == "claim" && end.want != protocol.CodeHostStopped) {
					t.Errorf("called off %v", called)
				}
			})
		}
	}
}

// A site that says nothing, or what cannot be sealed.
func TestResetBadReleases(t *testing.T) {
	e := submission(locked)
	w := resetWith(t, "ask", resetList(locked, certificate(idA, "")), e)
	w.on(flow.Elapsed{Timer: flow.TimerPage})
	w.wantProblem(protocol.CodeUnavailable, "failed unavailable")
	if v := w.View(); !cleared(e.New) || v.Hint == v.T("pin.failed.spent") {
		t.Errorf("the new PIN is %q, %q", e.New, v.Hint)
	}
	for name, body := range map[string]any{
		"nothing": nil, "no bytes": protocol.PINRelease{}, "too many": protocol.PINRelease{Sealed: make([]byte, 513)},
		"text": "AAAA", "no base64": map[string]string{"sealed": "?"},
	} {
		e := submission(locked)
		w := resetWith(t, "ask", resetList(locked, certificate(idA, "")), e)
		w.page(protocol.PageRelease, body)
		w.wantProblem(protocol.CodeReleaseInvalid, "failed release_invalid")
		if v := w.View(); !cleared(e.New) || slices.Contains(w.asked(), "release") || v.Hint != v.T("pin.failed.spent") {
			t.Errorf("%s: new PIN %q, asked %q, %q", name, e.New, w.asked(), v.Hint)
		}
	}
}

// From the release on nobody stops the card: not the person, not the page, and its end is shown all the same.
func TestResetIsCommitted(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(w *resetting)
		told string
	}{
		"the person cancels":  {func(w *resetting) { w.on(flow.Cancel{}, flow.Back{}, flow.Retry{}) }, "reported done"},
		"a second release":    {func(w *resetting) { w.page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed}) }, "reported done"},
		"a refusal":           {func(w *resetting) { w.page(protocol.PageRefusal, protocol.PINRefusal{Code: "code_used"}) }, "reported done"},
		"a bad message":       {func(w *resetting) { w.on(flow.PageMessage{Raw: []byte("x")}) }, "reported done"},
		"a long message":      {func(w *resetting) { w.on(flow.PageMessage{Raw: make([]byte, protocol.MaxHostMessage+1)}) }, "reported done"},
		"the site's time":     {func(w *resetting) { w.on(flow.Elapsed{Timer: flow.TimerPage}) }, "reported done"},
		"the card leaves":     {func(w *resetting) { w.host(0, protocol.HostTokensChanged, nil) }, "reported done"},
		"the page cancels":    {func(w *resetting) { w.page(protocol.PageCancel, nil) }, "claim"},
		"the page is left":    {func(w *resetting) { w.on(flow.PageClosed{}) }, "claim"},
		"both, one by one":    {func(w *resetting) { w.page(protocol.PageCancel, nil); w.on(flow.PageClosed{}) }, "claim"},
		"nothing in the way ": {func(w *resetting) {}, "reported done"},
	} {
		t.Run(name, func(t *testing.T) {
			w := resetUntil(t, "set", locked)
			if !w.View().Committed {
				t.Error("the window offers to cancel")
			}
			before := len(w.effects)
			tt.do(w)
			if w.where() != "set" || w.has(flow.CloseWindow{}) || slices.ContainsFunc(w.effects[before:], func(e flow.Effect) bool { return e == flow.DropHost{} }) {
				t.Fatalf("interrupted: at %q", w.where())
			}
			if slices.Contains(w.asked(), "cancel") {
				t.Fatal("called off")
			}
			w.answer(protocol.HostReleased, report(protocol.OutcomeDone))
			v := w.View()
			if v.Step != flow.StepDone || w.lastTold() != tt.told || v.Told != (tt.told == "reported done") || v.Committed {
				t.Errorf("at %q, told %q and %v", w.where(), w.lastTold(), v.Told)
			}
			if v.Text != v.T("pin.done.text") != !v.Told {
				t.Errorf("the person is told %q", v.Text)
			}
		})
	}
}

// What the host must not hand over, and what it says instead of an answer.
func TestResetBadHost(t *testing.T) {
	long := make([]byte, protocol.MaxClaim+1)
	for name, c := range map[string]protocol.PINClaim{
		"nothing":             {},
		"no claim":            {Signature: device},
		"too long":            {Claim: long, Signature: device},
		"no signature":        {Claim: []byte("{}")},
		"a short signature":   {Claim: []byte("{}"), Signature: device[1:]},
		"a long signature":    {Claim: []byte("{}"), Signature: append(bytes.Clone(device), 0)},
		"a card's, too large": {Claim: []byte("{}"), Signature: device, Card: make([]byte, protocol.MaxSignature+1)},
	} {
		e := submission(locked)
		w := resetWith(t, "claim", resetList(locked, certificate(idA, "")), e)
		w.answer(protocol.HostClaimed, c)
		if w.wantProblem(protocol.CodeMessageInvalid, "failed message_invalid"); !cleared(e.New) {
			t.Errorf("%s: the new PIN stays", name)
		}
	}
	for name, r := range map[string]protocol.PINReport{
		"no outcome":         {Report: []byte("{}"), Signature: device},
		"an unknown outcome": {Outcome: "<b>", Report: []byte("{}"), Signature: device},
		"no report":          {Outcome: protocol.OutcomeDone, Signature: device},
		"too long":           {Outcome: protocol.OutcomeDone, Report: long, Signature: device},
		"no signature":       {Outcome: protocol.OutcomeDone, Report: []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			w := resetUntil(t, "set", locked)
			w.answer(protocol.HostReleased, r)
			w.wantProblem(protocol.CodeMessageInvalid, "failed message_invalid")
		})
	}
	for code, hint := range map[protocol.Code]string{
		protocol.CodeSequence: "pin.failed.spent", protocol.CodePINIncorrect: "pin.failed.spent", protocol.CodeDeviceUnavailable: "pin.failed.unsure",
	} {
		w := resetUntil(t, "set", locked)
		w.fails(code, nil)
		w.wantProblem(code, "failed "+string(code.ForPage(true)))
		if v := w.View(); v.Retriable || v.Hint != v.T(hint) || strings.Contains(v.Text, "yapılmadı") {
			t.Errorf("%s: retriable %v, %q", code, v.Retriable, v.Hint)
		}
	}
	w := resetUntil(t, "set", locked)
	w.on(flow.Elapsed{Timer: flow.TimerHost})
	w.wantProblem(protocol.CodeHostStopped, "failed host_stopped")
	if slices.Contains(w.asked(), "cancel") {
		t.Error("a card with the PUK is called off")
	}
}
