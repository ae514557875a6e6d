// Package journal keeps the list of acts on this machine, done and refused: it only grows at its end, and a line that is
// changed or left out is noticed.
//
// # The chain
//
// Each entry is a line of JSON that holds the digest of the line before it. The head, in a file beside them, holds number and
// digest of the oldest and of the newest line, signed by the device key (package device) at every entry. Without that key, a
// line that is changed, removed or added, at either end or in between, is noticed. A head that another key has signed is not
// this list's.
//
// # Rollback
//
// If an older state of all files is put back at once, lines and head, a counter in the TPM shows it (see count): the head
// names what the counter says. Without a TPM, or with one that does not count, that is not noticed. Nowhere noticed is what a
// program does that runs as the person, and may use the key as the host does.
//
// # Nothing acknowledged is lost
//
// Append returns when line and head are on the disk. A crash in between leaves a line, or a part of one, behind the head;
// it was not acknowledged. But an older head that is put back leaves lines behind it as well, and those were acknowledged. So
// all lines that are chained to the head's are kept, and the next Append adds an entry that names those that no head has
// signed. A part of a line is dropped. A full disk is an error of Append, and the list stays as it was.
//
// Files that do not belong together, a list that another key has signed, and whatever stands in a file's place are set aside
// as a whole, in a folder of their own, and a new list begins with an entry that says so: a broken file must neither keep
// the person from signing, nor be forgotten.
//
// # Size
//
// Lines lie in segments, files named after their first entry. When there are too many, the oldest is removed, after the whole
// list was verified, so that a fault in it is not forgotten with the segment, and after the head names the first line of the
// next segment as the oldest.
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
	"path/filepath"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/lock"
)

// An Act is what happened.
type Act struct {
	// Origin is the site's that asked; empty for an act of the settings page.
	Origin  string `json:"origin,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	// Documents are those that were to be signed, Format what was to be made of them: "cades", ….
	Documents []Document `json:"documents,omitempty"`
	Format    string     `json:"format,omitempty"`
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
	KindKeyChanged = protocol.JournalKeyChanged // Act.Purpose names the folder of the list that another key has signed
	KindBroken     = protocol.JournalSetAside   // Act.Purpose names the folder of what was set aside
	KindUnproven   = protocol.JournalUnproven   // Act.Purpose is a span: "3-10"
	KindRolledBack = protocol.JournalRolledBack // Act.Purpose has both counts
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

// New returns the journal in dir, a folder that the first entry creates. Its heads are signed by key, the installation's; to
// read, key may be nil.
func New(dir string, key *device.Key, limits Limits) *Journal {
	return &Journal{dir: dir, key: key, limits: limits, now: time.Now}
}

// Fitting returns how many of the first documents fit into one act's entry, whatever else the act has: one at least.
func Fitting(documents []Document) int {
	room := maxLine - 10<<10
	for i, d := range documents {
		line, err := json.Marshal(d)
		if room -= len(line) + len(","); i > 0 && (err != nil || room < 0) {
			return i
		}
	}
	return len(documents)
}

// Append adds an act and returns when it is on the disk. After an error the list is as before.
func (j *Journal) Append(ctx context.Context, act Act) (Entry, error) {
	if err := j.setFolderAside(ctx); err != nil {
		return Entry{}, err
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	e, findings, err := j.resume(ctx)
	if err != nil {
		return Entry{}, err
	}
	setAside := e.head == nil && len(findings) > 0
	counting, more := j.readCounter(ctx, e, setAside)
	for _, found := range append(findings, more...) {
		if _, err := j.add(ctx, e, counting, found); err != nil {
			return Entry{}, err
		}
	}
	return j.add(ctx, e, counting, act.masked())
}

// add writes one entry at the end, and moves the end behind it.
func (j *Journal) add(ctx context.Context, e *end, c *counting, act Act) (Entry, error) {
	entry := Entry{Number: e.number + 1, Time: j.now().UTC().Truncate(time.Millisecond), Act: act, Before: e.digest}
	line, err := json.Marshal(entry)
	if err != nil {
		return Entry{}, err
	}
	if len(line) > maxLine {
		return Entry{}, ErrLarge
	}
	next, err := j.endAfter(e, mark{entry.Number, digest(line)})
	if err != nil {
		return Entry{}, err
	}
	h := &head{First: next.first, Number: next.number, Digest: next.digest, Offset: next.offset, Counter: c.next(j.now())}
	if err := h.sign(ctx, j.key); err != nil {
		return Entry{}, err
	}
	undo, err := writeLine(j.dir, next.segment, next.offset, line)
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
	if c.increment(ctx, h.Counter) {
		h = j.rewriteHead(ctx, h, c.count)
	}
	next.head = h
	next.line = next.offset
	next.offset += int64(len(line)) + 1
	*e = next
	j.removeExpired(e)
	return entry, nil
}

// rewriteHead writes a head again with the number of the counter, which has begun. The entry is on the disk already: if the
// write fails the head stays as it is, and the next entry's head names the number.
func (j *Journal) rewriteHead(ctx context.Context, h *head, c *count) *head {
	again := *h
	again.Counter = c
	if again.sign(ctx, j.key) != nil || again.write(j.dir) != nil || atomicfile.SyncFolder(j.dir) != nil {
		return h
	}
	return &again
}

// endAfter returns the end after one more line, with the offset at which that begins. A new segment replaces the oldest if
// there are as many as allowed: the head that names the first line of those that stay is written before any is removed.
func (j *Journal) endAfter(e *end, line mark) (end, error) {
	next := *e
	next.number, next.digest = line.Number, line.Digest
	if e.first == nil {
		next.first = &line
	}
	if e.segment != "" && e.offset < j.limits.Segment {
		return next, nil
	}
	next.segment, next.offset = segmentName(line.Number), 0
	kept := slices.DeleteFunc(slices.Clone(e.segments), func(name string) bool { return first(name) < next.first.Number })
	if over := len(kept) + 1 - j.limits.Segments; over >= len(kept) && over > 0 {
		next.first = &line
	} else if over > 0 {
		oldest, err := markOf(j.dir, kept[over])
		if err != nil {
			return end{}, err
		}
		next.first = oldest
	}
	next.segments = append(slices.Clone(e.segments), next.segment)
	return next, nil
}

// syncNames brings the files' names to the disk, at the beginning of a list that of the folder as well, and of the key
// beside it, which may be as new, and those of the folders above, as far as they can be opened.
func (j *Journal) syncNames(beginning bool) error {
	err := atomicfile.SyncFolder(j.dir)
	if err != nil || !beginning {
		return err
	}
	folder := filepath.Dir(j.dir)
	err = atomicfile.SyncFolder(folder)
	for range 2 { // machines/, and the installation's
		folder = filepath.Dir(folder)
		_ = atomicfile.SyncFolder(folder)
	}
	return err
}

// Ready returns why an entry could not be written, as far as that can be known beforehand, so that nothing is signed in
// vain.
func (j *Journal) Ready(ctx context.Context) error {
	if err := j.setFolderAside(ctx); err != nil {
		return err
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return err
	}
	unlock()
	return nil
}

// lock excludes every other Journal on the folder until unlock is called.
func (j *Journal) lock(ctx context.Context) (unlock func(), err error) {
	return lock.File(ctx, filepath.Join(j.dir, "lock"))
}

// digest is a line's, without its end of line.
func digest(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
