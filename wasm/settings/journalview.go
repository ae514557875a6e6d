package settings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// JournalView is what was done on this machine, as it is to be drawn.
type JournalView struct {
	screen.Sentences
	Reading, Saving bool
	// Problem is why nothing, or nothing more, could be read.
	Problem fault.Code

	Shown   bool
	Turn    int    // changes with every part that comes
	State   string // a protocol.Journal… state
	Summary string // how many there are, and what guards them
	Aside   string // that older lists were set aside
	// Warnings says how many entries are warnings of the journal's own.
	Warnings string
	None     string // why there is no entry to see
	Entries  []EntryView
	Older    bool
	Newer    bool // the newest are not on the screen
	Saved    bool // a file has just been saved
}

// EntryView is one act.
type EntryView struct {
	When    string
	Kind    string
	Done    bool
	Outcome string
	Site    string
	Purpose string
	// Heading says how many documents there are; Documents are the names of the first maxNamed, and More says how many
	// follow.
	Heading     string
	Documents   []string
	More        string
	Certificate string
}

// maxNamed is how many documents of an act are named: the screen has twenty acts, and each may have a thousand.
const maxNamed = 20

func (j *journal) view() JournalView {
	waits := j.page.client.InFlight(protocol.HostJournal)
	v := JournalView{
		Sentences: j.page.sentences(), Saved: j.page.notice.done == DoneSaved,
		Reading: waits && j.file == nil, Saving: waits && j.file != nil, Problem: j.problem, Shown: j.shown, Turn: j.turn,
	}
	if !j.shown {
		return v
	}
	page := &j.part
	v.Older, v.Newer = j.older != 0, j.before != 0
	v.State = page.State
	if !slices.Contains(journalStates, page.State) {
		v.State = protocol.JournalBroken
	}
	if page.Total > 0 {
		v.Summary = v.T("manage.journal.total", "n", strconv.FormatUint(page.Total, 10)) + protectionText(v.Sentences, page.Protection, page.Counted)
	}
	if page.SetAside > 0 {
		v.Aside = v.T("manage.journal.aside", "n", strconv.Itoa(page.SetAside))
	}
	if page.Warnings > 0 {
		v.Warnings = v.T("manage.journal.warnings", "n", strconv.Itoa(page.Warnings))
	}
	if len(page.Entries) == 0 && page.Total > 0 {
		v.None = v.T("manage.journal.none")
	}
	for i := range page.Entries {
		v.Entries = append(v.Entries, j.entryView(&page.Entries[i]))
	}
	return v
}

// journalStates have a sentence each.
var journalStates = []string{
	protocol.JournalEmpty, protocol.JournalWhole, protocol.JournalBroken, protocol.JournalOtherKey, protocol.JournalHeadOlder, protocol.JournalOlder,
}

// protectionText says what guards the journal's key, where that is known, and whether a counter guards the journal as a whole.
func protectionText(t screen.Sentences, protection string, counted bool) string {
	key := sentenceOf(t, "manage.journal.key.", protection, "")
	if key == "" {
		return ""
	}
	if counted {
		return " " + key + " " + t.T("manage.journal.counted")
	}
	return " " + key + " " + t.T("manage.journal.uncounted")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// whatHappened is the beginning of an error's sentence. The rest says what to do, which is past.
func whatHappened(sentence string) string {
	for i, r := range sentence {
		if (r == '.' || r == ';' || r == ':') && strings.HasPrefix(sentence[i+1:], " ") {
			return sentence[:i] + "."
		}
	}
	return sentence
}

// findings are the kinds of entries that the journal has written itself, about what it has found.
var findings = []string{protocol.JournalKeyChanged, protocol.JournalSetAside, protocol.JournalUnproven, protocol.JournalRolledBack}

func (j *journal) entryView(e *protocol.JournalEntry) EntryView {
	t := j.page.sentences()
	v := EntryView{
		Kind: sentenceOf(t, "manage.journal.kind.", e.Kind, plaintext.Short(e.Kind)),
		Done: e.Outcome == protocol.OutcomeDone, Site: plaintext.Short(e.Origin), Purpose: plaintext.Visible(e.Purpose),
		Certificate: plaintext.Short(e.Issuer) + prefixed(" · ", wire.Hex(e.Serial)),
	}
	if wire.IsTime(e.Time) {
		v.When = j.page.local(e.Time).Text(t.Language)
	}
	v.Outcome = whatHappened(t.T("error." + string(wire.KnownCode(e.Outcome))))
	if v.Done {
		v.Outcome = sentenceOf(t, "manage.journal.done.", e.Kind, t.T("manage.journal.finished"))
	}
	if slices.Contains(findings, e.Kind) { // its sentence has what was found
		v.Outcome, v.Purpose = t.T("manage.journal.done."+e.Kind, "what", plaintext.Visible(e.Purpose)), ""
	}
	if e.Unproven {
		v.Outcome += " " + t.T("manage.journal.unproven")
	}
	v.nameDocuments(t, e)
	return v
}

// nameDocuments names the documents of an act, the first of them where there are many.
func (v *EntryView) nameDocuments(t screen.Sentences, e *protocol.JournalEntry) {
	named := e.Documents[:min(len(e.Documents), maxNamed)]
	switch len(e.Documents) {
	case 0:
	case 1:
		v.Heading = t.T("manage.journal.document")
	default:
		v.Heading = t.T("manage.journal.documents", "n", strconv.Itoa(len(e.Documents)))
	}
	for _, d := range named {
		v.Documents = append(v.Documents, plaintext.Short(nameOf(e.Kind, d)))
	}
	if more := len(e.Documents) - len(named); more > 0 {
		v.More = t.T("manage.journal.documents_more", "n", strconv.Itoa(more))
	}
}

// nameOf is what the person knows of what was signed: a document's name, or the hash itself where that is all they saw.
func nameOf(kind string, d protocol.JournalDocument) string {
	if kind == protocol.JournalSignHash && d.Digest != "" {
		return cmp.Or(d.Function, "SHA-256") + " " + d.Digest
	}
	return d.Name
}
