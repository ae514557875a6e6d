// Package font has the font of visible signatures: Noto Sans, with the letters of Turkish and of the other languages of Latin
// script. Of it, a PDF gets the glyphs that it shows.
//
// The file is trusted, as code is: it is part of this program, and the tests read all of it.
package font

import (
	"cmp"
	_ "embed"
	"encoding/binary"
	"fmt"
	"slices"
)

//go:embed NotoSans.ttf
var file []byte

// UnitsPerEm is how many units of the font are as long as the size of the text.
const UnitsPerEm = 1000

// What a PDF's font descriptor says of the font, in its units (ISO 32000-2, table 120).
const (
	Name      = "NotoSans"
	Ascent    = 1069
	Descent   = -293
	CapHeight = 714
	StemV     = 80
)

// Box is the rectangle that holds every glyph.
var Box = [4]int{-621, -389, 2800, 1067}

// tables are those of the file by their tags (OpenType, "Font tables").
var tables = readTables(file)

func readTables(file []byte) map[string][]byte {
	out := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		record := file[12+16*i:]
		offset, length := binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:])
		out[string(record[:4])] = file[offset : offset+length]
	}
	return out
}

func u16(b []byte, i int) int { return int(binary.BigEndian.Uint16(b[2*i:])) }

// glyphs are the font's glyphs by character.
var glyphs = readCharacters(tables["cmap"])

// readCharacters reads a character map of format 4, which is that of the file's first record.
func readCharacters(cmap []byte) map[rune]int {
	table := cmap[binary.BigEndian.Uint32(cmap[8:]):]
	segments := u16(table, 3) / 2
	ends, starts := table[14:], table[16+2*segments:]
	deltas, offsets := starts[2*segments:], starts[4*segments:]
	out := map[rune]int{}
	for i := range segments {
		for c := u16(starts, i); c <= u16(ends, i) && c != 0xffff; c++ {
			glyph := c
			if offset := u16(offsets, i); offset != 0 {
				glyph = u16(offsets[2*i+offset:], c-u16(starts, i))
			}
			out[rune(c)] = (glyph + u16(deltas, i)) & 0xffff
		}
	}
	return out
}

// Has says whether the font has a glyph for c.
func Has(c rune) bool { return glyphs[c] != 0 }

// advance returns how far a glyph moves the pen, in units.
func advance(glyph int) int {
	last := u16(tables["hhea"], 17) - 1
	return u16(tables["hmtx"], 2*min(glyph, last))
}

// Width returns the length of text in units. Characters without a glyph count as the box that is shown in their place.
func Width(text string) int {
	n := 0
	for _, c := range text {
		n += advance(glyphs[c])
	}
	return n
}

// Subset is the part of the font that some text needs.
type Subset struct {
	// Program is a TrueType font with these glyphs alone.
	Program []byte
	// Characters has what each glyph shows, by its number in Program; 0 where that is nothing by itself: the box in place of what
	// the font does not have, and parts of other glyphs.
	Characters []rune
	// Widths are by glyph, in units.
	Widths []int

	numbers map[rune]int
}

// NewSubset returns the subset for these texts. The same characters give the same bytes, in whatever order they come.
func NewSubset(texts ...string) *Subset {
	var characters []rune
	for _, text := range texts {
		for _, c := range text {
			if Has(c) {
				characters = append(characters, c)
			}
		}
	}
	slices.Sort(characters)
	s := &Subset{numbers: map[rune]int{}}
	b := &builder{numbers: map[int]int{}}
	b.number(0)
	s.Characters = []rune{0}
	for _, c := range slices.Compact(characters) {
		s.numbers[c] = b.number(glyphs[c])
		s.Characters = append(s.Characters, c)
	}
	s.Program = b.program()
	for _, glyph := range b.glyphs {
		s.Widths = append(s.Widths, advance(glyph))
	}
	for len(s.Characters) < len(b.glyphs) {
		s.Characters = append(s.Characters, 0)
	}
	return s
}

// Encode returns text as numbers of glyphs, two bytes each.
func (s *Subset) Encode(text string) []byte {
	var out []byte
	for _, c := range text {
		out = binary.BigEndian.AppendUint16(out, uint16(s.numbers[c]))
	}
	return out
}

// A builder puts together the program of a subset. Its glyphs are numbered as they come.
type builder struct {
	numbers map[int]int // by their number in the whole font
	glyphs  []int
}

// number returns the new number of a glyph.
func (b *builder) number(glyph int) int {
	n, ok := b.numbers[glyph]
	if !ok {
		n = len(b.glyphs)
		b.numbers[glyph] = n
		b.glyphs = append(b.glyphs, glyph)
	}
	return n
}

// outline returns the description of a glyph; those that it is composed of get numbers, too (OpenType, "glyf").
func (b *builder) outline(glyph int) []byte {
	offsets := tables["loca"] // half of each offset: head.indexToLocFormat is 0
	outline := slices.Clone(tables["glyf"][2*u16(offsets, glyph) : 2*u16(offsets, glyph+1)])
	if len(outline) == 0 || int16(u16(outline, 0)) >= 0 {
		return outline
	}
	const wordArguments, scale, more, twoScales, matrix = 1, 8, 0x20, 0x40, 0x80
	for at := 10; ; {
		flags := u16(outline[at:], 0)
		binary.BigEndian.PutUint16(outline[at+2:], uint16(b.number(u16(outline[at:], 1))))
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return outline
		}
	}
}

// program returns the font file: the tables that a CIDFontType2 needs (ISO 32000-2, 9.9.1).
func (b *builder) program() []byte {
	var glyf, loca, hmtx []byte
	for i := 0; i < len(b.glyphs); i++ { // outline adds glyphs
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, b.outline(b.glyphs[i])...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = append(hmtx, b.metric(b.glyphs[i])...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(tables["head"]), slices.Clone(tables["hhea"]), slices.Clone(tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // checkSumAdjustment
	binary.BigEndian.PutUint16(head[50:], 1) // indexToLocFormat: whole offsets
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(b.glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(b.glyphs)))
	return assemble([]table{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}})
}

// metric returns the advance and the left side bearing of a glyph.
func (b *builder) metric(glyph int) []byte {
	count := u16(tables["hhea"], 17)
	bearing := 4*glyph + 2
	if glyph >= count {
		bearing = 4*count + 2*(glyph-count)
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(advance(glyph)))
	return append(out, tables["hmtx"][bearing:bearing+2]...)
}

type table struct {
	tag  string
	data []byte
}

// assemble writes a font of tables in the order of their tags, with the sums that readers check (OpenType, "Table directory").
func assemble(list []table) []byte {
	if !slices.IsSortedFunc(list, func(a, b table) int { return cmp.Compare(a.tag, b.tag) }) {
		panic(fmt.Sprintf("font: tables %v", list))
	}
	const entrySelector = 2 // 4 is the largest power of two in six tables
	out := []byte{0, 1, 0, 0, 0, byte(len(list)), 0, 4 * 16, 0, entrySelector, 0, byte(len(list)*16 - 4*16)}
	offset := 12 + 16*len(list)
	var body []byte
	headAt := 0
	for _, t := range list {
		if t.tag == "head" {
			headAt = offset + len(body)
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, sum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(offset+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xb1b0afba-sum(out))
	return out
}

// sum adds the words of a table.
func sum(data []byte) (n uint32) {
	for i := 0; i < len(data); i += 4 {
		var word [4]byte
		copy(word[:], data[i:])
		n += binary.BigEndian.Uint32(word[:])
	}
	return n
}
