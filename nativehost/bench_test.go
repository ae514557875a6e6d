//go:build linux

package main_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/testcard"
)

// From the browser's start of the program to its answer to hello, and the memory that it then holds.
func BenchmarkStartUp(b *testing.B) {
	m := withSoftHSM(b)
	var resident []int
	for b.Loop() {
		w := m.open(b)
		w.hello()
		b.StopTimer()
		resident = append(resident, residentKiB(b, w.cmd.Process.Pid))
		w.close()
		b.StartTimer()
	}
	slices.Sort(resident)
	b.ReportMetric(float64(resident[len(resident)/2]), "KiB-resident")
}

func residentKiB(b *testing.B, pid int) int {
	b.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// The first list of a session starts the worker; the later ones only ask it.
func BenchmarkList(b *testing.B) {
	m, _, _ := oneCard(b, testcard.P384)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			w := m.open(b)
			w.hello()
			b.StartTimer()
			w.list()
			b.StopTimer()
			w.close()
			b.StartTimer()
		}
	})
	b.Run("again", func(b *testing.B) {
		w := m.open(b)
		w.hello()
		for b.Loop() {
			w.list()
		}
	})
}

// A round trip with no work behind it.
func BenchmarkPing(b *testing.B) {
	w := withSoftHSM(b).open(b)
	w.hello()
	for b.Loop() {
		w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
	}
}

// From the PIN to the signature, beside the library's own C_Sign.
func BenchmarkSign(b *testing.B) {
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.P256, testcard.P384} {
		b.Run(string(kind), func(b *testing.B) {
			m, c, _ := oneCard(b, kind)
			floor, err := c.token.Signing(kind, []byte{1}, 100)
			if err != nil {
				b.Fatal(err)
			}
			var taken []int64
			for b.Loop() {
				b.StopTimer()
				w, list, shown := m.ready(b, []byte("Onay"))
				b.StartTimer()
				start := time.Now()
				w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
				taken = append(taken, time.Since(start).Nanoseconds())
				b.StopTimer()
				w.close()
				b.StartTimer()
			}
			b.ReportMetric(median(floor), "ns-C_Sign")
			b.ReportMetric(median(taken)-median(floor), "ns-overhead")
		})
	}
}

func median(values []int64) float64 {
	slices.Sort(values)
	return float64(values[len(values)/2])
}
