package service

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/validation"
)

// buckets are those of durations, in seconds: a verification takes milliseconds, a slow responder seconds.
var buckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60}

// metrics counts what the service does. No label has anything of a site or a person: routes, codes and indications are fixed words.
type metrics struct {
	set      *vm.Set
	inFlight atomic.Int64
}

func newMetrics() *metrics {
	m := &metrics{set: vm.NewSet()}
	m.set.NewGauge("eonay_requests_in_flight", func() float64 { return float64(m.inFlight.Load()) })
	m.set.NewGauge("eonay_build_info{version="+strconv.Quote(eonay.Version)+"}", func() float64 { return 1 })
	return m
}

// begin counts a call until the returned function is called, which records how long it took.
func (m *metrics) begin(route string) (end func()) {
	began := time.Now()
	m.inFlight.Add(1)
	return func() {
		m.inFlight.Add(-1)
		m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("eonay_request_duration_seconds{route=%q}", route), buckets).Update(time.Since(began).Seconds())
	}
}

// result counts the end of a call: "ok", or the code of its refusal.
func (m *metrics) result(route, result string) {
	m.set.GetOrCreateCounter(fmt.Sprintf("eonay_requests_total{route=%q,result=%q}", route, result)).Inc()
}

// validated counts signatures, without counter-signatures, by their indication.
func (m *metrics) validated(r *validation.Report) {
	for _, s := range r.Signatures {
		m.set.GetOrCreateCounter(fmt.Sprintf("eonay_validated_signatures_total{indication=%q}", s.Indication)).Inc()
	}
}

func (m *metrics) serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.set.WritePrometheus(w)
	vm.WriteProcessMetrics(w)
}
