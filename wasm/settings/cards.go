package settings

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// listed takes in what the readers and tokens hold. A question about a card that is gone is withdrawn.
func (p *Page) listed(i inventory.Inventory) {
	p.inventory = i
	p.pickOnly()
	if p.screen.asks() && p.token() == nil {
		p.show(ScreenOverview)
		p.warn(fault.TokenRemoved, "")
	}
}

// token is the one that the question is about, and nil where it is gone.
func (p *Page) token() *protocol.Token {
	if t := p.inventory.Token(p.subject); t != nil {
		return t
	}
	if c := p.inventory.Certificate(p.subject); c != nil {
		return p.inventory.Token(c.Token)
	}
	return nil
}

// pin is the state of its PIN; the zero value where it is gone.
func (p *Page) pin() protocol.PINState {
	if t := p.token(); t != nil {
		return t.PIN
	}
	return protocol.PINState{}
}

// testable reports whether a self-test has a chance: an expired certificate's key still signs.
func testable(c protocol.Certificate, s protocol.PINState) bool {
	return pinentry.HasPIN(s) && c.Problem != fault.KeyUnsupported && c.Problem != fault.CertificateMalformed
}

// submitTest sends the PIN for the self-test, once.
func (p *Page) submitTest(e pinentry.Submit) {
	if p.screen != ScreenTest {
		e.Clear()
		return
	}
	pin, key := p.pin(), p.keyPIN()
	if code, ofKey := e.Refusal(pin, key); code != "" {
		e.Clear()
		field := fieldOf(ScreenTest, pin, code)
		switch {
		case code == pinentry.AlertConfirm:
			field = "confirm"
		case ofKey:
			field = "keypin"
		}
		p.refuse(code, field)
		return
	}
	body := protocol.HostSelfTestBody{Certificate: p.subject, Told: pin.State}
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
	p.work(&hostclient.Request{Kind: protocol.HostSelfTest, Body: body, PIN: e.PIN, KeyPIN: e.KeyPIN})
}

// keyPIN is the state of the PIN that the key has for itself that is to be tested; nil where none is asked for.
func (p *Page) keyPIN() *protocol.PINState {
	if c := p.inventory.Certificate(p.subject); c != nil {
		return c.KeyPIN
	}
	return nil
}

// submit takes the answer to the question for a new PIN.
func (p *Page) submit(e pinentry.SubmitNew) {
	switch p.screen {
	case ScreenChange:
		p.submitChange(e)
	case ScreenUnblock:
		p.submitUnblock(e)
	default:
		e.Clear()
	}
}

// submitChange sends the old PIN and the new one, once.
func (p *Page) submitChange(e pinentry.SubmitNew) {
	pin := p.pin()
	code, field := e.Refusal(pin)
	if code != "" {
		e.Clear()
		p.refuse(code, field)
		return
	}
	if pin.Pad {
		e.Clear()
		e.Old, e.New = nil, nil
	}
	clear(e.PUK)
	clear(e.Again)
	p.work(&hostclient.Request{Kind: protocol.HostChangePIN, Body: protocol.HostChangePINBody{Token: p.subject, Told: pin.State}, Old: e.Old, New: e.New})
}

func (p *Page) work(r *hostclient.Request) {
	p.stage, p.asking = "", p.screen
	p.show(ScreenWorking)
	p.client.Ask(r)
}

// refusedPIN returns to the question where another PIN or PUK can help, else to the overview.
func (p *Page) refusedPIN(code fault.Code, f *protocol.HostFailure) {
	question := p.asking
	if t := p.token(); t != nil {
		if f.PIN != nil {
			t.PIN = *f.PIN
		}
		if code == fault.PINLastTry {
			t.PIN.State = protocol.PINFinal
		}
		t.PUK = protocol.PUKAfter(t.PUK, code)
		if code == fault.TriesFewer && question == ScreenUnblock {
			t.PUK = protocol.PUKFinal
		}
	}
	if c := p.inventory.Certificate(p.subject); c != nil && f.KeyPIN != nil {
		c.KeyPIN = f.KeyPIN
	}
	field := ""
	switch code {
	case fault.PINEmpty, fault.PINLength, fault.PINCharacters, fault.PINWeak, fault.PINSame,
		fault.PINRefused, fault.PINIncorrect, fault.PINLastTry, fault.PUKIncorrect, fault.PUKLastTry,
		fault.TriesFewer, fault.KeyPINRequired, fault.KeyPINIncorrect:
		p.show(question)
		field = fieldOf(question, p.pin(), code)
		if f.KeyPIN != nil {
			field = "keypin"
		}
	default:
		p.show(ScreenOverview)
		p.client.List()
	}
	if code != fault.Cancelled || question != ScreenTest {
		p.warn(code, plaintext.Line(f.Detail))
		p.field, p.about = field, question
	}
}

// exported gives the person the certificate as a file, whose name tells nothing of them.
func (p *Page) exported(r *hostclient.Request, x protocol.HostExportedBody) error {
	if len(x.Data) == 0 || len(x.Data) > protocol.MaxCertificate {
		return wire.Invalid("no certificate")
	}
	body, _ := r.Body.(protocol.HostExportBody)
	name := "sertifika"
	if c := p.inventory.Certificate(body.Certificate); c != nil {
		if serial := wire.Hex(c.Serial); len(serial) >= 8 {
			name += "-" + serial[len(serial)-8:]
		}
	}
	p.do(Save{Name: name + ".cer", Type: "application/pkix-cert", Data: x.Data})
	return nil
}

// made says when the diagnosis was made.
func (p *Page) made(l message.Language) string {
	return message.Text(l, "manage.diagnosis.made", "when", p.local(p.diagnosis.Time).Text(l))
}

// report is the diagnosis for a help desk, in the person's language.
func (p *Page) report() string {
	l := p.prefs.LanguageFor("")
	var b strings.Builder
	b.WriteString(p.made(l) + "\n")
	for _, c := range p.diagnosis.Checks {
		b.WriteString(message.Text(l, "manage.check."+level(c.Level)) + "  " + plaintext.Visible(screen.Sentence(l, c.Shared)) + "\n")
	}
	return b.String()
}

// level is a check's, the worst for one that is not known.
func level(l protocol.CheckLevel) string {
	switch l {
	case protocol.CheckOK, protocol.CheckWarn:
		return string(l)
	}
	return string(protocol.CheckFail)
}
