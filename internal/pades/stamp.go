package pades

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pades/font"
	"github.com/e-onay/e-onay/internal/pdf"
)

// appearance adds the normal appearance of the annotation: empty where the signature is invisible (PDF/A wants one all the same).
func (e *editor) appearance(p *place, s ades.Signer, o Options) (pdf.Ref, error) {
	dict := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "Resources": pdf.Dict{}}
	if !p.isVisible() {
		dict["BBox"] = pdf.Rectangle{}.Array()
		return e.update.Add(&pdf.NewStream{Dict: dict}), nil
	}
	width, height := p.rect.Width(), p.rect.Height()
	if p.page.Rotate%180 != 0 {
		width, height = height, width
	}
	dict["BBox"] = pdf.Rectangle{X1: width, Y1: height}.Array()
	dict["Matrix"] = upright(p.page.Rotate)
	var picture *picture
	if o.Stamp != nil && o.Stamp.Image != nil {
		var err error
		if picture, err = decodePicture(o.Stamp.Image); err != nil {
			return pdf.Ref{}, err
		}
	}
	l, err := arrange(width, height, stampLines(s, o), picture)
	if err != nil {
		return pdf.Ref{}, err
	}
	subset := font.NewSubset(l.lines...)
	resources := pdf.Dict{"Font": pdf.Dict{"F": subset.Embed(e.update.Add)}, "ColorSpace": pdf.Dict{"Ink": calGray()}}
	if picture != nil {
		resources["XObject"] = pdf.Dict{"Image": e.update.Add(picture.stream())}
	}
	dict["Resources"] = resources
	return e.update.Add(&pdf.NewStream{Dict: dict, Data: l.content(subset)}), nil
}

// upright is the matrix that turns an appearance against the page's own turn. The reader moves it into the annotation's rectangle
// (ISO 32000-2, 12.5.5).
func upright(rotate int) pdf.Array {
	m := map[int][4]pdf.Integer{0: {1, 0, 0, 1}, 90: {0, 1, -1, 0}, 180: {-1, 0, 0, -1}, 270: {0, -1, 1, 0}}[rotate]
	return pdf.Array{m[0], m[1], m[2], m[3], pdf.Integer(0), pdf.Integer(0)}
}

// White of D65, for colours that look the same in every reader; PDF/A lets a document without an output intent have no others.
func whitePoint() pdf.Array { return pdf.Array{pdf.Real("0.9505"), pdf.Integer(1), pdf.Real("1.089")} }

func calGray() pdf.Array {
	return pdf.Array{pdf.Name("CalGray"), pdf.Dict{"WhitePoint": whitePoint(), "Gamma": pdf.Real("2.2")}}
}

// stampLines are what a stamp says: who, when, why.
func stampLines(s ades.Signer, o Options) []string {
	lines := []string{s.Certificate.Subject.CommonName, s.Time.In(stampZone).Format("02.01.2006 15:04:05 -07:00")}
	if o.Reason != "" {
		lines = append(lines, o.Reason)
	}
	for i, line := range lines {
		lines[i] = shown(line)
	}
	return lines
}

// shown returns text in composed letters and on one line. What the font does not have stands as the box of a missing letter.
func shown(text string) string {
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}

// layout is where the parts of a stamp stand, from its lower left corner.
type layout struct {
	lines     []string
	size      float64 // of the text
	left, top float64 // of the text
	picture   *picture
	frame     pdf.Rectangle // of the picture
}

const (
	padding     = 3.0 // units around text and image
	lineHeight  = 1.25
	largestText = 12.0
	leastText   = 4.0
)

// arrange puts an image to the left, at most two fifths of the width, and the text to its right as large as it fits.
func arrange(width, height float64, lines []string, picture *picture) (*layout, error) {
	l := &layout{left: padding, top: height - padding, picture: picture}
	if picture != nil {
		room := pdf.Rectangle{X0: padding, Y0: padding, X1: width * 2 / 5, Y1: height - padding}
		scale := min(room.Width()/float64(picture.width), room.Height()/float64(picture.height))
		w, h := scale*float64(picture.width), scale*float64(picture.height)
		bottom := (height - h) / 2
		l.frame = pdf.Rectangle{X0: padding, Y0: bottom, X1: padding + w, Y1: bottom + h}
		l.left = l.frame.X1 + padding
	}
	for l.size = largestText; l.size >= leastText; l.size -= 0.5 {
		l.lines = nil
		for _, line := range lines {
			l.lines = append(l.lines, font.Wrap(line, int((width-l.left-padding)/l.size*font.UnitsPerEm))...)
		}
		if float64(len(l.lines))*l.size*lineHeight <= height-2*padding {
			return l, nil
		}
	}
	return nil, invalid("an area of %.1f by %.1f is too small for the stamp's text", width, height)
}

// content writes what draws the stamp (ISO 32000-2, 8.8 and 9.4).
func (l *layout) content(s *font.Subset) []byte {
	var b bytes.Buffer
	if l.picture != nil {
		fmt.Fprintf(&b, "q %s 0 0 %s %s %s cm /Image Do Q\n", pdf.RealOf(l.frame.Width()), pdf.RealOf(l.frame.Height()), pdf.RealOf(l.frame.X0), pdf.RealOf(l.frame.Y0))
	}
	ascent := l.size * font.Ascent / font.UnitsPerEm
	fmt.Fprintf(&b, "BT /Ink cs 0 sc /F %s Tf %s TL %s %s Td\n", pdf.RealOf(l.size), pdf.RealOf(l.size*lineHeight), pdf.RealOf(l.left), pdf.RealOf(l.top-ascent))
	for _, line := range l.lines {
		fmt.Fprintf(&b, "<%x> Tj T*\n", s.Encode(line))
	}
	b.WriteString("ET\n")
	return b.Bytes()
}
