package flow

import (
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// read takes in what the readers and tokens hold. A question about a card that is gone is withdrawn.
func (m *Manage) read(l protocol.CertificateList) error {
	if len(l.Certificates) > protocol.MaxCertificates || len(l.Tokens) > protocol.MaxCertificates ||
		len(l.Findings) > protocol.MaxCertificates || len(l.Readers) > protocol.MaxCertificates {
		return invalid("more than a list may hold")
	}
	tokens := make(map[string]protocol.Token, len(l.Tokens))
	for _, t := range l.Tokens {
		tokens[t.ID] = t
	}
	for _, c := range l.Certificates {
		_, ok := tokens[c.Token]
		if !ok || !isDigest(c.ID) || c.NotAfter < 0 || c.NotAfter > lastSecond || c.NotBefore < 0 || c.NotBefore > lastSecond {
			return invalid("a certificate without a name, a token or a date")
		}
	}
	m.listed, m.list, m.known = true, l, tokens
	m.pickOnly()
	if m.screen.asks() && m.token().ID == "" {
		m.show(ScreenOverview)
		m.warn(protocol.CodeTokenRemoved, "")
	}
	return nil
}

func (m *Manage) certificate(id string) (protocol.Certificate, bool) {
	for _, c := range m.list.Certificates {
		if c.ID == id {
			return c, true
		}
	}
	return protocol.Certificate{}, false
}

// token is the one that the question is about; the zero Token where it is gone.
func (m *Manage) token() protocol.Token {
	if t, ok := m.known[m.subject]; ok {
		return t
	}
	c, _ := m.certificate(m.subject)
	return m.known[c.Token]
}

// testable reports whether a self-test has a chance: an expired certificate's key still signs.
func testable(c protocol.Certificate, s protocol.PINState) bool {
	return hasPIN(s) && c.Problem != protocol.CodeKeyUnsupported && c.Problem != protocol.CodeCertificateMalformed
}

// submitTest sends the PIN for the self-test, once.
func (m *Manage) submitTest(e Sign) {
	if m.screen != ScreenTest {
		clear(e.PIN)
		return
	}
	t := m.token()
	if code := e.refusal(t.PIN); code != "" {
		clear(e.PIN)
		field := fieldOf(ScreenTest, t.PIN, code)
		if code == AlertConfirm {
			field = "confirm"
		}
		m.refuse(code, field)
		return
	}
	if t.PIN.Pad {
		clear(e.PIN)
		e.PIN = nil
	}
	m.work(&hostRequest{kind: protocol.HostSelfTest, body: protocol.HostSelfTestBody{Certificate: m.subject}, pin: e.PIN})
}

// submit takes the answer to the question for a new PIN.
func (m *Manage) submit(e SubmitChange) {
	switch m.screen {
	case ScreenChange:
		m.submitChange(e)
	case ScreenUnblock:
		m.submitUnblock(e)
	default:
		e.clear()
	}
}

// submitChange sends the old PIN and the new one, once.
func (m *Manage) submitChange(e SubmitChange) {
	t := m.token()
	code, field := e.unfit(t.PIN)
	if code != "" {
		e.clear()
		m.refuse(code, field)
		return
	}
	if t.PIN.Pad {
		e.clear()
		e.Old, e.New = nil, nil
	}
	clear(e.PUK)
	clear(e.Again)
	m.work(&hostRequest{kind: protocol.HostChangePIN, body: protocol.HostChangePINBody{Token: m.subject}, old: e.Old, new: e.New})
}

func (e SubmitChange) clear() {
	clear(e.Old)
	clear(e.PUK)
	clear(e.New)
	clear(e.Again)
}

func (m *Manage) work(r *hostRequest) {
	m.stage, m.asking = "", m.screen
	m.show(ScreenWorking)
	m.ask(r)
}

// refusedPIN returns to the question where another PIN or PUK can help, else to the overview.
func (m *Manage) refusedPIN(code protocol.Code, f *protocol.HostFailure) {
	question := m.asking
	t := m.token()
	if t.ID != "" {
		if f.PIN != nil {
			t.PIN = *f.PIN
		}
		if code == protocol.CodePINLastTry {
			t.PIN.State = protocol.PINFinal
		}
		t.PUK = protocol.PUKAfter(t.PUK, code)
		m.known[t.ID] = t
	}
	field := ""
	switch code {
	case protocol.CodePINEmpty, protocol.CodePINLength, protocol.CodePINCharacters, protocol.CodePINWeak, protocol.CodePINSame,
		protocol.CodePINRefused, protocol.CodePINIncorrect, protocol.CodePINLastTry, protocol.CodePUKIncorrect, protocol.CodePUKLastTry:
		m.show(question)
		field = fieldOf(question, t.PIN, code)
	default:
		m.show(ScreenOverview)
		m.look()
	}
	if code != protocol.CodeCancelled {
		m.warn(code, clip(f.Detail))
		m.field, m.about = field, question
	}
}

// exported gives the person the certificate as a file, whose name tells nothing of them.
func (m *Manage) exported(r *hostRequest, x protocol.HostExportedBody) error {
	if len(x.Data) == 0 || len(x.Data) > protocol.MaxCertificate {
		return invalid("no certificate")
	}
	body, _ := r.body.(protocol.HostExportBody)
	c, _ := m.certificate(body.Certificate)
	name := "sertifika"
	if serial := hexadecimal(c.Serial); len(serial) >= 8 {
		name += "-" + serial[len(serial)-8:]
	}
	m.do(Save{Name: name + ".cer", Type: "application/pkix-cert", Data: x.Data})
	return nil
}

// hexadecimal is s if it is a number in upper-case hex.
func hexadecimal(s string) string {
	if strings.Trim(s, "0123456789ABCDEF") != "" {
		return ""
	}
	return s
}

// made says when the diagnosis was made.
func (m *Manage) made(l message.Language) string {
	return message.Text(l, "manage.diagnosis.made", "when", m.local(m.diagnosis.Time).Text(l))
}

// report is the diagnosis for a help desk, in the person's language.
func (m *Manage) report() string {
	l := m.settings.language("")
	var b strings.Builder
	b.WriteString(m.made(l) + "\n")
	for _, c := range m.diagnosis.Checks {
		b.WriteString(message.Text(l, "manage.check."+level(c.Level)) + "  " + visible(sentence(l, c.Shared)) + "\n")
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
