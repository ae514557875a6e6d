package ui

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/settings"
)

// Manage is the settings page: an overview, or one question.
type Manage struct {
	V         settings.View
	Extension string // its version
}

// Overview is all that there is to know and to do.
type Overview struct {
	V         *settings.View
	Extension string
}

// Cards are readers, what is in them and what is on that.
type Cards struct{ V *settings.View }

// Phrase is the security phrase.
type Phrase struct{ V *settings.View }

// Speech is the language.
type Speech struct{ V *settings.View }

// Program is the host.
type Program struct{ V *settings.View }

// Diagnosis is what the host says of the machine.
type Diagnosis struct{ V *settings.View }

// Journal is what was done on this machine.
type Journal struct{ V *settings.View }

// Hashes are the sites that may have signed what nobody sees.
type Hashes struct{ V *settings.View }

// Allow asks for one more.
type Allow struct{ V *settings.View }

// Sites are where the extension works.
type Sites struct{ V *settings.View }

// Welcome is what a person needs, at the first start.
type Welcome struct{ V *settings.View }

// Modules are the person's own libraries.
type Modules struct{ V *settings.View }

// Change asks for another PIN.
type Change struct{ V *settings.View }

// Unblock asks for the PUK and another PIN.
type Unblock struct{ V *settings.View }

// Opening is what can be done about a card's PIN.
type Opening struct {
	V    *settings.View
	Card settings.CardView
}

// Test asks for the PIN of a self-test.
type Test struct{ V *settings.View }

// Wait is the wait for the card.
type Wait struct{ V *settings.View }

// Warning is about the tries that are left.
type Warning struct{ V *settings.View }

// Confirm asks whether the person knows that it is the last one.
type Confirm struct{ V *settings.View }

func (c *Confirm) lastAttempt() screen.LastAttempt {
	return screen.LastAttempt{Sentences: screen.Sentences{Language: c.V.Language}, Question: c.V.Sure(), Wrong: c.V.Field == "confirm"}
}

// Trouble is a problem at the top, with a link to the field it is about. As of Alert, its place is always there.
type Trouble struct{ V *settings.View }

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

func readerState(r settings.ReaderView) string {
	switch {
	case r.Busy:
		return "busy"
	case r.Card:
		return "card"
	}
	return "empty"
}

func pinState(t translator, p protocol.PINState) string {
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
	if c.V.Diagnosing {
		return c.V.T("manage.diagnosis.working")
	}
	return c.V.T("manage.diagnosis.start")
}

func (c *Journal) busy() bool { return c.V.Journal.Reading || c.V.Journal.Saving }

func (c *Journal) read() string {
	if c.busy() {
		return c.V.T("manage.journal.working")
	}
	return c.V.T("manage.journal.read")
}

func (c *Journal) class() string {
	if state := c.V.Journal.State; state == protocol.JournalWhole || state == protocol.JournalEmpty {
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

func (c *Modules) add() string {
	if c.V.Adding {
		return c.V.T("manage.modules.adding")
	}
	return c.V.T("manage.modules.add")
}

// urgent reports whether the card is of no use without its PUK.
func (c *Opening) urgent() bool {
	return c.Card.Unblocking == settings.UnblockNeeded || c.Card.Unblocking == settings.UnblockFirst
}

// class is that of the notice about the card's PIN; empty where there is nothing to say.
func (c *Opening) class() string {
	switch c.Card.Unblocking {
	case settings.UnblockNone, settings.UnblockOffered:
		return ""
	case settings.UnblockLost, settings.UnblockImpossible:
		return "notice stop"
	}
	return "notice look stack"
}

// tries is the state of the PUK that must be spoken of, and the alert does not.
func (c *Unblock) tries() string {
	switch c.V.Alert {
	case fault.PUKIncorrect, fault.PUKLastTry:
		return ""
	}
	return c.V.PUK
}

// hint says where the PUK is to be had, and what it is made of.
func (c *Unblock) hint() string {
	hint := c.V.T("manage.unblock.puk_hint")
	if c.V.PIN.Alphabet == protocol.PINDigits {
		hint += " " + c.V.T("window.pin.digits")
	}
	return hint
}

// patience says what the person is to do while the card works.
func (c *Wait) patience() string {
	if c.V.Committed {
		return c.V.T("newpin.working")
	}
	return c.V.T("window.working.text")
}
