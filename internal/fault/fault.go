// Package fault names what can go wrong: a stable code for programs, a sentence for people (in internal/message, under
// "error." and the code), a cause for the log. It knows no message of the wire, so that certificates, signatures and
// revocation can be read without one.
package fault

import (
	"errors"
	"fmt"
)

// Code is the stable name of one thing that can go wrong. Codes are never renamed or reused. The
// sentence for people is in internal/message under "error." + the code.
type Code string

// Error is an error with its stable code. Programs branch on the code, people read its sentence, the
// log gets the cause.
type Error struct {
	Code  Code
	cause error
}

// New returns an error with the given code; cause may be nil.
func New(code Code, cause error) *Error { return &Error{Code: code, cause: cause} }

// Errorf returns an error with the given code and a cause formatted as by fmt.Errorf.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, cause: fmt.Errorf(format, args...)}
}

func (e *Error) Error() string {
	if e.cause == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.cause.Error()
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first *Error in err's tree, and Internal where there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
