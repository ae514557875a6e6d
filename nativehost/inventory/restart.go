package inventory

import (
	"sync"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// restartForNewService ends all workers if the PC/SC service has ended or started since they were asked; the next question
// starts others. A library that has lost the service neither notices that nor finds the next one.
func (i *Inventory) restartForNewService() {
	epoch := i.Readers.Epoch()
	if epoch == i.serviceEpoch {
		return
	}
	i.serviceEpoch = epoch
	var ending sync.WaitGroup
	for _, w := range i.workers {
		ending.Go(w.Close)
	}
	ending.Wait()
}

// restartForRemovedCards marks the libraries that have listed a card which was removed since, also if it is back: some list
// it as they knew it, and fail at the next login.
func (i *Inventory) restartForRemovedCards() {
	for _, t := range i.tokens {
		if in := t.Place.Insertion(); in != (reader.Insertion{}) && !i.Readers.Inserted(in) {
			i.needsRestart[t.Worker.Module()] = true
		}
	}
}
