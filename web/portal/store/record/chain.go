// Package record is what the portal's record is in whatever database it lies: the bytes that the chain digests, the items of evidence, and
// how an audit goes through them. A record that is copied from one database to another has the same chain.
package record

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Kinds of entries.
const (
	Act     = "act"
	Refusal = "refusal"
	Release = "release"
	Report  = "report"
	Login   = "login"

	Approval    = "approval"     // an act that approves an application by a signature
	Application = "application"  // one change of it
	Payment     = "payment"      // one version of one
	Role        = "role"         // one change of one
	Institution = "institution"  // one change of one
	Officer     = "officer"      // one change of who is one
	Decision    = "decision"     // what was asked
	DecisionEnd = "decision_end" // how it ended, with what it changed
)

// Kinds are all kinds of entries.
var Kinds = []string{Act, Refusal, Release, Report, Login, Approval, Application, Payment, Role, Institution, Officer, Decision, DecisionEnd}

// Domains of the digests, so that none can be taken for another.
const (
	entryDomain = "tr.eonay.entry v1\n"
	linkDomain  = "tr.eonay.link v1\n"
)

// ErrNoRow means that what an entry is about is not there, ErrNoKind that the program does not know what it is about.
var (
	ErrNoRow  = errors.New("store: it is not there")
	ErrNoKind = errors.New("store: an entry of an unknown kind")
)

// ApplicationVersion is the kind of the digest of an application's row as it is at one version. No entry is of that kind.
const ApplicationVersion = "application version"

// Link is a row of the chain.
type Link struct {
	Number          int64
	Kind, Reference string
	Before          int64 // 1 where its rows are older than the chain, else 0; another number breaks the link
	Digest          []byte
	Link            store.Link
}

// Next is the link of an entry after another.
func (l *Link) Next(previous store.Link) store.Link {
	h := sha256.New()
	h.Write([]byte(linkDomain))
	h.Write(previous[:])
	h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(l.Number)), uint64(l.Before)))
	writeBytes(h, []byte(l.Kind))
	writeBytes(h, []byte(l.Reference))
	writeBytes(h, l.Digest)
	return store.Link(h.Sum(nil))
}

// Digest is SHA-256 over the rows of an entry: each value with its type and its length.
type Digest struct{ hash hash.Hash }

// NewDigest begins the digest of an entry.
func NewDigest(kind string) Digest {
	h := sha256.New()
	h.Write([]byte(entryDomain))
	writeBytes(h, []byte(kind))
	return Digest{h}
}

// Query adds that the rows of a query follow, each with so many columns.
func (d Digest) Query(columns int) { d.hash.Write([]byte{'q', byte(columns)}) }

// Row adds a row.
func (d Digest) Row(values []any) error {
	d.hash.Write([]byte{'r'})
	for _, value := range values {
		if err := writeValue(d.hash, value); err != nil {
			return err
		}
	}
	return nil
}

// Sum is the digest of all that was added.
func (d Digest) Sum() []byte { return d.hash.Sum(nil) }

// writeValue writes a value of one of the types that the record's columns have: the databases have others, the record has not.
func writeValue(h hash.Hash, value any) error {
	switch value := value.(type) {
	case nil:
		h.Write([]byte{'n'})
	case int64:
		h.Write(binary.BigEndian.AppendUint64([]byte{'i'}, uint64(value)))
	case string:
		h.Write([]byte{'t'})
		writeBytes(h, []byte(value))
	case []byte:
		h.Write([]byte{'b'})
		writeBytes(h, value)
	default:
		return fmt.Errorf("store: a value of type %T", value)
	}
	return nil
}

// writeBytes writes a value with its length before it.
func writeBytes(h hash.Hash, data []byte) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(data))))
	h.Write(data)
}
