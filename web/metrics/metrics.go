// Package metrics counts what a server does, in Prometheus' text format, and serves the counts apart from the server, to this machine only.
//
// No label has anything of a person or a site: routes, codes, kinds and outcomes are fixed words, and hosts are those that trusted authorities name,
// maxHosts at most.
package metrics

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/store"
)

// A Family is what metrics of one name have in common.
type Family struct{ Name, Type, Labels, Help string }

// Families are all of them: docs/operation/watch.md has each.
var Families = []Family{
	{"eonay_acts_total", "counter", "kind, result", "Signatures that were judged: recorded, waits, or the code of the refusal; and PUKs that were released."},
	{"eonay_anchor_ends_seconds", "gauge", "", "When the first anchor ends, in seconds since 1970."},
	{"eonay_build_info", "gauge", "version", "1, with the version of the program."},
	{"eonay_jobs_given_up", "gauge", "kind", "Jobs that were given up and are still listed."},
	{"eonay_jobs_oldest_seconds", "gauge", "kind", "How long the job waits that was due first."},
	{"eonay_jobs_total", "counter", "kind, result", "Attempts to do jobs: done, failed, or given_up."},
	{"eonay_jobs_waiting", "gauge", "kind", "Jobs that are due and not done yet."},
	{"eonay_outbound_duration_seconds", "histogram", "kind, host", "Time of requests to servers of others."},
	{"eonay_outbound_requests_total", "counter", "kind, host, outcome", "Requests to servers of others."},
	{"eonay_receipts_open", "gauge", "", "Signatures that have arrived and are not judged to the end."},
	{"eonay_refusals_total", "counter", "code", "Requests that were refused."},
	{"eonay_request_duration_seconds", "histogram", "route", "Time of requests."},
	{"eonay_requests_in_flight", "gauge", "", "Requests under way."},
	{"eonay_requests_total", "counter", "route, result", "Requests: the portal's by status, the service's by ok or code."},
	{"eonay_store_bytes", "gauge", "", "Size of the database with its write-ahead log."},
	{"eonay_store_up", "gauge", "", "1 while the database answers the questions of this page."},
	{"eonay_store_write_seconds", "histogram", "", "Time of each write until its commit, with the wait for its turn."},
	{"eonay_store_writes_failed_total", "counter", "", "Writing transactions that ended with an error of the database."},
	{"eonay_validated_signatures_total", "counter", "indication", "Signatures that were validated."},
	{"go_goroutines", "gauge", "", "Goroutines."},
	{"go_memstats_heap_alloc_bytes", "gauge", "", "Memory in use on the heap."},
	{"process_start_time_seconds", "gauge", "", "When the process began, in seconds since 1970."},
}

// buckets are those of durations, in seconds: a verification takes milliseconds, a slow responder seconds.
var buckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60}

// maxHosts is how many hosts have a label of their own; all further ones are "other".
const maxHosts = 64

// Meter counts. Its methods are safe for concurrent use, and do nothing where it is nil.
type Meter struct {
	set *vm.Set

	mu    sync.Mutex
	hosts map[string]bool
}

// New returns a Meter with nothing counted.
func New() *Meter {
	m := &Meter{set: vm.NewSet(), hosts: map[string]bool{}}
	began := float64(time.Now().Unix())
	m.Gauge(fmt.Sprintf("eonay_build_info{version=%q}", eonay.Version), func() float64 { return 1 })
	m.Gauge("go_goroutines", func() float64 { return float64(runtime.NumGoroutine()) })
	m.Gauge("go_memstats_heap_alloc_bytes", func() float64 {
		var state runtime.MemStats
		runtime.ReadMemStats(&state)
		return float64(state.HeapAlloc)
	})
	m.Gauge("process_start_time_seconds", func() float64 { return began })
	return m
}

// Gauge has a value asked for whenever the metrics are read.
func (m *Meter) Gauge(name string, value func() float64) {
	if m != nil {
		m.set.GetOrCreateGauge(name, value)
	}
}

func (m *Meter) count(format string, labels ...any) {
	if m != nil {
		m.set.GetOrCreateCounter(fmt.Sprintf(format, labels...)).Inc()
	}
}

func (m *Meter) took(d time.Duration, format string, labels ...any) {
	if m != nil {
		m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf(format, labels...), buckets).Update(d.Seconds())
	}
}

// Request implements site.Meter.
func (m *Meter) Request(pattern string, status int, took time.Duration) {
	m.Result(pattern, fmt.Sprint(status))
	m.Duration(pattern, took)
}

// Result counts the end of a request of a route.
func (m *Meter) Result(route, result string) {
	m.count("eonay_requests_total{route=%q,result=%q}", route, result)
}

// Duration counts the time of a request of a route.
func (m *Meter) Duration(route string, took time.Duration) {
	m.took(took, "eonay_request_duration_seconds{route=%q}", route)
}

// Refused implements site.Meter.
func (m *Meter) Refused(code fault.Code) { m.count("eonay_refusals_total{code=%q}", code) }

// Judged counts what came of a signature that has arrived.
func (m *Meter) Judged(kind store.Kind, result string) {
	m.count("eonay_acts_total{kind=%q,result=%q}", kind, result)
}

// Job counts an attempt to do a job.
func (m *Meter) Job(kind, result string) {
	m.count("eonay_jobs_total{kind=%q,result=%q}", kind, result)
}

// Validated counts signatures, without counter-signatures, by their indication.
func (m *Meter) Validated(r *validation.Report) {
	for _, s := range r.Signatures {
		m.count("eonay_validated_signatures_total{indication=%q}", s.Indication)
	}
}

// StoreWrite counts a transaction of the store; failed says that the database has failed it.
func (m *Meter) StoreWrite(took time.Duration, failed bool) {
	m.took(took, "eonay_store_write_seconds")
	if failed {
		m.count("eonay_store_writes_failed_total")
	}
}

// Asked counts a request to a server of others.
func (m *Meter) Asked(o outbound.Observation) {
	if m == nil {
		return
	}
	host := m.label(o.Host)
	m.count("eonay_outbound_requests_total{kind=%q,host=%q,outcome=%q}", o.Kind, host, o.Outcome)
	m.took(o.Took, "eonay_outbound_duration_seconds{kind=%q,host=%q}", o.Kind, host)
}

// hostName is what a host may look like in a label.
var hostName = regexp.MustCompile(`^[a-z0-9.:\[\]-]{1,100}$`)

// label returns a host's label: its name, or "other" once maxHosts have one.
func (m *Meter) label(host string) string {
	host = strings.ToLower(host)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.hosts[host] && (len(m.hosts) >= maxHosts || !hostName.MatchString(host)) {
		return "other"
	}
	m.hosts[host] = true
	return host
}

// Write writes all metrics, each family under its help and type.
func (m *Meter) Write(w io.Writer) error {
	var lines bytes.Buffer
	m.set.WritePrometheus(&lines) // sorted by name
	last := ""
	for line := range strings.Lines(lines.String()) {
		name, _, _ := strings.Cut(strings.Fields(line)[0], "{")
		for _, f := range Families {
			if f.Name == last || name != f.Name && (f.Type != "histogram" || !isPart(name, f.Name)) {
				continue
			}
			last = f.Name
			if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Type); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// isPart reports whether a metric is one of those that a histogram consists of.
func isPart(name, histogram string) bool {
	switch strings.TrimPrefix(name, histogram) {
	case "_bucket", "_sum", "_count":
		return true
	}
	return false
}

// ServeHTTP answers with all metrics.
func (m *Meter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = m.Write(w) // a reader that left is no concern
}
