package worker

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// add takes one reply to list.
func (l *Listing) add(r *reply) error {
	switch {
	case r.Token != nil:
		if len(l.Tokens) == maxTokens {
			return errors.New("too many tokens")
		}
		token := *r.Token
		token.Serial, token.Label, token.Reader = clean(token.Serial), clean(token.Label), clean(token.Reader)
		if l.hasToken(token.Slot) || !validPIN(token.PIN) || !validPUK(token.PUK) {
			return errors.New("slot twice, or PIN or PUK state")
		}
		l.Tokens = append(l.Tokens, token)
	case r.Certificate != nil:
		if !l.fits(r.Certificate) {
			return errors.New("too many certificates, or too large, or of no token")
		}
		l.Certificates = append(l.Certificates, *r.Certificate)
	case r.Finding != nil:
		if len(l.Findings) == maxFindings || !known(r.Finding.Code) {
			return errors.New("too many findings, or of an unknown kind")
		}
		l.Findings = append(l.Findings, protocol.Finding{Code: r.Finding.Code, Subject: clean(r.Finding.Subject)})
	case r.Slots > 0 && l.Slots == 0:
		l.Slots = min(r.Slots, maxSlots)
	default:
		return errors.New("empty reply")
	}
	return nil
}

// hasToken reports whether a token in the slot was listed.
func (l *Listing) hasToken(slot uint) bool {
	return slices.ContainsFunc(l.Tokens, func(t Token) bool { return t.Slot == slot })
}

// fits reports whether the certificate's token was listed and has room for it.
func (l *Listing) fits(c *Certificate) bool {
	number, size := 1, len(c.DER)
	for _, other := range l.Certificates {
		if other.Slot == c.Slot {
			number, size = number+1, size+len(other.DER)
		}
	}
	return l.hasToken(c.Slot) && len(c.DER) <= protocol.MaxCertificate && number <= maxTokenCertificates && size <= maxTokenBytes
}

// err returns the failure as the error that it stands for, with code internal if a child claims what it cannot know.
func (f *failure) err() error {
	code := f.Code
	if !known(code) {
		code = fault.Internal
	}
	err := fault.New(code, errors.New(cleanTo(f.Detail, maxDetail)))
	if f.PIN != nil && validPIN(*f.PIN) {
		return &PINError{State: *f.PIN, Err: err}
	}
	return err
}

// known reports whether a child may report code.
func known(code fault.Code) bool {
	switch code {
	case fault.ModuleFailed, fault.ModuleArchitecture, fault.TokenRemoved, fault.CardChanged, fault.TokenError, fault.KeyMissing,
		fault.KeyUnsupported, fault.PINIncorrect, fault.PINLastTry, fault.PINLength,
		fault.PINRefused, fault.PINLocked, fault.TriesFewer,
		fault.KeyPINRequired, fault.KeyPINIncorrect, fault.KeyPINLocked, fault.PINNotSet, fault.CertificateMalformed, fault.CertificatesLeftOut, fault.Cancelled,
		fault.PUKIncorrect, fault.PUKLastTry, fault.PUKLocked, fault.UnblockUnsupported,
		fault.ReleaseInvalid, fault.DeviceUnavailable, fault.MessageInvalid:
		return true
	}
	return false
}

// validPIN reports whether a child may say so of a PIN. Its alphabet and its tries are what the host itself finds out.
func validPIN(s protocol.PINState) bool {
	if s.Min < 0 || s.Max < 0 || s.Min > math.MaxUint16 || s.Max > math.MaxUint16 || s.Alphabet != "" || s.Tries != 0 {
		return false
	}
	switch s.State {
	case protocol.PINReady, protocol.PINLow, protocol.PINFinal, protocol.PINLocked, protocol.PINUnset:
		return true
	}
	return false
}

func validPUK(state string) bool {
	switch state {
	case protocol.PUKReady, protocol.PUKLow, protocol.PUKFinal, protocol.PUKLocked:
		return true
	}
	return false
}

// CleanReader and CleanDetail are clean for texts that do not come from a child: PC/SC's names of readers, reasons.
func CleanReader(s string) string { return cleanTo(s, maxReader) }
func CleanDetail(s string) string { return cleanTo(s, maxDetail) }

// clean makes text from outside fit to be shown and logged: UTF-8, printable (so no control characters
// and none that turn the direction of writing), not longer than maxText.
func clean(s string) string { return cleanTo(s, maxText) }

// decode takes text that is not UTF-8, as PKCS #11 wants it, for the Turkish of one byte a letter that Windows has
// (which ISO 8859-9 is a part of). A field may have ended within a character.
func decode(s string) string {
	for n := range min(utf8.UTFMax, len(s)+1) {
		if utf8.ValidString(s[:len(s)-n]) {
			return s
		}
	}
	turkish, err := charmap.Windows1254.NewDecoder().String(s)
	if err != nil {
		return s
	}
	return turkish
}

// cleanTo is clean with another limit, in runes. Some libraries fill their fields up with NULs in place of spaces.
func cleanTo(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.TrimFunc(decode(s), func(r rune) bool { return r == 0 || unicode.IsSpace(r) }) {
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		if n++; n > limit {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
