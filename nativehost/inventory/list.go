package inventory

import (
	"context"
	"path/filepath"
	"strings"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// List asks the libraries, round after round, until each card has shown a certificate. What they show becomes the latest
// list. A library that fails is a finding of the list.
func (i *Inventory) List(ctx context.Context) (*protocol.CertificateList, error) {
	snapshot, selection := i.takeSnapshot(ctx)
	m := newMerger(i)
	asked := 0
	for _, round := range selection.Rounds {
		if asked > 0 && snapshot.allHaveCertificates() || i.allHeldByOthers(snapshot) {
			break
		}
		asked += len(round)
		i.askRound(ctx, round, m, snapshot)
		if err := context.Cause(ctx); err != nil {
			return nil, fault.New(fault.Cancelled, err)
		}
	}
	i.explain(m, snapshot, selection, asked)
	m.fit()
	m.list.Readers = snapshot.list()
	i.visibleReaders = snapshot.readersWithToken()
	i.certificates, i.tokens = m.certificates, m.tokens
	i.mu.Lock()
	i.awaitsRelease = snapshot.lacksHeldCard()
	i.mu.Unlock()
	return &m.list, nil
}

// askRound asks the libraries of one round side by side, and adds what they show in their order.
func (i *Inventory) askRound(ctx context.Context, round []module.Library, m *merger, snapshot *readerSnapshot) {
	listings := make([]*worker.Listing, len(round))
	failures := make([]error, len(round))
	workers := make([]*worker.Client, len(round))
	var asking sync.WaitGroup
	for k, library := range round {
		workers[k] = i.worker(library)
		restart := i.needsRestart[library.Path]
		asking.Go(func() {
			if restart {
				workers[k].Close()
			}
			listings[k], failures[k] = i.late.list(ctx, workers[k])
		})
	}
	asking.Wait()
	for k, w := range workers {
		if failures[k] != nil {
			i.addFailure(ctx, m, w, failures[k])
			continue
		}
		i.addListing(ctx, m, w, round[k], listings[k], snapshot)
	}
}

// addFailure adds the finding that a library gave no list.
func (i *Inventory) addFailure(ctx context.Context, m *merger, w *worker.Client, err error) {
	if ctx.Err() == nil {
		i.Log.Warn("listing", "module", w.Module(), "error", err)
	}
	delete(i.needsRestart, w.Module()) // the failure has ended its worker
	m.failed++
	finding := protocol.Finding{Code: fault.CodeOf(err), Subject: filepath.Base(w.Module()), Detail: reason(err)}
	m.libraries = append(m.libraries, librarySlice{findings: []protocol.Finding{finding}})
}

// addListing adds what a library shows, with where its tokens are and what is known of their PINs.
func (i *Inventory) addListing(ctx context.Context, m *merger, w *worker.Client, library module.Library, l *worker.Listing, snapshot *readerSnapshot) {
	places := make([]Place, len(l.Tokens))
	for k := range places {
		t := &l.Tokens[k]
		places[k] = i.placeOf(ctx, t, snapshot)
		i.States.Describe(ctx, &t.PIN, places[k].Insertion().Reader, places[k].Family)
	}
	m.slots += l.Slots
	i.needsRestart[w.Module()] = m.add(w, library, l, places)
	for _, atr := range snapshot.note(l, places) {
		i.Served(atr, w.Module())
	}
}

// reason is an error's text without its code, for the log and the help desk.
func reason(err error) string {
	return worker.CleanDetail(strings.TrimPrefix(err.Error(), string(fault.CodeOf(err))+": "))
}
