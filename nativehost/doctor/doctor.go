// Package doctor checks what a signature needs on this machine and says what to do about what is missing.
package doctor

import (
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Program is what is known of the host itself.
type Program struct {
	Version, Platform string
	Executable        string
	// Browsers are those to check; one that was never used is passed over unless it has a manifest.
	Browsers []install.Browser
	// ConfigPath is where the configuration lies; Faults are why it, or another file, could not be read.
	ConfigPath string
	Faults     []error
	// Device is where the installation's key is, or will be.
	Device device.Options
	// JournalAt is the folder of what was done on this machine.
	JournalAt string
	// HashSites are the pairs of a key and a site that sign hashes.
	HashSites hashsites.File
	// Home is the person's folder, which no text for a help desk names; empty where it is not known.
	Home string
}

// Machine is how to look at the rest. A session has its own ways: it must not ask beside itself.
type Machine struct {
	// Readers returns the readers, or an error where PC/SC does not run.
	Readers func() ([]reader.Reader, error)
	// Select says which libraries to ask about the cards with these answers to reset; List asks one.
	Select func(cards [][]byte) module.Selection
	List   func(context.Context, module.Library) (*worker.Listing, error)
	Now    time.Time
}

// A doctor tells each finding as soon as it has it.
type doctor struct {
	Program
	Machine
	tell    func(protocol.Check)
	part    protocol.CheckPart
	cards   []reader.Reader // those with a card in them
	missing []driverless
}

// driverless is a card whose own driver is not there.
type driverless struct {
	reader string
	card   module.Card
}

// Run checks one thing after the other and tells each. A library that crashes or hangs is one check among the
// others: libraries run in workers.
func Run(ctx context.Context, program Program, machine Machine, tell func(protocol.Check)) {
	d := &doctor{Program: program, Machine: machine, tell: tell, part: protocol.PartProgram}
	d.say(protocol.CheckOK, "version", is("version", program.Version), is("platform", program.Platform), is("path", program.Executable))
	d.browsers()
	for _, err := range d.Faults {
		d.say(protocol.CheckFail, "config", is("cause", err.Error()))
	}
	d.key(ctx)
	d.journal(ctx)
	d.hashSites()
	d.part = protocol.PartReader
	d.readers()
	d.modules(ctx)
}

// A value fills a placeholder. One that is private is hidden from a help desk.
type value struct {
	name    string
	text    protocol.Sentence
	private bool
}

func is(name, text string) value {
	return value{name: name, text: protocol.Sentence{TR: text, EN: text}}
}

func private(name, text string) value {
	v := is(name, text)
	v.private = true
	return v
}

func sentence(code protocol.Code) value { return value{name: "sentence", text: message.Error(code)} }

// hidden stands for what a help desk does not need to know.
const hidden = "•••"

func (d *doctor) say(level protocol.CheckLevel, name string, values ...value) {
	check := protocol.Check{Level: level, Name: name, Part: d.part}
	var tr, en, sharedTR, sharedEN []string
	for _, v := range values {
		tr, en = append(tr, v.name, v.text.TR), append(en, v.name, v.text.EN)
		shared := protocol.Sentence{TR: hidden, EN: hidden}
		if !v.private {
			shared = protocol.Sentence{TR: d.homeless(v.text.TR), EN: d.homeless(v.text.EN)}
		}
		sharedTR, sharedEN = append(sharedTR, v.name, shared.TR), append(sharedEN, v.name, shared.EN)
	}
	key := "host.doctor." + name
	check.Text = protocol.Sentence{TR: message.Text(message.Turkish, key, tr...), EN: message.Text(message.English, key, en...)}
	check.Shared = protocol.Sentence{TR: message.Text(message.Turkish, key, sharedTR...), EN: message.Text(message.English, key, sharedEN...)}
	d.tell(check)
}

// homeless replaces the person's folder, whose name is mostly theirs.
func (d *doctor) homeless(text string) string {
	if len(d.Home) < 2 {
		return text
	}
	return strings.ReplaceAll(text, d.Home, "~")
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
			d.say(protocol.CheckFail, "unreadable", is("browser", b.Name), is("cause", err.Error()))
		case state == install.Ours:
			d.say(protocol.CheckOK, "manifest", is("browser", b.Name))
		case state == install.Foreign:
			d.say(protocol.CheckFail, "foreign", is("browser", b.Name), is("path", b.Path()))
		default:
			d.say(protocol.CheckFail, "absent", is("browser", b.Name))
		}
	}
	if !found {
		d.say(protocol.CheckWarn, "browsers")
	}
}

// key tells what protects the installation's key. Where there is none it makes none: that is done at its first need.
func (d *doctor) key(ctx context.Context) {
	key, err := device.Open(ctx, d.Device)
	switch {
	case err == nil:
		by := value{name: "by", text: message.Sentence("host.doctor.key." + string(key.Protection()))}
		d.say(protocol.CheckOK, "key", by)
	case errors.Is(err, device.ErrNone):
		d.say(protocol.CheckOK, "keynone")
	case errors.Is(err, device.ErrLost):
		d.say(protocol.CheckWarn, "keylost", is("cause", err.Error()))
	default:
		d.say(protocol.CheckWarn, "keysilent", is("cause", err.Error()))
	}
}

// journal tells where the journal is, how long, and whether it is whole. A broken one keeps nobody from signing.
func (d *doctor) journal(ctx context.Context) {
	page, err := journal.Look(ctx, d.JournalAt, d.Device, protocol.HostJournalBody{Limit: 1}, 0)
	if err != nil {
		d.say(protocol.CheckWarn, "journalsilent", is("path", d.JournalAt), is("cause", err.Error()))
		return
	}
	at, n := is("path", d.JournalAt), is("n", strconv.FormatUint(page.Total, 10))
	switch {
	case page.Broken != nil:
		d.say(protocol.CheckWarn, "journalbroken", at, n, is("cause", page.Broken.Error()))
	case page.State == protocol.JournalEmpty:
		d.say(protocol.CheckOK, "journalempty", at)
	default:
		d.say(protocol.CheckOK, "journal", at, n)
	}
	if page.SetAside > 0 {
		d.say(protocol.CheckWarn, "journalaside", at, is("n", strconv.Itoa(page.SetAside)))
	}
}

// hashSites tells how many pairs there are, where there are any: their cards do not log in.
func (d *doctor) hashSites() {
	sites, err := d.HashSites.Read()
	switch {
	case err != nil:
		d.say(protocol.CheckFail, "hashsitesbroken", is("path", d.HashSites.Path), is("cause", err.Error()))
	case len(sites) > 0:
		d.say(protocol.CheckOK, "hashsites", is("n", strconv.Itoa(len(sites))))
	}
}

func (d *doctor) readers() {
	readers, err := d.Readers()
	if err != nil {
		d.say(protocol.CheckWarn, "noservice")
		return
	}
	d.say(protocol.CheckOK, "service")
	if len(readers) == 0 {
		d.say(protocol.CheckWarn, "noreader")
	}
	for _, r := range readers {
		if r.Card {
			d.cards = append(d.cards, r)
		}
	}
	for _, r := range readers {
		switch {
		case r.Card:
			d.say(protocol.CheckOK, "card", is("reader", r.Name))
		case len(d.cards) > 0:
			d.say(protocol.CheckOK, "empty", is("reader", r.Name))
		default:
			d.say(protocol.CheckWarn, "nocard", is("reader", r.Name))
		}
	}
}

func (d *doctor) modules(ctx context.Context) {
	libraries := d.libraries()
	d.part = protocol.PartModule
	if len(libraries) == 0 {
		d.say(protocol.CheckFail, "nomodule")
	}
	served := map[string]bool{} // readers
	tokens, broken := 0, 0
	for _, library := range libraries {
		d.part = protocol.PartModule
		listing, err := d.List(ctx, library)
		if err != nil {
			broken++
			d.broken(library.Path, err)
			continue
		}
		tokens += len(listing.Tokens)
		d.say(protocol.CheckOK, "module", is("module", filepath.Base(library.Path)), is("n", strconv.Itoa(len(listing.Tokens))))
		d.part = protocol.PartToken
		for _, f := range listing.Findings {
			d.say(protocol.CheckWarn, "finding", private("subject", f.Subject), sentence(f.Code))
		}
		for _, t := range listing.Tokens {
			d.token(t)
			d.certificates(t, listing.Certificates)
			d.chosen(library, t, listing.Certificates, served)
		}
	}
	if len(d.cards) > 0 && tokens == 0 && broken == 0 && len(libraries) > 0 {
		d.say(protocol.CheckFail, "unknown")
	}
	d.part = protocol.PartModule
	for _, m := range d.missing {
		d.driver(m, served[m.reader])
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
		d.say(protocol.CheckWarn, "nofamily", is("reader", r.Name), is("atr", atr))
		return
	}
	d.say(protocol.CheckOK, "family", is("reader", r.Name), is("family", card.Family.Name), is("atr", atr))
	if card.Missing {
		d.missing = append(d.missing, driverless{r.Name, card})
	}
}

// driver tells of a card's own driver that is not there. Where another one reads the card, the card works all the
// same.
func (d *doctor) driver(m driverless, served bool) {
	family := m.card.Family
	driver := value{name: "driver", text: protocol.Sentence{TR: family.Driver["tr"], EN: family.Driver["en"]}}
	if served {
		d.say(protocol.CheckWarn, "replaced", is("family", family.Name), driver)
		return
	}
	d.say(protocol.CheckFail, "missing", is("family", family.Name), is("names", strings.Join(m.card.Names, ", ")),
		is("places", strings.Join(m.card.Places, ", ")), driver)
}

// chosen tells of the first library that shows a card's certificates, which is the one that a session uses.
func (d *doctor) chosen(library module.Library, t worker.Token, all []worker.Certificate, served map[string]bool) {
	if !slices.ContainsFunc(all, func(c worker.Certificate) bool { return c.Slot == t.Slot }) {
		return
	}
	for _, r := range d.cards {
		if t.In(r.Name) && !served[r.Name] {
			served[r.Name] = true
			why := value{name: "why", text: message.Sentence("host.doctor.why." + string(library.Why))}
			d.say(protocol.CheckOK, "chosen", is("reader", r.Name), is("module", library.Path), why)
		}
	}
}

// broken tells of a library that gave no list.
func (d *doctor) broken(module string, err error) {
	code := protocol.CodeOf(err)
	name, ok := map[protocol.Code]string{
		protocol.CodeModuleFailed:       "failed",
		protocol.CodeModuleArchitecture: "architecture",
		protocol.CodeModuleCrashed:      "crashed",
		protocol.CodeModuleTimeout:      "late",
	}[code]
	if !ok {
		name = "broken"
	}
	cause := strings.TrimPrefix(err.Error(), string(code)+": ")
	d.say(protocol.CheckFail, name, is("module", module), is("config", d.ConfigPath), sentence(code), is("cause", cause))
}

func (d *doctor) token(t worker.Token) {
	pin := func(level protocol.CheckLevel, code protocol.Code) {
		d.say(level, "pin", private("token", t.Label), sentence(code))
	}
	switch t.PIN.State {
	case protocol.PINLocked:
		pin(protocol.CheckFail, protocol.CodePINLocked)
	case protocol.PINUnset:
		pin(protocol.CheckFail, protocol.CodePINNotSet)
	case protocol.PINFinal:
		pin(protocol.CheckWarn, protocol.CodePINLastTry)
	case protocol.PINLow:
		d.say(protocol.CheckWarn, "pinlow", private("token", t.Label))
	default:
		d.say(protocol.CheckOK, "token", private("token", t.Label))
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
			d.say(protocol.CheckWarn, "finding", private("subject", t.Label), sentence(protocol.CodeOf(err)))
			continue
		}
		d.certificate(certificate)
	}
	if none {
		d.say(protocol.CheckWarn, "finding", private("subject", t.Label), sentence(protocol.CodeNoCertificate))
	}
}

func (d *doctor) certificate(c *pki.Certificate) {
	citizen := c.MaskedCitizenNumber()
	if citizen == "" {
		citizen = "–"
	}
	values := []value{private("holder", c.Holder()), private("citizen", citizen), is("until", c.NotAfter.Local().Format("02.01.2006"))}
	err := c.Usable(d.Now)
	if err == nil {
		d.say(protocol.CheckOK, "usable", values...)
		return
	}
	d.say(protocol.CheckWarn, "useless", append(values, sentence(protocol.CodeOf(err)))...)
}
