package flow

import (
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// journal is a part of what was done on this machine, on the screen; and a file of it while one is made.
type journal struct {
	shown   bool
	page    protocol.JournalPage
	before  uint64 // the part's end, as it was asked for; 0 is the newest
	older   uint64 // the end of the part before; 0 where there is none
	search  string
	turn    int // grows with every part that comes
	problem protocol.Code
	file    *journalFile
}

// journalFile is a file that grows by one answer after the other, newest first.
type journalFile struct {
	head  journalHead
	lines []byte
}

// journalHead is the file's first line: what is known of the entries that follow, one a line.
type journalHead struct {
	Made       int64  `json:"made"` // in seconds since 1970
	State      string `json:"state"`
	Protection string `json:"protection,omitempty"`
	SetAside   int    `json:"setAside,omitempty"`
	Total      uint64 `json:"total"`
	First      uint64 `json:"first"`
	// More tells that the file became too long for what is older.
	More bool `json:"more"`
}

const (
	// journalPart is how many entries are on the screen.
	journalPart = 20
	// maxJournalFile bounds the file, in bytes: some ten thousand signatures.
	maxJournalFile = 8 << 20
)

// What the person does about the journal.
type (
	// ReadJournal asks for the newest entries, SaveJournal for all of them as a file. Search is empty for any.
	ReadJournal struct{ Search string }
	SaveJournal struct{}
	// OlderEntries goes on to those before the ones on the screen.
	OlderEntries struct{}
)

func (ReadJournal) event()  {}
func (SaveJournal) event()  {}
func (OlderEntries) event() {}

// aboutJournal takes in what the person does about the journal: one thing at a time.
func (m *Manage) aboutJournal(event Event) {
	j := &m.journal
	if m.line.waits(protocol.HostJournal) {
		return
	}
	switch e := event.(type) {
	case ReadJournal:
		j.search, j.before = searchText(e.Search), 0
		m.readJournal(j.before, journalPart, j.search)
	case OlderEntries:
		if j.older != 0 {
			j.before = j.older
			m.readJournal(j.before, journalPart, j.search)
		}
	case SaveJournal:
		if j.shown {
			j.file = &journalFile{head: journalHead{Made: m.now()}}
			m.readJournal(0, protocol.MaxJournalPage, "")
		}
	}
}

// searchText is what was typed, in the length that the host takes.
func searchText(typed string) string {
	typed = strings.TrimSpace(typed)
	if len(typed) > protocol.MaxPurpose {
		typed = strings.ToValidUTF8(typed[:protocol.MaxPurpose], "")
	}
	return typed
}

func (m *Manage) readJournal(before uint64, limit int, search string) {
	m.journal.problem, m.done = "", DoneNothing
	m.ask(&hostRequest{kind: protocol.HostJournal, body: protocol.HostJournalBody{Before: before, Limit: limit, Search: search}})
}

// journalRead takes a part in, for the screen or for the file.
func (m *Manage) journalRead(asked protocol.HostJournalBody, p protocol.JournalPage) error {
	err := checkJournal(asked, p)
	if err != nil {
		return err
	}
	j := &m.journal
	older := olderThan(asked, p)
	if j.file == nil {
		j.shown, j.page, j.older = true, p, older
		j.turn++
		return nil
	}
	j.file.add(p)
	if older != 0 && len(j.file.lines) < maxJournalFile {
		m.readJournal(older, protocol.MaxJournalPage, "")
		return nil
	}
	day := m.local(m.now()).Date
	m.do(Save{
		Name: fmt.Sprintf("e-onay-gunlugu-%d-%02d-%02d.jsonl", day.Year, day.Month, day.Day), Type: "application/jsonl",
		Data: append(append(encode(j.file.head), '\n'), j.file.lines...),
	})
	j.file = nil
	m.done = DoneSaved
	return nil
}

// journalRefused keeps what is on the screen, and says why there is no more.
func (m *Manage) journalRefused(code protocol.Code) {
	m.journal.problem, m.journal.file = code, nil
	m.alerts++
}

// add puts a part at the file's end. A list that is broken in one part is broken.
func (f *journalFile) add(p protocol.JournalPage) {
	if f.head.State != protocol.JournalBroken {
		f.head.State = p.State
	}
	f.head.Protection, f.head.SetAside, f.head.Total, f.head.First, f.head.More = p.Protection, p.SetAside, p.Total, p.First, p.More
	for _, e := range p.Entries {
		f.lines = append(append(f.lines, encode(e)...), '\n')
	}
}

// olderThan is where the part before p ends; 0 where there is none, or a broken list would lead in a circle.
func olderThan(asked protocol.HostJournalBody, p protocol.JournalPage) uint64 {
	if !p.More || len(p.Entries) == 0 {
		return 0
	}
	last := p.Entries[len(p.Entries)-1].Number
	if asked.Before != 0 && last >= asked.Before {
		return 0
	}
	return last
}

// checkJournal refuses what is no part of a journal. One that is broken may hold anything, and is shown as that.
func checkJournal(asked protocol.HostJournalBody, p protocol.JournalPage) error {
	switch {
	case len(p.Entries) > asked.Limit:
		return invalid("more than was asked for")
	case p.State == protocol.JournalBroken:
		return nil
	case p.More && len(p.Entries) == 0:
		return invalid("nothing before more")
	}
	before := asked.Before
	for _, e := range p.Entries {
		if e.Number == 0 || before != 0 && e.Number >= before || !isTime(e.Time) || len(e.Documents) > protocol.MaxDocuments {
			return invalid("an entry out of its order, or without a date")
		}
		before = e.Number
	}
	return nil
}

// isTime reports whether seconds since 1970 are a date that can be written.
func isTime(seconds int64) bool { return seconds >= 0 && seconds <= lastSecond }
