package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// Sizes in a compound file of version 3 (MS-CFB, 2.2), which an installer is.
const (
	sectorSize     = 512
	miniSectorSize = 64
	miniLimit      = 4096 // a stream of this size or more lies in sectors of its own
	entrySize      = 128
)

var errCompound = errors.New("what wixl has written is no compound file of version 3")

// streamOf returns an installer from the first byte of a stream on; the stream need not go on in one piece.
func streamOf(installer []byte, name string) ([]byte, error) {
	if len(installer) < sectorSize || binary.LittleEndian.Uint16(installer[0x1e:]) != 9 {
		return nil, errCompound
	}
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(installer[at:]) }
	sector := func(n uint32) ([]byte, error) {
		at := (int(n) + 1) * sectorSize
		if at < 0 || at+sectorSize > len(installer) {
			return nil, errCompound
		}
		return installer[at:], nil
	}
	next := func(n uint32) (uint32, error) {
		const perSector = sectorSize / 4
		if n/perSector >= 109 { // more than the header lists, 7 MB
			return 0, errCompound
		}
		table, err := sector(number(0x4c + 4*int(n/perSector)))
		if err != nil {
			return 0, err
		}
		return binary.LittleEndian.Uint32(table[4*(n%perSector):]), nil
	}
	follow := func(n uint32, steps int) (uint32, error) {
		var err error
		for range steps {
			if n, err = next(n); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	directory := number(0x30)
	root := uint32(0)
	for i := range 1024 {
		n, err := follow(directory, i*entrySize/sectorSize)
		if err != nil {
			return nil, err
		}
		entries, err := sector(n)
		if err != nil {
			return nil, err
		}
		entry := entries[i*entrySize%sectorSize:]
		start, size := binary.LittleEndian.Uint32(entry[0x74:]), binary.LittleEndian.Uint32(entry[0x78:])
		if i == 0 {
			root = start
		}
		if nameOf(entry) != name {
			continue
		}
		if size >= miniLimit {
			return sector(start)
		}
		at := int(start) * miniSectorSize
		if n, err = follow(root, at/sectorSize); err != nil {
			return nil, err
		}
		found, err := sector(n)
		if err != nil {
			return nil, err
		}
		return found[at%sectorSize:], nil
	}
	return nil, fmt.Errorf("no stream %q: %w", name, errCompound)
}

func nameOf(entry []byte) string {
	length := min(binary.LittleEndian.Uint16(entry[0x40:]), 64) / 2
	units := make([]uint16, max(length, 1)-1)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(entry[2*i:])
	}
	return string(utf16.Decode(units))
}
