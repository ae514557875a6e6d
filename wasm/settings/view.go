package settings

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// View is the settings page as it is to be drawn: a snapshot, with every text from outside already made
// visible.
type View struct {
	Language message.Language
	Screen   Screen
	Turn     int
	Title    string
	Status   string // what a screen reader is told without being asked

	Phrase   string
	Saved    bool
	Rejected bool

	Looking, Works, Fails bool
	Version, Platform     string
	Problem               fault.Code

	Listed  bool
	Readers []ReaderView
	Missing MissingView

	// The question on the screen.
	Card     CardView
	Chosen   CertificateView
	PIN      protocol.PINState
	KeyPIN   *protocol.PINState // of the key's own PIN; nil where it is not asked for
	PUK      string
	Last     bool // the next wrong one is the last
	ShowPIN  bool
	Strength pinentry.Strength
	Stage    protocol.HostStage
	// Committed tells that the card is doing what cannot be called off.
	Committed bool

	Alert  fault.Code
	Detail string
	Field  string // the id of the field that Alert is about
	About  Screen // the question whose work Alert is about
	Alerts int
	Done   Done

	Diagnosing bool
	Diagnosed  bool
	Made       string // when it was made
	Parts      []PartView
	Report     string
	Copied     CopyState

	Journal JournalView
	Sites   SitesView
	Welcome []StepView // nil but after the first start

	Permissions PermissionsView

	Modules      []string
	ModuleCode   fault.Code
	ModuleDetail string
	Adding       bool
}

// MissingView says what stands in the way where there is no card to show.
type MissingView struct {
	Code   fault.Code
	Family string
	Driver string
	Detail string
}

// ReaderView is a reader and what is in it.
type ReaderView struct {
	Name   string
	Family string
	Busy   bool
	Card   bool
	Cards  []CardView
}

// CardView is a card, or another token.
type CardView struct {
	ID           string
	Label        string
	PIN          protocol.PINState
	Changeable   bool
	Unblocking   Unblocking
	Certificates []CertificateView
}

// CertificateView is a certificate.
type CertificateView struct {
	ID       string
	Holder   string
	Issuer   string
	Citizen  string // masked
	Serial   string
	Key      string
	NotAfter screen.Date
	Until    string // until when, and how many days that is
	Soon     bool   // it ends within a month, or has ended
	Problem  fault.Code
	Testable bool
}

// PartView is a part of a diagnosis.
type PartView struct {
	Part   protocol.CheckPart
	Checks []CheckView
}

// CheckView is one check.
type CheckView struct {
	Level string // "ok", "warn" or "fail"
	Text  string
}

// View returns the settings page.
func (p *Page) View() View {
	v := View{
		Language: p.prefs.LanguageFor(""), Screen: p.screen, Turn: p.turn,
		Phrase: plaintext.Visible(p.prefs.Phrase), Saved: p.saved, Rejected: p.rejected,
		Looking: p.host == hostLooking, Works: p.host == hostWorks, Fails: p.host == hostFails,
		Version: plaintext.Short(p.welcome.Version), Platform: plaintext.Short(p.welcome.Platform), Problem: p.problem,
		Listed: p.inventory.Listed, ShowPIN: p.showPIN, Strength: p.strength, Stage: p.stage,
		Committed: p.screen == ScreenWorking && p.asking == ScreenUnblock,
		Alert:     p.alert, Detail: plaintext.Visible(p.detail), Field: p.field, About: p.about, Alerts: p.alerts, Done: p.done,
		Diagnosing: p.client.InFlight(protocol.HostDiagnose), Diagnosed: p.diagnosed, Copied: p.copied,
		ModuleCode: p.moduleCode, ModuleDetail: plaintext.Visible(p.moduleInfo),
		Adding: p.client.InFlight(protocol.HostAddModule) || p.client.InFlight(protocol.HostRemoveModule),
	}
	v.Readers = p.readers(v.Language)
	v.Journal = p.journalView(v.Language)
	v.Permissions = p.permissionsView(v.Language)
	v.Missing = p.missing(v.Language)
	if v.Diagnosed {
		v.Made, v.Parts, v.Report = p.made(v.Language), p.parts(v.Language), p.report()
		for _, path := range p.diagnosis.Modules {
			v.Modules = append(v.Modules, plaintext.Visible(path))
		}
	}
	if p.screen != ScreenOverview {
		var t protocol.Token
		if about := p.token(); about != nil {
			t = *about
		}
		v.PIN, v.PUK = t.PIN, t.PUK
		v.Last = pinentry.IsLastAttempt(t.PIN, p.keyPIN())
		if p.screen == ScreenUnblock {
			v.Last = t.PUK == protocol.PUKFinal
		}
		v.Card = p.card(t, v.Language)
		if c := p.inventory.Certificate(p.subject); c != nil {
			v.Chosen = p.describe(*c, v.Language)
			v.KeyPIN = p.keyPIN()
		}
	}
	v.Sites = p.sitesView()
	v.Welcome = p.needs(&v)
	v.Title = v.title()
	v.Status = v.status()
	return v
}

// T is the sentence of key in the view's language.
func (v *View) T(key string, pairs ...string) string {
	return message.Text(v.Language, key, pairs...)
}

// Error is the sentence of an error code in the view's language.
func (v *View) Error(code fault.Code) string { return v.T("error." + string(code)) }

func (v *View) title() string {
	switch v.Screen {
	case ScreenChange:
		return v.T("manage.change.title")
	case ScreenUnblock:
		return v.T("manage.unblock.title")
	case ScreenTest:
		return v.T("manage.test.title")
	case ScreenAllow:
		return v.T("manage.allow.title")
	case ScreenWorking:
		switch {
		case v.Committed && v.PIN.Pad:
			return v.T("newpin.working.title_pad")
		case v.Committed:
			return v.T("newpin.working.title")
		case v.Stage == protocol.HostStageSigning:
			return v.T("window.working.title_signing")
		case v.Stage == protocol.HostStageAgain:
			return v.T("window.working.title_again")
		case v.PIN.Pad:
			return v.T("window.working.title_pad")
		}
		return v.T("window.working.title_login")
	}
	if v.Welcome != nil {
		return v.T("manage.welcome")
	}
	return v.T("manage.title")
}

func (v *View) status() string {
	switch {
	case v.Screen == ScreenWorking:
		return v.Title
	case v.Screen != ScreenOverview:
		return v.Strength.Text(v.Language)
	case !v.Works:
		return ""
	case v.Done != DoneNothing:
		return v.T("manage.done." + string(v.Done))
	case v.Copied != CopyNone:
		return v.T("manage.copy." + string(v.Copied))
	case v.Diagnosing:
		return v.T("manage.diagnosis.working")
	case v.Journal.Reading || v.Journal.Saving:
		return v.T("manage.journal.working")
	case v.Missing.Code != "":
		return v.Error(v.Missing.Code)
	case v.Journal.None != "":
		return v.Journal.None
	}
	return v.Journal.Summary
}

// AlertText is the sentence of the present alert. Where the common one speaks of a PIN or of signatures, what
// changes a card has its own.
func (v *View) AlertText() string {
	switch {
	case v.Alert == pinentry.AlertConfirm && v.Screen == ScreenUnblock:
		return v.T("manage.unblock.confirm_missing")
	case v.Alert == pinentry.AlertConfirm:
		return v.T("window.pin.confirm_missing")
	case v.Alert == pinentry.AlertAgain:
		return v.T("newpin.different")
	case v.Screen == ScreenAllow:
		return v.own("manage.allow.")
	case v.Field == "puk":
		return v.own("manage.puk.")
	case v.About == ScreenUnblock:
		return v.ofChange("manage.unblock.error.", "manage.unblock.unsure")
	case v.About == ScreenChange:
		return v.ofChange("manage.change.error.", "manage.change.unsure")
	}
	return v.Error(v.Alert)
}

// own is the alert's sentence with a key of its own, the common one where there is none.
func (v *View) own(prefix string) string {
	return v.first(prefix+string(v.Alert), "error."+string(v.Alert))
}

// ofChange is own for what gives a card another PIN. An end that leaves open whether the card has it says so: the common
// sentence knows of no such thing.
func (v *View) ofChange(prefix, unsure string) string {
	if protocol.Unsure(v.Alert) {
		return v.first(prefix+string(v.Alert), unsure)
	}
	return v.own(prefix)
}

// first is the sentence of key, or of the other one where there is none.
func (v *View) first(key, other string) string {
	if text := v.T(key); text != key {
		return text
	}
	return v.T(other)
}

// Sure is what asks the person for the words before the last try.
func (v *View) Sure() string {
	if v.Screen == ScreenUnblock {
		return v.T("manage.unblock.confirm")
	}
	return v.T("window.pin.confirm")
}

// readers puts the tokens into the readers that they are in; those of no reader follow.
func (p *Page) readers(l message.Language) []ReaderView {
	var out []ReaderView
	placed := make(map[string]bool)
	for _, r := range p.inventory.Readers {
		v := ReaderView{Name: plaintext.Short(r.Name), Family: plaintext.Short(r.Family), Busy: r.Busy, Card: r.Card}
		for _, t := range p.inventory.Tokens {
			if !placed[t.ID] && t.Reader == r.Name {
				placed[t.ID] = true
				v.Cards = append(v.Cards, p.card(t, l))
			}
		}
		out = append(out, v)
	}
	for _, t := range p.inventory.Tokens {
		if !placed[t.ID] {
			out = append(out, ReaderView{Name: plaintext.Short(t.Reader), Card: true, Cards: []CardView{p.card(t, l)}})
		}
	}
	return out
}

func (p *Page) card(t protocol.Token, l message.Language) CardView {
	v := CardView{ID: t.ID, Label: plaintext.Short(t.Label), PIN: t.PIN, Changeable: pinentry.HasPIN(t.PIN), Unblocking: unblocking(t)}
	for _, c := range p.inventory.Certificates {
		if c.Token == t.ID {
			v.Certificates = append(v.Certificates, p.describe(c, l))
		}
	}
	return v
}

// soon is how many days before its end a certificate's end is near: renewing one takes a few weeks.
const soon = 30

func (p *Page) describe(c protocol.Certificate, l message.Language) CertificateView {
	v := CertificateView{
		ID: c.ID, Holder: plaintext.Short(c.Holder), Issuer: plaintext.Short(c.Issuer), Citizen: plaintext.Short(c.CitizenMasked),
		Serial: wire.Hex(c.Serial), Key: plaintext.Short(c.Key), NotAfter: p.local(c.NotAfter).Date, Testable: testable(c, p.inventory.PIN(c.Token)),
	}
	if c.Problem != "" {
		v.Problem = wire.KnownCode(c.Problem)
	}
	v.Until, v.Soon = p.until(c, v.NotAfter, l)
	return v
}

// until says when a certificate ends, in days as the calendar has them.
func (p *Page) until(c protocol.Certificate, end screen.Date, l message.Language) (text string, near bool) {
	now := p.now()
	days := int(p.local(c.NotAfter).DayNumber() - p.local(now).DayNumber())
	if c.NotBefore > now {
		return message.Text(l, "manage.until.begins", "date", p.local(c.NotBefore).Date.Text(l)), false
	}
	key, n := untilKey(days, c.NotAfter < now)
	return message.Text(l, key, "date", end.Text(l), "n", strconv.Itoa(n)), days <= soon
}

// untilKey names the sentence for an end that is so many days away.
func untilKey(days int, ended bool) (key string, n int) {
	switch {
	case ended && days == 0:
		return "manage.until.ended_today", 0
	case ended && days == -1:
		return "manage.until.ended_one", 1
	case ended:
		return "manage.until.ended", -days
	case days == 0:
		return "manage.until.today", 0
	case days == 1:
		return "manage.until.days_one", 1
	}
	return "manage.until.days", days
}

// missing is what the person is told where there is no certificate.
func (p *Page) missing(l message.Language) MissingView {
	if len(p.inventory.Certificates) > 0 {
		return MissingView{}
	}
	f := p.inventory.Obstacle()
	if f.Code == "" && len(p.inventory.Findings) > 0 {
		f = p.inventory.Findings[0]
		f.Code = wire.KnownCode(f.Code)
	}
	v := MissingView{Code: f.Code, Driver: plaintext.Short(screen.Sentence(l, f.Driver)), Detail: plaintext.Line(f.Detail)}
	if f.Code == fault.NoModule || f.Code == fault.CardUnrecognized {
		v.Family = plaintext.Short(f.Subject)
	}
	return v
}

// parts groups the checks.
func (p *Page) parts(l message.Language) []PartView {
	var out []PartView
	for _, part := range []protocol.CheckPart{protocol.PartProgram, protocol.PartReader, protocol.PartModule, protocol.PartToken} {
		v := PartView{Part: part}
		for _, c := range p.diagnosis.Checks {
			if c.Part == part {
				v.Checks = append(v.Checks, CheckView{Level: level(c.Level), Text: plaintext.Visible(screen.Sentence(l, c.Text))})
			}
		}
		if len(v.Checks) > 0 {
			out = append(out, v)
		}
	}
	return out
}
