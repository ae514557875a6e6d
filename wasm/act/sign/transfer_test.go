package sign_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// pulled is what was asked of the page: document and offset in chunks.
func (w *Window) pulled() (pulls []string) {
	for _, e := range w.Effects {
		p, ok := e.(loop.PostPage)
		if !ok {
			continue
		}
		if pull, ok := p.Envelope.Body.(protocol.PagePullBody); ok {
			pulls = append(pulls, fmt.Sprintf("%d:%d", pull.Document, pull.Offset/protocol.ChunkSize))
		}
	}
	return pulls
}

// asksLarge has the page ask for documents of so many chunks each.
func asksLarge(t *testing.T, chunks ...int) *Window {
	t.Helper()
	w := open(t)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.Stored()
	r := windowtest.SignRequest()
	info := r.Documents[0]
	r.Code, r.Documents = "", nil
	for _, n := range chunks {
		info.Size = int64(n) * protocol.ChunkSize
		r.Documents = append(r.Documents, info)
	}
	w.Page(protocol.PageSign, r)
	return w
}

var wholeChunk = strings.Repeat("a", protocol.ChunkSize)

// Several stretches are asked of the page at a time, also over the end of a document, and several parts are on their way to
// the host; the answers come in their order.
func TestTransfersAreUnderWaySideBySide(t *testing.T) {
	w := asksLarge(t, 3, 1, 2)
	want := []string{"0:0", "0:1", "0:2", "1:0", "2:0", "2:1"}
	for i := range want {
		if got := w.pulled(); fmt.Sprint(got) != fmt.Sprint(want[:min(i+4, len(want))]) {
			t.Fatalf("after %d answers: pulled %v", i, got)
		}
		var document, chunk int
		fmt.Sscanf(want[i], "%d:%d", &document, &chunk)
		w.Chunk(document, int64(chunk)*protocol.ChunkSize, wholeChunk)
	}
	transfers := []string{"document", "chunk", "chunk", "chunk", "document", "chunk", "document", "chunk", "chunk"}
	for i := range transfers {
		if got := w.Asked()[2:]; fmt.Sprint(got) != fmt.Sprint(transfers[:min(i+4, len(transfers))]) {
			t.Fatalf("after %d answers the host was asked %v", i, got)
		}
		w.Answer(protocol.HostReady, nil)
	}
	w.Page(protocol.PageChunk, protocol.PageChunkBody{Document: 2, Offset: 0, Data: []byte("a")})
	w.wantProblem(fault.RequestInvalid)
}

// An answer out of its turn ends the request, also where it was asked for.
func TestChunkOutOfTurn(t *testing.T) {
	w := asksLarge(t, 2)
	w.Chunk(0, protocol.ChunkSize, wholeChunk)
	w.wantProblem(fault.RequestInvalid)
	w = asksLarge(t, 1, 1)
	w.Chunk(1, 0, wholeChunk)
	w.wantProblem(fault.RequestInvalid)
}

// A host that refuses a part ends the attempt, whatever else is under way.
func TestRefusedPart(t *testing.T) {
	w := asksLarge(t, 2)
	w.Chunk(0, 0, wholeChunk)
	w.Chunk(0, protocol.ChunkSize, wholeChunk)
	w.Answer(protocol.HostReady, nil)
	w.Answer(protocol.HostError, protocol.HostFailure{Code: fault.DiskFull})
	w.wantProblem(fault.DiskFull)
	if !w.View().Retriable {
		t.Error("room can be made")
	}
}
