package sign_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// TestRewrittenScreenEndsTheRequest checks that what something else has written on the screen ends the act, wherever the person is, and that
// nothing is signed then.
func TestRewrittenScreenEndsTheRequest(t *testing.T) {
	for _, step := range []screen.Step{screen.StepWho, screen.StepDocument, screen.StepCode, screen.StepCertificate, screen.StepPIN, screen.StepWorking} {
		w := until(t, step)
		w.On(loop.Rewritten{})
		w.wantStep(screen.StepFailed)
		if v := w.View(); v.Problem != fault.ScreenChanged || v.Retriable {
			t.Errorf("%s: %q, to be tried again: %v", step, v.Problem, v.Retriable)
		}
		if told := w.Told(); !slices.Contains(told, "failed screen_changed") || slices.Contains(told, "signed") {
			t.Errorf("%s: the page was told %q", step, told)
		}
	}
	w := until(t, screen.StepDone)
	w.On(loop.Rewritten{})
	w.wantStep(screen.StepDone)
}

// TestShownTextMustBeTheDocument goes on from a document whose text on the screen is not the one that was hashed.
func TestShownTextMustBeTheDocument(t *testing.T) {
	for _, shown := range []string{"I owe nothing.", windowtest.Consent[1:], windowtest.Consent + "\u200b", ""} {
		w := until(t, screen.StepDocument)
		w.On(loop.EndSeen{})
		w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: shown})...)
		w.wantStep(screen.StepFailed)
		if problem := w.View().Problem; problem != fault.ScreenChanged {
			t.Errorf("%q: %q", shown, problem)
		}
	}
}

// TestContinueNeedsTheEndSeen goes on from documents whose end has not been in view; one that was seen stays seen.
func TestContinueNeedsTheEndSeen(t *testing.T) {
	w := until(t, screen.StepDocument)
	goOn := loop.Continue{Shown: windowtest.Consent}
	w.On(goOn)
	w.wantStep(screen.StepDocument)
	if w.View().Document.Read {
		t.Error("its end was seen")
	}
	w.On(loop.EndSeen{}, goOn)
	w.wantStep(screen.StepCode)
	w.On(loop.Back{})
	if !w.View().Document.Read {
		t.Error("its end was forgotten")
	}
}
