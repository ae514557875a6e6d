package credential_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// instituted is what comes of a policy, and of a phrase.
func instituted(p preferences.Policy, phrase string) loop.PreferencesRead {
	return loop.PreferencesRead{Preferences: preferences.Preferences{Phrase: phrase}, Policy: p}
}

// Where the institution wants a security phrase, no act goes on without one, and goes on by itself once there is one.
func TestPhraseIsRequired(t *testing.T) {
	required := preferences.Policy{Present: true, PhraseRequired: true}
	for _, act := range cardActs {
		w := openCard(t)
		w.On(instituted(required, ""))
		w.Stored()
		w.Page(act, asks(act))
		w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
		w.On(loop.Continue{}, loop.Choose{ID: cardID}, loop.Continue{})
		w.wantStep(screen.StepPhrase)
		if v := w.View(); v.Title == "" || strings.HasPrefix(v.Title, "window.") {
			t.Errorf("%s: %q", act, v.Title)
		}
		w.On(loop.Configure{})
		if !w.Has(loop.OpenSettings{}) {
			t.Errorf("%s: the settings do not open", act)
		}
		w.On(instituted(required, "mavi kapı"))
		w.wantStep(screen.StepWho)
		w.On(loop.Continue{})
		w.wantStep(screen.StepCertificate)
	}
}

// A policy that comes after the first question was drawn counts too.
func TestPhraseIsRequiredMeanwhile(t *testing.T) {
	w := cardUntil(t, protocol.PageAuthenticate, screen.StepWho)
	w.On(instituted(preferences.Policy{Present: true, PhraseRequired: true}, ""))
	w.wantStep(screen.StepPhrase)
	w.On(instituted(preferences.Policy{Present: true, PhraseRequired: true}, "mavi kapı"))
	w.wantStep(screen.StepWho)
}

// A second attempt leads to no way around it.
func TestPhraseIsRequiredAfterAFailure(t *testing.T) {
	w := openCard(t)
	w.On(instituted(preferences.Policy{Present: true, PhraseRequired: true}, ""))
	w.Stored()
	w.Page(protocol.PageAuthenticate, asks(protocol.PageAuthenticate))
	w.On(loop.HostClosed{Reason: "Specified native messaging host not found."})
	w.wantProblem(fault.HostMissing)
	w.On(loop.Retry{})
	w.wantStep(screen.StepPhrase)
}

// The institution's language is spoken until the person has chosen one.
func TestInstitutionLanguage(t *testing.T) {
	w := cardUntil(t, protocol.PageAuthenticate, screen.StepWho) // the page speaks Turkish
	w.On(instituted(preferences.Policy{Present: true, Language: "en"}, ""))
	if got := w.View().Language; got != message.English {
		t.Errorf("%q", got)
	}
	w.On(loop.ChooseLanguage{Language: "tr"})
	if got := w.View().Language; got != message.Turkish {
		t.Errorf("chosen: %q", got)
	}
}

// The host hears of the institution's libraries, and is asked for the certificates again; one that is too old for them goes on
// without.
func TestInstitutionLibraries(t *testing.T) {
	for _, old := range []bool{false, true} {
		w := cardUntil(t, protocol.PageAuthenticate, screen.StepWho)
		p := instituted(preferences.Policy{Present: true, Libraries: []string{"/opt/kurum/a.so"}}, "")
		w.On(p)
		if asked := w.Asked(); asked[len(asked)-1] != "use-libraries" {
			t.Fatalf("asked %q", asked)
		}
		if old {
			w.Fails(fault.Unsupported, nil)
		} else {
			w.Answer(protocol.HostLibrariesUsed, protocol.HostLibraries{Libraries: []protocol.HostLibrary{{Problem: fault.ModulePath}}})
		}
		if asked := w.Asked(); asked[len(asked)-1] != "certificates" {
			t.Errorf("then asked %q", asked)
		}
		w.wantStep(screen.StepWho)
		w.On(p)
		if n := len(slices.DeleteFunc(w.Asked(), func(kind string) bool { return kind != "use-libraries" })); n != 1 {
			t.Errorf("asked %d times", n)
		}
	}
}

// A window whose policy is read before the host has greeted asks for the certificates once, with the libraries.
func TestInstitutionLibrariesComeBeforeTheList(t *testing.T) {
	w := openCard(t)
	w.On(instituted(preferences.Policy{Present: true, Libraries: []string{"/opt/kurum/a.so"}}, ""))
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	w.Answer(protocol.HostLibrariesUsed, protocol.HostLibraries{Libraries: []protocol.HostLibrary{{}}})
	if asked := w.Asked(); !slices.Equal(asked, []string{"hello", "use-libraries", "certificates"}) {
		t.Errorf("asked %q", asked)
	}
	w.On(loop.HostClosed{})
	w.On(loop.Retry{})
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	if asked := w.Asked(); !slices.Equal(asked, []string{"hello", "use-libraries"}) {
		t.Errorf("the second host is asked %q", asked)
	}
}
