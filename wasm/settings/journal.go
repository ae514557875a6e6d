package settings

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/wire"
)

// journal is the section with what was done on this machine: a part of the list is on the screen, and a file of the whole
// list is made when the person wants one.
type journal struct {
	page    *shared
	shown   bool
	part    protocol.JournalPage
	before  uint64 // the part's end, as it was asked for; 0 is the newest
	older   uint64 // the end of the part before; 0 where this is the first
	search  string
	turn    int // grows with every part that comes
	problem fault.Code
	file    *journalFile
}

// journalPart is how many entries are on the screen.
const journalPart = 20

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

// handleInput takes what the person does about the journal: one thing at a time.
func (j *journal) handleInput(event loop.Event) {
	if j.page.client.InFlight(protocol.HostJournal) {
		return
	}
	switch e := event.(type) {
	case ReadJournal:
		j.search, j.before = searchText(e.Search), 0
		j.request(j.before, journalPart, j.search)
	case OlderEntries:
		if j.older != 0 {
			j.before = j.older
			j.request(j.before, journalPart, j.search)
		}
	case SaveJournal:
		if j.shown {
			j.file = &journalFile{head: journalHead{Made: j.page.now()}}
			j.request(0, protocol.MaxJournalPage, "")
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

func (j *journal) request(before uint64, limit int, search string) {
	j.problem, j.page.notice.done = "", DoneNothing
	j.page.client.Ask(&hostclient.Request{Kind: protocol.HostJournal, Body: protocol.HostJournalBody{Before: before, Limit: limit, Search: search}})
}

// handleAnswer takes a part, for the screen or for the file.
func (j *journal) handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	var page protocol.JournalPage
	if err := wire.Body(answer, &page); err != nil {
		return err
	}
	asked, _ := r.Body.(protocol.HostJournalBody)
	if err := checkJournal(asked, page); err != nil {
		return err
	}
	older := olderThan(asked, page)
	if j.file == nil {
		j.shown, j.part, j.older = true, page, older
		j.turn++
		return nil
	}
	j.file.add(page)
	if older != 0 && !j.file.full() {
		j.request(older, protocol.MaxJournalPage, "")
		return nil
	}
	j.page.do(j.file.save(j.page.local(j.page.now()).Date))
	j.file = nil
	j.page.notice.done = DoneSaved
	return nil
}

// handleRefusal keeps what is on the screen, and says why there is no more.
func (j *journal) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	j.problem, j.file = f.Code, nil
	j.page.notice.alerts++
	return nil
}

// forget drops what a host has said that is gone.
func (j *journal) forget() { *j = journal{page: j.page} }

// olderThan returns where the part before p ends; 0 where p is the first, or where a broken list would lead in a circle.
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

// checkJournal refuses what cannot be a part of a journal. A journal that the host calls broken may hold anything, and is
// shown as broken.
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
