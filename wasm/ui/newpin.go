package ui

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

// Twice asks for a new PIN, twice, and says how it is while it is typed.
type Twice struct {
	Language message.Language
	PIN      protocol.PINState
	Shown    bool
	Strength flow.Strength
	Wrong    string // the id of the field that the alert is about
	Stays    string // who gets the PIN
}

// PUKTries warns of a PUK that was wrong before.
type PUKTries struct {
	Language message.Language
	State    string
}

func (c *Twice) t(key string, pairs ...string) string { return message.Text(c.Language, key, pairs...) }

func (c *PUKTries) t(key string) string { return message.Text(c.Language, key) }

// class is the notice's; empty where there is nothing to warn of.
func (c *PUKTries) class() string {
	switch c.State {
	case protocol.PUKLow:
		return "notice look"
	case protocol.PUKFinal:
		return "notice stop"
	}
	return ""
}
