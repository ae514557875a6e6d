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

// waitsAgain shows an application that E-Onay had approved, once that is withdrawn.
func (j *Journey) waitsAgain(p *Page, application string) {
	p.Goto(application)
	for p.Attribute("#state", "data-state") == "under_review" { // a job takes the approval back soon
		p.Reload()
	}
	p.Wait(`#state[data-state="awaiting_approval"]`)
	j.observe("portal-application-awaiting", p)
	p.Click("#paper")
	p.Wait("#paper-code")
	if code := p.Text("#paper-code"); !strings.HasPrefix(code, application[strings.LastIndex(application, "/")+1:]) {
		p.t.Fatalf("the paper's code is %s", code)
	}
	j.observe("portal-application-paper", p)
	j.toApprovalCode(p, application)
	j.formIsRefused(p, application)
	p.Goto(application)
	p.Click("#cancel")
	p.Wait("#confirm-cancel")
	j.observe("portal-application-cancel", p)
	p.Click("#confirm-cancel")
	p.Wait(`#state[data-state="cancelled"]`)
	p.Goto(j.w.Portal.URL + "/basvurular")
	p.Wait(`[data-application][data-state="cancelled"]`)
	j.observe("portal-applications", p)
}

// formIsRefused shows what a person sees of a signature of their form, for whose code there is one, while it is judged, and once it is refused. The receipt
// is written by another program, since no window signs here, and the portal does not judge it.
func (j *Journey) formIsRefused(p *Page, application string) {
	j.w.write(`INSERT INTO receipt (reference, citizen_number, name, signature, received_at, due_at)
		SELECT reference, citizen_number, 'Ayşe Yılmaz', x'30', issued_at, 4102444800000 FROM challenge WHERE kind = 'approval' ORDER BY issued_at DESC LIMIT 1`)
	p.Goto(application + "/imza/sonuc")
	p.Wait("#pending")
	j.observe("portal-approval-pending", p)
	j.w.write(`UPDATE receipt SET code = 'certificate_revoked', refused_at = received_at WHERE code IS NULL`)
	p.Wait("#refused")
	j.observe("portal-approval-refused", p)
}
