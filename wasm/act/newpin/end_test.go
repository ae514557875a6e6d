package newpin_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// Whatever ends the act before the release takes the new PIN with it, and the host gets nothing more.
func TestEachWayOutClearsTheNewPIN(t *testing.T) {
	ends := []struct {
		name string
		do   func(w *resetting)
		want fault.Code
		told string
	}{
		{"the person cancels", func(w *resetting) { w.On(loop.Cancel{}) }, fault.Cancelled, "failed cancelled"},
		{"the page cancels", func(w *resetting) { w.Page(protocol.PageCancel, nil) }, fault.Cancelled, ""},
		{"the page is left", func(w *resetting) { w.On(loop.PageClosed{}) }, fault.PageGone, ""},
		{"a bad message of the page", func(w *resetting) { w.On(loop.PageMessage{Raw: []byte("x")}) }, fault.RequestInvalid, "failed request_invalid"},
		{"a second request", func(w *resetting) { w.Page(protocol.PagePIN, windowtest.PINRequest()) }, fault.RequestInvalid, "failed request_invalid"},
		{"a bad message of the host", func(w *resetting) { w.On(loop.HostMessage{Raw: []byte("x")}) }, fault.MessageInvalid, "failed message_invalid"},
		{"the host ends", func(w *resetting) { w.On(loop.HostClosed{Reason: "Native host has exited."}) }, fault.HostStopped, "failed host_stopped"},
	}
	for _, at := range []string{"claim", "ask"} {
		for _, end := range ends {
			t.Run(at+": "+end.name, func(t *testing.T) {
				e := submission(locked)
				w := resetWith(t, at, resetList(locked, windowtest.Certificate(windowtest.IDA, "")), e)
				told := len(w.Told())
				end.do(w)
				if !windowtest.Cleared(e.New) || !windowtest.Cleared(e.Again) {
					t.Errorf("the new PIN stays: %q, %q", e.New, e.Again)
				}
				v := w.View()
				if retriable := at == "claim" && end.want == fault.HostStopped; v.Retriable != retriable || v.Problem != end.want {
					t.Errorf("problem %q, retriable %v", v.Problem, v.Retriable)
				}
				w.On(loop.Close{})
				if got := strings.Join(w.Told()[told:], ","); got != end.told {
					t.Errorf("the page was told %q, want %q", got, end.told)
				}
				w.Page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed})
				w.On(loop.Continue{}, pinentry.SubmitNew{New: []byte("739164"), Again: []byte("739164")})
				if slices.Contains(w.Asked(), "release") {
					t.Error("the card gets a PIN after the end")
				}
				if called := slices.Contains(w.Asked(), "cancel"); called != (at == "claim" && end.want != fault.HostStopped) {
					t.Errorf("called off %v", called)
				}
			})
		}
	}
}

// A site that says nothing, or what cannot be sealed.
func TestBadReleases(t *testing.T) {
	e := submission(locked)
	w := resetWith(t, "ask", resetList(locked, windowtest.Certificate(windowtest.IDA, "")), e)
	w.On(loop.Elapsed{Timer: loop.TimerPage})
	w.wantProblem(fault.Unavailable, "failed unavailable")
	if v := w.View(); !windowtest.Cleared(e.New) || v.Hint == v.T("pin.failed.spent") {
		t.Errorf("the new PIN is %q, %q", e.New, v.Hint)
	}
	for name, body := range map[string]any{
		"nothing": nil, "no bytes": protocol.PINRelease{}, "too many": protocol.PINRelease{Sealed: make([]byte, protocol.MaxSealed+1)},
		"text": "AAAA", "no base64": map[string]string{"sealed": "?"},
	} {
		e := submission(locked)
		w := resetWith(t, "ask", resetList(locked, windowtest.Certificate(windowtest.IDA, "")), e)
		w.Page(protocol.PageRelease, body)
		w.wantProblem(fault.ReleaseInvalid, "failed release_invalid")
		if v := w.View(); !windowtest.Cleared(e.New) || slices.Contains(w.Asked(), "release") || v.Hint != v.T("pin.failed.spent") {
			t.Errorf("%s: new PIN %q, asked %q, %q", name, e.New, w.Asked(), v.Hint)
		}
	}
}

// From the release on neither person nor page can stop the card, and the result is shown even if the page is gone.
func TestNothingStopsTheCardAfterTheRelease(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(w *resetting)
		told string
	}{
		"the person cancels":  {func(w *resetting) { w.On(loop.Cancel{}, loop.Back{}, loop.Retry{}) }, "reported done"},
		"a second release":    {func(w *resetting) { w.Page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed}) }, "reported done"},
		"a refusal":           {func(w *resetting) { w.Page(protocol.PageRefusal, protocol.PINRefusal{Code: "code_used"}) }, "reported done"},
		"a bad message":       {func(w *resetting) { w.On(loop.PageMessage{Raw: []byte("x")}) }, "reported done"},
		"a long message":      {func(w *resetting) { w.On(loop.PageMessage{Raw: make([]byte, protocol.MaxHostMessage+1)}) }, "reported done"},
		"the site's time":     {func(w *resetting) { w.On(loop.Elapsed{Timer: loop.TimerPage}) }, "reported done"},
		"the card leaves":     {func(w *resetting) { w.Host(0, protocol.HostTokensChanged, nil) }, "reported done"},
		"the page cancels":    {func(w *resetting) { w.Page(protocol.PageCancel, nil) }, "claim"},
		"the page is left":    {func(w *resetting) { w.On(loop.PageClosed{}) }, "claim"},
		"both, one by one":    {func(w *resetting) { w.Page(protocol.PageCancel, nil); w.On(loop.PageClosed{}) }, "claim"},
		"nothing in the way ": {func(w *resetting) {}, "reported done"},
	} {
		t.Run(name, func(t *testing.T) {
			w := resetUntil(t, "set", locked)
			if !w.View().Committed {
				t.Error("the window offers to cancel")
			}
			before := len(w.Effects)
			tt.do(w)
			if w.where() != "set" || w.Has(loop.CloseWindow{}) || slices.ContainsFunc(w.Effects[before:], func(e loop.Effect) bool { return e == loop.DropHost{} }) {
				t.Fatalf("interrupted: at %q", w.where())
			}
			if slices.Contains(w.Asked(), "cancel") {
				t.Fatal("called off")
			}
			w.Answer(protocol.HostReleased, report(protocol.OutcomeDone))
			v := w.View()
			if v.Step != screen.StepDone || w.LastTold() != tt.told || v.Told != (tt.told == "reported done") || v.Committed {
				t.Errorf("at %q, told %q and %v", w.where(), w.LastTold(), v.Told)
			}
			if v.Text != v.T("pin.done.text") != !v.Told {
				t.Errorf("the person is told %q", v.Text)
			}
		})
	}
}

// What the host must not hand over, and what it says instead of an answer.
func TestBadHostAnswers(t *testing.T) {
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
		w := resetWith(t, "claim", resetList(locked, windowtest.Certificate(windowtest.IDA, "")), e)
		w.Answer(protocol.HostClaimed, c)
		if w.wantProblem(fault.MessageInvalid, "failed message_invalid"); !windowtest.Cleared(e.New) {
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
			w.Answer(protocol.HostReleased, r)
			w.wantProblem(fault.MessageInvalid, "failed message_invalid")
		})
	}
	for code, hint := range map[fault.Code]string{
		fault.Sequence: "pin.failed.spent", fault.PINIncorrect: "pin.failed.spent", fault.DeviceUnavailable: "pin.failed.unsure",
	} {
		w := resetUntil(t, "set", locked)
		w.Fails(code, nil)
		w.wantProblem(code, "failed "+string(protocol.ForPage(code, true)))
		if v := w.View(); v.Retriable || v.Hint != v.T(hint) || strings.Contains(v.Text, "yapılmadı") {
			t.Errorf("%s: retriable %v, %q", code, v.Retriable, v.Hint)
		}
	}
	w := resetUntil(t, "set", locked)
	w.On(loop.Elapsed{Timer: loop.TimerHost})
	w.wantProblem(fault.HostStopped, "failed host_stopped")
	if slices.Contains(w.Asked(), "cancel") {
		t.Error("a card with the PUK is called off")
	}
}
