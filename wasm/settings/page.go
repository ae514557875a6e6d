// Package settings is the settings page, without a browser. Each section of the page (the cards, the journal, the security
// phrase …) and each of its questions has a file: its state, what the person does there, the host's answers, its view.
// Page routes events and answers to the sections; what they have in common is in shared.
package settings

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Page is the settings page. It takes events and returns effects. It is not safe for concurrent use.
type Page struct {
	shared

	// The sections, in the order of the page.
	welcome   welcome
	reminder  reminder
	cards     cards
	phrase    phrase
	sites     sites
	program   program
	diagnosis diagnosis
	journal   journal
	hashes    hashes
	libraries libraries
	advanced  advanced

	institution institution

	// The questions that take the sections' place.
	changePIN changePIN
	unblock   unblock
	selfTest  selfTest
	allow     allow
}

// New returns the settings page as it opens, and what to do first. now is the clock, in seconds since 1970;
// local tells what such a moment is where the person is.
func New(local func(seconds int64) screen.Moment, now func() int64) (*Page, []loop.Effect) {
	p := &Page{shared: shared{local: local, now: now, question: question{screen: ScreenOverview}}}
	s := &p.shared
	s.client = hostclient.New(s.do)
	p.institution.page = s
	p.sites.institution = &p.institution
	p.reminder.page, p.welcome.page, p.cards.page, p.phrase.page, p.sites.page, p.program.page = s, s, s, s, s, s
	p.diagnosis.page, p.journal.page, p.hashes.page, p.libraries.page = s, s, s, s
	p.changePIN.page, p.unblock.page, p.selfTest.page, p.allow.page = s, s, s, s
	p.allow.hashes = &p.hashes
	p.program.connect()
	return p, p.takeEffects()
}

// Handle takes one event in and returns what to do about it, in order.
func (p *Page) Handle(event loop.Event) []loop.Effect {
	switch e := event.(type) {
	case loop.PreferencesRead:
		p.preferences, p.policyLanguage = e.Preferences, e.Policy.Language
		p.institution.take(e.Policy)
		p.parts.Policy = e.Policy.InstallURL
	case loop.PartsRead:
		p.parts.Extension, p.parts.Build, p.parts.Linux = e.Extension, e.Build, e.Linux
	case SitesRead:
		p.sites.read = e
	case EndsRead:
		p.reminder.ends = e.Ends
	case FirstStart:
		p.welcome.shown = true
	case AllowFor:
		p.advanced.open = true // the answer is seen there
		p.allow.prefill(e.Origin)
	case loop.HostMessage:
		p.handleHost(e.Raw)
	case loop.HostClosed:
		p.loseHost(protocol.HostClosed(e.Reason))
	case loop.Elapsed:
		p.handleTimer(e.Timer)
	default:
		p.handleInput(event)
	}
	return p.takeEffects()
}

// handleInput takes what the person does. What does not belong to the present screen does nothing.
func (p *Page) handleInput(event loop.Event) {
	switch e := event.(type) {
	case SavePhrase:
		p.phrase.save(e.Typed)
	case loop.ChooseLanguage:
		p.preferences.Language = e.Language
		p.do(loop.SavePreferences{Preferences: preferences.Preferences{Language: e.Language}})
	case RevokeSite:
		p.sites.revoke(e.Pattern)
	case loop.Retry, Returned:
		p.program.handleInput(event)
	case Copied:
		p.diagnosis.noteCopy(e.OK)
	case loop.Back, loop.Cancel, loop.TogglePIN, pinentry.Typed:
		p.handleQuestion(event)
	case pinentry.Submit:
		p.selfTest.submit(e)
	case pinentry.SubmitNew:
		p.submitNew(e)
	case loop.Choose, SubmitAllow:
		p.allow.handleInput(event)
	default:
		if p.question.screen == ScreenOverview && p.program.works() {
			p.handleOverview(event)
		}
	}
}

// handleOverview takes what the person can do on the overview while the host is there.
func (p *Page) handleOverview(event loop.Event) {
	switch e := event.(type) {
	case FoldAdvanced:
		p.advanced.open = !p.advanced.open
	case ChangePIN:
		p.changePIN.open(e.Token)
	case Unblock:
		p.unblock.open(e.Token)
	case TestCard:
		p.selfTest.open(e.Certificate)
	case Export:
		p.cards.export(e.Certificate)
	case Diagnose, CopyDiagnosis:
		p.diagnosis.handleInput(event)
	case AddLibrary:
		p.libraries.change(protocol.HostAddModule, e.Path)
	case RemoveLibrary:
		p.libraries.change(protocol.HostRemoveModule, e.Path)
	case ReadJournal, OlderEntries, SaveJournal:
		p.journal.handleInput(event)
	case AllowHash:
		p.allow.open()
	case ForbidHash:
		p.hashes.forbid(e.ID)
	}
}

// submitNew hands a new PIN to the question on the screen.
func (p *Page) submitNew(e pinentry.SubmitNew) {
	switch p.question.screen {
	case ScreenChange:
		p.changePIN.submit(e)
	case ScreenUnblock:
		p.unblock.submit(e)
	default:
		e.Clear()
	}
}
