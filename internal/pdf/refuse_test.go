package pdf_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// replaced is file with one text in place of another of the same length, so that offsets stay right.
func replaced(t *testing.T, file []byte, old, new string) []byte {
	t.Helper()
	if len(old) != len(new) || bytes.Count(file, []byte(old)) == 0 {
		t.Fatalf("%q in place of %q", new, old)
	}
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

func TestRefusesWhatIsNotOfOneMeaning(t *testing.T) {
	simple := pdftest.Simple()
	for _, test := range []struct{ name, old, new string }{
		{"unknown version", "%PDF-1.7", "%PDF-1.8"},
		{"junk before the header", "%PDF-1.7", "\n%PDF-1."},
		{"offset of another object", "0000000015 00000 n", "0000000064 00000 n"},
		{"offset beside the object", "0000000015 00000 n", "0000000016 00000 n"},
		{"offset behind the end", "0000000015 00000 n", "9999999999 00000 n"},
		{"generation of the object", "1 0 obj", "1 1 obj"},
		{"entry of nineteen bytes", "0000000015 00000 n\r\n", "0000000015 00000 n\n "},
		{"entry with a plus", "0000000015 00000 n", "+000000015 00000 n"},
		{"object 0 in use", "0000000000 65535 f", "0000000015 00000 n"},
		{"table from 1 that has it free", "0 6\n0000000000 65535 f\r\n0000000015 00000 n", "1 5\n0000000000 65535 f\r\n0000000015 00000 n"},
		{"Size below the objects", "/Size 6", "/Size 5"},
		{"no Root", "/Root 1 0 R", "/Boot 1 0 R"},
		{"Root is a page", "/Root 1 0 R", "/Root 4 0 R"},
		{"Root is nothing", "/Root 1 0 R", "/Root 9 0 R"},
		{"reference to another generation", "/Pages 2 0 R", "/Pages 2 1 R"},
		{"Count too high", "/Count 1", "/Count 2"},
		{"Count negative", "/Count 1 ", "/Count -1"},
		{"Kids leads to itself", "/Kids [4 0 R]", "/Kids [2 0 R]"},
		{"Parent leads elsewhere", "/Parent 2 0 R", "/Parent 1 0 R"},
		{"page of another type", "/Type /Page ", "/Type /Pagf "},
		{"key twice", "/Contents", "/Parent  "},
		{"no end of file", "%%EOF", "%%EOG"},
		{"no endobj", "endobj", "endobk"},
		{"rotated by half", "/Rotate 0", "/Rotate 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantCode(t, read(replaced(t, simple, test.old, test.new)), fault.PDFMalformed)
		})
	}
	t.Run("bytes after the end", func(t *testing.T) {
		wantCode(t, read(append(bytes.Clone(simple), "x"...)), fault.PDFMalformed)
	})
	start := bytes.LastIndex(simple, []byte("xref\n0 6"))
	t.Run("startxref leads elsewhere", func(t *testing.T) {
		wantCode(t, read(replaced(t, simple, fmt.Sprint(start), fmt.Sprint(start+1))), fault.PDFMalformed)
	})
	t.Run("Prev leads to itself", func(t *testing.T) {
		wantCode(t, read(pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Merhaba"}), fmt.Sprint("/Prev ", start))), fault.PDFMalformed)
	})
	t.Run("file in a file", func(t *testing.T) {
		wantCode(t, read(append([]byte("x"), simple...)), fault.PDFMalformed)
	})
	for n := range len(simple) - 1 {
		if read(simple[:n]) == nil {
			t.Errorf("the first %d of %d bytes are read", n, len(simple))
		}
	}
}

func TestRefusesStructures(t *testing.T) {
	page := pdftest.Page{Text: "x"}
	with := func(change func(o []pdftest.Object) []pdftest.Object) []byte {
		return pdftest.Build(change(pdftest.Pages("", page)), "")
	}
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, file := range map[string][]byte{
		"page twice": with(func(o []pdftest.Object) []pdftest.Object {
			o[1].Body = "<</Type/Pages/Count 2/Kids[4 0 R 4 0 R]>>"
			return o
		}),
		"page without a box": with(func(o []pdftest.Object) []pdftest.Object { o[1].Body = "<</Type/Pages/Count 1/Kids[4 0 R]>>"; return o }),
		"direct page": with(func(o []pdftest.Object) []pdftest.Object {
			o[1].Body = "<</Type/Pages/Count 1/Kids[<</Type/Page>>]>>"
			return o
		}),
		"catalog is a reference": with(func(o []pdftest.Object) []pdftest.Object { o[0].Body = "2 0 R"; return o }),
		"catalog too deep":       with(func(o []pdftest.Object) []pdftest.Object { o[0].Body = "<</Type/Catalog/X " + deep + ">>"; return o }),
		"catalog with many parts": with(func(o []pdftest.Object) []pdftest.Object {
			o[0].Body = "<</Type/Catalog/X[" + strings.Repeat("0 ", 300_000) + "]>>"
			return o
		}),
		"catalog too long": with(func(o []pdftest.Object) []pdftest.Object {
			o[0].Body = "<</Type/Catalog/X(" + strings.Repeat("0", 9<<20) + ")>>"
			return o
		}),
		"Prev is no offset":         pdftest.Build(pdftest.Pages("", page), "/Prev (1)"),
		"Prev behind the end":       pdftest.Build(pdftest.Pages("", page), "/Prev 999999999999"),
		"field twice":               pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R 6 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx>>"}), ""),
		"two fields of one name":    pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R 7 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx>>"}, pdftest.Object{Number: 7, Body: "<</T(a)/FT/Tx>>"}), ""),
		"field below itself":        pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx/Kids[7 0 R]>>"}, pdftest.Object{Number: 7, Body: "<</T(b)/Parent 6 0 R/Kids[6 0 R]>>"}), ""),
		"field of another parent":   pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx/Kids[7 0 R]>>"}, pdftest.Object{Number: 7, Body: "<</T(b)/Parent 1 0 R>>"}), ""),
		"annotation of two fields":  pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx/Kids[7 0 R 7 0 R]>>"}, pdftest.Object{Number: 7, Body: "<</Subtype/Widget/Parent 6 0 R>>"}), ""),
		"name of a field is broken": pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R]>>", page), pdftest.Object{Number: 6, Body: "<</T<feff00>/FT/Tx>>"}), ""),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, read(file), fault.PDFMalformed) })
	}
}

// withStreams is a file whose catalog is in an object stream, and whose cross references are a stream; the parameters are the
// parts that tests spoil.
type withStreams struct {
	objectStream, xref        string // entries of the two dictionaries
	inside                    string // the object stream's data
	catalog, pages            [2]int // object stream and index of objects 1 and 2
	filter                    string
	lengthOfXRef, extraInXRef int
}

func (w withStreams) build() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	at := map[int]int{}
	write := func(number int, body string) {
		at[number] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", number, body)
	}
	write(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>")
	data := w.inside
	if strings.Contains(w.filter, "Flate") {
		var z bytes.Buffer
		c := zlib.NewWriter(&z)
		io.WriteString(c, data)
		c.Close()
		data = z.String()
	}
	write(4, fmt.Sprintf("<</Type/ObjStm %s %s/Length %d>>\nstream\n%s\nendstream", w.objectStream, w.filter, len(data), data))
	at[5] = b.Len()
	row := func(kind, second, third int) string {
		return string([]byte{byte(kind), byte(second >> 8), byte(second), byte(third)})
	}
	rows := row(0, 0, 255) + row(2, w.catalog[0], w.catalog[1]) + row(2, w.pages[0], w.pages[1]) + row(1, at[3], 0) + row(1, at[4], 0) + row(1, at[5], 0)
	rows += strings.Repeat("\x00", w.extraInXRef)
	start := b.Len()
	write(5, fmt.Sprintf("<</Type/XRef/W[1 2 1]/Size 6/Root 1 0 R %s/Length %d>>\nstream\n%s\nendstream", w.xref, len(rows)+w.lengthOfXRef, rows))
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

const (
	inside  = "1 0 2 33 " + insides
	insides = "<</Type/Catalog/Pages 2 0 R    >> <</Type/Pages/Count 1/Kids[3 0 R]>>"
)

func soundStreams() withStreams {
	return withStreams{objectStream: "/N 2/First 9", inside: inside, catalog: [2]int{4, 0}, pages: [2]int{4, 1}}
}

func TestObjectAndCrossReferenceStreams(t *testing.T) {
	for name, change := range map[string]func(w *withStreams){
		"sound":            func(*withStreams) {},
		"sound, flate":     func(w *withStreams) { w.filter = "/Filter/FlateDecode" },
		"sound, one index": func(w *withStreams) { w.xref = "/Index[0 6]" },
		"sound, two":       func(w *withStreams) { w.xref = "/Index[0 2 2 4]" },
		"sound, and more":  func(w *withStreams) { w.extraInXRef = 1 },
	} {
		w := soundStreams()
		change(&w)
		t.Run(name, func(t *testing.T) { wantCode(t, read(w.build()), "") })
	}
	bomb := strings.Repeat(" ", 64<<20)
	for name, change := range map[string]func(w *withStreams){
		"stream in a stream":       func(w *withStreams) { w.catalog[0] = 1 },
		"stream that is a page":    func(w *withStreams) { w.catalog[0] = 3 },
		"index of another object":  func(w *withStreams) { w.catalog[1] = 1 },
		"index behind the end":     func(w *withStreams) { w.catalog[1] = 9 },
		"N too high":               func(w *withStreams) { w.objectStream = "/N 9/First 9" },
		"N absurd":                 func(w *withStreams) { w.objectStream = "/N 999999999/First 9" },
		"First behind the end":     func(w *withStreams) { w.objectStream = "/N 2/First 900" },
		"object twice":             func(w *withStreams) { w.inside = "1 0 1 33 " + insides },
		"offsets that fall":        func(w *withStreams) { w.inside = "1 33 2 0 " + insides },
		"two objects in one place": func(w *withStreams) { w.inside = "1 0 2 30 " + insides },
		"reference inside": func(w *withStreams) {
			w.inside = "1 0 2 33 3 0 R" + strings.Repeat(" ", 27) + " <</Type/Pages/Count 1/Kids[3 0 R]>>"
		},
		"another filter":          func(w *withStreams) { w.filter = "/Filter/LZWDecode" },
		"two filters":             func(w *withStreams) { w.filter = "/Filter[/FlateDecode/FlateDecode]" },
		"data in another file":    func(w *withStreams) { w.filter = "/F(x)" },
		"bomb":                    func(w *withStreams) { w.filter, w.inside = "/Filter/FlateDecode", inside+bomb },
		"predictor with odd rows": func(w *withStreams) { w.filter = "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 7>>" },
		"predictor, absurd": func(w *withStreams) {
			w.filter = "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 99999999999>>"
		},
		"Index too long":   func(w *withStreams) { w.xref = "/Index[0 7]" },
		"Index absurd":     func(w *withStreams) { w.xref = "/Index[0 1000000]" },
		"Index odd":        func(w *withStreams) { w.xref = "/Index[0 6 1]" },
		"Index negative":   func(w *withStreams) { w.xref = "/Index[-1 6]" },
		"length too short": func(w *withStreams) { w.lengthOfXRef = -4 },
		"length of 10 GiB": func(w *withStreams) { w.lengthOfXRef = 10 << 30 },
	} {
		w := soundStreams()
		change(&w)
		t.Run(name, func(t *testing.T) { wantCode(t, read(w.build()), fault.PDFMalformed) })
	}
}

// A hybridFile has a table that has object 3 as entry says, and a stream that has it where it stands: in the same section or, as
// Word writes it, in a second one whose table is empty.
type hybridFile struct {
	entry string
	word  bool
	more  string // entries of the stream's dictionary
}

func (h hybridFile) build() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	at := map[int]int{}
	write := func(number int, body string) {
		at[number] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", number, body)
	}
	write(1, "<</Type/Catalog/Pages 2 0 R>>")
	write(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>")
	write(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>")
	write(4, "null")
	row := string([]byte{1, byte(at[3] >> 8), byte(at[3]), 0})
	write(5, fmt.Sprintf("<</Type/XRef/W[1 2 1]/Size 6/Index[3 1]/Length 4%s>>\nstream\n%s\nendstream", h.more, row))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 6\n0000000000 65535 f\r\n%010d 00000 n\r\n%010d 00000 n\r\n%s\r\n%010d 00000 n\r\n%010d 00000 n\r\n", at[1], at[2], h.entry, at[4], at[5])
	stream := fmt.Sprintf("/XRefStm %d", at[5])
	if h.word {
		fmt.Fprintf(&b, "trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF\n", start)
		stream += fmt.Sprintf("/Prev %d", start)
		start = b.Len()
		b.WriteString("xref\n0 0\n")
	}
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R/Size 6%s>>\nstartxref\n%d\n%%%%EOF\n", stream, start)
	return b.Bytes()
}

// hybrid is a sound one.
func hybrid() []byte { return hybridFile{entry: "0000000000 00000 f", word: true}.build() }

func TestHybrid(t *testing.T) {
	wantCode(t, read(hybrid()), "")
	at := bytes.Index(hybrid(), []byte("3 0 obj"))
	wantCode(t, read(hybridFile{entry: fmt.Sprintf("%010d 00000 n", at)}.build()), "")
	for name, h := range map[string]hybridFile{
		"hidden from some readers":    {entry: "0000000000 00000 f"},
		"another object in the table": {entry: "0000000020 00000 n"},
		"sections of its own":         {entry: "0000000000 00000 f", word: true, more: "/Prev 20"},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, read(h.build()), fault.PDFMalformed) })
	}
}

// linearized is a file that says that it is linearised, and has cross references behind its first object and others at its end, each
// with objects of their own. wrong is added to its length L.
func linearized(wrong int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n9 0 obj\n<</Linearized 1/L 0000/H[0 0]/O 3/E 0/N 1/T 0>>\nendobj\n")
	table := func(rows ...int) int {
		at := b.Len()
		fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f\r\n1 %d\n", len(rows)-1)
		for _, row := range rows[1:] {
			fmt.Fprintf(&b, "%010d 00000 n\r\n", row)
		}
		fmt.Fprintf(&b, "9 1\n%010d 00000 n\r\ntrailer\n<</Root 1 0 R/Size 10>>\n", rows[0])
		return at
	}
	const before = 9 // where the first object stands
	first := b.Len()
	// The objects stand behind the first table, whose length does not depend on where.
	objects := func(start int) (rows []int, text string) {
		for i, body := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>"} {
			rows = append(rows, start+len(text))
			text += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+1, body)
		}
		return rows, text
	}
	table(before, 0, 0, 0)
	end := "startxref\n0\n%%EOF\n"
	rows, text := objects(b.Len() + len(end))
	b.Truncate(first)
	table(append([]int{before}, rows...)...)
	b.WriteString(end + text)
	rows, text = objects(b.Len())
	b.WriteString(text)
	start := table(append([]int{before}, rows...)...)
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	return bytes.Replace(b.Bytes(), []byte("/L 0000"), fmt.Appendf(nil, "/L %04d", b.Len()+wrong), 1)
}

// TestLinearizedWithTwoBeginnings has files in which readers for the web see other objects than the others.
func TestLinearizedWithTwoBeginnings(t *testing.T) {
	wantCode(t, read(linearized(0)), fault.PDFMalformed)
	wantCode(t, read(linearized(1)), "") // its length says that it is linearised no longer: every reader begins at the end
}

// TestCheckObjects has objects that the structure does not lead to.
func TestCheckObjects(t *testing.T) {
	for body, want := range map[string]fault.Code{
		"[1 0 R (x) 99 0 R]":                          "",
		"<</Length 1>>\nstream\nx\nendstream":         "",
		"[1 1 R]":                                     fault.PDFMalformed,
		"<</A<</B[1 1 R]>>>>":                         fault.PDFMalformed,
		"<</Length 1/A 1 1 R>>\nstream\nx\nendstream": fault.PDFMalformed,
		"<</Length 3>>\nstream\nx\nendstream":         fault.PDFMalformed,
		"<</Length 9 0 R>>\nstream\nx\nendstream":     fault.PDFMalformed,
		"(x":           fault.PDFMalformed,
		"1 2":          fault.PDFMalformed,
		"<</A 1/A 1>>": fault.PDFMalformed,
		"<</Type/ObjStm/Length 1>>\nstream\nx\nendstream": "",
	} {
		file := pdftest.Build(append(pdftest.Pages("", pdftest.Page{}), pdftest.Object{Number: 6, Body: body}), "")
		f, err := open(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(body, func(t *testing.T) { wantCode(t, f.CheckObjects(), want) })
	}
	f, err := open(soundStreams().build())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.CheckObjects(), "")
}

// TestBoundsTime has files that make a careless reader work long.
func TestBoundsTime(t *testing.T) {
	var kids, fields []string
	objects := pdftest.Pages("/AcroForm<</Fields 7 0 R>>", pdftest.Page{Text: "x"})
	for range 200_000 {
		kids, fields = append(kids, "4 0 R"), append(fields, "6 0 R")
	}
	objects[1].Body = "<</Type/Pages/Count 200000/Kids[" + strings.Join(kids, " ") + "]>>"
	objects = append(objects, pdftest.Object{Number: 6, Body: "<</T(a)/FT/Tx>>"}, pdftest.Object{Number: 7, Body: "[" + strings.Join(fields, " ") + "]"})
	began := time.Now()
	wantCode(t, read(pdftest.Build(objects, "")), fault.PDFMalformed)
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("refused after %v", d)
	}
}

func TestTooLarge(t *testing.T) {
	_, err := pdf.Open(bytes.NewReader(nil), pdf.MaxFile+1)
	wantCode(t, err, fault.PDFMalformed)
}

func FuzzOpen(f *testing.F) {
	f.Add(pdftest.Simple())
	f.Add(soundStreams().build())
	f.Add(hybrid())
	form := pdftest.Pages("/AcroForm<</Fields[6 0 R]/SigFlags 3>>/Perms<</DocMDP 7 0 R/UR3 7 0 R>>", pdftest.Page{Text: "x"})
	form = append(form, pdftest.Object{Number: 6, Body: "<</T(a)/FT/Sig/V 7 0 R/Subtype/Widget/Rect[0 0 1 1]/P 4 0 R>>"},
		pdftest.Object{Number: 7, Body: "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>"})
	f.Add(pdftest.Build(form, "/ID[<00><01>]"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if read(file) != nil {
			return
		}
		// What is read can be continued, and is then read as before, with a revision more.
		old, err := open(file)
		if err != nil {
			t.Fatal(err)
		}
		u, err := old.NewUpdate()
		if err != nil {
			return
		}
		ref := u.Add(pdf.Dict{"X": pdf.String("y")})
		appended, err := u.Write(nil)
		if err != nil {
			return
		}
		now, err := open(append(bytes.Clone(file), appended.Bytes...))
		if err != nil {
			t.Fatalf("continued: %v", err)
		}
		if got, err := now.Get(ref); err != nil || len(now.Revisions()) != len(old.Revisions())+1 || got.(pdf.Dict) == nil {
			t.Fatalf("%v, %v, %d revisions of %d", got, err, len(now.Revisions()), len(old.Revisions()))
		}
	})
}

// FuzzText holds the readers of text strings and dates against their writers.
func FuzzText(f *testing.F) {
	f.Add([]byte("D:20261130001500+03'00'"))
	f.Add([]byte("\xfe\xff\x01\x5f"))
	f.Add([]byte("\xef\xbb\xbfİmza"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := pdf.Text(b); err == nil {
			if again, err := pdf.Text(pdf.TextString(text)); err != nil || again != text {
				t.Errorf("%q is %q when it is written and read again: %v", text, again, err)
			}
		}
		if at, err := pdf.Time(b); err == nil && at.Year() >= 0 && at.Year() < 10000 {
			if again, err := pdf.Time(pdf.Date(at)); err != nil || !again.Equal(at) {
				t.Errorf("%v is %v when it is written and read again: %v", at, again, err)
			}
		}
	})
}

// TestRandomBytesChanged reads a file with changed bytes: whatever comes of it, it comes soon and without a panic.
func TestRandomBytesChanged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, file := range [][]byte{pdftest.Simple(), soundStreams().build(), hybrid()} {
		for range 2000 {
			b := bytes.Clone(file)
			b[random.IntN(len(b))] = byte(random.IntN(256))
			_ = read(b)
		}
	}
}
