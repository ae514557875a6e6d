// Package doctor checks what a signature needs on this machine and says what to do about what is missing.
package doctor

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Level is how a thing is.
type Level int

const (
	OK Level = iota
	Warn
	Fail
)

// Config is what is checked.
type Config struct {
	Language   message.Language
	Executable string
	// Browsers are those to check; one that was never used is passed over unless it has a manifest.
	Browsers []install.Browser
	// Select says which libraries to ask about the cards with these answers to reset; Start returns the
	// worker for one.
	Select func(cards [][]byte) module.Selection
	Start  func(module.Library) *worker.Client
	// ConfigPath is where the configuration lies; Faults are why it, or another file, could not be read.
	ConfigPath string
	Faults     []error
	Now        time.Time
}

// A doctor tells each finding as soon as it has it.
type doctor struct {
	Config
	tell  func(Level, string)
	worst Level
	cards []reader.Reader // those with a card in them
}

// Run checks one thing after the other and tells each. It returns the worst level. A library that
// crashes or hangs is one line among the others: libraries run in workers.
func Run(ctx context.Context, config Config, tell func(Level, string)) Level {
	d := &doctor{Config: config, tell: tell}
	d.browsers()
	d.readers()
	d.modules(ctx)
	return d.worst
}

func (d *doctor) say(level Level, key string, pairs ...string) {
	d.worst = max(d.worst, level)
	d.tell(level, message.Text(d.Language, key, pairs...))
}

func (d *doctor) sentence(code protocol.Code) string {
	return message.Text(d.Language, "error."+string(code))
}

func (d *doctor) browsers() {
	found := false
	for _, b := range d.Browsers {
		state, err := b.Check(d.Executable)
		if state == install.Absent && err == nil && !b.Used() {
			continue
		}
		found = true
		switch {
		case err != nil:
			d.say(Fail, "host.doctor.unreadable", "browser", b.Name, "cause", err.Error())
		case state == install.Ours:
			d.say(OK, "host.doctor.manifest", "browser", b.Name)
		case state == install.Foreign:
			d.say(Fail, "host.doctor.foreign", "browser", b.Name, "path", b.Path())
		default:
			d.say(Fail, "host.doctor.absent", "browser", b.Name)
		}
	}
	if !found {
		d.say(Warn, "host.doctor.browsers")
	}
}

func (d *doctor) readers() {
	readers, err := reader.List()
	if err != nil {
		d.say(Warn, "host.doctor.noservice")
		return
	}
	d.say(OK, "host.doctor.service")
	if len(readers) == 0 {
		d.say(Warn, "host.doctor.noreader")
	}
	for _, r := range readers {
		if r.Card {
			d.cards = append(d.cards, r)
		}
	}
	for _, r := range readers {
		switch {
		case r.Card:
			d.say(OK, "host.doctor.card", "reader", r.Name)
		case len(d.cards) > 0:
			d.say(OK, "host.doctor.empty", "reader", r.Name)
		default:
			d.say(Warn, "host.doctor.nocard", "reader", r.Name)
		}
	}
}

func (d *doctor) modules(ctx context.Context) {
	for _, err := range d.Faults {
		d.say(Fail, "host.doctor.config", "cause", err.Error())
	}
	libraries := d.libraries()
	if len(libraries) == 0 {
		d.say(Fail, "host.doctor.nomodule", "config", d.ConfigPath)
	}
	served := map[string]bool{} // readers
	tokens, broken := 0, 0
	for _, library := range libraries {
		w := d.Start(library)
		listing, err := w.List(ctx)
		w.Close()
		if err != nil {
			broken++
			d.broken(w.Module(), err)
			continue
		}
		tokens += len(listing.Tokens)
		d.say(OK, "host.doctor.module", "module", filepath.Base(w.Module()), "n", strconv.Itoa(len(listing.Tokens)))
		for _, f := range listing.Findings {
			d.say(Warn, "host.doctor.finding", "subject", f.Subject, "sentence", d.sentence(f.Code))
		}
		for _, t := range listing.Tokens {
			d.token(t)
			d.certificates(t, listing.Certificates)
			d.chosen(library, t, listing.Certificates, served)
		}
	}
	if len(d.cards) > 0 && tokens == 0 && broken == 0 && len(libraries) > 0 {
		d.say(Fail, "host.doctor.unknown")
	}
}

// libraries tells of each card what it is and which libraries will be tried for it, and returns all of them.
// The session would stop at the first that serves a card; here each is looked at.
func (d *doctor) libraries() []module.Library {
	var atrs [][]byte
	for _, r := range d.cards {
		atrs = append(atrs, r.ATR)
	}
	selection := d.Select(atrs)
	for i, card := range selection.Cards {
		d.family(d.cards[i], card)
	}
	return slices.Concat(selection.Rounds...)
}

// family tells what is known of a card.
func (d *doctor) family(r reader.Reader, card module.Card) {
	atr := strings.ToUpper(hex.EncodeToString(r.ATR))
	if card.Family == nil {
		d.say(Warn, "host.doctor.nofamily", "reader", r.Name, "atr", atr)
		return
	}
	d.say(OK, "host.doctor.family", "reader", r.Name, "family", card.Family.Name, "atr", atr)
	if card.Missing {
		d.say(Fail, "host.doctor.missing", "family", card.Family.Name, "names", strings.Join(card.Names, ", "),
			"places", strings.Join(card.Places, ", "), "driver", card.Family.Driver[string(d.Language)], "config", d.ConfigPath)
	}
}

// chosen tells of the first library that shows a card's certificates, which is the one that a session uses.
func (d *doctor) chosen(library module.Library, t worker.Token, all []worker.Certificate, served map[string]bool) {
	if !slices.ContainsFunc(all, func(c worker.Certificate) bool { return c.Slot == t.Slot }) {
		return
	}
	for _, r := range d.cards {
		if t.In(r.Name) && !served[r.Name] {
			served[r.Name] = true
			why := message.Text(d.Language, "host.doctor.why."+string(library.Why))
			d.say(OK, "host.doctor.chosen", "reader", r.Name, "module", library.Path, "why", why)
		}
	}
}

// broken tells of a library that gave no list.
func (d *doctor) broken(module string, err error) {
	code := protocol.CodeOf(err)
	key, ok := map[protocol.Code]string{
		protocol.CodeModuleFailed:       "host.doctor.failed",
		protocol.CodeModuleArchitecture: "host.doctor.architecture",
		protocol.CodeModuleCrashed:      "host.doctor.crashed",
		protocol.CodeModuleTimeout:      "host.doctor.late",
	}[code]
	if !ok {
		key = "host.doctor.broken"
	}
	cause := strings.TrimPrefix(err.Error(), string(code)+": ")
	d.say(Fail, key, "module", module, "config", d.ConfigPath, "sentence", d.sentence(code), "cause", cause)
}

func (d *doctor) token(t worker.Token) {
	pin := func(level Level, code protocol.Code) {
		d.say(level, "host.doctor.pin", "token", t.Label, "sentence", d.sentence(code))
	}
	switch t.PIN.State {
	case protocol.PINLocked:
		pin(Fail, protocol.CodePINLocked)
	case protocol.PINUnset:
		pin(Fail, protocol.CodePINNotSet)
	case protocol.PINFinal:
		pin(Warn, protocol.CodePINLastTry)
	case protocol.PINLow:
		d.say(Warn, "host.doctor.pinlow", "token", t.Label)
	default:
		d.say(OK, "host.doctor.token", "token", t.Label)
	}
}

func (d *doctor) certificates(t worker.Token, all []worker.Certificate) {
	none := true
	for _, c := range all {
		if c.Slot != t.Slot {
			continue
		}
		certificate, err := pki.Parse(c.DER)
		if err == nil && certificate.IsCA {
			continue
		}
		none = false
		if err != nil {
			d.say(Warn, "host.doctor.finding", "subject", t.Label, "sentence", d.sentence(protocol.CodeOf(err)))
			continue
		}
		d.certificate(certificate)
	}
	if none {
		d.say(Warn, "host.doctor.finding", "subject", t.Label, "sentence", d.sentence(protocol.CodeNoCertificate))
	}
}

func (d *doctor) certificate(c *pki.Certificate) {
	citizen := c.MaskedCitizenNumber()
	if citizen == "" {
		citizen = "–"
	}
	pairs := []string{"holder", c.Holder(), "citizen", citizen, "until", c.NotAfter.Local().Format("02.01.2006")}
	err := c.Usable(d.Now)
	if err == nil {
		d.say(OK, "host.doctor.usable", pairs...)
		return
	}
	d.say(Warn, "host.doctor.useless", append(pairs, "sentence", d.sentence(protocol.CodeOf(err)))...)
}
