// Package table is what the bench prints and writes: one row for each measured thing.
package table

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// Row is one measured thing. Floor is the same thing done by the least program that can do it, measured in the same
// run; Ratio is Median divided by it. Both are null where there is no floor.
type Row struct {
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	N      int      `json:"n"`
	Median float64  `json:"median"`
	P95    float64  `json:"p95"`
	P99    float64  `json:"p99"`
	Most   float64  `json:"most"`
	Floor  *float64 `json:"floor"`
	Ratio  *float64 `json:"ratio"`
}

// Table collects rows.
type Table struct{ Rows []Row }

// Add adds the row of a series, which it sorts.
func (b *Table) Add(name, unit string, series []float64) *Row {
	slices.Sort(series)
	b.Rows = append(b.Rows, Row{
		Name: name, Unit: unit, N: len(series), Median: Median(series),
		P95: quantile(series, 0.95), P99: quantile(series, 0.99), Most: quantile(series, 1),
	})
	return &b.Rows[len(b.Rows)-1]
}

// Against sets a row's floor; 0 means that there is none.
func (r *Row) Against(floor float64) {
	if floor == 0 {
		return
	}
	floor = Round(floor)
	ratio := Round(r.Median / floor)
	r.Floor, r.Ratio = &floor, &ratio
}

// Median returns that of a sorted series.
func Median(sorted []float64) float64 { return quantile(sorted, 0.5) }

// quantile is the nearest rank, so that every figure was really measured.
func quantile(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return Round(sorted[max(i, 0)])
}

// Round leaves two places.
func Round(x float64) float64 { return math.Round(x*100) / 100 }

// Print writes the table to standard output.
func (b *Table) Print() {
	fmt.Printf("%-72s %6s %5s %10s %10s %10s %10s %10s %7s\n", "", "unit", "n", "median", "p95", "p99", "most", "floor", "ratio")
	for _, r := range b.Rows {
		floor, ratio := "", ""
		if r.Floor != nil {
			floor, ratio = fmt.Sprintf("%.2f", *r.Floor), fmt.Sprintf("%.2f", *r.Ratio)
		}
		fmt.Printf("%-72s %6s %5d %10.2f %10.2f %10.2f %10.2f %10s %7s\n", r.Name, r.Unit, r.N, r.Median, r.P95, r.P99, r.Most, floor, ratio)
	}
}

// Write writes the table to a file in build/.
func (b *Table) Write(root, name string) error {
	data, err := json.MarshalIndent(b.Rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "build", name), append(data, '\n'), 0o644)
}
