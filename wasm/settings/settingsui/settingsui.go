// Package settingsui draws the settings page, as Vugu components: one for each section and each question.
package settingsui

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/ui"
)

// Page is the settings page: the overview, or one question.
type Page struct {
	V         settings.View
	Extension string // its version
}

// Overview is all sections, one below the other.
type Overview struct {
	V         *settings.View
	Extension string
}

// Cards are the readers, the cards in them and the certificates on those.
type Cards struct{ V *settings.CardsView }

// Phrase is the security phrase.
type Phrase struct{ V *settings.PhraseView }

// Language is the choice of the language.
type Language struct{ V screen.Sentences }

// Program is the host.
type Program struct{ V *settings.ProgramView }

// Diagnosis is what the host finds on the machine.
type Diagnosis struct{ V *settings.DiagnosisView }

// Journal is the list of what was done on this machine.
type Journal struct{ V *settings.JournalView }

// Hashes are the hash pairs: the sites that may have hashes signed, without a document that is shown.
type Hashes struct{ V *settings.HashesView }

// Allow asks for one more hash pair.
type Allow struct{ V *settings.AllowView }

// Sites are those in whose pages the extension works.
type Sites struct{ V *settings.SitesView }

// Welcome is what a person needs, at the first start.
type Welcome struct{ V *settings.WelcomeView }

// Libraries are the person's own libraries.
type Libraries struct{ V *settings.LibrariesView }

// Institution is what the person's institution has set.
type Institution struct{ V *settings.InstitutionView }

func (c *Institution) site(open bool) string {
	if open {
		return c.V.T("manage.institution.open")
	}
	return c.V.T("manage.institution.closed")
}

// ChangePIN asks for another PIN.
type ChangePIN struct{ V *settings.PINQuestionView }

// Unblock asks for the PUK and another PIN.
type Unblock struct{ V *settings.UnblockView }

// CardPIN is what can be done about a card's PIN.
type CardPIN struct{ V settings.CardView }

// SelfTest asks for the PIN of a self-test.
type SelfTest struct{ V *settings.SelfTestView }

// reminderClass is empty where there is nothing to remind of. The element stays, or a drawing would empty the fields below.
func (c *Overview) reminderClass() string {
	if c.V.Reminder.Text == "" {
		return ""
	}
	return "notice look stack"
}

func (c *Overview) fold() string {
	if c.V.Advanced {
		return c.V.T("manage.advanced.fold")
	}
	return c.V.T("manage.advanced.open")
}

func (c *Program) state() string {
	switch {
	case c.V.Works:
		return "works"
	case c.V.Fails:
		return "fails"
	}
	return "looking"
}

func (c *Program) status() string {
	switch {
	case c.V.Works:
		return c.V.T("manage.program_works")
	case c.V.Fails:
		return c.V.Error(c.V.Problem)
	}
	return c.V.T("manage.program_looking")
}

// get says where the program comes from.
func (c *Program) get() string {
	if c.V.Install.URL != "" {
		return c.V.T("manage.welcome.get.program")
	}
	return c.V.T("manage.program_get")
}

func readerState(r settings.ReaderView) string {
	switch {
	case r.Busy:
		return "busy"
	case r.Card:
		return "card"
	}
	return "empty"
}

func pinState(t ui.Translator, p protocol.PINState) string {
	text := t("manage.pin." + p.State)
	if p.Tries > 0 {
		text += " (" + t("manage.pin.tries", "n", strconv.Itoa(p.Tries)) + ")"
	}
	return text
}

func pinClass(p protocol.PINState) string {
	switch p.State {
	case protocol.PINReady:
		return ""
	case protocol.PINLow:
		return "look-text"
	}
	return "stop-text"
}

func (c *Cards) fit(certificate settings.CertificateView) string {
	if certificate.Problem == "" {
		return c.V.T("manage.certificate.fit")
	}
	return c.V.Error(certificate.Problem)
}

func (c *Diagnosis) start() string {
	if c.V.Working {
		return c.V.T("manage.diagnosis.working")
	}
	return c.V.T("manage.diagnosis.start")
}

func (c *Journal) busy() bool { return c.V.Reading || c.V.Saving }

func (c *Journal) read() string {
	if c.busy() {
		return c.V.T("manage.journal.working")
	}
	return c.V.T("manage.journal.read")
}

func (c *Journal) class() string {
	if state := c.V.State; state == protocol.JournalWhole || state == protocol.JournalEmpty {
		return "notice"
	}
	return "notice stop"
}

func (c *Welcome) state(done bool) string {
	if done {
		return "done"
	}
	return "todo"
}

func (c *Libraries) add() string {
	if c.V.Changing {
		return c.V.T("manage.modules.adding")
	}
	return c.V.T("manage.modules.add")
}

// urgent reports whether the card cannot be used without its PUK.
func (c *CardPIN) urgent() bool {
	return c.V.Unblocking == settings.UnblockNeeded || c.V.Unblocking == settings.UnblockFirst
}

// class is that of the notice about the card's PIN; empty where there is nothing to say.
func (c *CardPIN) class() string {
	switch c.V.Unblocking {
	case settings.UnblockNone, settings.UnblockOffered:
		return ""
	case settings.UnblockLost, settings.UnblockImpossible:
		return "notice stop"
	}
	return "notice look stack"
}

// pukWarning is the state of the PUK that is to be warned of; empty where the alert has said it.
func (c *Unblock) pukWarning() string {
	switch c.V.Alert.Code {
	case fault.PUKIncorrect, fault.PUKLastTry:
		return ""
	}
	return c.V.PUK
}

// hint says where the person finds the PUK, and which characters it has.
func (c *Unblock) hint() string {
	hint := c.V.T("manage.unblock.puk_hint")
	if c.V.PIN.Alphabet == protocol.PINDigits {
		hint += " " + c.V.T("window.pin.digits")
	}
	return hint
}
