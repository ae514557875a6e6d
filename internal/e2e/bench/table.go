package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// row is one measured thing. Floor is the same thing done by the least program that can do it, measured
// in the same run; Ratio is Median divided by it. Both are null where there is no floor.
type row struct {
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	N      int      `json:"n"`
	Median float64  `json:"median"`
	P95    float64  `json:"p95"`
	Floor  *float64 `json:"floor"`
	Ratio  *float64 `json:"ratio"`
}

// table collects rows.
type table struct{ rows []row }

// add adds the row of a series.
func (b *table) add(name, unit string, series []float64) *row {
	slices.Sort(series)
	b.rows = append(b.rows, row{Name: name, Unit: unit, N: len(series), Median: median(series), P95: quantile(series, 0.95)})
	return &b.rows[len(b.rows)-1]
}

// inFirefox is the end of the name of what was measured there; all else is of Chromium.
const inFirefox = " (Firefox)"

// against sets a row's floor; 0 is none.
func (r *row) against(floor float64) {
	if floor == 0 {
		return
	}
	ratio := round(r.Median / floor)
	r.Floor, r.Ratio = &floor, &ratio
}

func median(sorted []float64) float64 { return quantile(sorted, 0.5) }

// quantile is the nearest rank, so that every figure was really measured.
func quantile(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return round(sorted[max(i, 0)])
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

func sorted(series []float64) []float64 { return slices.Sorted(slices.Values(series)) }

func (b *table) print() {
	fmt.Printf("%-64s %6s %5s %10s %10s %10s %7s\n", "", "unit", "n", "median", "p95", "floor", "ratio")
	for _, r := range b.rows {
		floor, ratio := "", ""
		if r.Floor != nil {
			floor, ratio = fmt.Sprintf("%.2f", *r.Floor), fmt.Sprintf("%.2f", *r.Ratio)
		}
		fmt.Printf("%-64s %6s %5d %10.2f %10.2f %10s %7s\n", r.Name, r.Unit, r.N, r.Median, r.P95, floor, ratio)
	}
}

func (b *table) write(root string) error {
	data, err := json.MarshalIndent(b.rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "build", "bench.json"), append(data, '\n'), 0o644)
}
