package e2e

import (
	"fmt"
	"os"
	"runtime"
)

// Standalone is the T of a program that is not a test.
type Standalone struct {
	cleanups []func()
	failed   bool
}

// RunStandalone runs f with a T of its own, cleans up, and returns whether nothing failed.
func RunStandalone(f func(t T)) bool {
	s := &Standalone{}
	done := make(chan struct{})
	go func() { // a failure ends only this goroutine, so that the cleaning still happens
		defer close(done)
		f(s)
	}()
	<-done
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
	return !s.failed
}

func (s *Standalone) Helper() {}

func (s *Standalone) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (s *Standalone) Fatalf(format string, args ...any) {
	s.failed = true
	s.Logf(format, args...)
	runtime.Goexit()
}

func (s *Standalone) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }
