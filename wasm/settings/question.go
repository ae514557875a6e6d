package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
)

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

// asksPIN reports whether the screen is a question about a card.
func (s Screen) asksPIN() bool { return s == ScreenChange || s == ScreenUnblock || s == ScreenTest }

// question is the screen, and what is known of the question on it.
type question struct {
	screen  Screen
	turn    int    // grows with every new screen
	subject string // Token.ID of ScreenChange and ScreenUnblock, Certificate.ID of ScreenTest

	showPIN  bool
	strength pinentry.Strength

	asked Screen // the question whose answer ScreenWorking waits for
	stage protocol.HostStage
}

// show moves to a screen, without a notice.
func (s *shared) show(to Screen) {
	q := &s.question
	q.screen, q.showPIN, q.strength = to, false, pinentry.StrengthNone
	q.turn++
	s.notice = notice{alerts: s.notice.alerts}
}

// askAbout shows a question about a token or a certificate.
func (s *shared) askAbout(question Screen, subject string) {
	s.question.subject = subject
	s.show(question)
}

// handleQuestion takes what the person does in every question alike.
func (s *shared) handleQuestion(event loop.Event) {
	q := &s.question
	switch e := event.(type) {
	case loop.TogglePIN:
		q.showPIN = !q.showPIN && q.screen.asksPIN()
	case pinentry.Typed:
		if q.screen.asksPIN() {
			q.strength = pinentry.StrengthOf(e.New, s.subjectPIN())
		}
		clear(e.New)
	case loop.Back, loop.Cancel:
		s.leaveQuestion()
	}
}

// leaveQuestion returns to the overview. A card that is at work is told to stop, and its answer waited for.
func (s *shared) leaveQuestion() {
	switch {
	case s.question.screen.asksPIN(), s.question.screen == ScreenAllow:
		s.show(ScreenOverview)
	case s.question.screen == ScreenWorking:
		s.client.Cancel(protocol.HostChangePIN, protocol.HostSelfTest)
	}
}

// work has the host do what the question asked for, and waits for it.
func (s *shared) work(r *hostclient.Request) {
	s.question.stage, s.question.asked = "", s.question.screen
	s.show(ScreenWorking)
	s.client.Ask(r)
}

// handleList has the questions follow a new list of tokens: one about a card that is gone is withdrawn.
func (p *Page) handleList() {
	p.allow.pickOnly()
	if seen := expiry.Of(p.inventory.Certificates); len(seen) > 0 {
		p.do(loop.RememberEnds{Seen: seen})
	}
	if p.question.screen.asksPIN() && p.subjectToken() == nil {
		p.show(ScreenOverview)
		p.warn(fault.TokenRemoved)
	}
}

// subjectToken is the token that the question is about, and nil where it is gone.
func (s *shared) subjectToken() *protocol.Token {
	if t := s.inventory.Token(s.question.subject); t != nil {
		return t
	}
	if c := s.inventory.Certificate(s.question.subject); c != nil {
		return s.inventory.Token(c.Token)
	}
	return nil
}

// subjectPIN is the state of that token's PIN; the zero value where it is gone.
func (s *shared) subjectPIN() protocol.PINState {
	if t := s.subjectToken(); t != nil {
		return t.PIN
	}
	return protocol.PINState{}
}

// noteStates keeps what a refusal tells of the card's PINs and PUK.
func (s *shared) noteStates(f protocol.HostFailure) {
	if t := s.subjectToken(); t != nil {
		if f.PIN != nil {
			t.PIN = *f.PIN
		}
		if f.Code == fault.PINLastTry {
			t.PIN.State = protocol.PINFinal
		}
		t.PUK = protocol.PUKAfter(t.PUK, f.Code)
	}
	if c := s.inventory.Certificate(s.question.subject); c != nil && f.KeyPIN != nil {
		c.KeyPIN = f.KeyPIN
	}
}

// askAgain returns to the question where another PIN or PUK can help, and else to the overview. field is the one that the
// refusal is about, where it is typed on the page.
func (s *shared) askAgain(f protocol.HostFailure, field string) {
	question := s.question.asked
	switch {
	case f.KeyPIN != nil:
		field = "keypin"
	case s.subjectPIN().Pad:
		field = ""
	}
	switch f.Code {
	case fault.PINEmpty, fault.PINLength, fault.PINCharacters, fault.PINWeak, fault.PINSame,
		fault.PINRefused, fault.PINIncorrect, fault.PINLastTry, fault.PUKIncorrect, fault.PUKLastTry,
		fault.TriesFewer, fault.KeyPINRequired, fault.KeyPINIncorrect:
		s.show(question)
	default:
		field = ""
		s.show(ScreenOverview)
		s.client.List()
	}
	s.warn(f.Code)
	s.notice.field, s.notice.about = field, question
}

// PINQuestionView is what the questions for a PIN have in common, as they are to be drawn.
type PINQuestionView struct {
	screen.Sentences
	Title       string
	Alert       screen.Alert
	Attempts    screen.Attempts
	LastAttempt *screen.LastAttempt // nil where there are more
	Card        string              // the token's label
	PIN         protocol.PINState
	ShowPIN     bool
	Strength    pinentry.Strength
}

// pinQuestionView is the question about t, whose last attempt is asked for with the sentence of lastAttempt.
func (s *shared) pinQuestionView(t protocol.Token, title string, isLast bool, lastAttempt string) PINQuestionView {
	words := s.sentences()
	v := PINQuestionView{
		Sentences: words, Title: words.T(title), Alert: s.alertView(),
		Attempts: screen.Attempts{Sentences: words, PIN: t.PIN, Alert: s.notice.alert},
		Card:     label(t), PIN: t.PIN, ShowPIN: s.question.showPIN, Strength: s.question.strength,
	}
	if isLast {
		v.LastAttempt = &screen.LastAttempt{Sentences: words, Question: words.T(lastAttempt), Wrong: s.notice.field == "confirm"}
	}
	return v
}
