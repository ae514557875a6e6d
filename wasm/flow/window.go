package flow

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// window is what every window has that a page opens: who asks, the ports to page and host, the cards, and the
// screen. What the person does in it is its act: a signature (Flow), an act without a document (Card), or a new PIN
// for a card (Reset).
type window struct {
	act      act
	calendar Calendar
	settings Settings
	out      []Effect

	// Who asks.
	stored    protocol.StoredRequest
	origin    Origin
	embedder  Origin // of the page around a frame that asks; else empty
	language  string // the page's
	asked     bool   // the page's request is here and valid
	agreed    bool   // the person went on from the first question
	examined  bool   // and from all that comes before the card
	over      bool   // the page knows the end, made it, or is gone
	pageOpen  bool   // there is a port to post to
	late      protocol.Code
	final     bool   // whatever fails now is the end: the page cannot be asked twice
	committed bool   // the card is at work on what must not be interrupted: nobody can cancel
	held      []byte // a new PIN that waits for the page's answer

	// Who vouches for the request.
	signs   bool                      // the site has signed requests before
	pending *signedRequest            // a request whose signature is being verified
	site    string                    // the name of the site, where it has signed this one
	stated  []protocol.StatedDocument // the documents that it has signed; nil where it has signed nothing

	host hostLine

	// What the tokens hold; listed is false until the host has said so once.
	listed  bool
	latest  protocol.CertificateList
	tokens  map[string]protocol.Token
	only    string // the one Certificate.ID that the act is about; empty where the person chooses
	choices []Choice
	chosen  string // Certificate.ID

	// The screen.
	step    Step
	turn    int // grows with every new screen
	alert   protocol.Code
	alerts  int // grows with every new alert
	problem protocol.Code
	detail  string // the host's words to the help desk
	stage   protocol.HostStage
	slow    bool
	showPIN bool
	kept    bool // the person wants the last screen to stay
}

// An act is what differs from window to window.
type act interface {
	// pageSays takes a message of the page that is not one of every window's.
	pageSays(t protocol.PageType, body json.RawMessage) error
	// hostSays takes an answer of the host that is the act's own.
	hostSays(m protocol.HostEnvelope) error
	// hostRefuses takes an error of the host in the place of an answer to r.
	hostRefuses(r *hostRequest, code protocol.Code, e protocol.HostFailure)
	// unfit is why a certificate cannot be chosen for the act, or nothing.
	unfit(c protocol.Certificate, t protocol.Token) protocol.Code
	// does takes what the person does for the act.
	does(event Event)
	// resume hands a fresh host what it needs, and returns where a second attempt begins.
	resume() Step
}

// open begins the window of an act.
func (w *window) open(a act, calendar Calendar) []Effect {
	w.act, w.calendar, w.step, w.late = a, calendar, StepLoading, protocol.CodePageGone
	w.connectHost()
	return w.take()
}

// Handle takes one event in and returns what to do about it, in order.
func (w *window) Handle(event Event) []Effect {
	switch e := event.(type) {
	case SettingsRead:
		w.settings = e.Settings
	case RequestRead:
		w.requestRead(e)
	case SignatureVerified:
		w.verified(e)
	case PageMessage:
		w.pageMessage(e.Raw)
	case PageClosed:
		w.pageClosed()
	case HostMessage:
		w.hostMessage(e.Raw)
	case HostClosed:
		w.hostClosed(e.Reason)
	case Elapsed:
		w.elapsed(e.Timer)
	default:
		w.person(event)
	}
	return w.take()
}

func (w *window) take() []Effect {
	out := w.out
	w.out = nil
	return out
}

func (w *window) do(e Effect) { w.out = append(w.out, e) }

// opened takes note of the request, which is valid.
func (w *window) opened(language string) {
	w.asked, w.language = true, language
	w.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageOpened})
}

// begin goes on to the first question, or to the card if everything before it was answered.
func (w *window) begin() {
	if w.step == StepLoading {
		w.show(w.resumeAt(StepWho))
	}
}

// agree goes on from the first question.
func (w *window) agree() {
	w.agreed = true
	w.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageAgreed})
}

// work goes on from the last question.
func (w *window) work() {
	w.stage, w.slow = "", false
	w.show(StepWorking)
	w.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageSigning})
}

// slowAfter has the window speak of a slow card. Who types on the reader is not slow.
func (w *window) slowAfter(pin protocol.PINState) {
	if !pin.Pad {
		w.do(After{TimerSlow, slowWait})
	}
}

// show moves to a step. It is a new screen even if the step is the same: the next document.
func (w *window) show(s Step) {
	w.step = s
	w.turn++
	w.alert = ""
	w.showPIN = false
}

// warn puts a problem at the top of the present screen.
func (w *window) warn(code protocol.Code) {
	w.alert = code
	w.alerts++
}

// fail ends the attempt with a problem. The page is told at once where the person can do nothing
// about it here; otherwise when they give up.
func (w *window) fail(code protocol.Code, detail string) {
	if w.step == StepDone || w.step == StepFailed && !w.retriable() {
		return
	}
	w.problem, w.detail = code, detail
	w.show(StepFailed)
	w.dropHost()
	if !w.retriable() {
		w.do(After{Timer: TimerPage})
		w.tell(code)
	}
}

// end replaces whatever is on the screen by the end that the page made.
func (w *window) end(code protocol.Code) {
	w.problem, w.detail = code, ""
	w.show(StepFailed)
	w.dropHost()
	w.do(After{Timer: TimerPage})
}

// tell ends the request for the page: once, and with no more than it may learn.
func (w *window) tell(code protocol.Code) {
	if w.over {
		return
	}
	w.over = true
	if w.pageOpen {
		w.post(protocol.PageFailed, message.Failure(code.ForPage(w.agreed)))
	}
}

// done is the last screen after what went well. It closes by itself.
func (w *window) done() {
	w.over = true
	w.show(StepDone)
	w.dropHost()
	w.do(After{TimerClose, closeWait})
}

// retriable reports whether trying again in this window can help: the page still waits, and the
// obstacle is on this machine. Until the person decides, the page's documents keep coming.
func (w *window) retriable() bool {
	if w.over || w.final {
		return false
	}
	switch w.problem {
	case protocol.CodeHostMissing, protocol.CodeHostOutdated, protocol.CodeHostStopped, protocol.CodeHostRefused,
		protocol.CodeNoModule, protocol.CodeModuleFailed, protocol.CodeModuleArchitecture, protocol.CodeModuleCrashed, protocol.CodeModuleTimeout,
		protocol.CodeCardUnrecognized,
		protocol.CodeNoService, protocol.CodeNoReader, protocol.CodeNoToken, protocol.CodeTokenRemoved, protocol.CodeCardChanged, protocol.CodeCardBusy, protocol.CodeTokenError,
		protocol.CodeNoCertificate, protocol.CodeKeyMissing, protocol.CodeKeyUnsupported,
		protocol.CodePINLocked, protocol.CodePINNotSet, protocol.CodePUKLocked, protocol.CodeUnblockUnsupported,
		protocol.CodeCertificateMalformed, protocol.CodeCertificateExpired, protocol.CodeCertificateNotYetValid,
		protocol.CodeCertificateNotQualified, protocol.CodeCertificateKeyUsage, protocol.CodeCertificateNotForLogin,
		protocol.CodeLoginOff, protocol.CodeHashOff,
		protocol.CodeSequence, protocol.CodeInternal:
		return true
	}
	return false
}

// resumeAt is where a second attempt begins if the person has not come as far as the card: at first, unless the
// page has not even asked.
func (w *window) resumeAt(first Step) Step {
	switch {
	case !w.asked, w.pending != nil:
		return StepLoading
	case w.examined:
		return w.certificateStep()
	}
	return first
}

func (w *window) elapsed(t Timer) {
	switch {
	case t == TimerPage:
		w.pageFails(w.late)
	case t == TimerHost && w.host.open:
		w.fail(protocol.CodeHostStopped, "")
	case t == TimerSlow:
		w.slow = w.step == StepWorking
	case t == TimerClose && w.step == StepDone && !w.kept:
		w.do(CloseWindow{})
	}
}
