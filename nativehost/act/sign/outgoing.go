package sign

import (
	"cmp"
	"context"
	"crypto"
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

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
	files     [][]int // the places of the documents that each file is of

	told   atomic.Int64 // of how many files the outcome is known
	whole  chan signedFile
	room   *semaphore.Weighted // bytes of files that are whole and have not left
	sent   int
	left   []bool  // by file: it was sent
	failed []error // by file: why there is none
	broken error   // why no entry can be written
	done   sync.WaitGroup
}

// maxWaiting is how many new bytes of files wait to leave, before the card waits for them.
const maxWaiting = 32 << 20

// signedFile is a signed file, by its place.
type signedFile struct {
	file   int
	pieces ades.Pieces
}

// size is how many of its bytes are new, at most maxWaiting.
func (f signedFile) size() int64 {
	var size int64
	for _, p := range f.pieces {
		size += int64(len(p.Bytes))
	}
	return min(size, maxWaiting)
}

// newOutgoing begins to take signed files. stop ends the card's work once no entry can be written.
func newOutgoing(ctx context.Context, stop context.CancelCauseFunc, r act.Request, j *act.Journal, entry journal.Act, documents []*document, files [][]int) *outgoing {
	o := &outgoing{
		request: r, journal: j, entry: entry, documents: documents, files: files,
		whole: make(chan signedFile, len(files)), room: semaphore.NewWeighted(maxWaiting), left: make([]bool, len(files)), failed: make([]error, len(files)),
	}
	o.done.Go(func() {
		for first := range o.whole {
			group := o.group(first)
			if o.broken == nil {
				o.broken = o.send(ctx, group)
			}
			for _, f := range group {
				o.room.Release(f.size())
			}
			if o.broken != nil && o.told.Load() < int64(len(files)) {
				stop(o.broken)
			}
		}
	})
	return o
}

// tell takes what became of a file.
func (o *outgoing) tell(file int, signed ades.Pieces, err error) {
	o.told.Add(1)
	if err != nil {
		o.failed[file] = err
		return
	}
	f := signedFile{file, signed}
	_ = o.room.Acquire(context.Background(), f.size()) // what waits always leaves, or is dropped
	o.whole <- f
}

// group returns the file and all that wait behind it.
func (o *outgoing) group(first signedFile) []signedFile {
	group := []signedFile{first}
	for range len(o.whole) {
		group = append(group, <-o.whole)
	}
	return group
}

// send journals files, and sends them then: as many in one entry as fit. The documents of one file may take several entries.
func (o *outgoing) send(ctx context.Context, files []signedFile) error {
	for len(files) > 0 {
		n, places := o.fitting(files)
		for _, entry := range o.entriesOf(places) {
			if err := o.journal.RecordProduct(ctx, entry); err != nil {
				return err
			}
		}
		for _, f := range files[:n] {
			deliver(o.request, partsOf(f, o.files[f.file]))
			o.left[f.file] = true
		}
		o.sent += n
		o.request.Count(o.sent, len(o.files))
		files = files[n:]
	}
	return nil
}

// fitting returns how many files' documents fit into one entry, at least one's, and their places.
func (o *outgoing) fitting(files []signedFile) (n int, places []int) {
	var all []int
	for _, f := range files {
		all = append(all, o.files[f.file]...)
	}
	room := journal.Fitting(o.journaled(all))
	count := 0
	for n < len(files) && (n == 0 || count+len(o.files[files[n].file]) <= room) {
		count += len(o.files[files[n].file])
		n++
	}
	return n, all[:count]
}

// journaled are documents as an entry has them.
func (o *outgoing) journaled(places []int) (documents []journal.Document) {
	for _, place := range places {
		d := o.documents[place]
		documents = append(documents, journal.Document{Name: d.name, Digest: hex.EncodeToString(d.digest(crypto.SHA256))})
	}
	return documents
}

// entriesOf are the entries of documents: as many in each as fit.
func (o *outgoing) entriesOf(places []int) (entries []journal.Act) {
	for documents := o.journaled(places); len(documents) > 0; {
		entry := o.entry
		n := journal.Fitting(documents)
		entry.Documents, documents = documents[:n], documents[n:]
		entries = append(entries, entry)
	}
	return entries
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
	outcomes := make([]protocol.Outcome, len(o.files))
	byCode := map[fault.Code][]int{}
	var codes []fault.Code // in the order of the files
	for i, places := range o.files {
		if o.left[i] {
			continue
		}
		failed := err
		if !nothing {
			failed = cmp.Or(o.failed[i], o.broken, err)
			o.journal.Log.Info("not signed", "request", o.request.ID, "file", i, "error", failed)
		}
		code := fault.CodeOf(failed)
		outcomes[i].Code = code
		if byCode[code] == nil {
			codes = append(codes, code)
		}
		byCode[code] = append(byCode[code], places...)
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
	for _, entry := range o.entriesOf(places) {
		_ = o.journal.Note(ctx, o.request, entry, fault.New(code, nil)) // it returns what it was given
	}
}
