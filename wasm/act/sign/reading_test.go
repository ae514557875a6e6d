package sign_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// reads has the page ask for one document's signature, and the person come to it.
func reads(t *testing.T, name, mediaType, data string) *Window {
	t.Helper()
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code = ""
	r.Documents = []protocol.DocumentInfo{{Name: name, MediaType: mediaType, Size: int64(len(data))}}
	w.Page(protocol.PageSign, r)
	w.Chunk(0, 0, data)
	w.On(loop.Continue{})
	return w
}

const archive = "PK\x03\x04 and so on"

// TestUnseenDocumentNeedsConfirmation signs a document that the window cannot show only after the person has said so.
func TestUnseenDocumentNeedsConfirmation(t *testing.T) {
	w := reads(t, "ekler.zip", "application/zip", archive)
	w.wantStep(screen.StepDocument)
	d := w.View().Document
	if u, ok := d.Shown.(*document.Unseen); !ok || u.Kind != document.KindZIP || !d.IsUnseen() {
		t.Fatalf("shown as %+v", d.Shown)
	}
	goOn := loop.Continue{Shown: parts(d.Shown)}
	w.On(loop.EndSeen{}, goOn)
	w.wantStep(screen.StepDocument)
	w.On(loop.Confirm{OK: true}, loop.Confirm{OK: false}, goOn)
	w.wantStep(screen.StepDocument)
	w.On(loop.Confirm{OK: true}, goOn)
	if step := w.View().Step; step == screen.StepDocument || step == screen.StepFailed {
		t.Errorf("the step is %q", step)
	}
}

// TestUnseenDocumentMustBeTheOneOnTheScreen compares the digest that the person has before them with the document's.
func TestUnseenDocumentMustBeTheOneOnTheScreen(t *testing.T) {
	for _, shown := range [][]loop.Part{nil, {{Text: strings.Repeat("0000 ", 15) + "0000"}}, {{Index: 1, Text: "?"}}} {
		w := reads(t, "ekler.zip", "application/zip", archive)
		w.On(loop.Confirm{OK: true})
		w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: shown})...)
		w.wantProblem(fault.ScreenChanged)
	}
}

// TestTextIsNotConfirmedUnseen has a text's end be needed, whatever else is said.
func TestTextIsNotConfirmedUnseen(t *testing.T) {
	w := reads(t, "onay.txt", "text/plain", windowtest.Consent)
	w.On(loop.Confirm{OK: true})
	w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: parts(w.View().Document.Shown)})...)
	w.wantStep(screen.StepDocument)
}

// TestCopyIsTheDocument saves the very bytes, under a name that is fit for a file.
func TestCopyIsTheDocument(t *testing.T) {
	w := reads(t, "../ekler\u202e.zip", "application/zip", archive)
	before := len(w.Effects)
	w.On(loop.Save{})
	if got := w.Effects[before:]; len(got) != 1 || string(got[0].(loop.SaveCopy).Data) != archive || got[0].(loop.SaveCopy).Name != "_ekler_.zip" {
		t.Errorf("%+v", got)
	}
	w.On(loop.Back{}, loop.Save{})
	if slices.ContainsFunc(w.Effects[before+1:], func(e loop.Effect) bool { _, ok := e.(loop.SaveCopy); return ok }) {
		t.Error("a copy was saved of what is not on the screen")
	}
}

// TestMismatchIsRefused refuses what says that it is a picture or a PDF, and is not.
func TestMismatchIsRefused(t *testing.T) {
	for _, mediaType := range []string{"application/pdf", "image/png", "image/jpeg"} {
		w := reads(t, "belge", mediaType, archive)
		w.wantProblem(fault.DocumentMismatch)
	}
}

// TestCodeMustBeReadable refuses a verification code for a document in which nobody can read one.
func TestCodeMustBeReadable(t *testing.T) {
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	data := archive + windowtest.VerificationCode
	r.Documents = []protocol.DocumentInfo{{Name: "a.zip", MediaType: "application/zip", Size: int64(len(data))}}
	w.Page(protocol.PageSign, r)
	w.Chunk(0, 0, data)
	w.wantProblem(fault.CodeNotInDocument)
}

// TestFind goes through the places of a text, and around.
func TestFind(t *testing.T) {
	w := reads(t, "onay.txt", "text/plain", "bir iki\nüç iki\nİKİ\n")
	for _, tt := range []struct {
		find    loop.Find
		index   int
		count   int
		context string
	}{
		{loop.Find{Text: "iki", Step: 1}, 1, 3, "bir iki"},
		{loop.Find{Text: "iki", Step: 1}, 2, 3, "üç iki"},
		{loop.Find{Text: "iki", Step: 1}, 3, 3, "İKİ"},
		{loop.Find{Text: "iki", Step: 1}, 1, 3, "bir iki"},
		{loop.Find{Text: "iki", Step: -1}, 3, 3, "İKİ"},
		{loop.Find{Text: "dört", Step: 1}, 0, 0, ""},
		{loop.Find{Text: "dört", Step: -1}, 0, 0, ""},
		{loop.Find{Text: "üç", Step: -1}, 1, 1, "üç iki"},
		{loop.Find{}, 0, 0, ""},
	} {
		turn := w.View().Document.Find.Turn
		w.On(tt.find)
		v := w.View()
		f := v.Document.Find
		if f.Index != tt.index || f.Count != tt.count || f.Context != tt.context || f.Turn == turn {
			t.Errorf("%+v: %+v", tt.find, f)
		}
		if tt.index > 0 && !strings.Contains(v.Status, tt.context) {
			t.Errorf("a screen reader is told %q", v.Status)
		}
	}
	w.On(loop.Find{Text: "iki"}, loop.Back{}, loop.Find{Text: "iki"}, loop.Continue{})
	if f := w.View().Document.Find; f.Text != "" {
		t.Errorf("still looking for %q", f.Text)
	}
}

const minimalPDF = "%PDF-1.7\n%%EOF\n"

// TestPDF follows what pdf.js says of a document: its pages, what is found, and that the very bytes were shown.
func TestPDF(t *testing.T) {
	w := reads(t, "sozlesme.pdf", "application/pdf", minimalPDF)
	w.On(loop.Found{Text: "bedel", Index: 2, Count: 5, Context: "bedel\u202e 5"})
	d := w.View().Document
	if d.Find.Index != 2 || d.Find.Count != 5 || d.Find.Context != "bedel⟦U+202E⟧ 5" {
		t.Errorf("%+v", d)
	}
	genuine := loop.Continue{Shown: []loop.Part{{Text: d.Shown.(*document.PDF).Digest()}}}
	w.On(genuine)
	w.wantStep(screen.StepDocument)
	w.On(inspected(minimalPDF, onePage), shaped, loop.EndSeen{}, genuine)
	if step := w.View().Step; step == screen.StepDocument || step == screen.StepFailed {
		t.Errorf("the step is %q", step)
	}
	w = reads(t, "sozlesme.pdf", "application/pdf", minimalPDF)
	w.On(inspected(minimalPDF, onePage), shaped, loop.EndSeen{})
	w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: []loop.Part{{Text: "another"}}})...)
	w.wantProblem(fault.ScreenChanged)
}

// TestUnreadableByTheBrowser refuses what the browser or pdf.js cannot read, while it is on the screen.
func TestUnreadableByTheBrowser(t *testing.T) {
	w := reads(t, "sozlesme.pdf", "application/pdf", minimalPDF)
	w.On(loop.Unreadable{Why: "Invalid PDF structure."})
	w.wantProblem(fault.DocumentUnreadable)
	w = until(t, screen.StepPIN)
	w.On(loop.Unreadable{Why: "of a document that was left"})
	w.wantStep(screen.StepPIN)
}

// What draws pages is loaded ahead of a document that the person will have before them, and only then.
func TestPagesAreExpected(t *testing.T) {
	documents := func(n int, mediaType string) (list []protocol.DocumentInfo) {
		for i := range n {
			list = append(list, protocol.DocumentInfo{Name: fmt.Sprint(i, ".pdf"), MediaType: mediaType, Size: 5})
		}
		return list
	}
	for name, tt := range map[string]struct {
		documents []protocol.DocumentInfo
		want      bool
	}{
		"a PDF":            {documents(1, protocol.MediaTypePDF), true},
		"a package":        {documents(1, protocol.MediaTypeEYP), true},
		"a text":           {documents(1, protocol.MediaTypeText), false},
		"a PDF behind it":  {append(documents(1, protocol.MediaTypeText), documents(1, protocol.MediaTypePDF)...), true},
		"a list of PDFs":   {documents(17, protocol.MediaTypePDF), false},
		"nothing, not yet": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			w.listed()
			w.Stored()
			r := windowtest.SignRequest()
			r.Code, r.Documents = "", tt.documents
			if tt.documents != nil {
				w.Page(protocol.PageSign, r)
			}
			if v := w.View(); v.HasPages != tt.want {
				t.Errorf("pages are expected: %v, at %s", v.HasPages, v.Step)
			}
		})
	}
}
