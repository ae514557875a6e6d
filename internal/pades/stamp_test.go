package pades_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// seal is an image: a disc of teal, transparent around it.
func seal() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 120, 120))
	for y := range 120 {
		for x := range 120 {
			if math.Hypot(float64(x-60), float64(y-60)) < 55 {
				m.Set(x, y, color.NRGBA{0, 105, 110, 255})
			}
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// draw has mutool draw the first page, as it is shown, at a pixel a unit.
func draw(t *testing.T, file []byte) image.Image {
	t.Helper()
	path := pdftest.Write(t, file)
	out := filepath.Join(filepath.Dir(path), "page.png")
	if text, err := pdftest.Run(t, "mutool", "draw", "-r", "72", "-o", out, path, "1"); err != nil {
		t.Fatalf("mutool: %v: %s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	page, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// A stampedLine is a line of text as mutool reads it of a page as it is shown, in units from the upper left corner.
type stampedLine struct {
	text           string
	x0, y0, x1, y1 float64
}

// lines are those of the first page.
func lines(t *testing.T, file []byte) []stampedLine {
	t.Helper()
	path := pdftest.Write(t, file)
	out, err := pdftest.Run(t, "mutool", "draw", "-F", "stext", path, "1")
	if err != nil {
		t.Fatalf("mutool: %v: %s", err, out)
	}
	var found []stampedLine
	attributes := regexp.MustCompile(`<line bbox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"`)
	character := regexp.MustCompile(` c="([^"]*)"`)
	for _, part := range strings.Split(out, "</line>") {
		m := attributes.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		line := stampedLine{}
		for i, v := range []*float64{&line.x0, &line.y0, &line.x1, &line.y1} {
			*v, _ = strconv.ParseFloat(m[i+1], 64)
		}
		for _, c := range character.FindAllStringSubmatch(part, -1) {
			line.text += html.UnescapeString(c[1])
		}
		found = append(found, line)
	}
	return found
}

// TestStampStandsWhereItShould draws a stamp at one place of pages that are turned and cropped, and looks where it is.
func TestStampStandsWhereItShould(t *testing.T) {
	p := newPerson(t, "P-256")
	area := pades.Area{Left: 100, Bottom: 60, Width: 220, Height: 70}
	for _, rotate := range []int{0, 90, 180, 270, -90} {
		for _, crop := range []string{"", "/CropBox [20 30 500 600]", "/MediaBox [-100 -50 400 450]"} {
			t.Run(fmt.Sprint(rotate, crop), func(t *testing.T) {
				o := pades.Options{Stamp: &pades.Stamp{Area: area, Image: pngOf(t, seal())}, Reason: "Şartları okudum, onaylıyorum"}
				file := pdftest.Build(pdftest.Pages("", pdftest.Page{Rotate: rotate, More: crop}), "")
				prepared, err := pades.Prepare(p.signer(t), []ades.Document{ades.NewDocument("", "", file)}, o)
				if err != nil {
					t.Fatal(err)
				}
				file = p.sign(t, file, o)
				p.judge(t, file, 1)
				page := draw(t, file)
				height := float64(page.Bounds().Dy())
				if _, fromTop, _ := prepared.(*pades.Unsigned).StampedAt(); math.Abs(fromTop-(1-(area.Bottom+area.Height/2)/height)) > 0.01 {
					t.Errorf("it is said to be %.2f of the page down", fromTop)
				}
				var text []string
				for _, line := range lines(t, file) {
					text = append(text, line.text)
					if line.x0 < area.Left || line.x1 > area.Left+area.Width || line.y1 > height-area.Bottom || line.y0 < height-area.Bottom-area.Height {
						t.Errorf("%q stands at %v", line.text, line)
					}
				}
				if got := strings.Join(text, "|"); !strings.HasPrefix(got, "Ayşe Yılmaz|30.11.2026 03:15:30 +03:00|Şartları okudum,") {
					t.Errorf("the stamp says %q", got)
				}
				// The middle of the image, which is as high as the area without its padding.
				r, g, b, _ := page.At(int(area.Left+3+32), int(height-area.Bottom-area.Height/2)).RGBA()
				if r>>8 > 40 || g>>8 < 80 || b>>8 < 80 {
					t.Errorf("where the image should be is %d %d %d", r>>8, g>>8, b>>8)
				}
			})
		}
	}
}

// TestStampSaysNames has names written that people have, and finds them again as text.
func TestStampSaysNames(t *testing.T) {
	for name, want := range map[string]string{
		"ĞÜŞİÖÇ ığüşöç":              "ĞÜŞİÖÇ ığüşöç",
		"I\u0307smail":               "İsmail", // composed of two characters
		"Two\nLines":                 "Two Lines",
		"Çok Uzun Adlı Soyadlı Kişi": "Çok Uzun Adlı Soyadlı Kişi",
		"Иван A":                     "A", // no glyphs for these: a box, and never another letter
	} {
		p := newPerson(t, "P-256")
		p.certificate = p.sub.Issue(t, p.key.Public(), func(c *x509.Certificate) { c.Subject.CommonName = name })
		file := p.sign(t, pdftest.Build(pdftest.Pages("", pdftest.Page{}), ""), pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Width: 300, Height: 60}}})
		if got := lines(t, file)[0].text; !strings.HasSuffix(got, want) {
			t.Errorf("%q is shown as %q", name, got)
		}
		pdftest.Check(t, file)
	}
}

// TestFontIsEmbedded checks what a PDF/A must have; that it is drawn right, TestStampSaysNames does.
func TestFontIsEmbedded(t *testing.T) {
	p := newPerson(t, "P-256")
	simple := pdftest.Simple()
	file := p.sign(t, simple, pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Width: 200, Height: 50}}})
	if len(file)-len(simple) > 20_000 {
		t.Errorf("a stamp without an image is %d bytes", len(file)-len(simple))
	}
	for _, want := range []string{"/CIDFontType2", "+NotoSans", "/FontFile2", "/CIDSet", "/ToUnicode"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
}

func TestImages(t *testing.T) {
	p := newPerson(t, "P-256")
	stamp := func(image []byte) error {
		file, err := p.signWith(t, p.signer(t), pdftest.Simple(), pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Width: 200, Height: 50}, Image: image}})
		if err == nil {
			pdftest.Check(t, file)
		}
		return err
	}
	good := pngOf(t, seal())
	wantCode(t, stamp(good), "")
	wantCode(t, stamp(jpegOf(t, seal())), "")
	// The header of a PNG says 50,000 by 50,000 pixels; the sum of that part is not looked at before the size is.
	bomb := bytes.Clone(good)
	copy(bomb[16:], []byte{0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50})
	for name, image := range map[string][]byte{
		"none":          {},
		"text":          []byte("GIF89a"),
		"half":          good[:len(good)/2],
		"bomb":          bomb,
		"large":         pngOf(t, image.NewGray(image.Rect(0, 0, 1025, 1024))),
		"a megabyte":    make([]byte, 1<<20+1),
		"a PDF instead": pdftest.Simple(),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, stamp(image), fault.RequestInvalid) })
	}
}

func TestAreas(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := p.sign(t, pdftest.Simple(), pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Left: 100, Bottom: 100, Width: 200, Height: 50}}})
	for name, test := range map[string]struct {
		area pades.Area
		page int
		want fault.Code
	}{
		"beside the other":     {pades.Area{Left: 300, Bottom: 100, Width: 200, Height: 50}, 0, ""},
		"whole page above":     {pades.Area{Left: 0, Bottom: 150, Width: 595, Height: 692}, 0, ""},
		"over the other":       {pades.Area{Left: 250, Bottom: 120, Width: 200, Height: 50}, 0, fault.RequestInvalid},
		"beyond the right":     {pades.Area{Left: 500, Bottom: 200, Width: 200, Height: 50}, 0, fault.RequestInvalid},
		"below the page":       {pades.Area{Left: 100, Bottom: -1, Width: 200, Height: 50}, 0, fault.RequestInvalid},
		"without height":       {pades.Area{Left: 300, Bottom: 300, Width: 200}, 0, fault.RequestInvalid},
		"too small for text":   {pades.Area{Left: 300, Bottom: 300, Width: 21, Height: 21}, 0, fault.RequestInvalid},
		"not a number":         {pades.Area{Left: math.NaN(), Bottom: 300, Width: 200, Height: 50}, 0, fault.RequestInvalid},
		"infinite":             {pades.Area{Left: 0, Bottom: 300, Width: math.Inf(1), Height: 50}, 0, fault.RequestInvalid},
		"on a page not there":  {pades.Area{Left: 300, Bottom: 300, Width: 200, Height: 50}, 1, fault.RequestInvalid},
		"on a page before all": {pades.Area{Left: 300, Bottom: 300, Width: 200, Height: 50}, -2, fault.RequestInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.signWith(t, p.signer(t), signed, pades.Options{Stamp: &pades.Stamp{Page: test.page, Area: test.area}})
			wantCode(t, err, test.want)
		})
	}
}

// TestPreviewShowsTheStamp checks that a person sees before the PIN what will be there.
func TestPreviewShowsTheStamp(t *testing.T) {
	p := newPerson(t, "P-256")
	documents := []ades.Document{ades.NewDocument("", "", pdftest.Build(pdftest.Pages("", pdftest.Page{}), ""))}
	prepared, err := pades.Prepare(p.signer(t), documents, pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Width: 300, Height: 60}}})
	if err != nil {
		t.Fatal(err)
	}
	unsigned := prepared.(*pades.Unsigned)
	if page, fromTop, ok := unsigned.StampedAt(); page != 0 || fromTop < 0.9 || fromTop >= 1 || !ok {
		t.Errorf("a stamp on page %d, %.2f of it down, %v", page, fromTop, ok)
	}
	preview := unsigned.Preview()
	file := make([]byte, preview.Size())
	if _, err := preview.Reader(documents).ReadAt(file, 0); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, file); len(got) != 2 || got[0].text != "Ayşe Yılmaz" {
		t.Errorf("the preview says %v", got)
	}
}

// FuzzPicture decodes images of a site.
func FuzzPicture(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(pngOf(f, image.NewNRGBA(image.Rect(0, 0, 3, 3))))
	f.Add(jpegOf(f, image.NewGray(image.Rect(0, 0, 3, 3))))
	documents := []ades.Document{ades.NewDocument("", "", pdftest.Simple())}
	f.Fuzz(func(t *testing.T, image []byte) {
		_, err := pades.Prepare(p.signer(t), documents, pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Width: 300, Height: 60}, Image: image}})
		if err != nil && fault.CodeOf(err) != fault.RequestInvalid {
			t.Error(err)
		}
	})
}
