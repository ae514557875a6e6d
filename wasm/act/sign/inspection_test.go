package sign_test

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

// onePage is what the inspector says of a PDF of one page, and shaped what pdf.js says of it.
var (
	onePage = report.Report{PDF: &report.PDF{ID: []string{"aa", ""}, Pages: []report.Page{{Object: [2]int{4, 0}, Box: [4]float64{0, 0, 595.28, 842}}}}}
	shaped  = loop.PagesShaped{ID: []string{"aa", ""}, Pages: []string{"4 0 0 0 595.2800000001 842 0"}}
)

// inspected is the report on a document.
func inspected(data string, r report.Report) loop.Inspected {
	sum := sha256.Sum256([]byte(data))
	r.SHA256 = hex.EncodeToString(sum[:])
	return loop.Inspected{Of: r.SHA256, Report: r.Encode()}
}

// readsPDF has the person before a PDF of one page.
func readsPDF(t *testing.T) *Window {
	t.Helper()
	return reads(t, "sozlesme.pdf", "application/pdf", minimalPDF)
}

// TestWaitsForTheInspector goes on from a PDF only once the inspector and pdf.js have both read it.
func TestWaitsForTheInspector(t *testing.T) {
	for name, events := range map[string][]loop.Event{
		"nothing": nil, "the report": {inspected(minimalPDF, onePage)}, "the pages": {shaped},
		"a report on another document": {inspected("another", onePage), shaped},
	} {
		t.Run(name, func(t *testing.T) {
			w := readsPDF(t)
			goOn := loop.Continue{Shown: []loop.Part{{Text: w.View().Document.Shown.(*document.PDF).Digest()}}}
			w.On(events...)
			w.On(loop.EndSeen{}, goOn)
			w.wantStep(screen.StepDocument)
			if d := w.View().Document; d.Read || d.IsChecked {
				t.Error("it counts as read")
			}
			w.On(shaped, inspected(minimalPDF, onePage))
			if !w.View().Document.Read {
				t.Error("it does not count as read")
			}
			w.On(goOn)
			if step := w.View().Step; step == screen.StepDocument || step == screen.StepFailed {
				t.Errorf("the step is %q", step)
			}
		})
	}
}

// TestReadersMustAgree refuses a PDF of which pdf.js has read something else than the strict reader.
func TestReadersMustAgree(t *testing.T) {
	for name, pages := range map[string]loop.PagesShaped{
		"another revision":   {ID: []string{"aa", "bb"}, Pages: shaped.Pages},
		"no page":            {ID: shaped.ID},
		"a page more":        {ID: shaped.ID, Pages: []string{shaped.Pages[0], shaped.Pages[0]}},
		"another object":     {ID: shaped.ID, Pages: []string{"5 0 0 0 595.28 842 0"}},
		"another generation": {ID: shaped.ID, Pages: []string{"4 1 0 0 595.28 842 0"}},
		"another size":       {ID: shaped.ID, Pages: []string{"4 0 0 0 595.28 843 0"}},
		"another turn":       {ID: shaped.ID, Pages: []string{"4 0 0 0 595.28 842 90"}},
		"no numbers":         {ID: shaped.ID, Pages: []string{"4 0 0 0 NaN 842 0"}},
		"too few numbers":    {ID: shaped.ID, Pages: []string{"4 0 0 0 595.28 842"}},
	} {
		for _, order := range [][]loop.Event{{pages, inspected(minimalPDF, onePage)}, {inspected(minimalPDF, onePage), pages}} {
			t.Run(name, func(t *testing.T) {
				w := readsPDF(t)
				w.On(order...)
				w.wantProblem(fault.DocumentAmbiguous)
			})
		}
	}
}

// TestInspectorRefuses ends the request by the name of what is wrong, and takes no report that is none.
func TestInspectorRefuses(t *testing.T) {
	refused := inspected(minimalPDF, report.Report{Refused: fault.PDFEncrypted, Reason: "the file is encrypted\u202e"})
	w := readsPDF(t)
	w.On(refused)
	w.wantProblem(fault.PDFEncrypted)
	if v := w.View(); v.Retriable || !strings.HasPrefix(v.Detail, "the file is encrypted⟦") {
		t.Errorf("%q, to be tried again: %v", v.Detail, v.Retriable)
	}
	broken := inspected(minimalPDF, onePage)
	broken.Report = []byte(`{"sha256":"` + broken.Of + `","sections":[{"title":"Type your PIN here"}]}`)
	w = readsPDF(t)
	w.On(broken)
	w.wantProblem(fault.DocumentUnreadable)
	// What comes late, or was not asked for, changes nothing.
	w = readsPDF(t)
	w.On(loop.Back{}, refused)
	w.wantStep(screen.StepWho)
	w = reads(t, "onay.txt", "text/plain", "bir\n")
	w.On(inspected("bir\n", report.Report{Refused: fault.PDFEncrypted}))
	w.wantStep(screen.StepDocument)
}

// TestInspectionView says in words what the inspector has found, with every text from the document visible.
func TestInspectionView(t *testing.T) {
	r := onePage
	r.Sections = []report.Section{
		{Title: "report.pdf.beside", Look: true, Entries: []report.Entry{{Key: "report.pdf.has.layers"}}},
		{Title: "report.signed.title", Note: "report.signed.trust", Entries: []report.Entry{
			{Name: "AYŞE\u202e YILMAZ", Look: true, Lines: []report.Line{{Key: "report.signed.when", At: 1_800_000_000}, {Key: "report.signed.state.fails"}}},
		}},
	}
	w := readsPDF(t)
	w.On(inspected(minimalPDF, r))
	got := w.View().Document.Inspection
	want := sign.InspectionView{Pages: 1, Sections: []sign.SectionView{
		{Title: "Bu PDF’de sayfalarda görünmeyenler de var", Look: true, Entries: []sign.EntryView{{Name: "Gizlenebilen ve açılabilen katmanlar"}}},
		{Title: "Belgede daha önce atılmış imzalar", Note: "İmzalayanların sertifikalarına güvenilip güvenilmeyeceği burada denetlenmez.", Entries: []sign.EntryView{
			{Name: "AYŞE⟦U+202E⟧ YILMAZ", Look: true, Lines: []string{"İmzalayanın bildirdiği tarih: 31.12.2026", "İmza geçersiz: kapsadığı içerikle uyuşmuyor."}},
		}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// TestPackage shows a package's letter, and compares the pages on the screen with it.
func TestPackage(t *testing.T) {
	const archive = "PK\x03\x04 a package"
	letter := strings.Repeat("0e", 32)
	number := 0
	r := onePage
	r.Shown, r.Parts = 1, []report.Part{{Name: "ek\u202e.exe", Size: 7, SHA256: strings.Repeat("0d", 32), Kind: "program"}, {Name: "ustyazi.pdf", Size: 9, SHA256: letter, Kind: "pdf"}}
	r.Sections = []report.Section{{Title: "report.package.attachments", Entries: []report.Entry{{Name: "Ek 1", Part: &number}}}}
	w := reads(t, "mektup.eyp", "application/eyazisma", archive)
	goOn := loop.Continue{Shown: []loop.Part{{Text: letter}}}
	w.On(loop.EndSeen{}, goOn)
	w.wantStep(screen.StepDocument)
	w.On(inspected(archive, r), shaped)
	if e := w.View().Document.Inspection.Sections[0].Entries[0]; e.Part != "0" || !reflect.DeepEqual(e.Lines, []string{"çalıştırılabilir program · 7 bayt"}) {
		t.Errorf("%+v", e)
	}
	before := len(w.Effects)
	w.On(loop.KeepPart{Number: -1}, loop.KeepPart{Number: 2}, loop.KeepPart{Number: 0})
	if got := w.Effects[before:]; len(got) != 1 || got[0] != (loop.SavePart{Number: 0, Name: "ek_.exe", SHA256: r.Parts[0].SHA256}) {
		t.Errorf("%+v", got)
	}
	w.On(goOn)
	if step := w.View().Step; step == screen.StepDocument || step == screen.StepFailed {
		t.Errorf("the step is %q", step)
	}
	w = reads(t, "mektup.eyp", "application/eyazisma", archive)
	w.On(inspected(archive, r), shaped, loop.EndSeen{})
	w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: []loop.Part{{Text: r.Parts[0].SHA256}}})...)
	w.wantProblem(fault.ScreenChanged)
	w = reads(t, "mektup.eyp", "application/eyazisma", "%PDF-1.7")
	w.wantProblem(fault.DocumentMismatch)
}
