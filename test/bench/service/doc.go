// Package service measures web rp serve, as a real process beside the sandbox's, through HTTP alone. Files are signed by a key in
// software.
//
// The floor of a validation is what cannot be done without: verifying the six signatures that it rests on (the signer's, the
// certificate's, the CA's, the responder's certificate's, the answer's, the list's).
package service

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

// Stages of the measurement.
const (
	clients = 64
	alone   = 300  // validations of one client
	many    = 4000 // of all clients
	// stuck is how many of the clients ask for files whose responder hangs.
	stuck = 8
)

// Measure adds the rows of the service. It wants what make build builds.
func Measure(t e2e.T, b *table.Table) {
	w := newWorld(t)
	least := verifications(t)
	b.Add("floor: a validation's six signatures verified, processor time", "ms", []float64{float64(least)})
	file := w.signedFile(w.sandbox)
	offline := w.offline(file)
	for _, stage := range []struct {
		name    string
		body    []byte
		clients int
		n       int
	}{
		{"offline, 1 client", offline, 1, alone},
		{"offline, 64 clients", offline, clients, many},
		{"online, 1 client", file.online(t), 1, alone},
		{"online, 64 clients", file.online(t), clients, many},
	} {
		least.rows(b, stage.name, w.validate(stage.body, stage.clients, stage.n))
	}
	slow := w.signedFile(w.silent)
	w.silent.Misbehave("ocsp", "hang")
	stop := w.beside(slow.online(t))
	m := w.validate(file.online(t), clients-stuck, many)
	stop()
	least.rows(b, fmt.Sprintf("online, %d clients, %d more hang", clients-stuck, stuck), m)
}

// milliseconds are those of a processor.
type milliseconds float64

// rows adds what a stage has measured.
func (least milliseconds) rows(b *table.Table, stage string, m measured) {
	b.Add("service: validations/s and processor, "+stage, "1/s", []float64{1000 / m.processor}).Against(1000 / float64(least))
	b.Add("service: validations/s, "+stage, "1/s", []float64{m.perSecond})
	b.Add("service: a file → its report, "+stage, "ms", m.times).Against(float64(least))
}

// verifications returns how long a processor takes for the signatures of a validation: the sandbox's CAs have P-384, its
// responder and the signer P-256.
func verifications(t e2e.T) milliseconds {
	ofSmall, ofLarge := sha256.Sum256([]byte("x")), sha512.Sum384([]byte("x"))
	small, bySmall := signedBy(t, elliptic.P256(), ofSmall[:])
	large, byLarge := signedBy(t, elliptic.P384(), ofLarge[:])
	const rounds = 200
	began := processorTime(t)
	for range rounds {
		for range 2 { // the signer's, the answer's
			if !ecdsa.VerifyASN1(small, ofSmall[:], bySmall) {
				t.Fatalf("a good signature does not verify")
			}
		}
		for range 4 { // the certificate's, the CA's, the responder's certificate's, the list's
			if !ecdsa.VerifyASN1(large, ofLarge[:], byLarge) {
				t.Fatalf("a good signature does not verify")
			}
		}
	}
	return milliseconds((processorTime(t) - began) / rounds)
}

func signedBy(t e2e.T, curve elliptic.Curve, digest []byte) (public *ecdsa.PublicKey, signature []byte) {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err == nil {
		signature, err = ecdsa.SignASN1(rand.Reader, key, digest)
	}
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return &key.PublicKey, signature
}

// processorTime returns what this process has taken, in milliseconds.
func processorTime(t e2e.T) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatalf("getrusage: %v", err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// measured is what a stage came to.
type measured struct {
	perSecond float64
	times     []float64 // milliseconds, of each validation
	processor float64   // milliseconds of the service, for each validation
}

// validate has so many clients ask n times in all, each again as soon as it has its answer.
func (w *world) validate(body []byte, clients, n int) (m measured) {
	w.t.Helper()
	var mu sync.Mutex
	var next atomic.Int64
	var group sync.WaitGroup
	processor, start := w.processor(), time.Now()
	for range clients {
		group.Go(func() {
			for next.Add(1) <= int64(n) {
				began := time.Now()
				status, answer, err := w.call("/v1/validate", body)
				took := float64(time.Since(began)) / float64(time.Millisecond)
				if err != nil || status != http.StatusOK || !passed(answer) {
					w.t.Fatalf("a validation: %d %.500s %v", status, answer, err)
				}
				mu.Lock()
				m.times = append(m.times, took)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(m.times) != n {
		w.t.Fatalf("%d of %d validations", len(m.times), n)
	}
	m.perSecond = float64(n) / time.Since(start).Seconds()
	m.processor = (w.processor() - processor) / float64(n)
	return m
}

// beside has clients ask for a file again and again, whatever comes of it, until stop is called.
func (w *world) beside(body []byte) (stop func()) {
	over := make(chan struct{})
	var group sync.WaitGroup
	for range stuck {
		group.Go(func() {
			for {
				_, _, _ = w.call("/v1/validate", body)
				select {
				case <-over:
					return
				default:
				}
			}
		})
	}
	return func() {
		close(over)
		group.Wait()
	}
}

// temporary returns a folder that goes with the bench.
func temporary(t e2e.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e-onay-bench-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
