package inspection_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// TestDSS reads the PDFs of EU DSS's tests of PAdES. Of one that is invalid there no signature is said to hold; of one that is valid
// there none is said to fail. A file may be refused, with its code.
func TestDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "pades.json")
	tally := pkitest.NewTally(t, "DSS PAdES", "the window")
	holding, refused := 0, map[fault.Code]int{}
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			r := inspect(t, report.KindPDF, file(name))
			if r.Refused != "" {
				refused[r.Refused]++
				tally.Judged("refused: " + string(r.Refused))
				continue
			}
			said := strings.Join(lines(r, signed), " ")
			if test.Verdict == "b-invalid" && strings.Contains(said, holds) || test.Verdict == "b-valid" && strings.Contains(said, "report.signed.state.fails") {
				t.Errorf("%s is %s: %s", name, test.Verdict, said)
			}
			tally.Judged("")
			holding += strings.Count(said, holds)
		}
	}
	if holding < 100 || refused[fault.Internal] > 0 {
		t.Errorf("%d signatures hold; refused %v", holding, refused)
	}
}
