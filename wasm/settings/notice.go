package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
)

// notice is what stands at the top of a screen: a problem, or what the person has just brought about.
type notice struct {
	alert  fault.Code
	field  string // the id of the field that the alert is about
	about  Screen // the question whose work the alert is about
	alerts int    // grows with every new alert, here or in a section
	done   Done
}

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

// warn puts a problem at the top of the present screen.
func (s *shared) warn(code fault.Code) {
	s.notice.alert, s.notice.field, s.notice.about = code, "", ""
	s.notice.alerts++
}

// reject says why what was typed is not sent, and in which field that is.
func (s *shared) reject(code fault.Code, field string) {
	s.warn(code)
	s.notice.field, s.question.strength = field, pinentry.StrengthNone
}

// finish returns to the overview from what went well.
func (s *shared) finish(done Done) {
	s.show(ScreenOverview)
	s.notice.done = done
	s.client.List()
}

func (s *shared) alertView() screen.Alert {
	return screen.Alert{Sentences: s.sentences(), Code: s.notice.alert, Text: s.alertText(), Field: s.notice.field}
}

// alertText is the sentence of the present alert. Where the common one speaks of a PIN or of signatures, what
// changes a card has its own.
func (s *shared) alertText() string {
	t := s.sentences()
	n, on := &s.notice, s.question.screen
	switch {
	case n.alert == pinentry.AlertConfirm && on == ScreenUnblock:
		return t.T("manage.unblock.confirm_missing")
	case n.alert == pinentry.AlertConfirm:
		return t.T("window.pin.confirm_missing")
	case n.alert == pinentry.AlertAgain:
		return t.T("newpin.different")
	case on == ScreenAllow:
		return sentenceOf(t, "manage.allow.", string(n.alert), t.Error(n.alert))
	case n.field == "puk":
		return sentenceOf(t, "manage.puk.", string(n.alert), t.Error(n.alert))
	case n.about == ScreenUnblock:
		return changeSentence(t, "manage.unblock.error.", n.alert, "manage.unblock.unsure")
	case n.about == ScreenChange:
		return changeSentence(t, "manage.change.error.", n.alert, "manage.change.unsure")
	}
	return t.Error(n.alert)
}

// changeSentence is the sentence of a code after an attempt to give a card another PIN. An end that leaves open whether the
// card has it says so, with the sentence of unsure: the common one knows of no such thing.
func changeSentence(t screen.Sentences, prefix string, code fault.Code, unsure string) string {
	if protocol.Unsure(code) {
		return sentenceOf(t, prefix, string(code), t.T(unsure))
	}
	return sentenceOf(t, prefix, string(code), t.Error(code))
}

// sentenceOf is the sentence of a name that has one, else otherwise.
func sentenceOf(t screen.Sentences, prefix, name, otherwise string) string {
	key := prefix + name
	if text := t.T(key); text != key {
		return text
	}
	return otherwise
}
