package settings

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// journalFile is a file that grows by one answer after the other, newest first.
type journalFile struct {
	head  journalHead
	lines []byte
}

// maxJournalFile bounds the file, in bytes: some ten thousand signatures.
const maxJournalFile = 8 << 20

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

// add puts a part at the file's end. The file says "whole" only if each part does.
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

// full reports whether the file has reached its bound.
func (f *journalFile) full() bool { return len(f.lines) >= maxJournalFile }

// save gives the file to the person, named after the day.
func (f *journalFile) save(day screen.Date) Save {
	return Save{
		Name: fmt.Sprintf("e-onay-gunlugu-%d-%02d-%02d.jsonl", day.Year, day.Month, day.Day), Type: "application/jsonl",
		Data: append(append(wire.Encode(f.head), '\n'), f.lines...),
	}
}
