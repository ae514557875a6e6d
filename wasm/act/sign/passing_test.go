package sign_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// Documents that the window does not hold: they pass through to the host, and are pulled again.

// a playedPage answers pulls with documents of one letter each.
type playedPage struct {
	*Window
	letters string
	given   int // how many pulls are answered
	largest int // how many parts were on their way to the host at once
}

// asksBinary has the page ask for documents of so many bytes each, which no viewer shows.
func asksBinary(t *testing.T, mediaType string, sizes ...int64) *playedPage {
	t.Helper()
	w := open(t)
	w.listed()
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Documents = "", nil
	for i, size := range sizes {
		r.Documents = append(r.Documents, protocol.DocumentInfo{Name: fmt.Sprintf("%d.bin", i), MediaType: mediaType, Size: size})
	}
	w.Page(protocol.PageSign, r)
	return &playedPage{Window: w, letters: "abcdefgh"}
}

// listed has the host greet, and list one certificate.
func (w *Window) listed() {
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
}

// pullsOf are what the page was asked for.
func (w *Window) pullsOf() (pulls []protocol.PagePullBody) {
	for _, e := range w.Effects {
		if p, ok := e.(loop.PostPage); ok {
			if pull, ok := p.Envelope.Body.(protocol.PagePullBody); ok {
				pulls = append(pulls, pull)
			}
		}
	}
	return pulls
}

func (p *playedPage) transfers() (n int) {
	for _, asked := range p.HostAsked() {
		if kind := asked.Envelope.Type; kind == protocol.HostDocument || kind == protocol.HostChunk {
			n++
		}
	}
	return n
}

// giveAll answers all pulls, and has the host answer all that it is given, in turn.
func (p *playedPage) giveAll() {
	p.Helper()
	for answered := p.Answered(); ; {
		if pulls := p.pullsOf(); p.given < len(pulls) {
			for _, pull := range pulls[p.given:] {
				p.given++
				p.Chunk(pull.Document, pull.Offset, strings.Repeat(p.letters[pull.Document:pull.Document+1], int(pull.Length)))
			}
			continue
		}
		p.largest = max(p.largest, p.transfers()-answered)
		if answered == p.transfers() {
			return
		}
		p.Answer(protocol.HostReady, nil)
		answered++
	}
}

// sent are the bytes that the host has got, by document, as digests.
func (p *playedPage) sent() map[int]string {
	sums := map[int]string{}
	whole := map[int][]byte{}
	for _, a := range p.HostAsked() {
		if a.Envelope.Type == protocol.HostChunk {
			var body protocol.HostChunkBody
			if err := json.Unmarshal(a.Envelope.Body, &body); err != nil {
				p.Fatal(err)
			}
			if body.Offset != int64(len(whole[body.Document])) {
				p.Fatalf("document %d goes on at %d after %d bytes", body.Document, body.Offset, len(whole[body.Document]))
			}
			whole[body.Document] = append(whole[body.Document], a.Data...)
		}
	}
	for i, data := range whole {
		sums[i] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return sums
}

const mib = 1 << 20

// A document that is larger than the window holds passes through: few parts are on their way at a time, and no byte is
// requested before the host has room.
func TestLargeDocumentPassesThrough(t *testing.T) {
	p := asksBinary(t, "application/octet-stream", 40*mib, 3, 40*mib)
	if n := len(p.pullsOf()); n != 4 {
		t.Fatalf("%d pulls at first", n)
	}
	for range 4 { // the host answers nothing
		pull := p.pullsOf()[p.given]
		p.given++
		p.Chunk(pull.Document, pull.Offset, strings.Repeat("a", int(pull.Length)))
	}
	if n := len(p.pullsOf()); n > 8 {
		t.Errorf("%d pulls while the host answers nothing", n)
	}
	p.giveAll()
	if p.largest > 12 {
		t.Errorf("%d parts on their way at once", p.largest)
	}
	want := map[int]string{}
	for i, size := range []int{40 * mib, 3, 40 * mib} {
		want[i] = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Repeat(p.letters[i:i+1], size))))
	}
	if got := p.sent(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the host got %v, want %v", got, want)
	}
	p.On(loop.Continue{})
	for range 3 {
		p.wantStep(screen.StepDocument)
		p.On(loop.Confirm{OK: true}, loop.Continue{})
	}
	p.wantStep(screen.StepCertificate)
	sign := p.signs()
	for i, digest := range sign.Shown {
		if fmt.Sprintf("%x", digest) != want[i] {
			t.Errorf("document %d: shown %x", i, digest)
		}
	}
}

// signs goes on from the certificate, and returns what the host is asked.
func (w *Window) signs() protocol.HostSignBody {
	w.Helper()
	w.On(loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	w.wantStep(screen.StepWorking)
	body, _ := windowtest.Sent[protocol.HostSignBody](&w.Surroundings)
	return body
}

// Another host gets the documents again: those that the window holds from it, all others from the page. The signature waits
// until they are there.
func TestAnotherHostGetsDocumentsOfThePage(t *testing.T) {
	p := asksBinary(t, "application/octet-stream", 40*mib, 3)
	p.giveAll()
	p.On(loop.Continue{}, loop.Confirm{OK: true}, loop.Continue{}, loop.Confirm{OK: true}, loop.Continue{})
	p.wantStep(screen.StepCertificate)
	p.On(loop.HostClosed{Reason: "Native host has exited."}, loop.Retry{})
	p.listed()
	p.On(loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	p.wantStep(screen.StepWorking)
	asked := p.Asked()
	if asked[len(asked)-1] == "sign" {
		t.Fatal("signed before the documents were there")
	}
	p.giveAll()
	asked = p.Asked()
	if want := []string{"hello", "certificates", "document", "chunk"}; fmt.Sprint(asked[:4]) != fmt.Sprint(want) || asked[len(asked)-1] != "sign" {
		t.Errorf("asked %v", asked)
	}
	if n := len(p.sent()); n != 2 {
		t.Errorf("%d documents", n)
	}
}

// A page that hands out other bytes the second time ends the request.
func TestOtherBytesAtTheSecondPull(t *testing.T) {
	t.Run("for another host", func(t *testing.T) {
		p := asksBinary(t, "application/octet-stream", 40*mib)
		p.giveAll()
		p.On(loop.Continue{}, loop.HostClosed{Reason: "Native host has exited."}, loop.Retry{})
		p.listed()
		p.letters = "x"
		p.giveAll()
		p.wantProblem(fault.DocumentChanged)
	})
	t.Run("for the screen", func(t *testing.T) {
		p := asksBinary(t, protocol.MediaTypeText, 10*mib, 10*mib, 10*mib, 10*mib)
		p.giveAll()
		p.On(loop.Continue{})
		for range 2 {
			p.On(loop.Continue{})
		}
		p.wantStep(screen.StepDocument)
		p.letters = "xxxx"
		p.On(loop.Continue{})
		p.giveAll()
		p.wantProblem(fault.DocumentChanged)
	})
	t.Run("for a copy", func(t *testing.T) {
		p := asksBinary(t, "application/octet-stream", 40*mib)
		p.giveAll()
		p.letters = "x"
		p.On(loop.Continue{}, loop.Save{})
		p.giveAll()
		p.wantProblem(fault.DocumentChanged)
		for _, e := range p.Effects {
			if c, ok := e.(loop.SaveCopy); ok && c.Last {
				t.Error("a copy was saved")
			}
		}
	})
}

// A document that the window does not hold is pulled again to be shown, and read then.
func TestDocumentIsPulledAgainForTheScreen(t *testing.T) {
	p := asksBinary(t, protocol.MediaTypeText, 10*mib, 10*mib, 10*mib, 10*mib)
	p.giveAll()
	pulls := len(p.pullsOf())
	p.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, loop.Continue{})
	if v := p.View().Document; v.Index != 3 || v.Whole {
		t.Fatalf("document %d, whole %v", v.Index, v.Whole)
	}
	p.On(loop.Continue{}) // nothing is there to go on from
	p.giveAll()
	if n := len(p.pullsOf()) - pulls; n != 20 {
		t.Errorf("%d pulls for it", n)
	}
	if v := p.View().Document; v.Index != 3 || !v.Whole {
		t.Errorf("document %d, whole %v", v.Index, v.Whole)
	}
	p.On(loop.Continue{})
	p.wantStep(screen.StepCertificate)
	if n := len(p.sent()); n != 4 {
		t.Errorf("the host got %d documents", n)
	}
	p.signs()
}

// A copy of a large document is saved part by part, from the page.
func TestCopyOfALargeDocument(t *testing.T) {
	p := asksBinary(t, "application/octet-stream", 40*mib)
	p.giveAll()
	p.On(loop.Continue{}, loop.Save{}, loop.Save{})
	p.giveAll()
	var size, saved int
	for _, e := range p.Effects {
		if c, ok := e.(loop.SaveCopy); ok {
			size += len(c.Data)
			if c.First != (size == len(c.Data)) {
				t.Errorf("first %v after %d bytes", c.First, size)
			}
			if c.Last {
				saved++
			}
		}
	}
	if size != 40*mib || saved != 1 {
		t.Errorf("%d bytes, saved %d times", size, saved)
	}
}

// What says that it is a PDF is looked at, also where it only passes through.
func TestPassingDocumentOfAnotherKind(t *testing.T) {
	p := asksBinary(t, "text/csv", 40*mib)
	p.giveAll()
	p.wantStep(screen.StepWho)
	p = asksBinary(t, "image/png", 30*mib, 30*mib)
	p.giveAll()
	p.wantProblem(fault.DocumentMismatch)
}
