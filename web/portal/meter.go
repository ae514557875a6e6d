package portal

import (
	"context"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// newMeter returns a meter that knows the store and the anchors. The store must not be in use yet.
func newMeter(v *relyingparty.Verifier, database database) *metrics.Meter {
	m := metrics.New()
	database.Observe(m.StoreWrite)
	measured := &measured{store: database}
	m.Gauge("eonay_store_up", func() float64 {
		if _, err := measured.ask(); err != nil {
			return 0
		}
		return 1
	})
	for name, value := range map[string]func(record.Measure) float64{
		"eonay_store_bytes":   func(m record.Measure) float64 { return float64(m.Bytes) },
		"eonay_receipts_open": func(m record.Measure) float64 { return float64(m.OpenReceipts) },
	} {
		m.Gauge(name, func() float64 {
			now, _ := measured.ask() // eonay_store_up tells of an error
			return value(now)
		})
	}
	ends := v.Anchors[0].NotAfter
	for _, anchor := range v.Anchors {
		if anchor.NotAfter.Before(ends) {
			ends = anchor.NotAfter
		}
	}
	m.Gauge("eonay_anchor_ends_seconds", func() float64 { return float64(ends.Unix()) })
	return m
}

// measured is what the store said last of its size and its queues: one reading of the metrics asks once.
type measured struct {
	store database

	mu   sync.Mutex
	at   time.Time
	last record.Measure
	err  error
}

func (m *measured) ask() (record.Measure, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := time.Since(m.at); age < 0 || age >= healthFor {
		ctx, cancel := context.WithTimeout(context.Background(), healthLimit)
		defer cancel()
		m.last, m.err = m.store.Measure(ctx)
		m.at = time.Now()
	}
	return m.last, m.err
}
