package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

var digest = strings.Repeat("0f", 32)

func isSentence(key string) bool { return message.Sentence(key).TR != key }

func parse(data []byte) (*report.Report, error) {
	return report.Parse(data, report.KindPDF, digest, isSentence)
}

// good is a report with something of everything.
func good() report.Report {
	return report.Report{
		SHA256: digest, PDF: &report.PDF{ID: []string{"00", ""}, Pages: []report.Page{{Object: [2]int{4, 0}, Box: [4]float64{0, 0, 595.5, 842}, Turn: 90}}},
		Sections: []report.Section{
			{Title: "report.pdf.beside", Look: true, Entries: []report.Entry{{Key: "report.pdf.has.scripts"}}},
			{Title: "report.signed.title", Note: "report.signed.trust", Entries: []report.Entry{
				{Name: "AYŞE\u202e", Look: true, Lines: []report.Line{{Key: "report.signed.when", At: 1_800_000_000}, {Key: "report.signed.state.fails", Text: "x"}}},
			}},
		},
	}
}

// goodPackage is a report on a package.
func goodPackage() report.Report {
	r, second := good(), 1
	r.Shown, r.Parts = 1, []report.Part{{Name: "ek.pdf", Size: 7, SHA256: digest, Kind: "unknown"}, {Name: "ustyazi.pdf", Size: 9, SHA256: digest, Kind: "pdf"}}
	r.Sections = append(r.Sections, report.Section{Title: "report.package.attachments", Entries: []report.Entry{{Name: "Ek 1", Part: &second}}})
	return r
}

func TestParsePackage(t *testing.T) {
	parse := func(r report.Report) error {
		_, err := report.Parse(r.Encode(), report.KindPackage, digest, isSentence)
		return err
	}
	if err := parse(goodPackage()); err != nil {
		t.Error(err)
	}
	if _, err := report.Parse(goodPackage().Encode(), report.KindPDF, digest, isSentence); err == nil {
		t.Error("a package was taken for a PDF")
	}
	entry := func(n int) func(*report.Report) {
		return func(r *report.Report) { r.Sections[2].Entries[0].Part = &n }
	}
	for name, change := range map[string]func(*report.Report){
		"no letter":               func(r *report.Report) { r.Parts = nil },
		"a letter that is none":   func(r *report.Report) { r.Shown = 2 },
		"a letter before all":     func(r *report.Report) { r.Shown = -1 },
		"a content beside it":     func(r *report.Report) { r.Given = digest },
		"a part of no kind":       func(r *report.Report) { r.Parts[0].Kind = "" },
		"a kind of its own":       func(r *report.Report) { r.Parts[0].Kind = "harmless" },
		"a letter without pages":  func(r *report.Report) { r.PDF = nil },
		"a part without a name":   func(r *report.Report) { r.Parts[0].Name = "" },
		"a part of negative size": func(r *report.Report) { r.Parts[0].Size = -1 },
		"a part without a digest": func(r *report.Report) { r.Parts[0].SHA256 = "" },
		"a digest of other signs": func(r *report.Report) { r.Parts[0].SHA256 = strings.Repeat("zz", 32) },
		"an entry of another":     entry(2),
		"an entry before all":     entry(-1),
	} {
		r := goodPackage()
		change(&r)
		if parse(r) == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

// goodSignatures is a report on a file of signatures that holds a PDF.
func goodSignatures() report.Report {
	r, first := good(), 0
	r.Parts = []report.Part{{Name: "content", Size: 7, SHA256: digest, Kind: "pdf"}}
	r.Sections = append(r.Sections, report.Section{Title: "report.signatures.title", Entries: []report.Entry{
		{Name: "AYŞE", Signature: 1, Lines: []report.Line{{Key: "report.signed.state.holds"}}},
		{Name: "MEHMET", Depth: report.MaxDepth, Lines: []report.Line{{Key: "report.signatures.counter", Text: "AYŞE"}}},
	}}, report.Section{Title: "report.signatures.content", Entries: []report.Entry{{Key: "report.signatures.held", Part: &first}}})
	return r
}

func TestParseSignatures(t *testing.T) {
	parse := func(change func(r *report.Report)) error {
		r := goodSignatures()
		change(&r)
		_, err := report.Parse(r.Encode(), report.KindSignatures, digest, isSentence)
		return err
	}
	elsewhere := func(r *report.Report) {
		r.PDF, r.Parts = nil, nil
		r.Sections[3].Entries[0].Part = nil
	}
	for name, change := range map[string]func(r *report.Report){
		"a PDF":     func(*report.Report) {},
		"a text":    func(r *report.Report) { r.PDF, r.Parts[0].Kind = nil, "text" },
		"elsewhere": elsewhere,
		"given":     func(r *report.Report) { elsewhere(r); r.Given = digest },
	} {
		if err := parse(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(r *report.Report){
		"pages of nothing":         func(r *report.Report) { r.Parts = nil; r.Sections[3].Entries[0].Part = nil },
		"two contents":             func(r *report.Report) { r.Parts = append(r.Parts, r.Parts[0]) },
		"another content shown":    func(r *report.Report) { r.Shown = 1 },
		"held and given":           func(r *report.Report) { r.Given = digest },
		"deeper than all":          func(r *report.Report) { r.Sections[2].Entries[1].Depth = report.MaxDepth + 1 },
		"above all":                func(r *report.Report) { r.Sections[2].Entries[1].Depth = -1 },
		"a signature before first": func(r *report.Report) { r.Sections[2].Entries[0].Signature = -1 },
		"a PDF without pages":      func(r *report.Report) { r.PDF.Pages = nil },
	} {
		if parse(change) == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func TestParse(t *testing.T) {
	r, err := parse(good().Encode())
	if err != nil || string(r.Encode()) != string(good().Encode()) {
		t.Errorf("%+v, %v", r, err)
	}
	refused := report.Report{SHA256: digest, Refused: fault.PDFMalformed, Reason: "at offset 7", Sections: good().Sections}
	r, err = parse(refused.Encode())
	if err != nil || r.Refused != fault.PDFMalformed || r.Sections != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestParseRefuses changes one thing of a good report after the other.
func TestParseRefuses(t *testing.T) {
	entry := func(e report.Entry) func(*report.Report) {
		return func(r *report.Report) { r.Sections[0].Entries[0] = e }
	}
	line := func(l report.Line) func(*report.Report) {
		return func(r *report.Report) { r.Sections[1].Entries[0].Lines[0] = l }
	}
	for name, change := range map[string]func(*report.Report){
		"on other bytes":       func(r *report.Report) { r.SHA256 = strings.Repeat("0e", 32) },
		"no digest":            func(r *report.Report) { r.SHA256 = "" },
		"no PDF":               func(r *report.Report) { r.PDF = nil },
		"no page":              func(r *report.Report) { r.PDF.Pages = nil },
		"too many pages":       func(r *report.Report) { r.PDF.Pages = make([]report.Page, report.MaxPages+1) },
		"a code of others":     func(r *report.Report) { r.Refused = fault.PINIncorrect },
		"a reason too long":    func(r *report.Report) { r.Reason = strings.Repeat("x", report.MaxText+1) },
		"no title":             func(r *report.Report) { r.Sections[0].Title = "" },
		"a title of others":    func(r *report.Report) { r.Sections[0].Title = "window.pin.title" },
		"a title of its own":   func(r *report.Report) { r.Sections[0].Title = "report.You owe us money" },
		"a note of its own":    func(r *report.Report) { r.Sections[0].Note = "Type your PIN" },
		"an entry of nothing":  entry(report.Entry{}),
		"an entry of both":     entry(report.Entry{Name: "x", Key: "report.pdf.has.forms"}),
		"a name too long":      entry(report.Entry{Name: strings.Repeat("x", report.MaxText+1)}),
		"a line of nothing":    line(report.Line{Text: "x"}),
		"a line of its own":    line(report.Line{Key: "report.signed"}),
		"a text too long":      line(report.Line{Key: "report.signed.when", Text: strings.Repeat("x", report.MaxText+1)}),
		"a time before 1970":   line(report.Line{Key: "report.signed.when", At: -1}),
		"a time after 9999":    line(report.Line{Key: "report.signed.when", At: 253402300800}),
		"more than is read":    func(r *report.Report) { r.Sections[1].Entries[0].Lines = manyLines(report.MaxLines) },
		"more than is decoded": func(r *report.Report) { r.Reason = strings.Repeat("x", report.MaxReport) },
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			change(&r)
			if _, err := parse(r.Encode()); err == nil {
				t.Error("it was taken")
			}
		})
	}
	for _, text := range []string{"", "null", "[]", "7", `{"sha256":7}`, string(good().Encode()) + "{}"} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func manyLines(n int) []report.Line {
	lines := make([]report.Line, n)
	for i := range lines {
		lines[i].Key = "report.signed.state.holds"
	}
	return lines
}

// FuzzParse has what is taken be within the limits, and in the window's own sentences.
func FuzzParse(f *testing.F) {
	f.Add(good().Encode())
	f.Add([]byte(fmt.Sprintf(`{"sha256":%q,"refused":"pdf_malformed","reason":"x"}`, digest)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data)
		if err != nil {
			return
		}
		if again, err := json.Marshal(r); err != nil {
			t.Errorf("%s: %v", again, err)
		}
		for _, s := range r.Sections {
			if !isSentence(s.Title) || !strings.HasPrefix(s.Title, report.Prefix) {
				t.Errorf("the title %q", s.Title)
			}
		}
	})
}
