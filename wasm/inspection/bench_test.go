package inspection_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// A PDF that fifty people have signed is inspected, a small and a large one. As in the window, in WebAssembly:
//
//	GOOS=js GOARCH=wasm go test -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" -run '^$' -bench FiftySignatures ./wasm/inspection
func BenchmarkPDFWithFiftySignatures(b *testing.B) {
	for name, size := range map[string]int{"small": 1, "10 MiB": 10 << 20} {
		b.Run(name, func(b *testing.B) {
			image := fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", size, strings.Repeat("x", size))
			file := pdftest.Build(append(pdftest.Pages("", pdftest.Page{Text: "x"}), pdftest.Object{Number: 6, Body: image}), "")
			p := newPerson(b)
			for range 50 {
				file = p.sign(b, file, func(s ades.Signer, d []ades.Document) (ades.Prepared, error) {
					return pades.Prepare(s, d, pades.Options{})
				})
			}
			for b.Loop() {
				inspect(b, report.KindPDF, file)
			}
		})
	}
}
