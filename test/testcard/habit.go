//go:build unix

package testcard

import (
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Habit is what a library does otherwise than PKCS #11 says, as libraries in the field do. The zero value of a field
// stands for the standard's way.
type Habit struct {
	// LoggedIn is the PIN with which every session is logged in as soon as it is open.
	LoggedIn string
	// KeyPIN is the own PIN of keys that want one for each signature; KeyTries wrong ones lock it.
	KeyPIN   string
	KeyTries int
	// Pad is the PIN that a person types on the reader, for which they take Typing.
	Pad    string
	Typing time.Duration
	// Forgets is that the login is gone after each signature.
	Forgets bool
	// DER is that ECDSA signatures are DER.
	DER bool
	// Signing is how much longer than SoftHSM2's each signature takes.
	Signing time.Duration
	// LengthSigns is that a C_Sign that asks for the length makes the signature and ends the operation.
	LengthSigns bool
	// SlotsGrow is how many times C_GetSlotList finds more slots than it said.
	SlotsGrow int
	// Tries is how many wrong PINs of the user lock every token, for all processes.
	Tries int
}

//go:embed habit/library.c
var habitSource string

// An Accustomed is a PKCS#11 library over SoftHSM2 that has a Habit.
type Accustomed struct {
	// Path is the library's.
	Path string
	log  string
}

// NewAccustomed compiles the library into dir, which must exist.
func NewAccustomed(dir string, h Habit) (*Accustomed, error) {
	f := front{source: habitSource}
	f.defineIf(h.LoggedIn != "", "LOGGED_IN", quoted(h.LoggedIn))
	f.defineIf(h.KeyPIN != "", "KEY_PIN", quoted(h.KeyPIN))
	f.defineIf(h.KeyPIN != "", "KEY_TRIES", h.KeyTries)
	f.defineIf(h.Pad != "", "PAD", quoted(h.Pad))
	f.defineIf(h.Pad != "", "TYPING", h.Typing.Milliseconds())
	f.defineIf(h.Forgets, "FORGETS", 1)
	f.defineIf(h.DER, "DER", 1)
	f.defineIf(h.Signing != 0, "SIGNING", h.Signing.Milliseconds())
	f.defineIf(h.LengthSigns, "LENGTH_SIGNS", 1)
	f.defineIf(h.SlotsGrow != 0, "SLOTS_GROW", h.SlotsGrow)
	f.defineIf(h.Tries != 0, "TRIES", h.Tries)
	library, err := f.compile(dir, "habit")
	if err != nil {
		return nil, err
	}
	return &Accustomed{Path: library, log: filepath.Join(dir, "logins")}, nil
}

// Logins are the PINs that the library was given so far, as "user right" or "key wrong": whose PIN it was for, and what
// came of it.
func (a *Accustomed) Logins() ([]string, error) {
	data, err := os.ReadFile(a.log)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n"), nil
}
