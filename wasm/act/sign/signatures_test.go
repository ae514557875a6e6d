package sign_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// p7s is how a file of signatures begins. The inspector of these tests says what is in it.
const p7s = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

const typeP7S = "application/pkcs7-signature"

func hexDigest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// signatures is a report on a file of one signature, with one of that, which holds a content.
func signatures(kind, content string) report.Report {
	number := 0
	return report.Report{
		Parts: []report.Part{{Name: "content", Size: int64(len(content)), SHA256: hexDigest(content), Kind: kind}},
		Sections: []report.Section{
			{Title: "report.signatures.title", Entries: []report.Entry{
				{Name: "AYŞE\u202e", Signature: 1, Lines: []report.Line{{Key: "report.signed.state.holds"}}},
				{Name: "MEHMET", Depth: 1, Lines: []report.Line{{Key: "report.signatures.counter", Text: "AYŞE\u202e"}}},
			}},
			{Title: "report.signatures.content", Entries: []report.Entry{{Key: "report.signatures.held", Part: &number}}},
		},
	}
}

func elsewhere() report.Report {
	r := signatures("text", "")
	r.Parts, r.Sections = nil, r.Sections[:1]
	return r
}

// told is what the inspector says of the file, with the content that it gives out.
func told(r report.Report, content string) loop.Inspected {
	e := inspected(p7s, r)
	e.Content = []byte(content)
	return e
}

func (w *Window) goOn() {
	w.On(loop.Continue{Shown: parts(document.Content(w.View().Document.Shown))})
}

func (w *Window) wantPast(step screen.Step) {
	w.Helper()
	if got := w.View().Step; got == step || got == screen.StepFailed {
		w.Errorf("the step is %q (%q)", got, w.View().Problem)
	}
}

// TestSignaturesShowTheirContent has a text that somebody has signed be read to its end, and compared.
func TestSignaturesShowTheirContent(t *testing.T) {
	w := reads(t, "onay.txt.p7s", typeP7S, p7s)
	w.On(loop.EndSeen{}, loop.Confirm{OK: true})
	if d := w.View().Document; d.Read || d.IsChecked || d.IsUnseen() {
		t.Errorf("read before the inspector has: %+v", d)
	}
	w.On(told(signatures("text", "bir\n"), "bir\n"))
	d := w.View().Document
	if d.Read || !d.IsChecked || d.IsUnseen() || d.ContentPlace() != document.ContentHeld {
		t.Errorf("%+v", d)
	}
	want := [][]string{{"AYŞE⟦U+202E⟧", "", "İmza, kapsadığı içerikle uyuşuyor."}, {"MEHMET", "1", "Karşı imza: AYŞE⟦U+202E⟧ tarafından atılan imzayı imzaladı."}}
	for i, e := range d.Inspection.Sections[0].Entries {
		if got := append([]string{e.Name, e.Depth}, e.Lines...); !slices.Equal(got, want[i]) {
			t.Errorf("%q, want %q", got, want[i])
		}
	}
	if e := d.Inspection.Sections[1].Entries[0]; e.Part != "0" || !slices.Equal(e.Lines, []string{"düz metin · 4 bayt"}) {
		t.Errorf("%+v", e)
	}
	before := len(w.Effects)
	w.On(loop.Find{Text: "BİR"}, loop.KeepPart{Number: 0})
	if w.View().Document.Find.Count != 1 {
		t.Error("the content is not searched")
	}
	if got := w.Effects[before:]; len(got) != 1 || got[0] != (loop.SavePart{Number: 0, Name: "onay.txt", SHA256: hexDigest("bir\n")}) {
		t.Errorf("%+v", got)
	}
	w.On(loop.EndSeen{})
	w.goOn()
	w.wantPast(screen.StepDocument)

	w = reads(t, "onay.txt.p7s", typeP7S, p7s)
	w.On(told(signatures("text", "bir\n"), "bir\n"), loop.EndSeen{})
	w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: []loop.Part{{Text: "iki\n"}}})...)
	w.wantProblem(fault.ScreenChanged)
	w = reads(t, "onay.txt.p7s", typeP7S, p7s)
	w.On(told(signatures("text", "bir\n"), "iki\n"))
	w.wantProblem(fault.DocumentUnreadable)
}

// TestSignaturesOverPDF waits for pdf.js, and holds its pages against the strict reader's.
func TestSignaturesOverPDF(t *testing.T) {
	r := signatures("pdf", minimalPDF)
	r.PDF = onePage.PDF
	w := reads(t, "sozlesme.pdf.p7s", typeP7S, p7s)
	w.On(told(r, minimalPDF), loop.EndSeen{})
	if d := w.View().Document; d.Read || d.IsChecked || d.Inspection.Pages != 1 {
		t.Errorf("%+v", d)
	}
	w.On(shaped)
	w.goOn()
	w.wantPast(screen.StepDocument)
	w = reads(t, "sozlesme.pdf.p7s", typeP7S, p7s)
	w.On(told(r, minimalPDF), loop.PagesShaped{ID: shaped.ID})
	w.wantProblem(fault.DocumentAmbiguous)
}

// TestSignaturesOverWhatIsNotShown has the person say that they know what they sign: an archive in the file, or what is elsewhere.
func TestSignaturesOverWhatIsNotShown(t *testing.T) {
	for title, said := range map[string]loop.Inspected{
		"Bu pencere bu belgeyi gösteremez":  told(signatures("zip", archive), archive),
		"İmzalanan içerik bu dosyada değil": told(elsewhere(), ""),
	} {
		w := reads(t, "a.p7s", typeP7S, p7s)
		w.On(said, loop.EndSeen{})
		w.goOn()
		w.wantStep(screen.StepDocument)
		v := w.View()
		if !v.Document.IsUnseen() || v.Title != title {
			t.Errorf("%q, want %q", v.Title, title)
		}
		w.On(loop.Confirm{OK: true})
		w.goOn()
		w.wantPast(screen.StepDocument)
	}
}

// asksBeside has the page ask for a further signature in a file, beside the text that its signatures are over.
func asksBeside(t *testing.T, c protocol.CAdESOptions) *Window {
	t.Helper()
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Format, r.Together, r.CAdES = "", protocol.FormatCAdES, true, &c
	r.Documents = []protocol.DocumentInfo{{Name: "onay.txt", MediaType: "text/plain", Size: 4}, {Name: "onay.p7s", MediaType: typeP7S, Size: int64(len(p7s))}}
	w.Page(protocol.PageSign, r)
	w.Chunk(0, 0, "bir\n")
	w.Chunk(1, 0, p7s)
	w.On(loop.Continue{}, loop.Continue{})
	return w
}

// TestSignaturesBesideTheirContent has the inspector judge signatures over the document that the person has read before.
func TestSignaturesBesideTheirContent(t *testing.T) {
	w := asksBeside(t, protocol.CAdESOptions{Form: protocol.CAdESParallel})
	if d := w.View().Document; d.Index != 1 || string(d.Beside) != "bir\n" || d.Read {
		t.Fatalf("%+v", d)
	}
	r := elsewhere()
	r.Given = hexDigest("bir\n")
	w.On(told(r, ""))
	if v := w.View(); !v.Document.Read || v.Title != "Dosyadaki imzalara bakın" {
		t.Errorf("%q, read: %t", v.Title, v.Document.Read)
	}
	w.goOn()
	w.wantPast(screen.StepDocument)
	for name, window := range map[string]*Window{"another content": asksBeside(t, protocol.CAdESOptions{Form: protocol.CAdESParallel}), "none": reads(t, "a.p7s", typeP7S, p7s)} {
		r.Given = hexDigest("iki\n")
		window.On(told(r, ""))
		if got := window.View().Problem; got != fault.DocumentUnreadable {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestCounterSignedIsNamed tells the person which signature of the file they will sign.
func TestCounterSignedIsNamed(t *testing.T) {
	const chosen = "Siz bu imzayı imzalayacaksınız."
	for signer, want := range map[int]bool{0: true, 1: false} {
		w := asksBeside(t, protocol.CAdESOptions{Form: protocol.CAdESCounterSignature, Signer: signer})
		w.On(told(elsewhere(), ""))
		entries := w.View().Document.Inspection.Sections[0].Entries
		if slices.Contains(entries[0].Lines, chosen) != want || slices.Contains(entries[1].Lines, chosen) {
			t.Errorf("of %d: %+v", signer, entries)
		}
	}
	w := asksBeside(t, protocol.CAdESOptions{Form: protocol.CAdESParallel})
	w.On(told(elsewhere(), ""))
	if entries := w.View().Document.Inspection.Sections[0].Entries; slices.Contains(entries[0].Lines, chosen) {
		t.Errorf("%+v", entries)
	}
}

// TestSignaturesInAList count as what the window cannot show: nobody has looked whether it can.
func TestSignaturesInAList(t *testing.T) {
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Documents = "", nil
	for range 17 {
		r.Documents = append(r.Documents, protocol.DocumentInfo{Name: "a.p7s", MediaType: typeP7S, Size: int64(len(p7s))})
	}
	w.Page(protocol.PageSign, r)
	for i := range r.Documents {
		w.Chunk(i, 0, p7s)
	}
	w.On(loop.Continue{})
	if l := w.View().List; l.Unseen != 17 || l.Ready || l.Rows[0].Kind != document.KindCMS {
		t.Errorf("%+v", l)
	}
}
