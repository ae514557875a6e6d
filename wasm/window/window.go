// Package window is the engine of every window that a page opens: it talks to page and host, waits for cards, asks for a
// certificate and its PIN, verifies that a site has signed its request, and ends the act once, for page and host alike. It
// calls the act (Act) for what differs from act to act; the act calls the window's methods.
//
// # What is trusted
//
// Neither page nor host. Their messages are decoded within their limits, and a message that is not expected at that moment
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

// Window is one window: who asks, the ports to page and host, the cards, and the screen.
type Window struct {
	act      Act
	calendar screen.Calendar
	prefs    preferences.Preferences
	policy   preferences.Policy
	parts    screen.Parts
	effects  []loop.Effect

	// Who asks.
	stored        protocol.StoredRequest
	origin        screen.Origin
	embedder      screen.Origin // of the page around a frame that asks; else empty
	language      string        // the page's
	asked         bool          // the page's request is here and valid
	agreed        bool          // the person went on from the first question
	cardReached   bool          // and from all questions before the card
	pageDone      bool          // the page has been told the end, has made it, or is gone
	pageConnected bool          // there is a port to post to
	timeoutCode   fault.Code    // the problem of a page that does not answer in time
	final         bool          // the page cannot be asked again: whatever fails now ends the act
	committed     bool          // the card is doing what must not be interrupted: no cancel is taken
	leaving       bool          // a part of the result has left: a cancel waits for what is made already
	stopping      bool          // and waits

	// The way to what is missing.
	installURL  string // as the page has named it
	hostVersion string

	// Who vouches for the request.
	siteHasSigned   bool                      // the site has signed requests before
	pending         *signedRequest            // a request whose signature is being verified
	site            string                    // the name of the site, where it has signed this one
	statedDocuments []protocol.StatedDocument // the documents that it has signed; nil where it has signed nothing

	host *hostclient.Client

	// What the tokens hold.
	inventory       inventory.Inventory
	onlyCertificate string // the one Certificate.ID that the act is about; empty where the person chooses
	choices         []screen.Choice
	chosen          string // Certificate.ID

	// The screen.
	step      screen.Step
	turn      int // grows with every new screen
	alert     fault.Code
	alerts    int  // grows with every new alert
	ofKey     bool // the alert is about the key's PIN
	problem   fault.Code
	detail    string // the host's words to the help desk
	stage     protocol.HostStage
	done      int // of total documents are signed
	total     int
	looks     int // how often paceWait has passed since the first of them
	left      int // how many seconds the rest will take, at the last look; 0 while that is not known
	slow      bool
	showPIN   bool
	staysOpen bool // the person has pressed something on the last screen, which then does not close by itself
}

// Act is what differs from window to window.
type Act interface {
	// HandlePage takes a message of the page that belongs to the act.
	HandlePage(t protocol.PageType, body json.RawMessage) error
	// HandleHost takes an answer of the host that belongs to the act.
	HandleHost(m protocol.HostEnvelope) error
	// HandleRefusal takes an error of the host to request r.
	HandleRefusal(r *hostclient.Request, f protocol.HostFailure)
	// WhyUnusable returns why a certificate cannot be chosen for the act, or nothing.
	WhyUnusable(c protocol.Certificate, t protocol.Token) fault.Code
	// HandleInput takes input of the person that belongs to the act.
	HandleInput(event loop.Event)
	// HostGone clears the secrets that the act holds. The host has ended, or has been ended.
	HostGone()
	// Resume sends another host what it needs, and returns where a second attempt begins.
	Resume() screen.Step
}

// Open begins the window of an act, and returns what to do first.
func Open(a Act, calendar screen.Calendar) (*Window, []loop.Effect) {
	w := &Window{act: a, calendar: calendar, step: screen.StepLoading, timeoutCode: fault.PageGone}
	w.host = hostclient.New(w.do)
	w.connectHost()
	return w, w.takeEffects()
}

// Handle takes one event in and returns what to do about it, in order.
func (w *Window) Handle(event loop.Event) []loop.Effect {
	switch e := event.(type) {
	case loop.PreferencesRead:
		w.takePreferences(e)
	case loop.PartsRead:
		w.parts.Extension, w.parts.Build, w.parts.Linux = e.Extension, e.Build, e.Linux
	case loop.RequestRead:
		w.handleRequest(e)
	case loop.SignatureVerified:
		w.handleVerified(e)
	case loop.PageMessage:
		w.handlePage(e.Raw, e.Data)
	case loop.PageClosed:
		w.handlePageClosed()
	case loop.HostMessage:
		w.handleHost(e.Raw)
	case loop.HostClosed:
		w.handleHostClosed(e.Reason)
	case loop.Elapsed:
		w.handleTimer(e.Timer)
	case loop.Rewritten:
		w.failByPage(fault.ScreenChanged)
	default:
		w.handleInput(event)
	}
	return w.takeEffects()
}

// takePreferences takes what the person and their institution have set. A phrase that was missing may have been set meanwhile,
// and the institution may want one since the first question was drawn.
func (w *Window) takePreferences(e loop.PreferencesRead) {
	w.prefs, w.policy = e.Preferences, e.Policy
	w.parts.Policy = e.Policy.InstallURL
	w.host.UseLibraries(e.Policy.Libraries)
	if w.step == screen.StepPhrase && !w.phraseMissing() || w.step == screen.StepWho && w.phraseMissing() {
		w.Show(w.ResumeAt(screen.StepWho))
	}
}

// phraseMissing reports whether the institution wants a security phrase, and the person has none.
func (w *Window) phraseMissing() bool { return w.policy.PhraseRequired && w.prefs.Phrase == "" }

func (w *Window) takeEffects() []loop.Effect {
	out := w.effects
	w.effects = nil
	return out
}

func (w *Window) do(e loop.Effect) { w.effects = append(w.effects, e) }

// Accept notes that the request is valid, and tells the page.
func (w *Window) Accept(language string) {
	w.asked, w.language = true, language
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageOpened})
}

// Begin shows the first question, or goes on to the card if the person has come that far.
func (w *Window) Begin() {
	if w.step == screen.StepLoading {
		w.Show(w.ResumeAt(screen.StepWho))
	}
}

// Agree notes that the person goes on from the first question, and tells the page.
func (w *Window) Agree() {
	w.agreed = true
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageAgreed})
}

// StartWork shows that the card is at work.
func (w *Window) StartWork() {
	w.ResetProgress()
	w.Show(screen.StepWorking)
	w.Post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageSigning})
}

// Show moves to a step. That is a new screen even where the step is the same, as for the next document.
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

// Fail ends the attempt with a problem. The page is told at once where the person cannot try again in this window,
// otherwise when they give up.
func (w *Window) Fail(code fault.Code, detail string) {
	if w.step == screen.StepDone || w.step == screen.StepFailed && !w.retriable() {
		return
	}
	w.problem, w.detail = code, detail
	w.Show(screen.StepFailed)
	w.dropHost()
	if !w.retriable() {
		w.do(loop.SetTimer{Timer: loop.TimerPage})
		w.tellPage(code)
	}
}

// showEnd ends the attempt, whatever is on the screen, because the page or the person has ended the request.
func (w *Window) showEnd(code fault.Code) {
	w.problem, w.detail = code, ""
	w.Show(screen.StepFailed)
	w.dropHost()
	w.do(loop.SetTimer{Timer: loop.TimerPage})
}

// tellPage tells the page how the request has ended: once, and no more than it may learn.
func (w *Window) tellPage(code fault.Code) {
	if w.pageDone {
		return
	}
	w.pageDone = true
	if w.pageConnected {
		w.Post(protocol.PageFailed, message.Failure(protocol.ForPage(code, w.agreed)))
	}
}

// Finish shows the last screen of an act that has succeeded. The window then closes by itself, unless there is something on it
// that the person must read.
func (w *Window) Finish(mustRead bool) {
	w.pageDone = true
	w.staysOpen = mustRead
	w.Show(screen.StepDone)
	w.dropHost()
	if w.stopping {
		w.do(loop.CloseWindow{})
		return
	}
	if !mustRead {
		w.do(loop.SetTimer{Timer: loop.TimerClose, Wait: closeWait})
	}
}

// retriable reports whether trying again in this window can help: the page still waits, and the
// obstacle is on this machine. Until the person decides, the page's documents keep coming.
func (w *Window) retriable() bool {
	if w.pageDone || w.final {
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
		fault.LoginOff, fault.HashOff, fault.DiskFull,
		fault.Sequence, fault.Internal:
		return true
	}
	return false
}

// ResumeAt returns where a second attempt begins: at the card if the person has come that far, at the loading screen while
// there is no verified request, and otherwise at first.
func (w *Window) ResumeAt(first screen.Step) screen.Step {
	switch {
	case !w.asked, w.pending != nil:
		return screen.StepLoading
	case w.phraseMissing():
		return screen.StepPhrase
	case w.cardReached:
		return w.CertificateStep()
	}
	return first
}

// lookAtPace reckons how long the documents take that are not signed yet, by those that are.
func (w *Window) lookAtPace() {
	w.looks++
	if w.done > 0 {
		w.left = (w.total - w.done) * w.looks * paceWait / 1000 / w.done
	}
	w.do(loop.SetTimer{Timer: loop.TimerPace, Wait: paceWait})
}

func (w *Window) handleTimer(t loop.Timer) {
	switch {
	case t == loop.TimerPage:
		w.failByPage(w.timeoutCode)
	case t == loop.TimerHost && w.host.Connected():
		w.Fail(fault.HostStopped, "")
	case t == loop.TimerPace && w.step == screen.StepWorking:
		w.lookAtPace()
	case t == loop.TimerSlow:
		w.slow = w.step == screen.StepWorking
	case t == loop.TimerClose && w.step == screen.StepDone && !w.staysOpen:
		w.do(loop.CloseWindow{})
	}
}

// How long the window waits, in milliseconds: package time would weigh a tenth of a megabyte.
const (
	PageWait  = 30_000
	slowWait  = 6_000
	paceWait  = 3_000
	closeWait = 8_000
	stopWait  = 5_000
)
