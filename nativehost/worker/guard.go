package worker

import (
	"sync"
	"time"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// guardTime is how long a child whose host is gone tries to reset the card, which another program may delay.
const guardTime = 5 * time.Second

// A guard resets the card that this process has logged in to, if the host ends before it has done so itself.
type guard struct {
	mu      sync.Mutex
	readers []string
	once    sync.Once
}

// setReaders notes the readers that the host names with each request.
func (g *guard) setReaders(readers []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.readers = readers
}

// reset is called before the process ends, whatever ends it, and returns in time. It works beside a library that is stuck:
// the smart card service serves each connection by itself.
func (g *guard) reset() {
	g.once.Do(func() {
		g.mu.Lock()
		readers := g.readers
		g.mu.Unlock()
		var resetting sync.WaitGroup
		for _, name := range readers {
			resetting.Go(func() { _ = reader.Reset(name, nil) }) // the host is gone: there is no one to report to
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
