package journal

import "github.com/e-onay/e-onay/internal/redact"

// masked is the act without a citizen number in any of the words that come from elsewhere.
func (a Act) masked() Act {
	a.Origin, a.Purpose, a.Issuer = redact.Text(a.Origin), redact.Text(a.Purpose), redact.Text(a.Issuer)
	documents := a.Documents
	a.Documents = nil
	for _, d := range documents {
		d.Name = redact.Text(d.Name)
		a.Documents = append(a.Documents, d)
	}
	return a
}
