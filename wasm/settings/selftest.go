package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// selfTest is the question for the PIN of a certificate's self-test.
type selfTest struct{ page *shared }

// TestCard opens the question.
type TestCard struct{ Certificate string }

func (TestCard) IsEvent() {}

func (t *selfTest) open(certificate string) {
	if c := t.page.inventory.Certificate(certificate); c != nil && testable(*c, t.page.inventory.PIN(c.Token)) {
		t.page.askAbout(ScreenTest, certificate)
	}
}

// testable reports whether a self-test has a chance: an expired certificate's key still signs.
func testable(c protocol.Certificate, s protocol.PINState) bool {
	return pinentry.HasPIN(s) && c.Problem != fault.KeyUnsupported && c.Problem != fault.CertificateMalformed
}

// submit sends the PIN, once.
func (t *selfTest) submit(e pinentry.Submit) {
	if t.page.question.screen != ScreenTest {
		e.Clear()
		return
	}
	pin, key := t.page.subjectPIN(), t.keyPIN()
	if code, ofKey := e.Refusal(pin, key); code != "" {
		e.Clear()
		t.page.reject(code, testField(code, pin, ofKey))
		return
	}
	body := protocol.HostSelfTestBody{Certificate: t.page.question.subject, Told: pin.State}
	if key != nil {
		body.KeyTold = key.State
	}
	if pin.Pad {
		clear(e.PIN)
		e.PIN = nil
	}
	if pin.Pad || key == nil {
		clear(e.KeyPIN)
		e.KeyPIN = nil
	}
	t.page.work(&hostclient.Request{Kind: protocol.HostSelfTest, Body: body, PIN: e.PIN, KeyPIN: e.KeyPIN})
}

// testField is the field that a PIN which is not sent is about.
func testField(code fault.Code, pin protocol.PINState, ofKey bool) string {
	switch {
	case code == pinentry.AlertConfirm:
		return "confirm"
	case ofKey:
		return "keypin"
	case pin.Pad:
		return ""
	}
	return "pin"
}

// keyPIN is the state of the PIN that the key has for itself; nil where none is asked for.
func (t *selfTest) keyPIN() *protocol.PINState {
	if c := t.page.inventory.Certificate(t.page.question.subject); c != nil {
		return c.KeyPIN
	}
	return nil
}

func (t *selfTest) handleAnswer(*hostclient.Request, protocol.HostEnvelope) error {
	t.page.finish(DoneTested)
	return nil
}

func (t *selfTest) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	t.page.noteStates(f)
	if f.Code == fault.Cancelled { // as the person wanted
		t.page.show(ScreenOverview)
		t.page.client.List()
		return nil
	}
	t.page.askAgain(f, "pin")
	return nil
}

// SelfTestView is the question for the PIN of a self-test.
type SelfTestView struct {
	PINQuestionView
	Holder string
	KeyPIN *protocol.PINState // of the key's own PIN; nil where it is not asked for
}

func (t *selfTest) view() SelfTestView {
	var token protocol.Token
	if subject := t.page.subjectToken(); subject != nil {
		token = *subject
	}
	v := SelfTestView{
		PINQuestionView: t.page.pinQuestionView(token, "manage.test.title", pinentry.IsLastAttempt(token.PIN, t.keyPIN()), "window.pin.confirm"),
		KeyPIN:          t.keyPIN(),
	}
	if c := t.page.inventory.Certificate(t.page.question.subject); c != nil {
		v.Holder = plaintext.Short(c.Holder)
	}
	return v
}
