package sign

import (
	"cmp"
	"context"
	"crypto"
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// outgoing are the signed files of one request on their way out. A goroutine of its own journals those that are whole, as
// many in one entry as have come while it wrote the entry before, and then sends them to the window: a signature neither
// leaves without its entry, nor waits for those behind it.
type outgoing struct {
	request   act.Request
	journal   *act.Journal
	entry     journal.Act // of all, but for the documents
	documents []*document

	told   atomic.Int64 // of how many documents the outcome is known
	whole  chan signedFile
	sent   int
	left   []bool  // by document: its file was sent
	failed []error // by document: why there is no file
	broken error   // why no entry can be written
	done   sync.WaitGroup
}

// signedFile is the signed file of a document, by its place.
type signedFile struct {
	document int
	pieces   ades.Pieces
}

// newOutgoing begins to take signed files. stop ends the card's work once no entry can be written.
func newOutgoing(ctx context.Context, stop context.CancelCauseFunc, r act.Request, j *act.Journal, entry journal.Act, documents []*document) *outgoing {
	o := &outgoing{
		request: r, journal: j, entry: entry, documents: documents,
		whole: make(chan signedFile, len(documents)), left: make([]bool, len(documents)), failed: make([]error, len(documents)),
	}
	o.done.Go(func() {
		for first := range o.whole {
			if o.broken != nil {
				continue
			}
			o.broken = o.send(ctx, o.group(first))
			if o.broken != nil && o.told.Load() < int64(len(documents)) {
				stop(o.broken)
			}
		}
	})
	return o
}

// tell takes what became of a document.
func (o *outgoing) tell(document int, signed ades.Pieces, err error) {
	o.told.Add(1)
	if err != nil {
		o.failed[document] = err
		return
	}
	o.whole <- signedFile{document, signed}
}

// group returns the file and all that wait behind it.
func (o *outgoing) group(first signedFile) []signedFile {
	group := []signedFile{first}
	for range len(o.whole) {
		group = append(group, <-o.whole)
	}
	return group
}

// send journals files, and sends them then: all that fit into one entry at a time.
func (o *outgoing) send(ctx context.Context, files []signedFile) error {
	for len(files) > 0 {
		var places []int
		for _, f := range files {
			places = append(places, f.document)
		}
		entry, n := o.entryOf(places)
		if err := o.journal.RecordProduct(ctx, entry); err != nil {
			return err
		}
		for _, f := range files[:n] {
			deliver(o.request, f)
			o.left[f.document] = true
		}
		o.sent += n
		o.request.Count(o.sent, len(o.documents))
		files = files[n:]
	}
	return nil
}

// entryOf is the entry of the first n documents: as many as fit.
func (o *outgoing) entryOf(places []int) (entry journal.Act, n int) {
	entry = o.entry
	for _, place := range places {
		d := o.documents[place]
		entry.Documents = append(entry.Documents, journal.Document{Name: d.name, Digest: hex.EncodeToString(d.digest(crypto.SHA256))})
	}
	n = journal.Fitting(entry.Documents)
	entry.Documents = entry.Documents[:n]
	return entry, n
}

// end waits until all has left that will, and returns the outcomes. The documents that were not signed are journaled with
// the codes of why: their own, or that of err, which ended the card's work. Where nothing has left, end returns why.
func (o *outgoing) end(ctx context.Context, err error) ([]protocol.Outcome, error) {
	close(o.whole)
	o.done.Wait()
	nothing := !slices.Contains(o.left, true)
	if nothing && o.broken != nil {
		return nil, o.broken
	}
	outcomes := make([]protocol.Outcome, len(o.documents))
	byCode := map[fault.Code][]int{}
	var codes []fault.Code // in the order of the documents
	for i := range o.documents {
		if o.left[i] {
			continue
		}
		failed := err
		if !nothing {
			failed = cmp.Or(o.failed[i], o.broken, err)
			o.journal.Log.Info("not signed", "request", o.request.ID, "document", i, "error", failed)
		}
		code := fault.CodeOf(failed)
		outcomes[i].Code = code
		if byCode[code] == nil {
			codes = append(codes, code)
		}
		byCode[code] = append(byCode[code], i)
	}
	for _, code := range codes {
		o.note(ctx, byCode[code], code)
	}
	if nothing {
		return nil, err
	}
	return outcomes, nil
}

// note journals that documents were not signed, whether there is room for it or not.
func (o *outgoing) note(ctx context.Context, places []int, code fault.Code) {
	for len(places) > 0 {
		entry, n := o.entryOf(places)
		_ = o.journal.Note(ctx, o.request, entry, fault.New(code, nil)) // it returns what it was given
		places = places[n:]
	}
}
