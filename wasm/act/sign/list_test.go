package sign_test

import (
	"fmt"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// asksMany has the page ask for so many texts of one chunk, and one archive behind them where withArchive is set.
func asksMany(t *testing.T, n int, withArchive bool) *playedPage {
	t.Helper()
	w := open(t)
	w.listed()
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Documents = "", nil
	for i := range n {
		r.Documents = append(r.Documents, protocol.DocumentInfo{Name: fmt.Sprintf("Reçete %04d.txt", i), MediaType: protocol.MediaTypeText, Size: 5})
	}
	if withArchive {
		r.Documents = append(r.Documents, protocol.DocumentInfo{Name: "EKLER.zip", MediaType: "application/zip", Size: 5})
	}
	w.Page(protocol.PageSign, r)
	p := &playedPage{Window: w}
	for i := range r.Documents {
		p.letters += string(rune('a' + i%26))
	}
	return p
}

// Many documents are a list: nothing goes on before all have come, any can be opened and left, and each is signed.
func TestManyDocumentsAreAList(t *testing.T) {
	p := asksMany(t, 1000, false)
	p.On(loop.Continue{})
	p.wantStep(screen.StepList)
	if l := p.View().List; l.Ready || l.Percent == 100 || len(l.Rows) != 50 || l.Found != 1000 {
		t.Fatalf("%+v", l)
	}
	p.On(loop.Continue{})
	p.wantStep(screen.StepList)
	p.giveAll()
	if l := p.View().List; !l.Ready || l.Percent != 100 || l.Rows[0].Kind != document.KindText {
		t.Fatalf("%+v", l)
	}
	p.On(loop.TurnList{Step: 1})
	if row := p.View().List.Rows[0]; row.Index != 50 || row.Name != "Reçete 0050.txt" {
		t.Errorf("%+v", row)
	}
	p.On(loop.TurnList{Step: -1}, loop.TurnList{Step: -1}, loop.Find{Text: "REÇETE 099"})
	if l := p.View().List; l.Found != 10 || l.Rows[9].Index != 999 {
		t.Errorf("%+v", l)
	}
	p.On(loop.OpenDocument{Index: 995})
	p.wantStep(screen.StepDocument)
	if d := p.View().Document; !d.Whole || d.Name != "Reçete 0995.txt" {
		t.Errorf("%+v", d)
	}
	p.On(loop.Continue{})
	p.wantStep(screen.StepList)
	if l := p.View().List; l.Opened != 1 || !l.Rows[5].IsOpened || l.Found != 10 {
		t.Errorf("%+v", l)
	}
	p.On(loop.Continue{})
	p.wantStep(screen.StepCertificate)
	p.On(loop.Back{})
	p.wantStep(screen.StepList)
	p.On(loop.Continue{})
	if sign := p.signs(); len(sign.Shown) != 1000 {
		t.Errorf("%d digests", len(sign.Shown))
	}
}

// What the window cannot show stands first, and the person says once that they know it all.
func TestListWithWhatCannotBeShown(t *testing.T) {
	p := asksMany(t, 20, true)
	p.giveAll()
	p.On(loop.Continue{})
	l := p.View().List
	if l.Unseen != 1 || l.Ready || l.Rows[0].Name != "EKLER.zip" || !l.Rows[0].Unseen {
		t.Fatalf("%+v", l)
	}
	p.On(loop.Continue{})
	p.wantStep(screen.StepList)
	p.On(loop.OpenDocument{Index: 20})
	if d := p.View().Document; !d.IsUnseen() || !d.OfList {
		t.Errorf("%+v", d)
	}
	p.On(loop.Back{}, loop.Confirm{OK: true}, loop.Continue{})
	p.wantStep(screen.StepCertificate)
}

// A document that was opened from the list stands there as it is signed, or the request ends.
func TestOpenedDocumentWasRewritten(t *testing.T) {
	p := asksMany(t, 17, false)
	p.giveAll()
	p.On(loop.Continue{}, loop.OpenDocument{Index: 3}, loop.Continue{Shown: []loop.Part{{Text: "other"}}})
	p.wantProblem(fault.ScreenChanged)
}

// Sixteen documents are read one after the other, as one is.
func TestFewDocumentsHaveNoList(t *testing.T) {
	p := asksMany(t, 16, false)
	p.giveAll()
	p.On(loop.Continue{})
	p.wantStep(screen.StepDocument)
	p.On(loop.OpenDocument{Index: 5}, loop.TurnList{Step: 1})
	if d := p.View().Document; d.Index != 0 || d.OfList {
		t.Errorf("%+v", d)
	}
}

// More documents than a request may have, or more bytes than all may have, end it.
func TestTooManyOrTooLargeTogether(t *testing.T) {
	p := asksMany(t, protocol.MaxDocuments+1, false)
	p.wantProblem(fault.RequestInvalid)
	q := asksBinary(t, "application/octet-stream", protocol.MaxRequest, 1)
	q.wantProblem(fault.RequestTooLarge)
}

// While a card signs many, the window says how long the rest takes: not at once, and not more often than every few seconds.
func TestTimeLeft(t *testing.T) {
	p := asksMany(t, 250, false)
	p.giveAll()
	p.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	asked := p.HostAsked()
	signed := func(done int) {
		p.Host(0, protocol.HostProgress, protocol.HostProgressBody{Request: asked[len(asked)-1].Envelope.ID, Stage: protocol.HostStageSigning, Done: done, Total: 250})
	}
	signed(1)
	first := p.View().Status
	signed(20)
	if v := p.View(); v.SecondsLeft != 0 || v.Status != first || v.Title == "" {
		t.Errorf("%d seconds, %q", v.SecondsLeft, v.Status)
	}
	p.On(loop.Elapsed{Timer: loop.TimerPace})
	if v := p.View(); v.SecondsLeft != 34 || v.Status == first { // 20 in 3 s
		t.Errorf("%d seconds, %q", v.SecondsLeft, v.Status)
	}
	signed(100)
	p.On(loop.Elapsed{Timer: loop.TimerPace})
	if v := p.View(); v.SecondsLeft != 9 || v.Text != v.Status {
		t.Errorf("%d seconds, %q, %q", v.SecondsLeft, v.Status, v.Text)
	}
	if p.Has(loop.SetTimer{Timer: loop.TimerPace}) || !p.Has(loop.SetTimer{Timer: loop.TimerPace, Wait: 3000}) {
		t.Error("no other look follows")
	}
}

// The last screen names no more documents than a person reads.
func TestEndOfManyDocuments(t *testing.T) {
	p := asksMany(t, 300, false)
	p.giveAll()
	p.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	p.wantStep(screen.StepWorking)
	outcomes := make([]protocol.Outcome, 300)
	for i := range outcomes {
		if i < 100 {
			p.part(protocol.SignaturePart{Document: i, Data: []byte{1}, Last: true})
		} else {
			outcomes[i].Code = fault.Cancelled
		}
	}
	p.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: outcomes})
	p.wantStep(screen.StepDone)
	if end := p.View().End; len(end.Signed) != 0 || end.SignedCount != 100 || len(end.NotSigned.Documents) != 50 || end.NotSigned.More != 150 {
		t.Errorf("%d, %d signed, %d not and %d more", len(end.Signed), end.SignedCount, len(end.NotSigned.Documents), end.NotSigned.More)
	}
}
