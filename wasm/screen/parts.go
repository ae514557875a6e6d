package screen

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Parts of screens that windows and the settings page have in common. Each has a component in package ui.

// Sentences gives a view its sentences in the person's language.
type Sentences struct{ Language message.Language }

// T returns the sentence of key.
func (s Sentences) T(key string, pairs ...string) string {
	return message.Text(s.Language, key, pairs...)
}

// Error returns the sentence of an error code.
func (s Sentences) Error(code fault.Code) string { return s.T("error." + string(code)) }

// Heading is a screen's title, with its place among the steps.
type Heading struct {
	Sentences
	Number, Total int // "step 2 of 5"; Number is 0 where steps are not counted
	Title         string
}

// Alert is a problem at the top of a screen.
type Alert struct {
	Sentences
	Code  fault.Code // empty where there is no problem
	Text  string     // the sentence about it
	Field string     // the id of the field that it is about, or empty
}

// Attempts warns of how many attempts a PIN has left.
type Attempts struct {
	Sentences
	PIN protocol.PINState
	// Alert is the code of the alert on the same screen: what it says is not said twice.
	Alert fault.Code
}

// Low reports whether there is to be a warning that a wrong PIN was typed before.
func (a Attempts) Low() bool { return a.PIN.State == protocol.PINLow && a.Alert == "" }

// Last reports whether there is to be a warning that the next attempt is the last one.
func (a Attempts) Last() bool {
	return a.PIN.State == protocol.PINFinal && a.Alert != fault.PINLastTry
}

// LastAttempt asks for the words by which a person shows that they know of the last attempt.
type LastAttempt struct {
	Sentences
	Question string
	Wrong    bool // something else was typed
}

// Working says what the card is doing.
type Working struct {
	Heading
	Text        string
	Cancellable bool // by a button below the text; windows have theirs at the bottom
}
