package journal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
)

// A Page is a part of the list, with the state of the whole list.
type Page struct {
	protocol.JournalPage
	Broken error // why State is JournalBroken, for the log
}

// ReadPage returns the entries that are wanted, of limit bytes at most, of the journal in dir, which the installation's key has
// signed. It verifies the whole list each time: what was in order a moment ago may have been changed, and to compare it with
// what was verified would take as long. Only the public key is needed for that; a TPM is asked for its counter, for a moment.
func ReadPage(ctx context.Context, dir string, key device.Options, want protocol.HostJournalBody, limit int) (*Page, error) {
	var signing *ecdsa.PublicKey
	public, protection, lost := device.Known(key)
	switch {
	case lost == nil:
		signing = public.Signing
	case errors.Is(lost, device.ErrUnavailable):
		return nil, lost
	}
	if !isFolder(dir) {
		err := fmt.Errorf("%w: %s is no folder", ErrBroken, filepath.Base(dir))
		return &Page{protocol.JournalPage{Entries: []protocol.JournalEntry{}, State: protocol.JournalBroken, Protection: string(protection)}, err}, nil
	}
	names, err := setAsideFolders(dir)
	if err != nil {
		return nil, err
	}
	p := &Page{JournalPage: protocol.JournalPage{State: protocol.JournalEmpty, Protection: string(protection), SetAside: len(names)}}
	c := &collection{want: want, search: fold(want.Search), page: p}
	h, err := New(dir, nil, DefaultLimits).scan(ctx, signing, c.line)
	if err != nil && !errors.Is(err, ErrBroken) {
		return nil, err
	}
	if h != nil && h.Adopted != 0 {
		c.unproven = append(c.unproven, span{h.Adopted, h.Number})
	}
	if err == nil && lost == nil {
		err = p.compareCounter(ctx, h, device.CounterOf(key, public, protection))
	}
	switch {
	case err != nil:
		p.State, p.Broken = state(err), errors.Join(err, lost)
	case p.Total > 0:
		p.State = protocol.JournalWhole
	}
	p.Entries = c.newest(limit)
	return p, nil
}

// state names the state of a list, by what is wrong with it.
func state(broken error) string {
	switch {
	case errors.Is(broken, errOtherKey):
		return protocol.JournalOtherKey
	case errors.Is(broken, errHeadOlder):
		return protocol.JournalHeadOlder
	case errors.Is(broken, errOlder):
		return protocol.JournalOlder
	}
	return protocol.JournalBroken
}

// errOlder is the error of a list that is not the one for which the TPM has counted last.
var errOlder = fmt.Errorf("%w: the TPM's counter does not fit it: an older state was put back, or the counter was removed", ErrBroken)

// compareCounter asks the TPM whether the list is the newest. One that does not answer says nothing.
func (p *Page) compareCounter(ctx context.Context, h *head, counter *device.Counter) error {
	if counter == nil || p.Total == 0 && p.SetAside > 0 {
		return nil
	}
	var named *count
	if h != nil {
		named = h.Counter
	}
	index, value, err := counter.Read(ctx)
	p.Counted = err == nil && named != nil && named.Value != 0
	if disagree := compare(named, index, value, err); disagree != nil {
		return fmt.Errorf("%w (%w)", errOlder, disagree)
	}
	return nil
}

// A collection keeps the newest of the lines that are wanted.
type collection struct {
	want   protocol.HostJournalBody
	search string
	page   *Page
	kept   [][]byte // the oldest at next, once there are Limit of them
	next   int
	// unproven are the entries that no head has ever named.
	unproven []span
}

// kindName begins the name of an entry's kind in its line. No word of an act can: its quotes are escaped there.
var kindName = []byte(`"kind":"`)

// note takes in what the journal has found, and written down.
func (c *collection) note(number uint64, line []byte, signed bool) {
	if !signed {
		c.unproven = append(c.unproven, span{number, number})
		return
	}
	_, rest, _ := bytes.Cut(line, kindName)
	kind, _, _ := bytes.Cut(rest, []byte(`"`))
	switch string(kind) {
	case KindUnproven:
		if e, err := parseEntry(line); err == nil {
			if s, ok := parseSpan(e.Act.Purpose); ok {
				c.unproven = append(c.unproven, s)
			}
		}
		c.page.Warnings++
	case KindKeyChanged, KindBroken, KindRolledBack:
		c.page.Warnings++
	}
}

func (c *collection) line(number uint64, line []byte, signed bool) {
	c.note(number, line, signed)
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
			shown := e.public()
			shown.Unproven = slices.ContainsFunc(c.unproven, func(s span) bool { return s.from <= e.Number && e.Number <= s.to })
			entries = append(entries, shown)
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

// fold makes texts equal that differ in case only, and treats all forms of I as one: people type the one on their keyboard.
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
		Number: e.Number, Time: e.Time.Unix(), Kind: e.Act.Kind, Outcome: fault.Code(e.Act.Outcome),
		Origin: e.Act.Origin, Purpose: e.Act.Purpose, Format: protocol.Format(e.Act.Format), Issuer: e.Act.Issuer, Serial: e.Act.Serial,
	}
	for _, d := range e.Act.Documents {
		out.Documents = append(out.Documents, protocol.JournalDocument(d))
	}
	return out
}
