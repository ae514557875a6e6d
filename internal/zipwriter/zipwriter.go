// Package zipwriter puts zip archives together of pieces: what is in a document stays a span of it, so that an archive of
// 1 GiB costs no memory. Files are stored without compression. An archive that is there already is continued by copying its
// entries, each byte for byte with its header.
//
// What it makes, internal/zipfile reads; ZIP64 is not written, so an archive has less than 4 GiB.
package zipwriter

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// Archive is an archive in the making. Its zero value is empty. It is not safe for concurrent use.
type Archive struct {
	pieces    ades.Pieces
	size      int64
	directory []byte
	names     []string
	err       error // the first
}

// AddBytes adds a file that is new.
func (a *Archive) AddBytes(name string, content []byte, modified time.Time) {
	a.addHeader(name, int64(len(content)), crc32.ChecksumIEEE(content), modified)
	if len(content) > 0 {
		a.add(ades.Piece{Bytes: content})
	}
}

// AddDocument adds the document at place among those that are signed. sum is its CRC-32 (IEEE).
func (a *Archive) AddDocument(name string, place int, d ades.Document, sum uint32, modified time.Time) {
	a.addHeader(name, d.Size, sum, modified)
	a.add(ades.Whole(place, d))
}

// Copy adds an entry of the archive that is the document at place.
func (a *Archive) Copy(e *zipfile.Entry, place int) {
	record, err := e.RecordAt(uint32(min(a.size, math.MaxUint32)))
	if err != nil && a.err == nil {
		a.err = err
	}
	a.names = append(a.names, e.Name)
	a.directory = append(a.directory, record...)
	a.add(ades.Piece{Document: place, Offset: e.Offset, Length: e.Length})
}

// Pieces returns the whole archive. A name that internal/zipfile refuses gives fault.ContainerMalformed, an archive that is
// too large fault.RequestTooLarge.
func (a *Archive) Pieces(comment string) (ades.Pieces, error) {
	if a.err != nil {
		return nil, a.err
	}
	for _, name := range a.names {
		if err := zipfile.CheckName(name); err != nil {
			return nil, err
		}
	}
	if err := zipfile.CheckNames(a.names); err != nil {
		return nil, err
	}
	if len(a.names) > zipfile.MaxEntries || a.size+int64(len(a.directory)) >= math.MaxUint32 || len(comment) > math.MaxUint16 {
		return nil, fault.Errorf(fault.RequestTooLarge, "zip: %d files of %d bytes", len(a.names), a.size)
	}
	end := binary.LittleEndian.AppendUint32(a.directory[:len(a.directory):len(a.directory)], 0x06054b50) // APPNOTE 4.3.16
	end = append16(end, 0, 0, uint16(len(a.names)), uint16(len(a.names)))
	end = append32(end, uint32(len(a.directory)), uint32(a.size))
	end = append(append16(end, uint16(len(comment))), comment...)
	return append(a.pieces[:len(a.pieces):len(a.pieces)], ades.Piece{Bytes: end}), nil
}

// addHeader adds a local header (APPNOTE 4.3.7) and its record in the directory (4.3.12).
func (a *Archive) addHeader(name string, size int64, sum uint32, modified time.Time) {
	if size >= math.MaxUint32 && a.err == nil {
		a.err = fault.Errorf(fault.RequestTooLarge, "zip: a file of %d bytes", size)
	}
	const version, utf8 = 20, 1 << 11
	var flags uint16
	for i := range len(name) {
		if name[i] > 127 {
			flags = utf8
		}
	}
	common := append16(nil, version, flags, 0)
	common = append32(common, dosTime(modified), sum, uint32(size), uint32(size))
	common = append16(common, uint16(len(name)), 0)

	a.directory = append16(append32(a.directory, 0x02014b50), version)
	a.directory = append(a.directory, common...)
	a.directory = append16(a.directory, 0, 0, 0)
	a.directory = append32(a.directory, 0, uint32(min(a.size, math.MaxUint32)))
	a.directory = append(a.directory, name...)
	a.names = append(a.names, name)
	a.add(ades.Piece{Bytes: append(append(append32(nil, 0x04034b50), common...), name...)})
}

// add appends a piece, joined with the one before where the two are one span of a document.
func (a *Archive) add(p ades.Piece) {
	a.size += p.Size()
	if last := len(a.pieces) - 1; last >= 0 && p.Bytes == nil {
		before := &a.pieces[last]
		if before.Bytes == nil && before.Document == p.Document && before.Offset+before.Length == p.Offset {
			before.Length += p.Length
			return
		}
	}
	a.pieces = append(a.pieces, p)
}

// dosTime writes date and time as MS-DOS does (APPNOTE 4.4.6): in UTC here, from 1980 to 2107, in steps of two seconds.
func dosTime(t time.Time) uint32 {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	date := (t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()
	clock := t.Hour()<<11 | t.Minute()<<5 | t.Second()/2
	return uint32(date)<<16 | uint32(clock)
}

func append16(out []byte, values ...uint16) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out
}

func append32(out []byte, values ...uint32) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}
