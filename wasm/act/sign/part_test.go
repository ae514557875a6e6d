package sign_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

const (
	eyp    = "PK\x03\x04 a package"
	letter = "%PDF-1.7 the letter"
)

// attached are files in a package: each by its kind, and the letter behind them.
func attached(parts ...report.Part) report.Report {
	r := onePage
	r.Parts, r.Shown = append(parts, part("ustyazi.pdf", "pdf", letter)), len(parts)
	list := report.Section{Title: "report.package.attachments"}
	for i := range parts {
		list.Entries = append(list.Entries, report.Entry{Name: parts[i].Name, Part: &i})
	}
	r.Sections = []report.Section{list}
	return r
}

func part(name, kind, data string) report.Part {
	return report.Part{Name: name, Size: int64(len(data)), SHA256: hexDigest(data), Kind: kind}
}

// readsPackage has the person before a package, read to its end.
func readsPackage(t *testing.T, r report.Report) *Window {
	t.Helper()
	w := reads(t, "mektup.eyp", "application/eyazisma", eyp)
	w.On(inspected(eyp, r), shaped, loop.EndSeen{})
	if d := w.View().Document; !d.Read {
		t.Fatalf("%+v", d)
	}
	return w
}

// opens presses the button of an attachment, and has the inspector give it out.
func (w *Window) opens(number int, data string) {
	w.On(loop.OpenPart{Number: number}, loop.PartRead{Of: hexDigest(eyp), Number: number, Data: []byte(data)})
}

// TestAttachmentIsOpenedAndClosed opens a text in a package, searches it, saves it, and goes back; nothing of that signs.
func TestAttachmentIsOpenedAndClosed(t *testing.T) {
	r := attached(part("ek1.txt", "text", "bir\u202e\n"), part("ek2.zip", "zip", archive))
	w := readsPackage(t, r)
	entries := w.View().Document.Inspection.Sections[0].Entries
	if !entries[0].CanOpen || entries[1].CanOpen {
		t.Errorf("%+v", entries)
	}
	before := len(w.Effects)
	w.On(loop.OpenPart{Number: -1}, loop.OpenPart{Number: 1}, loop.OpenPart{Number: 3}, loop.OpenPart{Number: 0})
	if got := w.Effects[before:]; len(got) != 1 || got[0] != (loop.ReadPart{Number: 0, SHA256: r.Parts[0].SHA256}) {
		t.Errorf("%+v", got)
	}
	for _, close := range []func(){func() { w.On(loop.Back{}) }, func() { w.goOn() }} {
		w.opens(0, "bir\u202e\n")
		v := w.View()
		if d := v.Document; !d.OfDocument || d.Name != "ek1.txt" || d.Read || d.Shown.Marks() != 1 || v.Title != "Belgenin eki" || v.Status != "" {
			t.Fatalf("%q, %q: %+v", v.Title, v.Status, d)
		}
		before := len(w.Effects)
		w.On(loop.Find{Text: "bir"}, loop.Save{}, loop.EndSeen{})
		if w.View().Document.Find.Count != 1 {
			t.Error("it is not searched")
		}
		if got := w.Effects[before:]; len(got) != 1 || string(got[0].(loop.SaveCopy).Data) != "bir\u202e\n" {
			t.Errorf("%+v", got)
		}
		close()
		w.wantStep(screen.StepDocument)
		if d := w.View().Document; d.OfDocument || d.Name != "mektup.eyp" || d.IsChecked || d.Find.Text != "" {
			t.Errorf("%+v", d)
		}
		w.On(inspected(eyp, r), shaped)
	}
	w.On(loop.Continue{Shown: []loop.Part{{Text: hexDigest(letter)}}})
	w.wantPast(screen.StepDocument)
}

// TestAttachmentMustBeTheOneOnTheScreen compares an attachment that the person leaves, and takes no other than was reported.
func TestAttachmentMustBeTheOneOnTheScreen(t *testing.T) {
	r := attached(part("ek1.txt", "text", "bir\n"))
	w := readsPackage(t, r)
	w.opens(0, "bir\n")
	w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: []loop.Part{{Text: "iki\n"}}})...)
	w.wantProblem(fault.ScreenChanged)
	w = readsPackage(t, r)
	w.opens(0, "iki\n")
	w.wantProblem(fault.DocumentUnreadable)
	// What comes late, or was not asked for, changes nothing.
	w = readsPackage(t, r)
	w.opens(0, "bir\n")
	w.opens(0, "bir\n")
	w.On(loop.Back{}, loop.PartRead{Of: hexDigest(eyp), Number: 0, Data: []byte("bir\n")})
	if w.View().Document.OfDocument {
		t.Error("it was opened before the package was read again")
	}
	w.On(inspected(eyp, r), loop.PartRead{Of: hexDigest("another"), Number: 0}, loop.PartRead{Of: hexDigest(eyp), Number: 2})
	w.wantStep(screen.StepDocument)
}

// TestAttachmentIsAPDF has the inspector and pdf.js read it as any PDF. What they refuse is not shown, and ends nothing.
func TestAttachmentIsAPDF(t *testing.T) {
	r := attached(part("ek1.pdf", "pdf", minimalPDF))
	other := loop.PagesShaped{ID: shaped.ID}
	for name, tt := range map[string]struct {
		events   []loop.Event
		isUnseen bool
	}{
		"good":             {[]loop.Event{inspected(minimalPDF, onePage), shaped}, false},
		"two readings":     {[]loop.Event{inspected(minimalPDF, onePage), other}, true},
		"refused":          {[]loop.Event{inspected(minimalPDF, report.Report{Refused: fault.PDFEncrypted})}, true},
		"pdf.js gives up":  {[]loop.Event{loop.Unreadable{Why: "x"}}, true},
		"of the package's": {[]loop.Event{inspected(eyp, r)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := readsPackage(t, r)
			w.opens(0, minimalPDF)
			w.On(tt.events...)
			d := w.View().Document
			if !d.OfDocument || d.IsUnseen() != tt.isUnseen {
				t.Fatalf("%+v", d)
			}
			if u, ok := d.Shown.(*document.Unseen); ok && strings.ReplaceAll(u.Digest(), " ", "") != hexDigest(minimalPDF) {
				t.Errorf("the digest of something else: %s", u.Digest())
			}
			w.goOn()
			if w.View().Document.OfDocument {
				t.Error("it is still there")
			}
		})
	}
}

// TestAttachmentThatCannotBeRead shows what is known of a file that is of another kind than its beginning says.
func TestAttachmentThatCannotBeRead(t *testing.T) {
	w := readsPackage(t, attached(part("ek1.txt", "text", "bir\xff"), part("ek2.png", "png", "\x89PNG\r\n\x1a\n")))
	for n, data := range []string{"bir\xff", "\x89PNG\r\n\x1a\n"} {
		w.opens(n, data)
		if v := w.View(); !v.Document.IsUnseen() || v.Title != "Belgenin eki" {
			t.Errorf("%q: %+v", v.Title, v.Document)
		}
		w.On(loop.Back{}, inspected(eyp, attached(part("ek1.txt", "text", "bir\xff"), part("ek2.png", "png", "\x89PNG\r\n\x1a\n"))))
	}
	if slices.ContainsFunc(w.Effects, func(e loop.Effect) bool { _, ok := e.(loop.SaveCopy); return ok }) {
		t.Error("something was saved")
	}
}
