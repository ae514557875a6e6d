package formats_test

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// testHostile reads and judges files that make a reader work, or that look for one that does. None may pass, or cost out of proportion.
func testHostile(t *testing.T, files map[string]string, policy *validation.Policy, moment time.Time, documents ...formats.Document) {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
	for name, file := range files {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		report, err := judgeHostile(file, policy, moment, documents...)
		checkCost(t, name, len(file), processorTime(t)-start)
		runtime.ReadMemStats(&after)
		said := fmt.Sprint(err)
		if err == nil {
			for _, s := range report.Signatures {
				if s.Indication == validation.Passed || s.Intact && s.Format == "XAdES" {
					t.Errorf("%s: %s", name, s.Indication)
				}
			}
			s := report.Signatures[0]
			said = fmt.Sprintf("%d signatures, %s %s", len(report.Signatures), s.Indication, s.SubIndication)
			if len(s.Reasons) > 0 {
				said += " " + string(s.Reasons[0].Code)
			}
		}
		t.Logf("%-32s %6.0f MiB/MB allocated  %.100s", name, float64(after.TotalAlloc-before.TotalAlloc)/(1<<20)/megabytes(len(file)), said)
	}
}

func judgeHostile(file string, policy *validation.Policy, moment time.Time, documents ...formats.Document) (*validation.Report, error) {
	signatures, err := formats.Read(content([]byte(file)), documents...)
	if err != nil {
		return nil, err
	}
	return validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: moment}), nil
}

// trusting is a policy with the anchor of a world, so that all of a path is looked for.
func trusting(w *validationtest.World) *validation.Policy {
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	return policy
}

// perMegabyte is the processor's time for a megabyte of a hostile file. It is twenty times what any takes, so that only work which grows
// faster than the file is over it: `make bench` measures.
const perMegabyte = 2 * time.Second

// checkCost logs what a file cost, and refuses what is out of all proportion. A small file has the time of a megabyte.
func checkCost(t *testing.T, name string, size int, took time.Duration) {
	t.Helper()
	t.Logf("%-32s %5.1f MB %8.0f ms/MB", name, float64(size)/(1<<20), float64(took.Milliseconds())/megabytes(size))
	if took > time.Duration(megabytes(size)*float64(perMegabyte)) {
		t.Errorf("%s of %d KB took %v", name, size>>10, took)
	}
}

// megabytes is the size that counts: a small file has the time of a megabyte.
func megabytes(size int) float64 { return max(1, float64(size)/(1<<20)) }

// processorTime is what this process has used so far.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkHostile measures what the worst file of each suite costs: processor time for a megabyte, its least of all runs, and how much is
// allocated for a megabyte. `make bench` prints it.
func BenchmarkHostile(b *testing.B) {
	w := validationtest.New(b)
	policy := trusting(w)
	for _, suite := range []struct {
		name      string
		files     func() map[string]string
		documents []formats.Document
	}{
		{"XML", hostileXML, []formats.Document{besideXML}},
		{"PDF", func() map[string]string { return hostilePDFs(b, w) }, nil},
		{"CMS", func() map[string]string { return hostileCMS(w) }, nil},
		{"container", func() map[string]string { return hostileContainers(b, w) }, nil},
		{"JAdES", func() map[string]string { return hostileJAdES(w) }, nil},
	} {
		b.Run(suite.name, func(b *testing.B) {
			files, least := suite.files(), map[string]time.Duration{}
			b.ResetTimer()
			for n := 0; b.Loop(); n++ {
				for name, file := range files {
					runtime.GC()
					start := processorTime(b)
					judgeHostile(file, policy, validationtest.Signed, suite.documents...)
					if took := processorTime(b) - start; n == 0 || took < least[name] {
						least[name] = took
					}
				}
			}
			worst, of := 0.0, ""
			for name, took := range least {
				if cost := took.Seconds() * 1000 / megabytes(len(files[name])); cost > worst {
					worst, of = cost, name
				}
			}
			b.ReportMetric(worst, "ms/MB")
			b.Logf("the worst is %q", of)
		})
	}
}
