// Package flow is what the signing window does, without a browser: events go in, effects come out.
//
// A Flow is one request, from the opening of the window to its end. It is handed everything that
// happens (a message of the page, a message of the host, a press of the person, a timer) as an Event
// and answers with the Effects that the browser is to carry out, in their order. It has no clock, no
// goroutine and no syscall/js, so every path of the window, bad input included, is tested natively.
//
// # Steps
//
//	loading → who → document (each) → code (if there is one) → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The page's documents are pulled and handed on to the host while the
// person reads the first question, and the certificates are listed meanwhile, so that no step waits
// for what could have been ready.
//
// # What is believed
//
// Nothing. The page's messages and the host's are decoded with their limits, and one that is not
// expected at that moment ends the request. The origin comes from the broker, which has it from the
// browser. The bytes that are shown are the bytes that are hashed, and their digest goes to the host,
// which refuses to sign anything else.
package flow

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Step is one screen of the window: one question, or one thing to know.
type Step string

// The steps in their usual order.
const (
	StepLoading     Step = "loading"
	StepWho         Step = "who"
	StepDocument    Step = "document"
	StepCode        Step = "code"
	StepWaiting     Step = "waiting" // for a reader, a card or a certificate
	StepCertificate Step = "certificate"
	StepPIN         Step = "pin"
	StepWorking     Step = "working"
	StepDone        Step = "done"
	StepFailed      Step = "failed"
)

// Flow is one request. The zero value is not ready: use New. It is not safe for concurrent use.
type Flow struct {
	calendar Calendar
	settings Settings
	out      []Effect

	// Who asks and for what.
	stored   protocol.StoredRequest
	origin   Origin
	request  protocol.SignRequest
	asked    bool // the page's request is here and valid
	agreed   bool // the person went on from the first question
	examined bool // and from the documents and the code
	over     bool // the page knows the end, made it, or is gone
	pageOpen bool // there is a port to post to

	documents []document
	pulling   int // index of the document being pulled

	host hostLine

	// What the tokens hold; listed is false until the host has said so once.
	listed   bool
	tokens   map[string]protocol.Token
	findings []protocol.Finding
	choices  []Choice
	chosen   string // Certificate.ID

	// The screen.
	step    Step
	reading int // index of the document on the screen
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

// New returns the flow of a window that has just been opened, and what to do first.
func New(calendar Calendar) (*Flow, []Effect) {
	f := &Flow{calendar: calendar, step: StepLoading}
	f.connectHost()
	return f, f.take()
}

// Handle takes one event in and returns what to do about it, in order.
func (f *Flow) Handle(event Event) []Effect {
	switch e := event.(type) {
	case SettingsRead:
		f.settings = e.Settings
	case RequestRead:
		f.requestRead(e)
	case PageMessage:
		f.pageMessage(e.Raw)
	case PageClosed:
		f.pageClosed()
	case HostMessage:
		f.hostMessage(e.Raw)
	case HostClosed:
		f.hostClosed(e.Reason)
	case Elapsed:
		f.elapsed(e.Timer)
	default:
		f.person(event)
	}
	return f.take()
}

func (f *Flow) take() []Effect {
	out := f.out
	f.out = nil
	return out
}

func (f *Flow) do(e Effect) { f.out = append(f.out, e) }

// show moves to a step. It is a new screen even if the step is the same: the next document.
func (f *Flow) show(s Step) {
	f.step = s
	f.turn++
	f.alert = ""
	f.showPIN = false
}

// warn puts a problem at the top of the present screen.
func (f *Flow) warn(code protocol.Code) {
	f.alert = code
	f.alerts++
}

// fail ends the attempt with a problem. The page is told at once where the person can do nothing
// about it here; otherwise when they give up.
func (f *Flow) fail(code protocol.Code, detail string) {
	if f.step == StepDone || f.step == StepFailed && !f.retriable() {
		return
	}
	f.problem, f.detail = code, detail
	f.show(StepFailed)
	f.dropHost()
	if !f.retriable() {
		f.do(After{Timer: TimerPage})
		f.tell(code)
	}
}

// tell ends the request for the page: once, and with no more than it may learn.
func (f *Flow) tell(code protocol.Code) {
	if f.over {
		return
	}
	f.over = true
	if f.pageOpen {
		f.post(protocol.PageFailed, message.Failure(code.ForPage(f.agreed)))
	}
}

// retriable reports whether trying again in this window can help: the page still waits, and the
// obstacle is on this machine. Until the person decides, the page's documents keep coming.
func (f *Flow) retriable() bool {
	if f.over {
		return false
	}
	switch f.problem {
	case protocol.CodeHostMissing, protocol.CodeHostOutdated, protocol.CodeHostStopped, protocol.CodeHostRefused,
		protocol.CodeNoModule, protocol.CodeModuleFailed, protocol.CodeModuleArchitecture, protocol.CodeModuleCrashed, protocol.CodeModuleTimeout,
		protocol.CodeCardUnrecognized,
		protocol.CodeNoService, protocol.CodeNoReader, protocol.CodeNoToken, protocol.CodeTokenRemoved, protocol.CodeCardChanged, protocol.CodeCardBusy, protocol.CodeTokenError,
		protocol.CodeNoCertificate, protocol.CodeKeyMissing, protocol.CodeKeyUnsupported,
		protocol.CodePINLocked, protocol.CodePINNotSet,
		protocol.CodeCertificateMalformed, protocol.CodeCertificateExpired, protocol.CodeCertificateNotYetValid,
		protocol.CodeCertificateNotQualified, protocol.CodeCertificateKeyUsage,
		protocol.CodeSequence, protocol.CodeInternal:
		return true
	}
	return false
}
