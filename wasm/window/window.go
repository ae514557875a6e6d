// Package window is what all windows do alike that a page opens: it talks to page and host, waits for cards, asks which
// certificate and which PIN, verifies that a site has signed its request, and ends the act for both sides once. An act
// is called for what is its own (Act), and calls the window's methods.
//
// # What is believed
//
// Nothing. The page's messages and the host's are decoded with their limits, and one that is not expected at that moment
// ends the request. The origin comes from the broker, which has it from the browser.
package window

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Window is what every window has that a page opens: who asks, the ports to page and host, the cards, and the
// screen. What the person does in it is its act.
type Window struct {
	act      Act
	calendar screen.Calendar
	prefs    preferences.Preferences
	out      []loop.Effect

	// Who asks.
	stored    protocol.StoredRequest
	origin    screen.Origin
	embedder  screen.Origin // of the page around a frame that asks; else empty
	language  string        // the page's
	asked     bool          // the page's request is here and valid
	agreed    bool          // the person went on from the first question
	examined  bool          // and from all that comes before the card
	over      bool          // the page knows the end, made it, or is gone
	pageOpen  bool          // there is a port to post to
	late      fault.Code
	final     bool // whatever fails now is the end: the page cannot be asked twice
	committed bool // the card is at work on what must not be interrupted: nobody can cancel

	// Who vouches for the request.
	signs   bool                      // the site has signed requests before
	pending *signedRequest            // a request whose signature is being verified
	site    string                    // the name of the site, where it has signed this one
	stated  []protocol.StatedDocument // the documents that it has signed; nil where it has signed nothing

	host *hostclient.Client

	// What the tokens hold.
	inventory inventory.Inventory
	only      string // the one Certificate.ID that the act is about; empty where the person chooses
	choices   []screen.Choice
	chosen    string // Certificate.ID

	// The screen.
	step    screen.Step
	turn    int // grows with every new screen
	alert   fault.Code
	alerts  int  // grows with every new alert
	ofKey   bool // the alert is about the key's PIN
	problem fault.Code
	detail  string // the host's words to the help desk
	stage   protocol.HostStage
	slow    bool
	showPIN bool
	kept    bool // the person wants the last screen to stay
}

// Act is what differs from window to window.
type Act interface {
	// HandlePage takes a message of the page that is not one of every window's.
	HandlePage(t protocol.PageType, body json.RawMessage) error
	// HandleHost takes an answer of the host that is the act's own.
	HandleHost(m protocol.HostEnvelope) error
	// HandleRefusal takes an error of the host in the place of an answer to r.
	HandleRefusal(r *hostclient.Request, f protocol.HostFailure)
	// WhyUnusable is why a certificate cannot be chosen for the act, or nothing.
	WhyUnusable(c protocol.Certificate, t protocol.Token) fault.Code
	// HandleInput takes what the person does for the act.
	HandleInput(event loop.Event)
	// HostGone clears the secrets that the act holds: the host is gone, or was ended.
	HostGone()
	// Resume hands a fresh host what it needs, and returns where a second attempt begins.
	Resume() screen.Step
}

// Open begins the window of an act, and returns what to do first.
func Open(a Act, calendar screen.Calendar) (*Window, []loop.Effect) {
	w := &Window{act: a, calendar: calendar, step: screen.StepLoading, late: fault.PageGone}
	w.host = hostclient.New(w.do)
	w.connectHost()
	return w, w.take()
}

// Handle takes one event in and returns what to do about it, in order.
func (w *Window) Handle(event loop.Event) []loop.Effect {
	switch e := event.(type) {
	case loop.PreferencesRead:
		w.prefs = e.Preferences
	case loop.RequestRead:
		w.requestRead(e)
	case loop.SignatureVerified:
		w.verified(e)
	case loop.PageMessage:
		w.pageMessage(e.Raw)
	case loop.PageClosed:
		w.pageClosed()
	case loop.HostMessage:
		w.hostMessage(e.Raw)
	case loop.HostClosed:
		w.hostClosed(e.Reason)
	case loop.Elapsed:
		w.elapsed(e.Timer)
	case loop.Rewritten:
		w.pageFails(fault.ScreenChanged)
	default:
		w.person(event)
	}
	return w.take()
}

func (w *Window) take() []loop.Effect {
	out := w.out
	w.out = nil
	return out
}

func (w *Window) do(e loop.Effect) { w.out = append(w.out, e) }

// Accept takes note that the request is valid, and tells the page.
func (w *Window) Accept(language string) {
	w.asked, w.language = true, language
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageOpened})
}

// Begin asks the first question, or goes on to the card if everything before it was answered.
func (w *Window) Begin() {
	if w.step == screen.StepLoading {
		w.Show(w.ResumeAt(screen.StepWho))
	}
}

// Agree takes note that the person goes on from the first question.
func (w *Window) Agree() {
	w.agreed = true
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageAgreed})
}

// StartWork shows that the card is at work.
func (w *Window) StartWork() {
	w.stage, w.slow = "", false
	w.Show(screen.StepWorking)
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageSigning})
}

// Show moves to a step. It is a new screen even if the step is the same: the next document.
func (w *Window) Show(s screen.Step) {
	w.step = s
	w.turn++
	w.alert, w.ofKey = "", false
	w.showPIN = false
}

// Warn puts a problem at the top of the present screen.
func (w *Window) Warn(code fault.Code) {
	w.alert = code
	w.alerts++
}

// Fail ends the attempt with a problem. The page is told at once where the person can do nothing
// about it here; otherwise when they give up.
func (w *Window) Fail(code fault.Code, detail string) {
	if w.step == screen.StepDone || w.step == screen.StepFailed && !w.retriable() {
		return
	}
	w.problem, w.detail = code, detail
	w.Show(screen.StepFailed)
	w.dropHost()
	if !w.retriable() {
		w.do(loop.After{Timer: loop.TimerPage})
		w.tell(code)
	}
}

// end replaces whatever is on the screen by the end that the page made.
func (w *Window) end(code fault.Code) {
	w.problem, w.detail = code, ""
	w.Show(screen.StepFailed)
	w.dropHost()
	w.do(loop.After{Timer: loop.TimerPage})
}

// tell ends the request for the page: once, and with no more than it may learn.
func (w *Window) tell(code fault.Code) {
	if w.over {
		return
	}
	w.over = true
	if w.pageOpen {
		w.Post(protocol.PageFailed, message.Failure(protocol.ForPage(code, w.agreed)))
	}
}

// Finish shows the last screen of an act that was done. It closes by itself.
func (w *Window) Finish() {
	w.over = true
	w.Show(screen.StepDone)
	w.dropHost()
	w.do(loop.After{Timer: loop.TimerClose, Wait: closeWait})
}

// retriable reports whether trying again in this window can help: the page still waits, and the
// obstacle is on this machine. Until the person decides, the page's documents keep coming.
func (w *Window) retriable() bool {
	if w.over || w.final {
		return false
	}
	switch w.problem {
	case fault.HostMissing, fault.HostOutdated, fault.HostStopped, fault.HostRefused,
		fault.NoModule, fault.ModuleFailed, fault.ModuleArchitecture, fault.ModuleCrashed, fault.ModuleTimeout,
		fault.CardUnrecognized,
		fault.NoService, fault.ServiceRefused, fault.NoReader, fault.NoToken, fault.TokenRemoved, fault.CardChanged, fault.CardBusy, fault.TokenError,
		fault.NoCertificate, fault.KeyMissing, fault.KeyUnsupported,
		fault.PINLocked, fault.PINNotSet, fault.KeyPINLocked, fault.PUKLocked, fault.UnblockUnsupported,
		fault.CertificateMalformed, fault.CertificateExpired, fault.CertificateNotYetValid,
		fault.CertificateNotQualified, fault.CertificateKeyUsage, fault.CertificateNotForLogin,
		fault.LoginOff, fault.HashOff,
		fault.Sequence, fault.Internal:
		return true
	}
	return false
}

// ResumeAt returns where a second attempt begins: at first, at the card if the person has come that far, or nowhere
// while the page has not asked.
func (w *Window) ResumeAt(first screen.Step) screen.Step {
	switch {
	case !w.asked, w.pending != nil:
		return screen.StepLoading
	case w.examined:
		return w.CertificateStep()
	}
	return first
}

func (w *Window) elapsed(t loop.Timer) {
	switch {
	case t == loop.TimerPage:
		w.pageFails(w.late)
	case t == loop.TimerHost && w.host.Connected():
		w.Fail(fault.HostStopped, "")
	case t == loop.TimerSlow:
		w.slow = w.step == screen.StepWorking
	case t == loop.TimerClose && w.step == screen.StepDone && !w.kept:
		w.do(loop.CloseWindow{})
	}
}

// How long the window waits, in milliseconds: package time would weigh a tenth of a megabyte.
const (
	PageWait  = 30_000
	slowWait  = 6_000
	closeWait = 8_000
)
