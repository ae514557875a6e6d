package flow

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// JournalView is what was done on this machine, as it is to be drawn.
type JournalView struct {
	Reading, Saving bool
	// Problem is why nothing, or nothing more, could be read.
	Problem protocol.Code

	Shown   bool
	Turn    int    // changes with every part that comes
	State   string // a protocol.Journal… state
	Summary string // how many there are, and what guards them
	Aside   string // that older lists were broken
	None    string // why there is no entry to see
	Entries []EntryView
	Older   bool
	Newer   bool // the newest are not on the screen
}

// EntryView is one act.
type EntryView struct {
	When        string
	Kind        string
	Done        bool
	Outcome     string
	Site        string
	Purpose     string
	Documents   []string
	Certificate string
}

func (m *Manage) journalView(l message.Language) JournalView {
	j := &m.journal
	waits := m.line.waits(protocol.HostJournal)
	v := JournalView{Reading: waits && j.file == nil, Saving: waits && j.file != nil, Problem: j.problem, Shown: j.shown, Turn: j.turn}
	if !j.shown {
		return v
	}
	p := &j.page
	v.Older, v.Newer = j.older != 0, j.before != 0
	v.State = p.State
	if p.State != protocol.JournalWhole && p.State != protocol.JournalEmpty {
		v.State = protocol.JournalBroken
	}
	if p.Total > 0 {
		v.Summary = message.Text(l, "manage.journal.total", "n", strconv.FormatUint(p.Total, 10)) + guarded(l, p.Protection)
	}
	if p.SetAside > 0 {
		v.Aside = message.Text(l, "manage.journal.aside", "n", strconv.Itoa(p.SetAside))
	}
	if len(p.Entries) == 0 && p.Total > 0 {
		v.None = message.Text(l, "manage.journal.none")
	}
	for i := range p.Entries {
		v.Entries = append(v.Entries, m.entry(&p.Entries[i], l))
	}
	return v
}

// guarded says what guards the journal's key, where that is known.
func guarded(l message.Language, protection string) string {
	return prefixed(" ", word(l, "manage.journal.key.", protection, ""))
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// word is the sentence of a name that has one, else otherwise.
func word(l message.Language, prefix, name, otherwise string) string {
	key := prefix + name
	if text := message.Text(l, key); text != key {
		return text
	}
	return otherwise
}

// happened is the beginning of an error's sentence: what it says after that, of what to do, is over.
func happened(sentence string) string {
	for i, r := range sentence {
		if (r == '.' || r == ';' || r == ':') && strings.HasPrefix(sentence[i+1:], " ") {
			return sentence[:i] + "."
		}
	}
	return sentence
}

func (m *Manage) entry(e *protocol.JournalEntry, l message.Language) EntryView {
	v := EntryView{
		Kind: word(l, "manage.journal.kind.", e.Kind, shown(e.Kind)),
		Done: e.Outcome == protocol.OutcomeDone, Site: shown(e.Origin), Purpose: visible(e.Purpose),
		Certificate: shown(e.Issuer) + prefixed(" · ", hexadecimal(e.Serial)),
	}
	if isTime(e.Time) {
		v.When = m.local(e.Time).Text(l)
	}
	v.Outcome = happened(message.Text(l, "error."+string(known(e.Outcome))))
	if v.Done {
		v.Outcome = word(l, "manage.journal.done.", e.Kind, message.Text(l, "manage.journal.finished"))
	}
	for _, d := range e.Documents[:min(len(e.Documents), protocol.MaxDocuments)] {
		v.Documents = append(v.Documents, shown(called(e.Kind, d)))
	}
	return v
}

// called is how people tell what was signed: a document by its name, a hash, of which nobody has seen more, by itself.
func called(kind string, d protocol.JournalDocument) string {
	if kind == protocol.JournalSignHash && d.Digest != "" {
		return cmp.Or(d.Function, "SHA-256") + " " + d.Digest
	}
	return d.Name
}
