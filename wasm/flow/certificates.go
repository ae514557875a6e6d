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
	// Problem is empty when it can be chosen, else why not. Note says more, where there is more to say.
	Problem protocol.Code
	Note    string
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

// Moment is a day with its time of day, where the person is.
type Moment struct {
	Date
	Hour, Minute int
}

// Text is the moment in the way of the language: 31.12.2026 14:05 or 31 December 2026, 14:05.
func (m Moment) Text(l message.Language) string {
	comma := ""
	if l == message.English {
		comma = ","
	}
	return fmt.Sprintf("%s%s %02d:%02d", m.Date.Text(l), comma, m.Hour, m.Minute)
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
func (w *window) list(l protocol.CertificateList) error {
	choices, tokens, err := w.read(l)
	if err != nil {
		return err
	}
	w.listed, w.latest, w.choices, w.tokens = true, l, choices, tokens
	before := w.chosen
	w.choose()
	switch w.step {
	case StepWaiting, StepCertificate:
		if s := w.certificateStep(); s != w.step {
			w.show(s)
		}
	case StepPIN:
		if w.chosen != before || w.chosen == "" {
			w.show(w.certificateStep())
			w.warn(protocol.CodeTokenRemoved)
		}
	}
	return nil
}

// read checks a list and makes it fit for the screen. A certificate listed twice is kept once, one that the act is
// not about is left out. Those that can be chosen come first: nobody is to look for them below the others.
func (w *window) read(l protocol.CertificateList) ([]Choice, map[string]protocol.Token, error) {
	if len(l.Certificates) > protocol.MaxCertificates || len(l.Tokens) > protocol.MaxCertificates || len(l.Findings) > protocol.MaxCertificates {
		return nil, nil, invalid("more than a list may hold")
	}
	tokens := make(map[string]protocol.Token, len(l.Tokens))
	for _, t := range l.Tokens {
		tokens[t.ID] = t
	}
	seen := make(map[string]bool, len(l.Certificates))
	var fit, unfit []Choice
	for _, c := range l.Certificates {
		t, ok := tokens[c.Token]
		if !ok || !isDigest(c.ID) || c.NotAfter < 0 || c.NotAfter > lastSecond {
			return nil, nil, invalid("a certificate without a name, a token or a date")
		}
		if seen[c.ID] || w.only != "" && c.ID != w.only {
			continue
		}
		seen[c.ID] = true
		choice := Choice{
			ID: c.ID, Token: c.Token, Holder: shown(c.Holder), Issuer: shown(c.Issuer), Citizen: shown(c.CitizenMasked),
			Card: shown(t.Label), NotAfter: w.calendar(c.NotAfter), Problem: w.act.unfit(c, t),
		}
		if choice.Problem == "" {
			fit = append(fit, choice)
		} else {
			unfit = append(unfit, choice)
		}
	}
	return append(fit, unfit...), tokens, nil
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
func (w *window) choose() {
	usable := ""
	count := 0
	for _, c := range w.choices {
		if c.Problem != "" {
			continue
		}
		if c.ID == w.chosen {
			return
		}
		usable = c.ID
		count++
	}
	w.chosen = ""
	if count == 1 {
		w.chosen = usable
	}
}

// choice returns the chosen certificate.
func (w *window) choice() (Choice, bool) {
	for _, c := range w.choices {
		if c.ID == w.chosen && w.chosen != "" {
			return c, true
		}
	}
	return Choice{}, false
}

func (w *window) chosenToken() string {
	c, _ := w.choice()
	return c.Token
}

// certificateStep is the choice, or the wait for something to choose.
func (w *window) certificateStep() Step {
	if len(w.choices) == 0 {
		return StepWaiting
	}
	return StepCertificate
}

// obstacle is what the person is waiting for: the first in this order that the host has met.
func (w *window) obstacle() protocol.Code {
	if !w.listed {
		return ""
	}
	met := make(map[protocol.Code]bool)
	for _, finding := range w.latest.Findings {
		met[known(finding.Code)] = true
	}
	if len(w.tokens) > 0 && len(w.latest.Findings) == 0 {
		return w.wanting()
	}
	for _, code := range obstacles {
		if met[code] {
			return code
		}
	}
	if len(w.tokens) > 0 {
		return w.wanting()
	}
	return protocol.CodeNoToken
}

// wanting is the obstacle where a card can be read and has nothing for the act.
func (w *window) wanting() protocol.Code {
	if w.only != "" {
		return protocol.CodeCardChanged
	}
	return protocol.CodeNoCertificate
}

// telling is the finding of the present obstacle that says the most: the kind of the card, where its driver is.
func (w *window) telling() protocol.Finding {
	obstacle := w.obstacle()
	for _, finding := range w.latest.Findings {
		if finding.Code == obstacle && finding.Subject != "" {
			return finding
		}
	}
	return protocol.Finding{}
}

// family names the kind of card that is in the reader and cannot be read, where that is the obstacle.
func (w *window) family() string {
	switch finding := w.telling(); finding.Code {
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
