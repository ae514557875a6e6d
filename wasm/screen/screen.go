// Package screen defines what the windows of all acts show alike: steps, certificates, origins, dates, and their sentences;
// and the parts of screens that windows and the settings page have in common.
package screen

import (
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// View is what every window shows: a snapshot, with every text from outside already made visible.
type View struct {
	Heading
	Step Step
	// Turn changes with every new screen: start at its top. Alerts changes with every new Alert: go
	// to it.
	Turn, Alerts int
	// Text says more, where the card works or the act has failed; Hint is what to do then.
	Text, Hint string
	// Status is what a screen reader is told without being asked.
	Status string

	Origin Origin
	// Embedder is the address of the page in whose frame the site asks; empty where the site is the page.
	Embedder Origin
	// Site is the name of a site that has signed its request; Unsigned says that the site could have, and has not.
	Site     string
	Unsigned bool
	Phrase   string
	Purpose  string
	Code     string

	Alert   Alert
	Waiting fault.Code // what is missing; empty while the host looks
	Family  string     // the kind of card that waits for its driver, where the host knows it
	Driver  string     // where to get it
	Cause   string     // why what is on the card cannot be read, for the help desk
	LeftOut fault.Code // why a certificate that is on a card may not be in Choices
	Looking bool
	Choices []Choice
	Chosen  string

	Certificate Choice // the certificate that was chosen
	PIN         protocol.PINState
	KeyPIN      *protocol.PINState // of the key's own PIN; nil where it is not asked for
	// LastAttempt asks for the words before the last attempt; nil where there are more.
	LastAttempt *LastAttempt
	ShowPIN     bool

	Stage protocol.HostStage
	// Signed of ToSign documents are signed; both are 0 while that is not known, or where one alone is.
	Signed, ToSign int
	SecondsLeft    int // until the rest is signed; 0 while that is not known
	Slow           bool
	// Committed says that the card is doing what cannot be cancelled.
	Committed bool

	Problem   fault.Code
	Install   Install // the way to a missing part
	Versions  string  // which part is the older one
	Sandbox   string  // what to do where a sandbox keeps the browser from the program
	Detail    string
	Retriable bool
	StaysOpen bool // the last screen does not close by itself
}

// Attempts is the warning of how many attempts the PIN has left.
func (v *View) Attempts() Attempts {
	return Attempts{Sentences: v.Sentences, PIN: v.PIN, Alert: v.Alert.Code}
}

// Working is the screen while the card works.
func (v *View) Working() Working { return Working{Heading: v.Heading, Text: v.Text} }

// DescribeObstacle fills in what stands in the way of a certificate.
func (v *View) DescribeObstacle(obstacle protocol.Finding) {
	v.Waiting = obstacle.Code
	v.Driver = plaintext.Short(Sentence(v.Language, obstacle.Driver))
	switch obstacle.Code {
	case fault.NoModule, fault.CardUnrecognized:
		v.Family = plaintext.Short(obstacle.Subject)
	case fault.CertificateMalformed:
		v.Cause = plaintext.Line(obstacle.Detail)
	}
}

// WaitingTitle says what the person is to do to get a certificate to choose.
func (v *View) WaitingTitle() string {
	switch v.Waiting {
	case "":
		return v.T("window.waiting.title_looking")
	case fault.NoReader:
		return v.T("window.waiting.title_reader")
	case fault.NoToken, fault.TokenRemoved:
		return v.T("window.waiting.title_card")
	case fault.NoCertificate:
		return v.T("window.waiting.title_certificate")
	case fault.CertificateMalformed:
		return v.T("window.waiting.title_unreadable")
	case fault.CardBusy:
		return v.T("window.waiting.title_busy")
	case fault.NoService:
		return v.T("window.waiting.title_service")
	case fault.ServiceRefused:
		return v.T("window.waiting.title_refused")
	case fault.NoModule, fault.ModuleFailed, fault.ModuleArchitecture:
		return v.T("window.waiting.title_driver")
	}
	return v.T("window.waiting.title_trouble")
}

// CertificateTitle asks which certificate it is to be, in the sentences of prefix.
func (v *View) CertificateTitle(prefix string) string {
	switch {
	case v.Usable() == 0:
		return v.T(prefix + "title_none")
	case len(v.Choices) == 1:
		return v.T(prefix + "title_one")
	}
	return v.T(prefix + "title")
}

// PINTitle asks for the PIN, on the screen or on the reader.
func (v *View) PINTitle() string {
	if v.PIN.Pad {
		return v.T("window.pin.title_pad")
	}
	return v.T("window.pin.title")
}

// ChecksPIN reports whether the card, or the person on its reader, is at the PIN.
func (v *View) ChecksPIN() bool {
	return v.PIN.Pad || v.Stage == protocol.HostStageLogin || v.Stage == protocol.HostStageAgain
}

// PINWorkTitle says that the card checks the PIN, or that it is typed on the reader.
func (v *View) PINWorkTitle() string {
	if v.Stage == protocol.HostStageAgain {
		return v.T("window.working.title_again")
	}
	if v.PIN.Pad {
		return v.T("window.working.title_pad")
	}
	return v.T("window.working.title_login")
}

// FailedTitle says what has ended the act; gone is the key of the sentence for a page that is no longer there.
func (v *View) FailedTitle(gone string) string {
	switch v.Problem {
	case fault.Cancelled:
		return v.T("window.failed.title_cancelled")
	case fault.PageGone:
		return v.T(gone)
	case fault.HostMissing:
		return v.T("window.failed.title_host")
	case fault.PINLocked:
		return v.T("window.failed.title_locked")
	}
	return v.T("window.failed.title")
}

// Explanation returns the text below a screen's heading, and a hint; host is the key of the hint where the host program is
// not installed.
func (v *View) Explanation(host string) (text, hint string) {
	switch {
	case v.Step == StepWorking && v.Slow:
		return v.T("window.working.slow"), ""
	case v.Step == StepWorking:
		return v.T("window.working.text"), ""
	case v.Step == StepFailed && v.Problem == fault.Cancelled:
		return v.T("window.failed.cancelled"), ""
	case v.Step == StepFailed && v.Problem == fault.HostMissing && v.Install.URL != "":
		return v.Error(v.Problem), v.T("window.failed.install")
	case v.Step == StepFailed && v.Problem == fault.HostMissing:
		return v.Error(v.Problem), v.T(host)
	case v.Step == StepFailed:
		return v.Error(v.Problem), ""
	}
	return "", ""
}

// Announcement returns what a screen reader says of a change that no press of the person has caused.
func (v *View) Announcement() string {
	switch {
	case v.Step == StepWaiting && v.Looking:
		return v.T("window.waiting.title_looking")
	case v.Step == StepWaiting, v.Step == StepWorking && !v.Slow:
		return v.Title
	case v.Step == StepWorking:
		return v.Text
	}
	return ""
}

// Encoded reports whether an address on the screen is shown encoded.
func (v *View) Encoded() bool { return v.Origin.Encoded || v.Embedder.Encoded }

// BlockedBySettings reports whether it is the person's settings that stand in the way.
func (v *View) BlockedBySettings() bool {
	switch v.Step {
	case StepCertificate:
		return v.Usable() == 0 && slices.ContainsFunc(v.Choices, func(c Choice) bool { return c.Problem == fault.LoginOff })
	case StepFailed:
		return v.Problem == fault.LoginOff || v.Problem == fault.HashOff
	}
	return false
}

// Usable returns how many certificates can be chosen.
func (v *View) Usable() int {
	n := 0
	for _, c := range v.Choices {
		if c.Problem == "" {
			n++
		}
	}
	return n
}

// Choice is a certificate as the person sees it, made fit for the screen.
type Choice struct {
	ID       string
	Token    string
	Holder   string
	Issuer   string
	Citizen  string // masked
	Card     string // the token's label
	NotAfter Date
	// Problem is empty when it can be chosen, else why not. Note says more, where there is more to say.
	Problem fault.Code
	Note    string
}
