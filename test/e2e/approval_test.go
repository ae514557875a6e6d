package e2e

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// TestApprovalBySignature: a person applies, and approves the application by signing its form with a card, without E-Onay. Another
// program verifies what they keep.
func TestApprovalBySignature(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j := NewJourney(w, nil)
	j.approves(t, j.LoggedIn(Ayse))
}

// approves applies, approves the application with the card, and has pdfsig verify what the person keeps.
func (j *Journey) approves(t *testing.T, page *Page) {
	t.Helper()
	signed := j.ApproveBySignature(page, j.Apply(page, "awaiting_approval"))
	said, err := pdftest.Run(t, "pdfsig", "-nocert", pdftest.Write(t, signed))
	if err != nil || strings.Count(said, "Signature is Valid.") != 1 || !strings.Contains(said, "Total document signed") {
		t.Errorf("pdfsig: %v: %s", err, said)
	}
	page.Goto(j.w.Portal.URL + "/nes/e-onay")
	page.Wait("#consent") // which can still be given
}
