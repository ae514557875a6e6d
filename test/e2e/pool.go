package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// A station is a home folder and the browser that was started in it. Starting a browser costs as much as a journey, so the
// worlds of tests take stations that others have left. Each world finds the folder empty but for the browser's profile, the
// browser without tabs and cookies, and the extension as if just installed, or none where it wants none.
type station struct {
	dir     string
	firefox bool
	driver  driver
	broken  bool     // serves no other world
	stops   []func() // end the browser and remove the folder
}

// stations are those that no world is at.
var stations struct {
	sync.Mutex
	free []*station
}

// starting is the T of what outlives its test: a failure fails the test, what is to be cleaned up is kept, and what is said
// then goes to nobody's log.
type starting struct {
	T
	station *station
}

func (s starting) Cleanup(f func()) { s.station.stops = append(s.station.stops, f) }

func (s starting) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// takeStation returns a station, and gives it back at the end of the test.
func takeStation(t T, firefox bool) *station {
	t.Helper()
	s := freeStation(firefox)
	if s == nil {
		s = &station{firefox: firefox}
		s.dir = tempDir(starting{t, s})
	}
	t.Cleanup(func() { s.leave(t) }) // after all of the world has ended
	return s
}

func freeStation(firefox bool) *station {
	stations.Lock()
	defer stations.Unlock()
	for i, s := range stations.free {
		if s.firefox == firefox {
			stations.free = append(stations.free[:i], stations.free[i+1:]...)
			return s
		}
	}
	return nil
}

// browser returns the station's browser with what a world wants of it, and clears it before the rest of the world ends.
func (s *station) browser(t T, o BrowserOptions) *Browser {
	t.Helper()
	t.Cleanup(func() {
		if err := s.clear(); err != nil {
			t.Logf("the browser serves no other test: %v", err)
			s.broken = true
		}
	})
	if s.driver == nil {
		s.driver = startDriver(starting{t, s}, BrowserOptions{Firefox: s.firefox, Profile: o.Profile, Env: s.env()})
	}
	b := &Browser{t: t, driver: s.driver}
	b.provide(installed{o.Extension, o.Private})
	return b
}

// env is the environment of a browser whose hosts will see cards of each kind, one after the other.
func (s *station) env() []string {
	return append(homeEnv(s.dir), testcard.SoftHSMEnv(softHSMDir(s.dir)), testcard.PCSCEnv(readerDir(s.dir)), virtual.OpenSCEnv(readerDir(s.dir)))
}

// hostsEnd is how long hosts may outlive their windows before the browser is ended too.
const hostsEnd = 10 * time.Second

// clear leaves the browser as it was before it served a world.
func (s *station) clear() error {
	if s.driver == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.driver.context(), Patience)
	defer cancel()
	if err := s.driver.clear(ctx); err != nil {
		return err
	}
	return awaitEnd(s.dir, hostsEnd)
}

// leave has the station wait for another world, unless the test has failed.
func (s *station) leave(t T) {
	failed := true
	if t, is := t.(interface{ Failed() bool }); is {
		failed = t.Failed()
	}
	if failed || s.broken || s.driver == nil {
		s.stop()
		return
	}
	if err := s.empty(); err != nil {
		t.Logf("the browser serves no other test: %v", err)
		s.stop()
		return
	}
	stations.Lock()
	defer stations.Unlock()
	stations.free = append(stations.free, s)
}

// empty removes what a world has left in the folder.
func (s *station) empty() error {
	entries, err := os.ReadDir(s.dir)
	for _, entry := range entries {
		if path := filepath.Join(s.dir, entry.Name()); path != profileDir(s.dir) {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	return errors.Join(err, os.RemoveAll(hostsDir(s.dir)))
}

// stop ends the browser and removes the folder.
func (s *station) stop() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil
}

// stopStations ends the browsers that wait for a world.
func stopStations() {
	stations.Lock()
	defer stations.Unlock()
	for _, s := range stations.free {
		s.stop()
	}
	stations.free = nil
}
