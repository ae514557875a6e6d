package inspection_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// A PDF that fifty people have signed is inspected. As in the window, in WebAssembly:
//
//	GOOS=js GOARCH=wasm go test -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" -run '^$' -bench FiftySignatures ./wasm/inspection
func BenchmarkPDFWithFiftySignatures(b *testing.B) {
	p := newPerson(b)
	file := pdftest.Simple()
	for range 50 {
		file = p.sign(b, file, func(s ades.Signer, d []ades.Document) (ades.Prepared, error) {
			return pades.Prepare(s, d, pades.Options{})
		})
	}
	for b.Loop() {
		inspect(b, report.KindPDF, file)
	}
}
