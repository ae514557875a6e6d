package flow

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Manage is the settings page: the security phrase, the language, and whether the host is there. Like
// a Flow it takes events and returns effects.
type Manage struct {
	settings Settings
	host     hostState
	welcome  protocol.Welcome
	problem  protocol.Code
	saved    bool
	rejected bool
	alerts   int
}

type hostState int

const (
	hostLooking hostState = iota
	hostWorks
	hostFails
)

// SavePhrase hands over what the person typed as the security phrase.
type SavePhrase struct{ Typed string }

func (SavePhrase) event() {}

// NewManage returns the settings page as it opens, and what to do first.
func NewManage() (*Manage, []Effect) {
	m := &Manage{}
	return m, m.greet()
}

func (m *Manage) greet() []Effect {
	m.host, m.problem = hostLooking, ""
	hello := protocol.HostEnvelope{ID: 1, Type: protocol.HostHello, Body: encode(protocol.Hello{Protocol: protocol.Version})}
	return []Effect{ConnectHost{}, PostHost{Envelope: hello}, After{TimerHost, hostWait}}
}

// Handle takes one event in and returns what to do about it, in order.
func (m *Manage) Handle(event Event) []Effect {
	switch e := event.(type) {
	case SettingsRead:
		m.settings = e.Settings
	case SavePhrase:
		return m.save(e.Typed)
	case Speak:
		m.settings.Language = e.Language
		return []Effect{SaveSettings{Settings{Language: e.Language}}}
	case HostMessage:
		return m.answer(e.Raw)
	case HostClosed:
		return m.lost(protocol.HostClosed(e.Reason))
	case Elapsed:
		return m.lost(protocol.CodeHostStopped)
	case Retry:
		if m.host != hostLooking {
			return m.greet()
		}
	}
	return nil
}

func (m *Manage) save(typed string) []Effect {
	phrase, ok := ParsePhrase(typed)
	m.saved, m.rejected = ok, !ok
	if !ok {
		m.alerts++
		return nil
	}
	m.settings.Phrase = phrase
	return []Effect{SaveSettings{Settings{Phrase: phrase}}}
}

// answer takes the host's welcome; there is nothing else to ask here, so the host may go.
func (m *Manage) answer(raw []byte) []Effect {
	if m.host != hostLooking {
		return nil
	}
	var e protocol.HostEnvelope
	var w protocol.Welcome
	err := decode(raw, &e)
	switch {
	case err != nil:
		return m.lost(protocol.CodeMessageInvalid)
	case e.Type == protocol.HostError:
		return m.lost(refusal(e))
	case e.ID == 0:
		return nil // a card came or went; the greeting is still on its way
	case e.Type != protocol.HostWelcome || body(e, &w) != nil:
		return m.lost(protocol.CodeMessageInvalid)
	case w.Protocol != protocol.Version:
		return m.lost(protocol.CodeHostOutdated)
	}
	m.host, m.welcome = hostWorks, w
	return []Effect{After{Timer: TimerHost}, DropHost{}}
}

func refusal(e protocol.HostEnvelope) protocol.Code {
	var f protocol.HostFailure
	if body(e, &f) != nil {
		return protocol.CodeMessageInvalid
	}
	return known(f.Code)
}

func (m *Manage) lost(code protocol.Code) []Effect {
	if m.host != hostLooking {
		return nil
	}
	m.host, m.problem = hostFails, code
	return []Effect{After{Timer: TimerHost}, DropHost{}}
}

// ManageView is the settings page as it is to be drawn.
type ManageView struct {
	Language message.Language
	Title    string
	Phrase   string
	Saved    bool
	Rejected bool
	Alerts   int

	Looking, Works, Fails bool
	Version, Platform     string
	Problem               protocol.Code
}

// View returns the settings page.
func (m *Manage) View() ManageView {
	v := ManageView{
		Language: m.settings.language(""), Phrase: visible(m.settings.Phrase),
		Saved: m.saved, Rejected: m.rejected, Alerts: m.alerts,
		Looking: m.host == hostLooking, Works: m.host == hostWorks, Fails: m.host == hostFails,
		Version: shown(m.welcome.Version), Platform: shown(m.welcome.Platform), Problem: m.problem,
	}
	v.Title = v.T("manage.title")
	return v
}

// T is the sentence of key in the view's language.
func (v *ManageView) T(key string, pairs ...string) string {
	return message.Text(v.Language, key, pairs...)
}

// Error is the sentence of an error code in the view's language.
func (v *ManageView) Error(code protocol.Code) string { return v.T("error." + string(code)) }
