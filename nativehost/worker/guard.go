package worker

import (
	"sync"
	"time"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// guardTime is how long a child whose host has gone tries to reset the card, for which another program may make it wait.
const guardTime = 5 * time.Second

// A guard resets the card that this process has logged in to, if the host ends before it has done so itself.
type guard struct {
	mu      sync.Mutex
	readers []string
	once    sync.Once
}

// keep takes over what the host says of the readers with each request.
func (g *guard) keep(readers []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.readers = readers
}

// reset is called before the process ends, whatever ends it, and returns in time. It takes no notice of a library that
// is stuck: the smart card service serves each connection by itself.
func (g *guard) reset() {
	g.once.Do(func() {
		g.mu.Lock()
		readers := g.readers
		g.mu.Unlock()
		var resetting sync.WaitGroup
		for _, name := range readers {
			resetting.Go(func() { _ = reader.Reset(name, nil) }) // there is no one to tell
		}
		done := make(chan struct{})
		go func() {
			resetting.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(guardTime):
		}
	})
}
