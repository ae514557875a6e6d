package flow

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Choice is a certificate as the person sees it, made fit for the screen.
type Choice struct {
	ID       string
	Token    string
	Holder   string
	Issuer   string
	Citizen  string // masked
	Card     string // the token's label
	NotAfter Date
	// Problem is empty when it can sign, else why not.
	Problem protocol.Code
}

// Date is a day of the calendar.
type Date struct{ Year, Month, Day int }

// Calendar returns the day, where the person is, of a moment in seconds since 1970.
type Calendar func(seconds int64) Date

// Text is the day in the way of the language: 31.12.2026 or 31 December 2026.
func (d Date) Text(l message.Language) string {
	if l == message.English {
		return fmt.Sprintf("%d %s %d", d.Day, months[(d.Month+11)%12], d.Year)
	}
	return fmt.Sprintf("%02d.%02d.%d", d.Day, d.Month, d.Year)
}

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// maxShown is the longest name or label that is shown, in characters; X.520 allows 64 for a name.
const maxShown = 200

func shown(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return visible(s)
}

// list takes in what the tokens hold and moves the window on or back where that matters: a card that
// comes ends the waiting by itself, a card that goes takes its PIN question with it.
func (f *Flow) list(l protocol.CertificateList) error {
	choices, tokens, err := f.read(l)
	if err != nil {
		return err
	}
	f.listed, f.choices, f.tokens, f.findings = true, choices, tokens, l.Findings
	before := f.chosen
	f.choose()
	switch f.step {
	case StepWaiting, StepCertificate:
		if s := f.certificateStep(); s != f.step {
			f.show(s)
		}
	case StepPIN:
		if f.chosen != before || f.chosen == "" {
			f.show(f.certificateStep())
			f.warn(protocol.CodeTokenRemoved)
		}
	}
	return nil
}

// read checks a list and makes it fit for the screen. A certificate listed twice is kept once.
func (f *Flow) read(l protocol.CertificateList) ([]Choice, map[string]protocol.Token, error) {
	if len(l.Certificates) > protocol.MaxCertificates || len(l.Tokens) > protocol.MaxCertificates || len(l.Findings) > protocol.MaxCertificates {
		return nil, nil, invalid("more than a list may hold")
	}
	tokens := make(map[string]protocol.Token, len(l.Tokens))
	for _, t := range l.Tokens {
		tokens[t.ID] = t
	}
	seen := make(map[string]bool, len(l.Certificates))
	var choices []Choice
	for _, c := range l.Certificates {
		t, ok := tokens[c.Token]
		if !ok || !isDigest(c.ID) || c.NotAfter < 0 || c.NotAfter > lastSecond {
			return nil, nil, invalid("a certificate without a name, a token or a date")
		}
		if seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		choices = append(choices, Choice{
			ID: c.ID, Token: c.Token, Holder: shown(c.Holder), Issuer: shown(c.Issuer), Citizen: shown(c.CitizenMasked),
			Card: shown(t.Label), NotAfter: f.calendar(c.NotAfter), Problem: problem(c, t),
		})
	}
	return choices, tokens, nil
}

// problem is why a certificate cannot sign: its own reason, or its token's PIN.
func problem(c protocol.Certificate, t protocol.Token) protocol.Code {
	switch {
	case c.Problem != "":
		return known(c.Problem)
	case t.PIN.State == protocol.PINLocked:
		return protocol.CodePINLocked
	case t.PIN.State == protocol.PINUnset:
		return protocol.CodePINNotSet
	}
	return ""
}

// lastSecond is the end of 9999, the last date of X.509 (RFC 5280, 4.1.2.5).
const lastSecond = 253402300799

// isDigest reports whether s is a SHA-256 in lower-case hex.
func isDigest(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// choose keeps the person's choice where it still stands, and takes the only usable one otherwise.
func (f *Flow) choose() {
	usable := ""
	count := 0
	for _, c := range f.choices {
		if c.Problem != "" {
			continue
		}
		if c.ID == f.chosen {
			return
		}
		usable = c.ID
		count++
	}
	f.chosen = ""
	if count == 1 {
		f.chosen = usable
	}
}

// choice returns the chosen certificate.
func (f *Flow) choice() (Choice, bool) {
	for _, c := range f.choices {
		if c.ID == f.chosen && f.chosen != "" {
			return c, true
		}
	}
	return Choice{}, false
}

func (f *Flow) chosenToken() string {
	c, _ := f.choice()
	return c.Token
}

// certificateStep is the choice, or the wait for something to choose.
func (f *Flow) certificateStep() Step {
	if len(f.choices) == 0 {
		return StepWaiting
	}
	return StepCertificate
}

// obstacle is what the person is waiting for: the first in this order that the host has met.
func (f *Flow) obstacle() protocol.Code {
	if !f.listed {
		return ""
	}
	met := make(map[protocol.Code]bool)
	for _, finding := range f.findings {
		met[known(finding.Code)] = true
	}
	if len(f.tokens) > 0 && len(f.findings) == 0 {
		return protocol.CodeNoCertificate
	}
	for _, code := range obstacles {
		if met[code] {
			return code
		}
	}
	if len(f.tokens) > 0 {
		return protocol.CodeNoCertificate
	}
	return protocol.CodeNoToken
}

// telling is the finding of the present obstacle that says the most: the kind of the card, where its driver is.
func (f *Flow) telling() protocol.Finding {
	obstacle := f.obstacle()
	for _, finding := range f.findings {
		if finding.Code == obstacle && finding.Subject != "" {
			return finding
		}
	}
	return protocol.Finding{}
}

// family names the kind of card that is in the reader and cannot be read, where that is the obstacle.
func (f *Flow) family() string {
	switch finding := f.telling(); finding.Code {
	case protocol.CodeNoModule, protocol.CodeCardUnrecognized:
		return shown(finding.Subject)
	}
	return ""
}

// obstacles are what can stand between a person and a list of certificates, the most telling first.
// All of them go away while the window waits: a card comes, a driver is installed.
var obstacles = []protocol.Code{
	protocol.CodeModuleCrashed, protocol.CodeModuleTimeout, protocol.CodeTokenError, protocol.CodeTokenRemoved, protocol.CodeCardBusy,
	protocol.CodeModuleArchitecture, protocol.CodeNoModule, protocol.CodeModuleFailed, protocol.CodeCardUnrecognized, protocol.CodeNoService, protocol.CodeNoReader, protocol.CodeNoCertificate, protocol.CodeNoToken,
}
