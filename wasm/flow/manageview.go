package flow

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// ManageView is the settings page as it is to be drawn: a snapshot, with every text from outside already made
// visible.
type ManageView struct {
	Language message.Language
	Screen   ManageScreen
	Turn     int
	Title    string
	Status   string // what a screen reader is told without being asked

	Phrase   string
	Saved    bool
	Rejected bool

	Looking, Works, Fails bool
	Version, Platform     string
	Problem               protocol.Code

	Listed  bool
	Readers []ReaderView
	Missing MissingView

	// The question on the screen.
	Card     CardView
	Chosen   CertificateView
	PIN      protocol.PINState
	PUK      string
	Last     bool // the next wrong one is the last
	ShowPIN  bool
	Strength Strength
	Stage    protocol.HostStage
	// Committed tells that the card is doing what cannot be called off.
	Committed bool

	Alert  protocol.Code
	Detail string
	Field  string       // the id of the field that Alert is about
	About  ManageScreen // the question whose work Alert is about
	Alerts int
	Done   ManageDone

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
	ModuleCode   protocol.Code
	ModuleDetail string
	Adding       bool
}

// MissingView says what stands in the way where there is no card to show.
type MissingView struct {
	Code   protocol.Code
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
	NotAfter Date
	Until    string // until when, and how many days that is
	Soon     bool   // it ends within a month, or has ended
	Problem  protocol.Code
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
func (m *Manage) View() ManageView {
	v := ManageView{
		Language: m.settings.language(""), Screen: m.screen, Turn: m.turn,
		Phrase: visible(m.settings.Phrase), Saved: m.saved, Rejected: m.rejected,
		Looking: m.host == hostLooking, Works: m.host == hostWorks, Fails: m.host == hostFails,
		Version: shown(m.welcome.Version), Platform: shown(m.welcome.Platform), Problem: m.problem,
		Listed: m.listed, ShowPIN: m.showPIN, Strength: m.strength, Stage: m.stage,
		Committed: m.screen == ScreenWorking && m.asking == ScreenUnblock,
		Alert:     m.alert, Detail: visible(m.detail), Field: m.field, About: m.about, Alerts: m.alerts, Done: m.done,
		Diagnosing: m.line.waits(protocol.HostDiagnose), Diagnosed: m.diagnosed, Copied: m.copied,
		ModuleCode: m.moduleCode, ModuleDetail: visible(m.moduleInfo),
		Adding: m.line.waits(protocol.HostAddModule) || m.line.waits(protocol.HostRemoveModule),
	}
	v.Readers = m.readers(v.Language)
	v.Journal = m.journalView(v.Language)
	v.Permissions = m.permissionsView(v.Language)
	v.Missing = m.missing(v.Language)
	if v.Diagnosed {
		v.Made, v.Parts, v.Report = m.made(v.Language), m.parts(v.Language), m.report()
		for _, path := range m.diagnosis.Modules {
			v.Modules = append(v.Modules, visible(path))
		}
	}
	if m.screen != ScreenOverview {
		t := m.token()
		v.PIN, v.PUK = t.PIN, t.PUK
		v.Last = t.PIN.State == protocol.PINFinal
		if m.screen == ScreenUnblock {
			v.Last = t.PUK == protocol.PUKFinal
		}
		v.Card = m.card(t, v.Language)
		if c, ok := m.certificate(m.subject); ok {
			v.Chosen = m.describe(c, v.Language)
		}
	}
	v.Sites = m.sitesView()
	v.Welcome = m.needs(&v)
	v.Title = v.title()
	v.Status = v.status()
	return v
}

// T is the sentence of key in the view's language.
func (v *ManageView) T(key string, pairs ...string) string {
	return message.Text(v.Language, key, pairs...)
}

// Error is the sentence of an error code in the view's language.
func (v *ManageView) Error(code protocol.Code) string { return v.T("error." + string(code)) }

func (v *ManageView) title() string {
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

func (v *ManageView) status() string {
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
func (v *ManageView) AlertText() string {
	switch {
	case v.Alert == AlertConfirm && v.Screen == ScreenUnblock:
		return v.T("manage.unblock.confirm_missing")
	case v.Alert == AlertConfirm:
		return v.T("window.pin.confirm_missing")
	case v.Alert == AlertAgain:
		return v.T("newpin.different")
	case v.Screen == ScreenAllow:
		return v.own("manage.allow.")
	case v.Field == "puk":
		return v.own("manage.puk.")
	case v.About == ScreenUnblock:
		return v.own("manage.unblock.error.")
	case v.About == ScreenChange:
		return v.own("manage.change.error.")
	}
	return v.Error(v.Alert)
}

// own is the alert's sentence with a key of its own, the common one where there is none.
func (v *ManageView) own(prefix string) string {
	key := prefix + string(v.Alert)
	if text := v.T(key); text != key {
		return text
	}
	return v.Error(v.Alert)
}

// Sure is what asks the person for the words before the last try.
func (v *ManageView) Sure() string {
	if v.Screen == ScreenUnblock {
		return v.T("manage.unblock.confirm")
	}
	return v.T("window.pin.confirm")
}

// readers puts the tokens into the readers that they are in; those of no reader follow.
func (m *Manage) readers(l message.Language) []ReaderView {
	var out []ReaderView
	placed := make(map[string]bool)
	for _, r := range m.list.Readers {
		v := ReaderView{Name: shown(r.Name), Family: shown(r.Family), Busy: r.Busy, Card: r.Card}
		for _, t := range m.list.Tokens {
			if !placed[t.ID] && sameReader(t.Reader, r.Name) {
				placed[t.ID] = true
				v.Cards = append(v.Cards, m.card(m.known[t.ID], l))
			}
		}
		out = append(out, v)
	}
	for _, t := range m.list.Tokens {
		if !placed[t.ID] {
			out = append(out, ReaderView{Name: shown(t.Reader), Card: true, Cards: []CardView{m.card(m.known[t.ID], l)}})
		}
	}
	return out
}

// cutName is the least length of a reader's name that a library may have cut (CK_SLOT_INFO has 64 bytes).
const cutName = 60

func sameReader(token, reader string) bool {
	return token == reader || len(token) >= cutName && strings.HasPrefix(reader, token)
}

func (m *Manage) card(t protocol.Token, l message.Language) CardView {
	v := CardView{ID: t.ID, Label: shown(t.Label), PIN: t.PIN, Changeable: hasPIN(t.PIN), Unblocking: unblocking(t)}
	for _, c := range m.list.Certificates {
		if c.Token == t.ID {
			v.Certificates = append(v.Certificates, m.describe(c, l))
		}
	}
	return v
}

const (
	day = 24 * 60 * 60
	// soon is how many days before its end a certificate's end is near: renewing one takes a few weeks.
	soon = 30
)

func (m *Manage) describe(c protocol.Certificate, l message.Language) CertificateView {
	v := CertificateView{
		ID: c.ID, Holder: shown(c.Holder), Issuer: shown(c.Issuer), Citizen: shown(c.CitizenMasked),
		Serial: hexadecimal(c.Serial), Key: shown(c.Key), NotAfter: m.local(c.NotAfter).Date, Testable: testable(c, m.known[c.Token].PIN),
	}
	if c.Problem != "" {
		v.Problem = known(c.Problem)
	}
	v.Until, v.Soon = m.until(c, v.NotAfter, l)
	return v
}

// until says when a certificate ends, in days as the calendar has them.
func (m *Manage) until(c protocol.Certificate, end Date, l message.Language) (text string, near bool) {
	now := m.now()
	days := int(m.local(c.NotAfter).number() - m.local(now).number())
	if c.NotBefore > now {
		return message.Text(l, "manage.until.begins", "date", m.local(c.NotBefore).Date.Text(l)), false
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

// number counts days, so that two dates can be told apart by how many lie between them (Gregorian calendar, from
// 1 March of the year 0).
func (d Date) number() int64 {
	y, month := int64(d.Year), int64(d.Month)
	if month < 3 {
		y, month = y-1, month+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(month-3)+2)/5 + int64(d.Day)
}

// missing is what the person is told where there is no certificate: the first obstacle in the window's order.
func (m *Manage) missing(l message.Language) MissingView {
	if !m.listed || len(m.list.Certificates) > 0 {
		return MissingView{}
	}
	for _, code := range obstacles {
		for _, f := range m.list.Findings {
			if known(f.Code) != code {
				continue
			}
			v := MissingView{Code: code, Driver: shown(sentence(l, f.Driver)), Detail: clip(f.Detail)}
			if code == protocol.CodeNoModule || code == protocol.CodeCardUnrecognized {
				v.Family = shown(f.Subject)
			}
			return v
		}
	}
	for _, f := range m.list.Findings {
		return MissingView{Code: known(f.Code), Detail: clip(f.Detail)}
	}
	return MissingView{}
}

// parts groups the checks.
func (m *Manage) parts(l message.Language) []PartView {
	var out []PartView
	for _, part := range []protocol.CheckPart{protocol.PartProgram, protocol.PartReader, protocol.PartModule, protocol.PartToken} {
		v := PartView{Part: part}
		for _, c := range m.diagnosis.Checks {
			if c.Part == part {
				v.Checks = append(v.Checks, CheckView{Level: level(c.Level), Text: visible(sentence(l, c.Text))})
			}
		}
		if len(v.Checks) > 0 {
			out = append(out, v)
		}
	}
	return out
}
