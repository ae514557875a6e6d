package settings

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
)

// committed reports whether the card is doing what cannot be called off.
func (s *shared) committed() bool { return s.question.asked == ScreenUnblock }

// workingView is the wait for a card's answer.
func (s *shared) workingView() screen.Working {
	words := s.sentences()
	v := screen.Working{Heading: screen.Heading{Sentences: words, Title: words.T(s.workingTitle())}, Cancellable: !s.committed()}
	v.Text = words.T("window.working.text")
	if s.committed() {
		v.Text = words.T("newpin.working")
	}
	return v
}

// workingTitle is the key of the sentence for what the card does, or the person on its reader.
func (s *shared) workingTitle() string {
	pad := s.subjectPIN().Pad
	switch {
	case s.committed() && pad:
		return "newpin.working.title_pad"
	case s.committed():
		return "newpin.working.title"
	case s.question.stage == protocol.HostStageSigning:
		return "window.working.title_signing"
	case s.question.stage == protocol.HostStageAgain:
		return "window.working.title_again"
	case pad:
		return "window.working.title_pad"
	}
	return "window.working.title_login"
}
