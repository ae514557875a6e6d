package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

// libraryRows are what the benchmarks of package nativehost tell of the host and its library, by benchmark and unit.
var libraryRows = []struct {
	benchmark, unit string
	name, shown     string
	scale           float64
}{
	{"VirtualCard", "ns-overhead", "PIN → signature, worker and OpenSC, minus the card's own time", "ms", 1e-6},
	{"AfterCrash", "ns-after", "worker crashed → next signature", "ms", 1e-6},
	{"OneLogin/RSA_2048", "%-of-bare-loop", "1,000 signatures on one login, of a bare C_Sign loop, RSA 2048", "%", 1},
	{"OneLogin/EC_P-384", "%-of-bare-loop", "1,000 signatures on one login, of a bare C_Sign loop, P-384", "%", 1},
	{"PDFWithFiftySignatures", "ns-beside-card", "PDF with 50 signatures: checked, signed and read again, without the card", "ms", 1e-6},
}

// measureLibrary runs the benchmarks of package nativehost, and shows them as they come.
func (b *bench) measureLibrary(t e2e.T) {
	measured := benchmarks(t, "-bench", ".", "-benchtime", "10x", "./nativehost")
	for _, r := range libraryRows {
		of := measured[r.benchmark]
		value, ok := of[r.unit]
		if !ok {
			t.Fatalf("no %s of the benchmark %s", r.unit, r.benchmark)
		}
		worst, ok := of[r.unit+"-p95"]
		if !ok {
			worst = value
		}
		b.Rows = append(b.Rows, table.Row{Name: r.name, Unit: r.shown, N: int(of[""]), Median: table.Round(value * r.scale), P95: table.Round(worst * r.scale), P99: table.Round(worst * r.scale), Most: table.Round(worst * r.scale)})
	}
}

// benchmarks runs benchmarks of Go, and returns what they print as they go.
func benchmarks(t e2e.T, arguments ...string) map[string]map[string]float64 {
	cmd := exec.Command("go", append([]string{"test", "-run", "^$"}, arguments...)...)
	cmd.Dir = e2e.Root()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("benchmarks %q: %v", arguments, err)
	}
	return metrics(out.String())
}

// metrics reads what `go test -bench` prints: a line for each benchmark, with its name and the number of processors,
// how often it ran, which is under "", and pairs of value and unit.
func metrics(output string) map[string]map[string]float64 {
	all := map[string]map[string]float64{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(fields[0], "Benchmark"), fmt.Sprintf("-%d", runtime.GOMAXPROCS(0)))
		of := map[string]float64{}
		all[name] = of
		of[""], _ = strconv.ParseFloat(fields[1], 64) // another line that begins so tells nothing
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				of[fields[i+1]] = value
			}
		}
	}
	return all
}
