package journal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
)

// A Page is a part of the list, and how all of it stands.
type Page struct {
	protocol.JournalPage
	Broken error // why State is JournalBroken, for the log
}

// Look returns the entries that are wanted, of no more than so many bytes, of the journal in dir, which the
// installation's key has signed. The whole list is proven each time: what was whole a moment ago may have been changed,
// and to keep what was proven would need as long to compare. What holds the key is not asked for that.
func Look(ctx context.Context, dir string, key device.Options, want protocol.HostJournalBody, limit int) (*Page, error) {
	var signing *ecdsa.PublicKey
	public, protection, lost := device.Known(key)
	switch {
	case lost == nil:
		signing = public.Signing
	case errors.Is(lost, device.ErrUnavailable):
		return nil, lost
	}
	p := &Page{JournalPage: protocol.JournalPage{State: protocol.JournalEmpty, Protection: string(protection)}}
	c := &collection{want: want, search: fold(want.Search), page: p}
	err := New(dir, nil, DefaultLimits).scan(ctx, signing, c.line)
	switch {
	case errors.Is(err, ErrBroken):
		p.State, p.Broken = protocol.JournalBroken, errors.Join(err, lost)
	case err != nil:
		return nil, err
	case p.Total > 0:
		p.State = protocol.JournalWhole
	}
	p.Entries = c.newest(limit)
	names, err := asides(dir)
	p.SetAside = len(names)
	return p, err
}

// A collection keeps the newest of the lines that are wanted.
type collection struct {
	want   protocol.HostJournalBody
	search string
	page   *Page
	kept   [][]byte // the oldest at next, once there are Limit of them
	next   int
}

func (c *collection) line(number uint64, line []byte) {
	if c.page.Total == 0 {
		c.page.First = number
	}
	c.page.Total++
	if c.want.Before > 0 && number >= c.want.Before || c.search != "" && !c.found(line) {
		return
	}
	if len(c.kept) < c.want.Limit {
		c.kept = append(c.kept, bytes.Clone(line))
		return
	}
	c.page.More = true
	c.kept[c.next] = append(c.kept[c.next][:0], line...)
	c.next = (c.next + 1) % len(c.kept)
}

// newest returns what was kept, the newest first, as far as it fits. An entry is no longer than its line.
func (c *collection) newest(limit int) []protocol.JournalEntry {
	entries := []protocol.JournalEntry{}
	ordered := slices.Concat(c.kept[c.next:], c.kept[:c.next])
	for _, line := range slices.Backward(ordered) {
		if limit -= len(line); limit < 0 {
			c.page.More = true
			break
		}
		if e, err := parseEntry(line); err == nil { // else the list is broken
			entries = append(entries, e.public())
		}
	}
	return entries
}

// found reports whether an entry has the text that is looked for.
func (c *collection) found(line []byte) bool {
	e, err := parseEntry(line)
	if err != nil {
		return false
	}
	texts := []string{e.Act.Origin, e.Act.Purpose, e.Act.Issuer, e.Act.Serial, e.Act.Outcome}
	for _, d := range e.Act.Documents {
		texts = append(texts, d.Name, d.Digest)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(fold(text), c.search) })
}

// fold makes texts equal that differ in case only, and every I one: people type the one that their keyboard has.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'I', 'İ', 'ı':
			return 'i'
		}
		return unicode.ToLower(r)
	}, text)
}

// public is the entry as people see it.
func (e *Entry) public() protocol.JournalEntry {
	out := protocol.JournalEntry{
		Number: e.Number, Time: e.Time.Unix(), Kind: e.Act.Kind, Outcome: protocol.Code(e.Act.Outcome),
		Origin: e.Act.Origin, Purpose: e.Act.Purpose, Issuer: e.Act.Issuer, Serial: e.Act.Serial,
	}
	for _, d := range e.Act.Documents {
		out.Documents = append(out.Documents, protocol.JournalDocument(d))
	}
	return out
}
