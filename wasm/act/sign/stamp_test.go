package sign_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

const pdf = "%PDF-1.7 ..."

// untilCertificate is a window with a PDF that is to get a stamp, at the choice of the certificate.
func untilCertificate(t *testing.T, options *protocol.PAdESOptions) *Window {
	t.Helper()
	w := beforeChecked(t, options, 1)
	w.Answer(protocol.HostChecked, protocol.DocumentProblems{Problems: []fault.Code{""}})
	return w
}

// beforeChecked is the same with several PDFs, while the host has not said yet which can be signed.
func beforeChecked(t *testing.T, options *protocol.PAdESOptions, documents int) *Window {
	t.Helper()
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Format, r.PAdES = "", protocol.FormatPAdES, options
	r.Documents = slices.Repeat([]protocol.DocumentInfo{{Name: "a.pdf", MediaType: protocol.MediaTypePDF, Size: int64(len(pdf))}}, documents)
	w.Page(protocol.PageSign, r)
	for i := range documents {
		w.Chunk(i, 0, pdf)
	}
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.On(loop.Continue{})
	for range documents {
		w.Answer(protocol.HostReady, nil)
		w.Answer(protocol.HostReady, nil)
		w.On(inspected(pdf, onePage), shaped, loop.EndSeen{}, loop.Continue{})
	}
	w.wantStep(screen.StepCertificate)
	return w
}

var visible = &protocol.PAdESOptions{Stamp: &protocol.Stamp{Page: 2, Width: 100, Height: 50}}

// A person sees the document with its stamp before they type the PIN, and goes on only while that stands there.
func TestStampIsShown(t *testing.T) {
	w := untilCertificate(t, visible)
	w.On(loop.Continue{})
	w.wantStep(screen.StepStamp)
	if asked := lastAsked[protocol.HostPreviewBody](t, w, protocol.HostPreview); asked.Certificate != windowtest.IDA || asked.Document != 0 || !asked.Equal(&protocol.SignatureOptions{Format: protocol.FormatPAdES, Profile: protocol.ProfileP1, PAdES: visible}) {
		t.Errorf("asked %+v", asked)
	}
	w.On(loop.Continue{}) // nothing is shown yet
	w.wantStep(screen.StepStamp)
	w.Answer(protocol.HostPreviewed, protocol.Preview{Appended: []byte("stamp"), Page: 2})
	v := w.View()
	shown, ok := v.Document.Shown.(*document.PDF)
	if !ok || !bytes.Equal(shown.Data, []byte(pdf+"stamp")) || v.Document.Page != 2 || v.Number != 4 || v.Total != 5 {
		t.Fatalf("shown %+v, question %d of %d", v.Document, v.Number, v.Total)
	}
	w.On(loop.Continue{}) // the page is not drawn yet
	w.wantStep(screen.StepStamp)
	w.On(loop.PagesShaped{}, loop.Continue{})
	w.wantStep(screen.StepPIN)
	w.On(loop.Back{})
	w.wantStep(screen.StepStamp)
	w.On(loop.Back{})
	w.wantStep(screen.StepCertificate)
	asked := len(w.HostAsked())
	w.On(loop.Continue{})
	w.wantStep(screen.StepStamp)
	if len(w.HostAsked()) != asked || w.View().Document.Shown == nil {
		t.Error("the same preview is asked for again")
	}
	w.On(loop.PagesShaped{}, loop.Continue{Shown: []loop.Part{{Text: "another"}}})
	w.wantProblem(fault.ScreenChanged)
}

// Of a signature that is invisible there is nothing to show; a host that says anything else is not believed.
func TestStampIsNotShown(t *testing.T) {
	w := untilCertificate(t, &protocol.PAdESOptions{Field: "imza"})
	w.On(loop.Continue{})
	w.Answer(protocol.HostPreviewed, protocol.Preview{})
	w.wantStep(screen.StepPIN)
	for _, bad := range []protocol.Preview{{Page: 1}, {Appended: []byte("a")}, {Page: -1, Appended: []byte("a")}, {Page: 1, Appended: make([]byte, protocol.MaxPreview+1)}} {
		w := untilCertificate(t, visible)
		w.On(loop.Continue{})
		w.Answer(protocol.HostPreviewed, bad)
		w.wantProblem(fault.MessageInvalid)
	}
}

// A browser that cannot draw the document with its stamp ends the request.
func TestStampIsUnreadable(t *testing.T) {
	w := untilCertificate(t, visible)
	w.On(loop.Continue{})
	w.Answer(protocol.HostPreviewed, protocol.Preview{Appended: []byte("stamp"), Page: 2})
	w.On(loop.Unreadable{Why: "xref"})
	w.wantProblem(fault.DocumentUnreadable)
}

// The stamp is shown on a document that gets one: which do, the host says first.
func TestStampOfFirstSignable(t *testing.T) {
	w := beforeChecked(t, visible, 2)
	asked := len(w.HostAsked())
	w.On(loop.Continue{})
	w.wantStep(screen.StepStamp)
	if len(w.HostAsked()) != asked {
		t.Error("a preview is asked for before the documents are checked")
	}
	w.Answer(protocol.HostChecked, protocol.DocumentProblems{Problems: []fault.Code{fault.PDFForbidden, ""}})
	if body := lastAsked[protocol.HostPreviewBody](t, w, protocol.HostPreview); body.Document != 1 {
		t.Errorf("the preview of document %d", body.Document)
	}
	w.Answer(protocol.HostPreviewed, protocol.Preview{Appended: []byte("stamp"), Page: 2})
	w.On(loop.PagesShaped{}, loop.Continue{})
	w.wantStep(screen.StepPIN)
	if v := w.View(); v.Signatures != 1 || len(v.Unsignable.Documents) != 1 {
		t.Errorf("%d signatures, %+v", v.Signatures, v.Unsignable)
	}
}
