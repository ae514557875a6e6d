// Package sheet writes PDFs of plain text on A4: headings, paragraphs, and facts, which are a label with its value. The text is in the
// embedded font of visible signatures (package font), selectable and searchable; a file has nothing beside its pages but the data that
// they were written from. The same content is always the same bytes.
package sheet

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"github.com/e-onay/e-onay/internal/pades/font"
	"github.com/e-onay/e-onay/internal/pdf"
)

// Sheet is what a file says.
type Sheet struct {
	Title    string
	Language string // of the text (BCP 47)
	At       time.Time
	Blocks   []Block
	// Foot stands at the bottom of each page, before the page's number.
	Foot string
	// Data are the data that the pages say in words, for programs; nil for none. No reader shows them: they are private data of the
	// application Owner (ISO 32000-2, 14.5).
	Data  []byte
	Owner string
}

// Block is a part of the text, one below the other. Lines of its text are lines of the page, as far as they fit.
type Block struct {
	Style Style
	Label string // of a Fact
	Text  string
}

// Style is how a block looks.
type Style int

// The styles.
const (
	Paragraph Style = iota
	Heading
	Subheading
	Fact
)

// The page, in points.
const (
	width, height = 595.0, 842.0
	margin        = 56.0
	labelWidth    = 170.0
	gap           = 12.0 // between label and value
	lineHeight    = 1.4
	footSize      = 8.5
)

var sizes = map[Style]float64{Paragraph: 10.5, Heading: 17, Subheading: 12.5, Fact: 10.5}

// before is the room above a block.
var before = map[Style]float64{Paragraph: 6, Heading: 0, Subheading: 14, Fact: 3}

// line is a piece of text at its place on a page.
type line struct {
	x, y, size float64
	text       string
}

// Bytes returns the file.
func (s *Sheet) Bytes() []byte {
	pages := s.layOut()
	var texts []string
	for i := range pages {
		pages[i] = append(pages[i], line{margin, margin / 2, footSize, visible(fmt.Sprintf("%s · %d / %d", s.Foot, i+1, len(pages)))})
		for _, l := range pages[i] {
			texts = append(texts, l.text)
		}
	}
	subset := font.NewSubset(texts...)
	file := &pdf.NewFile{}
	catalog, tree := file.Add(nil), file.Add(nil)
	resources := pdf.Dict{"Font": pdf.Dict{"F": subset.Embed(file.Add)}}
	kids := pdf.Array{}
	for _, lines := range pages {
		kids = append(kids, file.Add(pdf.Dict{
			"Type": pdf.Name("Page"), "Parent": tree, "Resources": resources, "Contents": file.Add(pdf.Compressed(content(lines, subset))),
			"MediaBox": pdf.Rectangle{X1: width, Y1: height}.Array(),
		}))
	}
	file.Set(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Integer(len(kids))})
	root := pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree, "Lang": pdf.String(s.Language), "ViewerPreferences": pdf.Dict{"DisplayDocTitle": true}}
	made := pdf.String(s.At.UTC().Format("D:20060102150405Z"))
	if s.Data != nil {
		root["PieceInfo"] = pdf.Dict{pdf.Name(s.Owner): pdf.Dict{"LastModified": made, "Private": file.Add(&pdf.NewStream{Dict: pdf.Dict{}, Data: s.Data})}}
	}
	file.Set(catalog, root)
	return file.Bytes(catalog, file.Add(pdf.Dict{"Title": textString(s.Title), "CreationDate": made, "ModDate": made}))
}

// layOut places the blocks on as many pages as they need.
func (s *Sheet) layOut() (pages [][]line) {
	y := 0.0
	next := func() {
		pages = append(pages, nil)
		y = height - margin
	}
	next()
	for _, b := range s.Blocks {
		size := sizes[b.Style]
		left, room := margin, width-2*margin
		var labels []string
		if b.Style == Fact {
			labels = wrap(b.Label, size, labelWidth)
			left, room = margin+labelWidth+gap, room-labelWidth-gap
		}
		values := wrap(b.Text, size, room)
		y -= before[b.Style]
		for i := range max(len(labels), len(values)) {
			if y-size*lineHeight < margin {
				next()
			}
			y -= size * lineHeight
			last := &pages[len(pages)-1]
			if i < len(labels) {
				*last = append(*last, line{margin, y, size, labels[i]})
			}
			if i < len(values) {
				*last = append(*last, line{left, y, size, values[i]})
			}
		}
	}
	return pages
}

// wrap breaks text into lines that fit.
func wrap(text string, size, room float64) (lines []string) {
	for one := range strings.SplitSeq(text, "\n") {
		lines = append(lines, font.Wrap(visible(one), int(room/size*font.UnitsPerEm))...)
	}
	return lines
}

// visible writes a text so that a reader sees each of its characters, since they sign what they see: letters are composed (NFC), white
// space is single spaces, and a character that has no glyph is written as its number.
func visible(text string) string {
	var b strings.Builder
	for _, c := range strings.Join(strings.Fields(norm.NFC.String(text)), " ") {
		if !font.Has(c) || unicode.Is(unicode.Cf, c) {
			fmt.Fprintf(&b, "[U+%04X]", c)
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// content writes what draws the lines (ISO 32000-2, 9.4).
func content(lines []line, s *font.Subset) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		fmt.Fprintf(&b, "BT /F %s Tf %s %s Td <%x> Tj ET\n", pdf.RealOf(l.size), pdf.RealOf(l.x), pdf.RealOf(l.y), s.Encode(l.text))
	}
	return b.Bytes()
}

// textString is text as document information has it: UTF-16 with its mark (ISO 32000-2, 7.9.2.2).
func textString(text string) pdf.String {
	out := []byte{0xfe, 0xff}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return pdf.String(out)
}
