package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/pinentry"
)

// changePIN is the question for a token's present PIN and its new one.
type changePIN struct{ page *shared }

// ChangePIN opens the question.
type ChangePIN struct{ Token string }

func (ChangePIN) IsEvent() {}

func (c *changePIN) open(token string) {
	if t := c.page.inventory.Token(token); t != nil && pinentry.HasPIN(t.PIN) {
		c.page.askAbout(ScreenChange, token)
	}
}

// submit sends the old PIN and the new one, once.
func (c *changePIN) submit(e pinentry.SubmitNew) {
	pin := c.page.subjectPIN()
	if code, field := e.Refusal(pin); code != "" {
		e.Clear()
		c.page.reject(code, field)
		return
	}
	if pin.Pad {
		e.Clear()
		e.Old, e.New = nil, nil
	}
	clear(e.PUK)
	clear(e.Again)
	body := protocol.HostChangePINBody{Token: c.page.question.subject, Told: pin.State}
	c.page.work(&hostclient.Request{Kind: protocol.HostChangePIN, Body: body, Old: e.Old, New: e.New})
}

func (c *changePIN) handleAnswer(*hostclient.Request, protocol.HostEnvelope) error {
	c.page.finish(DoneChanged)
	return nil
}

func (c *changePIN) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	c.page.noteStates(f)
	field := "old"
	switch f.Code {
	case fault.PINWeak, fault.PINSame, fault.PINRefused:
		field = "new"
	}
	c.page.askAgain(f, field)
	return nil
}

func (c *changePIN) view() PINQuestionView {
	var t protocol.Token
	if subject := c.page.subjectToken(); subject != nil {
		t = *subject
	}
	return c.page.pinQuestionView(t, "manage.change.title", pinentry.IsLastAttempt(t.PIN, nil), "window.pin.confirm")
}
