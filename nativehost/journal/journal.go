// Package journal keeps what was signed on this machine, and what was refused: a list that grows at its end
// only, in which no line can be changed or left out unseen.
//
// # The chain
//
// Each entry is a line of JSON that holds the digest of the line before it. The head, in a file beside them,
// holds the digest of the newest line, signed by the device key (package device) at every entry. So whoever
// cannot use that key can change, remove or add no line unseen. Two things it cannot show: that somebody put
// back an older state of all files at once, lines and head (only a counter in a TPM could, and most wear out by
// that), and what a program does that runs as the person and may use the key as the host does.
//
// # Nothing acknowledged is lost
//
// Append returns when line and head are on the disk. A crash in between leaves a line that the head does not
// know, or half of one: nobody was told of it, and the next Append removes it. A disk that is full is an error
// of Append, and the list is as before. Files that do not belong together are set aside whole, in a folder of
// their own, and a new list begins with an entry that says so: nobody must be kept from signing by a broken file,
// nor a broken file be forgotten.
//
// # Size
//
// Lines lie in segments, files named after their first entry. When there are too many the oldest is removed.
// The chain of those that are left still leads to the head.
//
// # What is not in it
//
// No PIN, no content of a document; no citizen number either: Append masks eleven digits and more that follow one
// another in an act's words.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/lock"
)

// An Act is what happened.
type Act struct {
	// Origin is the site's that asked; empty for an act of the settings page.
	Origin  string `json:"origin,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	// Documents are those that were to be signed.
	Documents []Document `json:"documents,omitempty"`
	// Certificate is the SHA-256 of the certificate, lower-case hex; Issuer and Serial name it for people.
	Certificate string `json:"certificate,omitempty"`
	Issuer      string `json:"issuer,omitempty"`
	Serial      string `json:"serial,omitempty"`
	// Kind says what was done: "sign", "change-pin", …
	Kind string `json:"kind"`
	// Outcome is "done", or the code of why not.
	Outcome string `json:"outcome"`
}

// A Document is named, and known by its digest, lower-case hex.
type Document struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	// Function is what made a digest that is no SHA-256: "SHA-384", "SHA-512".
	Function string `json:"function,omitempty"`
}

// An Entry is an act in the list.
type Entry struct {
	// Number counts from 1.
	Number uint64 `json:"number"`
	// Time is in UTC, by this machine's clock.
	Time time.Time `json:"time"`
	Act  Act       `json:"act"`
	// Before is the SHA-256 of the line before, in lower-case hex; empty in the first.
	Before string `json:"before"`
}

// Kinds of entries that the journal makes by itself.
const (
	KindKeyChanged = protocol.JournalKeyChanged
	KindBroken     = protocol.JournalSetAside // Act.Purpose names its folder
)

// Limits bound the journal's size.
type Limits struct {
	// Segment is the bytes after which a new segment begins, Segments how many are kept.
	Segment  int64
	Segments int
}

// DefaultLimits keep 64 MiB: some 100,000 acts.
var DefaultLimits = Limits{Segment: 4 << 20, Segments: 16}

// maxLine is the longest line in bytes.
const maxLine = 32 << 10

// Errors.
var (
	ErrBroken = errors.New("journal: it has been changed")
	ErrLarge  = fmt.Errorf("journal: an act of more than %d bytes", maxLine)
)

// A Journal is a list in a folder. Its methods may be called from several goroutines, and from several
// processes on the same folder.
type Journal struct {
	dir    string
	key    *device.Key
	limits Limits
	now    func() time.Time
}

// New returns the journal in dir, which is made with the first entry. Its heads are signed by key, the
// installation's; who only reads needs none.
func New(dir string, key *device.Key, limits Limits) *Journal {
	return &Journal{dir: dir, key: key, limits: limits, now: time.Now}
}

// Append adds an act and returns when it is on the disk, or else an error, and the list is as before.
func (j *Journal) Append(ctx context.Context, act Act) (Entry, error) {
	unlock, err := j.lock(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	e, err := j.end()
	if errors.Is(err, ErrBroken) {
		e, err = &end{}, moveAside(j.dir, j.now())
	}
	if err == nil {
		err = j.explain(ctx, e)
	}
	if err != nil {
		return Entry{}, err
	}
	return j.add(ctx, e, act.masked())
}

// explain adds what has to be known of what follows: that there was a broken list before it, however long ago that was
// set aside, or that another key signs from here on.
func (j *Journal) explain(ctx context.Context, e *end) error {
	act := Act{Outcome: string(protocol.OutcomeDone)}
	if e.head != nil {
		if e.head.public.Equal(j.key.Public().Signing) {
			return nil
		}
		act.Kind = KindKeyChanged
	} else {
		names, err := asides(j.dir)
		if err != nil || len(names) == 0 {
			return err
		}
		act.Kind, act.Purpose = KindBroken, names[len(names)-1]
	}
	_, err := j.add(ctx, e, act)
	return err
}

// add writes one entry at the end, and moves the end behind it.
func (j *Journal) add(ctx context.Context, e *end, act Act) (Entry, error) {
	entry := Entry{Number: e.number + 1, Time: j.now().UTC().Truncate(time.Millisecond), Act: act, Before: e.digest}
	line, err := json.Marshal(entry)
	if err != nil {
		return Entry{}, err
	}
	if len(line) > maxLine {
		return Entry{}, ErrLarge
	}
	segment, offset := e.segment, e.offset
	if segment == "" || offset >= j.limits.Segment {
		segment, offset = segmentName(entry.Number), 0
	}
	h, err := newHead(ctx, j.key, entry.Number, digest(line), offset)
	if err != nil {
		return Entry{}, err
	}
	undo, err := writeLine(j.dir, segment, offset, line)
	if err != nil {
		return Entry{}, err
	}
	if err := h.write(j.dir); err != nil {
		undo()
		return Entry{}, err
	}
	// Whether the names stay is not known if this fails, so the line must: a head without it is a broken list.
	if err := j.syncNames(e.head == nil); err != nil {
		return Entry{}, err
	}
	*e = end{head: h, number: h.Number, digest: h.Digest, segment: segment, offset: offset + int64(len(line)) + 1}
	j.thin()
	return entry, nil
}

// syncNames brings the files' names to the disk, at the beginning of a list that of the folder as well, and of the key
// beside it, which may be as new.
func (j *Journal) syncNames(beginning bool) error {
	err := syncFolder(j.dir)
	if err == nil && beginning {
		err = syncFolder(filepath.Dir(j.dir))
	}
	return err
}

// lock keeps every other Journal on the folder out until unlock is called.
func (j *Journal) lock(ctx context.Context) (unlock func(), err error) {
	return lock.File(ctx, filepath.Join(j.dir, "lock"))
}

// thin removes the oldest segments beyond the limit. What cannot be removed is by a later Append: that is no reason to
// say of an entry that it is not there.
func (j *Journal) thin() {
	names, err := segments(j.dir)
	if err != nil {
		return
	}
	for _, name := range names[:max(0, len(names)-j.limits.Segments)] {
		_ = os.Remove(filepath.Join(j.dir, name))
	}
}

// digest is a line's, without its end of line.
func digest(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
