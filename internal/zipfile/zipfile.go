// Package zipfile reads zip archives (APPNOTE.TXT 6.3.10, ISO/IEC 21320-1) that come from hostile hands, so that two
// programs which read the same archive see the same files: what a person signs is then what another program opens.
//
// # What is refused
//
// An archive is a row of entries without a gap, then one central directory, then its end record and nothing more. Each
// local header says the same as the directory: name, method, flags, sizes and CRC-32. Refused are archives
//   - with bytes before, between or after what the directory names, or with entries that overlap;
//   - with a name twice, also where the two differ only in case, Unicode normalisation or trailing dots and spaces, which
//     are one file on some systems; or with a file whose name is a folder of another;
//   - with a name that leads out of a folder, is absolute, or has a backslash, a colon, a control or format character;
//   - with names in another encoding than UTF-8, links, encryption, several disks, or methods other than stored and deflate;
//   - that unpack to more than MaxUnpacked, or to more than their own size makes plausible.
//
// There is no allowance for bytes that belong to nothing. An archive comment may be there, since ASiC writes its media type
// into one (ETSI EN 319 162-1, A.1).
//
// Every refusal carries fault.ContainerMalformed. A Reader is safe for concurrent use, as far as its io.ReaderAt is.
package zipfile

import (
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
)

// Limits on an archive, beside those of the format.
const (
	MaxEntries   = 10_000
	MaxName      = 1 << 10 // bytes of UTF-8
	MaxUnpacked  = 4 << 30 // bytes of all entries together
	maxDepth     = 64      // folders in a name
	maxDirectory = 8 << 20 // bytes of the central directory, which is held in memory

	// What is deflated may unpack to plausibleRatio times the archive's size and plausibleRest besides: DEFLATE itself
	// reaches 1032 to 1, documents stay far below.
	plausibleRatio = 100
	plausibleRest  = 64 << 20
)

// Reader is an archive whose structure has been checked. The contents of its entries are checked as they are read.
type Reader struct {
	// Entries are in the order in which they lie in the archive.
	Entries []*Entry
	// Comment is the archive's, as it stands there.
	Comment string

	byName map[string]*Entry
}

// Open checks the structure of an archive of size bytes. It reads the central directory and the local headers.
func Open(r io.ReaderAt, size int64) (*Reader, error) {
	end, err := findEnd(r, size)
	if err != nil {
		return nil, err
	}
	entries, err := readDirectory(r, end)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(entries, func(a, b *Entry) int { return int(min(1, max(-1, a.Offset-b.Offset))) })
	if err := checkTiling(r, entries, end); err != nil {
		return nil, err
	}
	if err := checkUnpacked(entries, size); err != nil {
		return nil, err
	}
	out := &Reader{Entries: entries, Comment: end.comment, byName: make(map[string]*Entry, len(entries))}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
		out.byName[e.Name] = e
	}
	if err := CheckNames(names); err != nil {
		return nil, err
	}
	return out, nil
}

// Lookup returns the entry of exactly this name, or nil.
func (r *Reader) Lookup(name string) *Entry { return r.byName[name] }

// checkUnpacked bounds what all entries say they unpack to. Entry.Open holds them to it.
func checkUnpacked(entries []*Entry, size int64) error {
	var total, deflated int64
	for _, e := range entries {
		if e.Size > MaxUnpacked {
			return malformed("%q unpacks to %d bytes", e.Name, e.Size)
		}
		total += e.Size
		if e.Method == Deflate {
			deflated += e.Size
		}
	}
	if total > MaxUnpacked {
		return malformed("unpacks to %d bytes, over the limit of %d", total, int64(MaxUnpacked))
	}
	if plausible := size*plausibleRatio + plausibleRest; deflated > plausible {
		return malformed("%d bytes unpack to %d", size, deflated)
	}
	return nil
}

// malformed returns an error with fault.ContainerMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.ContainerMalformed, "zip: "+format, args...)
}

// readAt fills p from r.
func readAt(r io.ReaderAt, p []byte, offset int64, what string) error {
	n, err := r.ReadAt(p, offset)
	if n < len(p) {
		return malformed("%s: %w", what, err)
	}
	return nil
}
