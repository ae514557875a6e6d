package font

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/pdf"
)

// Embed adds a composite font of the subset's glyphs (ISO 32000-2, 9.7): embedded, with the characters that it shows and, for
// PDF/A-1, the set of its glyphs.
func (s *Subset) Embed(add func(pdf.Object) pdf.Ref) pdf.Ref {
	name := pdf.Name(subsetTag(s.Program) + "+" + Name)
	all := bytes.Repeat([]byte{0xff}, len(s.Widths)/8)
	if rest := len(s.Widths) % 8; rest > 0 {
		all = append(all, byte(0xff<<(8-rest)))
	}
	widths := pdf.Array{}
	for _, w := range s.Widths {
		widths = append(widths, pdf.Integer(w))
	}
	box := pdf.Array{}
	for _, v := range Box {
		box = append(box, pdf.Integer(v))
	}
	program := pdf.Compressed(s.Program)
	program.Dict["Length1"] = pdf.Integer(len(s.Program))
	const symbolic = 4
	descriptor := add(pdf.Dict{
		"Type": pdf.Name("FontDescriptor"), "FontName": name, "Flags": pdf.Integer(symbolic), "FontBBox": box, "ItalicAngle": pdf.Integer(0),
		"Ascent": pdf.Integer(Ascent), "Descent": pdf.Integer(Descent), "CapHeight": pdf.Integer(CapHeight), "StemV": pdf.Integer(StemV),
		"FontFile2": add(program), "CIDSet": add(pdf.Compressed(all)),
	})
	descendant := add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType2"), "BaseFont": name, "FontDescriptor": descriptor,
		"CIDSystemInfo": pdf.Dict{"Registry": pdf.String("Adobe"), "Ordering": pdf.String("Identity"), "Supplement": pdf.Integer(0)},
		"CIDToGIDMap":   pdf.Name("Identity"), "W": pdf.Array{pdf.Integer(0), widths},
	})
	return add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": name, "Encoding": pdf.Name("Identity-H"),
		"DescendantFonts": pdf.Array{descendant}, "ToUnicode": add(pdf.Compressed(toUnicode(s.Characters))),
	})
}

// subsetTag is six capital letters that name the subset (ISO 32000-2, 9.9.2).
func subsetTag(program []byte) string {
	sum := sha256.Sum256(program)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

// toUnicode writes the map from glyphs to characters (ISO 32000-2, 9.10.3), for search and screen readers.
func toUnicode(characters []rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n")
	var lines []string
	for glyph, c := range characters {
		if c != 0 {
			lines = append(lines, fmt.Sprintf("<%04x> <%04x>\n", glyph, c)) // the font has no characters beyond the first plane
		}
	}
	const together = 100 // the most that one bfchar may have
	for len(lines) > 0 {
		n := min(len(lines), together)
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", n, strings.Join(lines[:n], ""))
		lines = lines[n:]
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// Wrap breaks a line between words, and words that are longer than a line between letters; width is in units of the font.
func Wrap(line string, width int) []string {
	var out []string
	current := ""
	for word := range strings.SplitSeq(line, " ") {
		joined := word
		if current != "" {
			joined = current + " " + word
		}
		if Width(joined) <= width {
			current = joined
			continue
		}
		if current != "" {
			out = append(out, current)
		}
		broken := breakWord(word, width)
		out = append(out, broken[:len(broken)-1]...)
		current = broken[len(broken)-1]
	}
	return append(out, current)
}

// breakWord returns the parts of a word, each as long as a line has room for, and of one letter at least.
func breakWord(word string, width int) []string {
	var out []string
	current := ""
	for _, c := range word {
		if current != "" && Width(current+string(c)) > width {
			out = append(out, current)
			current = ""
		}
		current += string(c)
	}
	return append(out, current)
}
