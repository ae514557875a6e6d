package flow

import (
	"github.com/e-onay/e-onay/internal/protocol"
)

// Manage is the settings page: the person's cards and certificates, the program on the machine, the security
// phrase and the language. Like a Flow it takes events and returns effects. It is not safe for concurrent use.
type Manage struct {
	local func(seconds int64) Moment // where the person is, of seconds since 1970
	now   func() int64               // the same seconds
	out   []Effect

	settings Settings
	saved    bool
	rejected bool

	line    line
	host    hostState
	welcome protocol.Welcome
	problem protocol.Code

	listed bool
	list   protocol.CertificateList
	known  map[string]protocol.Token

	screen  ManageScreen
	turn    int    // grows with every new screen
	subject string // Token.ID of ScreenChange and ScreenUnblock, Certificate.ID of ScreenTest
	alert   protocol.Code
	detail  string
	field   string       // the one that the alert is about
	about   ManageScreen // the question whose work the alert is about
	alerts  int
	done    ManageDone

	// A question.
	showPIN  bool
	strength Strength
	asking   ManageScreen // the question that ScreenWorking is the answer to
	stage    protocol.HostStage

	sites   SitesRead
	revoked bool // the person has just taken a site back
	first   bool // the extension has just been installed

	diagnosis   protocol.Diagnosis
	diagnosed   bool
	copied      CopyState
	journal     journal
	permissions permissions
	moduleCode  protocol.Code // why the library was not added
	moduleInfo  string
}

// ManageScreen is one screen of the settings page.
type ManageScreen string

// Screens. All but the overview are one question, or the wait for its answer.
const (
	ScreenOverview ManageScreen = "overview"
	ScreenChange   ManageScreen = "change"
	ScreenUnblock  ManageScreen = "unblock"
	ScreenTest     ManageScreen = "test"
	ScreenAllow    ManageScreen = "allow"
	ScreenWorking  ManageScreen = "working"
)

// ManageDone is what the person has just brought about.
type ManageDone string

// What can be brought about.
const (
	DoneNothing   ManageDone = ""
	DoneChanged   ManageDone = "changed"
	DoneUnblocked ManageDone = "unblocked"
	DoneTested    ManageDone = "tested"
	DoneSaved     ManageDone = "saved"
	DoneAdded     ManageDone = "added"
	DoneRemoved   ManageDone = "removed"
	DoneAllowed   ManageDone = "allowed"
	DoneForbidden ManageDone = "forbidden"
)

// CopyState is what became of a copy.
type CopyState string

// Copies.
const (
	CopyNone   CopyState = ""
	CopyDone   CopyState = "done"
	CopyFailed CopyState = "failed"
)

type hostState int

const (
	hostLooking hostState = iota
	hostWorks
	hostFails
)

// AlertAgain is the alert of a new PIN that was typed differently the second time. Like AlertConfirm it never
// leaves the page.
const AlertAgain protocol.Code = "again"

// What the person does on the settings page.
type (
	// SavePhrase hands over what the person typed as the security phrase.
	SavePhrase struct{ Typed string }
	// ChangePIN opens the question for a token's new PIN, Unblock the one for its PUK too, TestCard the one for a
	// certificate's self-test.
	ChangePIN struct{ Token string }
	Unblock   struct{ Token string }
	TestCard  struct{ Certificate string }
	// SubmitChange hands the PINs over, or PUK and new PIN; like Sign it gives them away.
	SubmitChange struct {
		Old, PUK, New, Again []byte
		Confirmed            bool
	}
	// Export asks for a certificate as a file.
	Export struct{ Certificate string }
	// Diagnose looks at everything, CopyDiagnosis gives the result away, Copied says whether that worked.
	Diagnose      struct{}
	CopyDiagnosis struct{}
	Copied        struct{ OK bool }
	// Returned says that the person has come back to the page from elsewhere.
	Returned struct{}
	// AddModule and RemoveModule change the person's own list of libraries.
	AddModule    struct{ Path string }
	RemoveModule struct{ Path string }
)

func (SavePhrase) event()    {}
func (ChangePIN) event()     {}
func (Unblock) event()       {}
func (TestCard) event()      {}
func (SubmitChange) event()  {}
func (Export) event()        {}
func (Diagnose) event()      {}
func (CopyDiagnosis) event() {}
func (Copied) event()        {}
func (Returned) event()      {}
func (AddModule) event()     {}
func (RemoveModule) event()  {}

type (
	// Save gives the person a file.
	Save struct {
		Name, Type string // its media type
		Data       []byte
	}
	// Copy puts text on the clipboard; Copied follows.
	Copy struct{ Text string }
)

func (Save) effect() {}
func (Copy) effect() {}

// NewManage returns the settings page as it opens, and what to do first. now is the clock, in seconds since 1970;
// local tells what such a moment is where the person is.
func NewManage(local func(seconds int64) Moment, now func() int64) (*Manage, []Effect) {
	m := &Manage{local: local, now: now, screen: ScreenOverview}
	m.greet()
	return m, m.take()
}

func (m *Manage) do(e Effect) { m.out = append(m.out, e) }

func (m *Manage) take() []Effect {
	out := m.out
	m.out = nil
	return out
}

// Handle takes one event in and returns what to do about it, in order.
func (m *Manage) Handle(event Event) []Effect {
	switch e := event.(type) {
	case SettingsRead:
		m.settings = e.Settings
	case SitesRead:
		m.sites = e
	case FirstStart:
		m.first = true
	case HostMessage:
		m.hostMessage(e.Raw)
	case HostClosed:
		m.lost(protocol.HostClosed(e.Reason))
	case Elapsed:
		if e.Timer == TimerHost {
			m.lost(protocol.CodeHostStopped)
		}
	default:
		m.person(event)
	}
	return m.take()
}

// person takes in what the person does. What does not belong to the present screen does nothing.
func (m *Manage) person(event Event) {
	switch e := event.(type) {
	case SavePhrase:
		m.save(e.Typed)
	case Speak:
		m.settings.Language = e.Language
		m.do(SaveSettings{Settings{Language: e.Language}})
	case Retry:
		m.retry()
	case Returned:
		if m.host == hostFails { // and may have been installed meanwhile
			m.retry()
		}
	case RevokeSite:
		m.revoke(e.Pattern)
	case Copied:
		m.copied = CopyFailed
		if e.OK {
			m.copied = CopyDone
		}
	case TogglePIN:
		m.showPIN = !m.showPIN && m.screen.asks()
	case Typed:
		if m.screen.asks() {
			m.strength = strengthOf(e.New, m.token().PIN)
		}
		clear(e.New)
	case Back, Cancel:
		m.back()
	case Sign:
		m.submitTest(e)
	case SubmitChange:
		m.submit(e)
	case Choose:
		m.pick(e.ID)
	case SubmitAllow:
		m.submitAllow(e)
	default:
		if m.screen == ScreenOverview && m.host == hostWorks {
			m.overview(event)
		}
	}
}

// overview takes in what can be done on the overview while the host is there.
func (m *Manage) overview(event Event) {
	switch e := event.(type) {
	case ChangePIN:
		if t, ok := m.known[e.Token]; ok && hasPIN(t.PIN) {
			m.subject = e.Token
			m.show(ScreenChange)
		}
	case Unblock:
		m.unblock(e.Token)
	case TestCard:
		if c, ok := m.certificate(e.Certificate); ok && testable(c, m.known[c.Token].PIN) {
			m.subject = e.Certificate
			m.show(ScreenTest)
		}
	case Export:
		if _, ok := m.certificate(e.Certificate); ok {
			m.ask(&hostRequest{kind: protocol.HostExport, body: protocol.HostExportBody{Certificate: e.Certificate}})
		}
	case Diagnose:
		if !m.line.waits(protocol.HostDiagnose) {
			m.copied = CopyNone
			m.ask(&hostRequest{kind: protocol.HostDiagnose})
		}
	case CopyDiagnosis:
		m.do(Copy{m.report()})
	case AddModule:
		m.changeModules(protocol.HostAddModule, e.Path)
	case RemoveModule:
		m.changeModules(protocol.HostRemoveModule, e.Path)
	case ReadJournal, OlderEntries, SaveJournal:
		m.aboutJournal(event)
	case AllowHash:
		m.askAllow()
	case ForbidHash:
		m.forbid(e.ID)
	}
}

// show moves to a screen.
func (m *Manage) show(s ManageScreen) {
	m.screen, m.alert, m.detail, m.field, m.about, m.done = s, "", "", "", "", DoneNothing
	m.showPIN, m.strength = false, StrengthNone
	m.turn++
}

func (m *Manage) warn(code protocol.Code, detail string) {
	m.alert, m.detail, m.field, m.about = code, detail, "", ""
	m.alerts++
}

// refuse says why what was typed is not sent, and in which field that is.
func (m *Manage) refuse(code protocol.Code, field string) {
	m.warn(code, "")
	m.field, m.strength = field, StrengthNone
}

// asks reports whether the screen is a question about a card.
func (s ManageScreen) asks() bool { return s == ScreenChange || s == ScreenUnblock || s == ScreenTest }

// back leaves a question. A card that is at work is told to stop, and its answer waited for.
func (m *Manage) back() {
	switch {
	case m.screen.asks(), m.screen == ScreenAllow:
		m.show(ScreenOverview)
	case m.screen == ScreenWorking:
		m.cancel()
	}
}

func (m *Manage) save(typed string) {
	phrase, ok := ParsePhrase(typed)
	m.saved, m.rejected = ok, !ok
	if !ok {
		m.alerts++
		return
	}
	m.settings.Phrase = phrase
	m.do(SaveSettings{Settings{Phrase: phrase}})
}

func (m *Manage) changeModules(kind protocol.HostType, path string) {
	if m.line.waits(kind) {
		return
	}
	m.moduleCode, m.moduleInfo, m.done = "", "", DoneNothing
	if path == "" {
		m.moduleCode = protocol.CodeModulePath
		m.alerts++
		return
	}
	m.ask(&hostRequest{kind: kind, body: protocol.HostModuleBody{Path: path}})
}
