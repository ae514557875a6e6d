package settings

import (
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/wire"
)

// journal is a part of what was done on this machine, on the screen; and a file of it while one is made.
type journal struct {
	shown   bool
	page    protocol.JournalPage
	before  uint64 // the part's end, as it was asked for; 0 is the newest
	older   uint64 // the end of the part before; 0 where there is none
	search  string
	turn    int // grows with every part that comes
	problem fault.Code
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
	Counted    bool   `json:"counted,omitempty"`
	SetAside   int    `json:"setAside,omitempty"`
	Warnings   int    `json:"warnings,omitempty"`
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

func (ReadJournal) IsEvent()  {}
func (SaveJournal) IsEvent()  {}
func (OlderEntries) IsEvent() {}

// aboutJournal takes in what the person does about the journal: one thing at a time.
func (p *Page) aboutJournal(event loop.Event) {
	j := &p.journal
	if p.client.InFlight(protocol.HostJournal) {
		return
	}
	switch e := event.(type) {
	case ReadJournal:
		j.search, j.before = searchText(e.Search), 0
		p.readJournal(j.before, journalPart, j.search)
	case OlderEntries:
		if j.older != 0 {
			j.before = j.older
			p.readJournal(j.before, journalPart, j.search)
		}
	case SaveJournal:
		if j.shown {
			j.file = &journalFile{head: journalHead{Made: p.now()}}
			p.readJournal(0, protocol.MaxJournalPage, "")
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

func (p *Page) readJournal(before uint64, limit int, search string) {
	p.journal.problem, p.done = "", DoneNothing
	p.client.Ask(&hostclient.Request{Kind: protocol.HostJournal, Body: protocol.HostJournalBody{Before: before, Limit: limit, Search: search}})
}

// journalRead takes a part in, for the screen or for the file.
func (p *Page) journalRead(asked protocol.HostJournalBody, page protocol.JournalPage) error {
	err := checkJournal(asked, page)
	if err != nil {
		return err
	}
	j := &p.journal
	older := olderThan(asked, page)
	if j.file == nil {
		j.shown, j.page, j.older = true, page, older
		j.turn++
		return nil
	}
	j.file.add(page)
	if older != 0 && len(j.file.lines) < maxJournalFile {
		p.readJournal(older, protocol.MaxJournalPage, "")
		return nil
	}
	day := p.local(p.now()).Date
	p.do(Save{
		Name: fmt.Sprintf("e-onay-gunlugu-%d-%02d-%02d.jsonl", day.Year, day.Month, day.Day), Type: "application/jsonl",
		Data: append(append(wire.Encode(j.file.head), '\n'), j.file.lines...),
	})
	j.file = nil
	p.done = DoneSaved
	return nil
}

// journalRefused keeps what is on the screen, and says why there is no more.
func (p *Page) journalRefused(code fault.Code) {
	p.journal.problem, p.journal.file = code, nil
	p.alerts++
}

// add puts a part at the file's end. A list that is not whole in one part is not whole.
func (f *journalFile) add(p protocol.JournalPage) {
	if f.head.State == "" || f.head.State == protocol.JournalWhole {
		f.head.State = p.State
	}
	f.head.Protection, f.head.SetAside, f.head.Total, f.head.First, f.head.More = p.Protection, p.SetAside, p.Total, p.First, p.More
	f.head.Warnings, f.head.Counted = p.Warnings, p.Counted
	for _, e := range p.Entries {
		f.lines = append(append(f.lines, wire.Encode(e)...), '\n')
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
		return wire.Invalid("more than was asked for")
	case p.State != protocol.JournalWhole && p.State != protocol.JournalEmpty:
		return nil
	case p.More && len(p.Entries) == 0:
		return wire.Invalid("nothing before more")
	}
	before := asked.Before
	for _, e := range p.Entries {
		if e.Number == 0 || before != 0 && e.Number >= before || !wire.IsTime(e.Time) || len(e.Documents) > protocol.MaxDocuments {
			return wire.Invalid("an entry out of its order, or without a date")
		}
		before = e.Number
	}
	return nil
}
