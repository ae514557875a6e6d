// Package settings is the settings page, without a browser: the person's cards, the program on the machine, the journal,
// and what sites may do.
package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Page is the settings page: the person's cards and certificates, the program on the machine, the security
// phrase and the language. It takes events and returns effects. It is not safe for concurrent use.
type Page struct {
	local func(seconds int64) screen.Moment // where the person is, of seconds since 1970
	now   func() int64                      // the same seconds
	out   []loop.Effect

	prefs    preferences.Preferences
	saved    bool
	rejected bool

	client  *hostclient.Client
	host    hostState
	welcome protocol.Welcome
	problem fault.Code

	inventory inventory.Inventory

	screen  Screen
	turn    int    // grows with every new screen
	subject string // Token.ID of ScreenChange and ScreenUnblock, Certificate.ID of ScreenTest
	alert   fault.Code
	detail  string
	field   string // the one that the alert is about
	about   Screen // the question whose work the alert is about
	alerts  int
	done    Done

	// A question.
	showPIN  bool
	strength pinentry.Strength
	asking   Screen // the question that ScreenWorking is the answer to
	stage    protocol.HostStage

	sites   SitesRead
	revoked bool // the person has just taken a site back
	first   bool // the extension has just been installed

	diagnosis   protocol.Diagnosis
	diagnosed   bool
	copied      CopyState
	journal     journal
	permissions permissions
	moduleCode  fault.Code // why the library was not added
	moduleInfo  string
}

// Screen is one screen of the settings page.
type Screen string

// Screens. All but the overview are one question, or the wait for its answer.
const (
	ScreenOverview Screen = "overview"
	ScreenChange   Screen = "change"
	ScreenUnblock  Screen = "unblock"
	ScreenTest     Screen = "test"
	ScreenAllow    Screen = "allow"
	ScreenWorking  Screen = "working"
)

// Done is what the person has just brought about.
type Done string

// What can be brought about.
const (
	DoneNothing   Done = ""
	DoneChanged   Done = "changed"
	DoneUnblocked Done = "unblocked"
	DoneTested    Done = "tested"
	DoneSaved     Done = "saved"
	DoneAdded     Done = "added"
	DoneRemoved   Done = "removed"
	DoneAllowed   Done = "allowed"
	DoneForbidden Done = "forbidden"
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

// What the person does on the settings page.
type (
	// SavePhrase hands over what the person typed as the security phrase.
	SavePhrase struct{ Typed string }
	// ChangePIN opens the question for a token's new PIN, Unblock the one for its PUK too, TestCard the one for a
	// certificate's self-test.
	ChangePIN struct{ Token string }
	Unblock   struct{ Token string }
	TestCard  struct{ Certificate string }
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

func (SavePhrase) IsEvent()    {}
func (ChangePIN) IsEvent()     {}
func (Unblock) IsEvent()       {}
func (TestCard) IsEvent()      {}
func (Export) IsEvent()        {}
func (Diagnose) IsEvent()      {}
func (CopyDiagnosis) IsEvent() {}
func (Copied) IsEvent()        {}
func (Returned) IsEvent()      {}
func (AddModule) IsEvent()     {}
func (RemoveModule) IsEvent()  {}

type (
	// Save gives the person a file.
	Save struct {
		Name, Type string // its media type
		Data       []byte
	}
	// Copy puts text on the clipboard; Copied follows.
	Copy struct{ Text string }
)

func (Save) IsEffect() {}
func (Copy) IsEffect() {}

// New returns the settings page as it opens, and what to do first. now is the clock, in seconds since 1970;
// local tells what such a moment is where the person is.
func New(local func(seconds int64) screen.Moment, now func() int64) (*Page, []loop.Effect) {
	m := &Page{local: local, now: now, screen: ScreenOverview}
	m.client = hostclient.New(m.do)
	m.greet()
	return m, m.take()
}

func (p *Page) do(e loop.Effect) { p.out = append(p.out, e) }

func (p *Page) take() []loop.Effect {
	out := p.out
	p.out = nil
	return out
}

// Handle takes one event in and returns what to do about it, in order.
func (p *Page) Handle(event loop.Event) []loop.Effect {
	switch e := event.(type) {
	case loop.PreferencesRead:
		p.prefs = e.Preferences
	case SitesRead:
		p.sites = e
	case FirstStart:
		p.first = true
	case AllowFor:
		p.allowFor(e.Origin)
	case loop.HostMessage:
		p.hostMessage(e.Raw)
	case loop.HostClosed:
		p.lost(protocol.HostClosed(e.Reason))
	case loop.Elapsed:
		if e.Timer == loop.TimerHost {
			p.lost(fault.HostStopped)
		}
	default:
		p.person(event)
	}
	return p.take()
}

// person takes in what the person does. What does not belong to the present screen does nothing.
func (p *Page) person(event loop.Event) {
	switch e := event.(type) {
	case SavePhrase:
		p.save(e.Typed)
	case loop.Speak:
		p.prefs.Language = e.Language
		p.do(loop.SavePreferences{Preferences: preferences.Preferences{Language: e.Language}})
	case loop.Retry:
		p.retry()
	case Returned:
		if p.host == hostFails { // and may have been installed meanwhile
			p.retry()
		}
	case RevokeSite:
		p.revoke(e.Pattern)
	case Copied:
		p.copied = CopyFailed
		if e.OK {
			p.copied = CopyDone
		}
	case loop.TogglePIN:
		p.showPIN = !p.showPIN && p.screen.asks()
	case pinentry.Typed:
		if p.screen.asks() {
			p.strength = pinentry.StrengthOf(e.New, p.pin())
		}
		clear(e.New)
	case loop.Back, loop.Cancel:
		p.back()
	case pinentry.Submit:
		p.submitTest(e)
	case pinentry.SubmitNew:
		p.submit(e)
	case loop.Choose:
		p.pick(e.ID)
	case SubmitAllow:
		p.submitAllow(e)
	default:
		if p.screen == ScreenOverview && p.host == hostWorks {
			p.overview(event)
		}
	}
}

// overview takes in what can be done on the overview while the host is there.
func (p *Page) overview(event loop.Event) {
	switch e := event.(type) {
	case ChangePIN:
		if t := p.inventory.Token(e.Token); t != nil && pinentry.HasPIN(t.PIN) {
			p.subject = e.Token
			p.show(ScreenChange)
		}
	case Unblock:
		p.unblock(e.Token)
	case TestCard:
		if c := p.inventory.Certificate(e.Certificate); c != nil && testable(*c, p.inventory.PIN(c.Token)) {
			p.subject = e.Certificate
			p.show(ScreenTest)
		}
	case Export:
		if p.inventory.Certificate(e.Certificate) != nil {
			p.client.Ask(&hostclient.Request{Kind: protocol.HostExport, Body: protocol.HostExportBody{Certificate: e.Certificate}})
		}
	case Diagnose:
		if !p.client.InFlight(protocol.HostDiagnose) {
			p.copied = CopyNone
			p.client.Ask(&hostclient.Request{Kind: protocol.HostDiagnose})
		}
	case CopyDiagnosis:
		p.do(Copy{p.report()})
	case AddModule:
		p.changeModules(protocol.HostAddModule, e.Path)
	case RemoveModule:
		p.changeModules(protocol.HostRemoveModule, e.Path)
	case ReadJournal, OlderEntries, SaveJournal:
		p.aboutJournal(event)
	case AllowHash:
		p.askAllow()
	case ForbidHash:
		p.forbid(e.ID)
	}
}

// show moves to a screen.
func (p *Page) show(s Screen) {
	p.screen, p.alert, p.detail, p.field, p.about, p.done = s, "", "", "", "", DoneNothing
	p.showPIN, p.strength = false, pinentry.StrengthNone
	p.turn++
}

func (p *Page) warn(code fault.Code, detail string) {
	p.alert, p.detail, p.field, p.about = code, detail, "", ""
	p.alerts++
}

// refuse says why what was typed is not sent, and in which field that is.
func (p *Page) refuse(code fault.Code, field string) {
	p.warn(code, "")
	p.field, p.strength = field, pinentry.StrengthNone
}

// asks reports whether the screen is a question about a card.
func (s Screen) asks() bool { return s == ScreenChange || s == ScreenUnblock || s == ScreenTest }

// back leaves a question. A card that is at work is told to stop, and its answer waited for.
func (p *Page) back() {
	switch {
	case p.screen.asks(), p.screen == ScreenAllow:
		p.show(ScreenOverview)
	case p.screen == ScreenWorking:
		p.cancel()
	}
}

func (p *Page) save(typed string) {
	phrase, ok := preferences.ParsePhrase(typed)
	p.saved, p.rejected = ok, !ok
	if !ok {
		p.alerts++
		return
	}
	p.prefs.Phrase = phrase
	p.do(loop.SavePreferences{Preferences: preferences.Preferences{Phrase: phrase}})
}

func (p *Page) changeModules(kind protocol.HostType, path string) {
	if p.client.InFlight(kind) {
		return
	}
	p.moduleCode, p.moduleInfo, p.done = "", "", DoneNothing
	if path == "" {
		p.moduleCode = fault.ModulePath
		p.alerts++
		return
	}
	p.client.Ask(&hostclient.Request{Kind: kind, Body: protocol.HostModuleBody{Path: path}})
}
