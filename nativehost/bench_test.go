//go:build linux

package main_test

import (
	"crypto/x509"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// From the browser's start of the program to its answer to hello, and the memory that it then holds.
func BenchmarkStartUp(b *testing.B) {
	m := withSoftHSM(b)
	var resident []int
	for b.Loop() {
		w := m.open(b)
		w.hello()
		b.StopTimer()
		resident = append(resident, statusKiB(b, w.cmd.Process.Pid, "VmRSS:"))
		w.close()
		b.StartTimer()
	}
	slices.Sort(resident)
	b.ReportMetric(float64(resident[len(resident)/2]), "KiB-resident")
}

// statusKiB is a value of the kernel's on a process, in KiB.
func statusKiB(b *testing.B, pid int, name string) int {
	b.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), name)
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

// A thousand signatures on one login, each with its attributes, verified: how much of the speed of a bare
// loop of C_Sign on the same library is left. The bare loop has its turn before each, so that what else the machine
// does slows down both.
func BenchmarkOneLogin(b *testing.B) {
	const signatures = 1000
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.P384} {
		b.Run(string(kind), func(b *testing.B) {
			m, c, certificate := oneCard(b, kind)
			client, signer := login(b, m, certificate)
			hash, err := ades.HashFor(certificate.PublicKey)
			if err != nil {
				b.Fatal(err)
			}
			files := cardlogin.Files{Format: signature.CAdES}
			for range signatures {
				files.Documents = append(files.Documents, []ades.Document{ades.NewDocument("", "", []byte("Onay"))})
			}
			with := ades.Signer{Certificate: certificate, Hash: hash}
			var bare, taken time.Duration
			for b.Loop() {
				b.StopTimer()
				floor, err := c.token.Signing(kind, []byte{1}, signatures)
				if err != nil {
					b.Fatal(err)
				}
				bare += time.Duration(sum(floor))
				b.StartTimer()
				start := time.Now()
				tell := func(_ int, _ ades.Pieces, err error) {
					if err != nil {
						b.Error(err)
					}
				}
				if err := cardlogin.SignFiles(b.Context(), signer, with, files, time.Now, tell); err != nil {
					b.Fatal(err)
				}
				taken += time.Since(start)
			}
			signer.Close(b.Context())
			client.Close()
			b.ReportMetric(100*float64(bare)/float64(taken), "%-of-bare-loop")
		})
	}
}

// login logs in to the only token of a machine, as the host does, in this process.
func login(b *testing.B, m *machine, certificate *x509.Certificate) (*worker.Client, *worker.Signer) {
	b.Helper()
	name, value, _ := strings.Cut(m.hsm.Env(), "=")
	b.Setenv(name, value)
	module, err := testcard.Module()
	if err != nil {
		b.Fatal(err)
	}
	client := worker.New(program, module, worker.DefaultLimits)
	listing, err := client.List(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	token := listing.Tokens[0]
	signer, err := client.Open(b.Context(), worker.Key{Slot: token.Slot, Serial: token.Serial, Certificate: certificate.Raw}, worker.Entry{PIN: []byte(pin)})
	if err != nil {
		b.Fatal(err)
	}
	return client, signer
}

// From the PIN to the signature through the worker, OpenSC and the smart card service, without the time
// that the card itself works.
func BenchmarkVirtualCard(b *testing.B) {
	m := withReader(b)
	m.key(b, virtual.Signature, testcard.P384)
	m.put(b)
	var overhead []int64
	for b.Loop() {
		b.StopTimer()
		w := m.open(b)
		w.hello()
		list := w.shows(1)
		shown := w.deliver([]byte("Onay"))
		busy := m.card.Busy()
		b.StartTimer()
		start := time.Now()
		w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
		overhead = append(overhead, (time.Since(start) - (m.card.Busy() - busy)).Nanoseconds())
		b.StopTimer()
		w.close()
		b.StartTimer()
	}
	reportSpread(b, overhead, "ns-overhead")
}

// From the failure that a worker's death is, in the middle of a session, to the next signature: the person's
// typing is not in it.
func BenchmarkAfterCrash(b *testing.B) {
	m, _, _ := oneCard(b, testcard.P384)
	var taken []int64
	for b.Loop() {
		b.StopTimer()
		w, list, shown := m.ready(b, []byte("Onay"))
		request := signRequest(list.Certificates[0], pin, shown)
		killWorker(b, w)
		w.refused(w.ask(protocol.HostSign, request), fault.ModuleCrashed)
		b.StartTimer()
		start := time.Now()
		w.list()
		w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, nil)
		taken = append(taken, time.Since(start).Nanoseconds())
		b.StopTimer()
		w.close()
		b.StartTimer()
	}
	reportSpread(b, taken, "ns-after")
}

// reportSpread reports the median and what nineteen of twenty stay within.
func reportSpread(b *testing.B, values []int64, unit string) {
	b.ReportMetric(median(values), unit)
	b.ReportMetric(float64(values[(len(values)*19+19)/20-1]), unit+"-p95") // median has sorted them
}

func sum(values []int64) (total int64) {
	for _, v := range values {
		total += v
	}
	return total
}

func median(values []int64) float64 {
	slices.Sort(values)
	return float64(values[len(values)/2])
}
