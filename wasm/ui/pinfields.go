package ui

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Twice asks for a new PIN, twice, and says how it is while it is typed.
type Twice struct {
	screen.Sentences
	PIN      protocol.PINState
	Shown    bool
	Strength pinentry.Strength
	Wrong    string // the id of the field that the alert is about
	Stays    string // who gets the PIN
}

// KeyPIN asks for the PIN that a key has for itself.
type KeyPIN struct {
	screen.Sentences
	State protocol.PINState
	Shown bool
	Wrong bool
}

// tries says what another wrong one means; empty where none was wrong.
func (c *KeyPIN) tries() string {
	switch c.State.State {
	case protocol.PINLow:
		return c.T("window.pin.key_low")
	case protocol.PINFinal:
		return c.T("window.pin.key_final")
	}
	return ""
}

// PUKAttempts warns of a PUK that was wrong before.
type PUKAttempts struct {
	screen.Sentences
	State string
}

// class is the notice's; empty where there is nothing to warn of.
func (c *PUKAttempts) class() string {
	switch c.State {
	case protocol.PUKLow:
		return "notice look"
	case protocol.PUKFinal:
		return "notice stop"
	}
	return ""
}
