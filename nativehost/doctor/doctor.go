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

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/cause"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/place"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Program is what is known of the host itself.
type Program struct {
	Version, Platform string
	Executable        string
	// Browsers are those to check; one that was never used is passed over.
	Browsers []install.Browser
	// Confined are those that a sandbox keeps apart from this program.
	Confined []install.Browser
	// Caller is the kind of browser that this program talks with at this moment, if any.
	Caller Caller
	// ConfigPath is where the configuration lies; Faults are why it, or another file, could not be read.
	ConfigPath string
	Faults     []error
	// Device is where the installation's key is, or will be.
	Device device.Options
	// JournalAt is the folder of what was done on this machine.
	JournalAt string
	// HashSites are the pairs of a key and a site that sign hashes.
	HashSites hashsites.File
	// Home is the person's folder, which no text for a help desk names; empty if it is not known.
	Home string
}

// A Caller is a kind of browser: which one of its kind it is cannot be told.
type Caller string

const (
	NoCaller Caller = ""
	Chromium Caller = "Chromium"
	Firefox  Caller = "Firefox"
)

func (c Caller) is(b install.Browser) bool {
	return c == Firefox && b.Firefox || c == Chromium && !b.Firefox
}

// Machine is how to look at the rest. A session has its own ways: it must not ask beside itself.
type Machine struct {
	// Readers returns the readers, or an error if PC/SC does not run or refuses this program.
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
	room    int      // for checks of the tokens of the present library
	places  []string // that others own or can write, as it was told
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
		if !d.misplaced(err) {
			d.say(protocol.CheckFail, "config", because(err))
		}
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

func because(err error) value { return value{name: "cause", text: cause.Of(err)} }

func sentence(code fault.Code) value { return value{name: "sentence", text: message.Error(code)} }

// hidden stands for what a help desk does not need to know.
const hidden = "•••"

// A diagnosis is bounded. So that a full card, or a library with many, does not keep back what is to be said of others,
// there is room for so many certificates of a token, and so many checks of the tokens of a library.
const (
	maxCertificates = 8
	maxTokenChecks  = 48
)

func (d *doctor) say(level protocol.CheckLevel, name string, values ...value) {
	if d.part == protocol.PartToken {
		if d.room--; d.room < 0 {
			return
		}
	}
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

// misplaced tells, once of each, of a file or folder that is not used since others own or can write it, and reports
// whether err is about such a one.
func (d *doctor) misplaced(err error) bool {
	e, ok := errors.AsType[*place.Error](err)
	if ok && !slices.Contains(d.places, e.Path) {
		d.places = append(d.places, e.Path)
		d.say(protocol.CheckFail, "place"+string(e.Reason), is("path", e.Path))
	}
	return ok
}

// key tells what protects the installation's key. It does not create one: that happens when a key is first needed.
func (d *doctor) key(ctx context.Context) {
	key, err := device.Open(ctx, d.Device)
	switch {
	case d.misplaced(err):
	case err == nil:
		by := value{name: "by", text: message.Sentence("host.doctor.key." + string(key.Protection()))}
		d.say(protocol.CheckOK, "key", by)
	case errors.Is(err, device.ErrNone):
		d.say(protocol.CheckOK, "keynone")
	case errors.Is(err, device.ErrLost):
		d.say(protocol.CheckWarn, "keylost", because(err))
	default:
		d.say(protocol.CheckWarn, "keysilent", because(err))
	}
}

// journal tells where the journal is, how long it is, and whether it is in order. A broken one does not prevent signing.
func (d *doctor) journal(ctx context.Context) {
	page, err := journal.ReadPage(ctx, d.JournalAt, d.Device, protocol.HostJournalBody{Limit: 1}, 0)
	if d.misplaced(err) {
		return
	}
	if err != nil {
		d.say(protocol.CheckWarn, "journalsilent", is("path", d.JournalAt), because(err))
		return
	}
	at, n := is("path", d.JournalAt), is("n", strconv.FormatUint(page.Total, 10))
	switch {
	case page.Broken != nil:
		d.say(protocol.CheckWarn, "journalbroken", at, n, because(page.Broken))
	case page.State == protocol.JournalEmpty:
		d.say(protocol.CheckOK, "journalempty", at)
	default:
		d.say(protocol.CheckOK, "journal", at, n)
	}
	if page.Warnings > 0 {
		d.say(protocol.CheckWarn, "journalwarnings", at, is("n", strconv.Itoa(page.Warnings)))
	}
	if page.Protection == protocol.ProtectionTPM && page.State == protocol.JournalWhole && !page.Counted {
		d.say(protocol.CheckWarn, "journaluncounted", at)
	}
	if page.SetAside > 0 {
		d.say(protocol.CheckWarn, "journalaside", at, is("n", strconv.Itoa(page.SetAside)))
	}
}

// hashSites tells how many hash pairs there are, if any: their cards do not log in.
func (d *doctor) hashSites() {
	list, err := d.HashSites.Read()
	switch {
	case d.misplaced(err):
	case err != nil:
		d.say(protocol.CheckFail, "hashsitesbroken", is("path", d.HashSites.Path), because(err))
	case len(list.Sites) > 0:
		d.say(protocol.CheckOK, "hashsites", is("n", strconv.Itoa(len(list.Sites))))
	}
}

func (d *doctor) readers() {
	readers, err := d.Readers()
	if errors.Is(err, reader.ErrRefused) {
		d.say(protocol.CheckFail, "servicerefused")
		return
	}
	if errors.Is(err, reader.ErrDisabled) {
		d.say(protocol.CheckFail, "serviceoff")
		return
	}
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
		d.part, d.room = protocol.PartToken, maxTokenChecks
		for _, f := range listing.Findings {
			subject := private("subject", f.Subject)
			if f.Subject == "" {
				subject = is("subject", filepath.Base(library.Path))
			}
			d.say(protocol.CheckWarn, "finding", subject, sentence(f.Code))
		}
		for _, t := range listing.Tokens {
			d.token(t)
			d.certificates(t, listing.Certificates)
			d.chosen(library, t, listing.Certificates, served)
		}
		if d.room < 0 {
			d.part = protocol.PartModule
			d.say(protocol.CheckWarn, "finding", is("subject", filepath.Base(library.Path)), sentence(fault.CertificatesLeftOut))
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

// driver reports a card's own driver that is not installed. The card works all the same if another one reads it.
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
	for _, r := range t.PossibleReaders(d.cards) {
		if !served[r.Name] {
			served[r.Name] = true
			why := value{name: "why", text: message.Sentence("host.doctor.why." + string(library.Why))}
			d.say(protocol.CheckOK, "chosen", is("reader", r.Name), is("module", library.Path), why)
		}
	}
}

// broken tells of a library that gave no list.
func (d *doctor) broken(module string, err error) {
	code := fault.CodeOf(err)
	name, ok := map[fault.Code]string{
		fault.ModuleFailed:       "failed",
		fault.ModuleArchitecture: "architecture",
		fault.ModuleCrashed:      "crashed",
		fault.ModuleTimeout:      "late",
	}[code]
	if !ok {
		name = "broken"
	}
	cause := strings.TrimPrefix(err.Error(), string(code)+": ")
	d.say(protocol.CheckFail, name, is("module", module), is("config", d.ConfigPath), sentence(code), is("cause", cause))
}

func (d *doctor) token(t worker.Token) {
	pin := func(level protocol.CheckLevel, code fault.Code) {
		d.say(level, "pin", private("token", t.Label), sentence(code))
	}
	switch t.PIN.State {
	case protocol.PINLocked:
		pin(protocol.CheckFail, fault.PINLocked)
	case protocol.PINUnset:
		pin(protocol.CheckFail, fault.PINNotSet)
	case protocol.PINFinal:
		pin(protocol.CheckWarn, fault.PINLastTry)
	case protocol.PINLow:
		d.say(protocol.CheckWarn, "pinlow", private("token", t.Label))
	default:
		d.say(protocol.CheckOK, "token", private("token", t.Label))
	}
}

func (d *doctor) certificates(t worker.Token, all []worker.Certificate) {
	told := 0
	for _, c := range all {
		if c.Slot != t.Slot {
			continue
		}
		certificate, err := pki.Parse(c.DER)
		if err == nil && certificate.IsCA {
			continue
		}
		if told++; told > maxCertificates {
			d.say(protocol.CheckWarn, "finding", private("subject", t.Label), sentence(fault.CertificatesLeftOut))
			return
		}
		if err != nil {
			code := fault.CodeOf(err)
			cause := worker.CleanDetail(strings.TrimPrefix(err.Error(), string(code)+": "))
			d.say(protocol.CheckWarn, "unread", private("subject", t.Label), sentence(code), is("cause", cause))
			continue
		}
		d.certificate(certificate)
	}
	if told == 0 {
		d.say(protocol.CheckWarn, "finding", private("subject", t.Label), sentence(fault.NoCertificate))
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
	d.say(protocol.CheckWarn, "useless", append(values, sentence(fault.CodeOf(err)))...)
}
