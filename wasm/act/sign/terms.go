package sign

import (
	"cmp"
	"strconv"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// terms are what a signature says of the person, or does to the document, beyond the usual: the person learns it before the
// documents. What the site has written is quoted.
func (v *View) terms(r *protocol.SignRequest) (terms []string) {
	add := func(key, text string) {
		terms = append(terms, v.T("window.terms."+key, "text", plaintext.Visible(text)))
	}
	quote := func(key, text string) {
		if text != "" {
			add(key, text)
		}
	}
	if r.Together && len(r.Documents) > 1 {
		add("together", "")
	}
	if r.Profile != protocol.ProfileP1 {
		add("policy", string(r.Profile))
	}
	switch form := r.Form(); {
	case r.CAdES != nil && form == string(protocol.CAdESParallel):
		add("parallel", "")
	case r.CAdES != nil && form == string(protocol.CAdESCounterSignature):
		add("counter", "")
	case r.EYP != nil && form == string(protocol.EYPInitials):
		add("initials", "")
	case r.EYP != nil && form == string(protocol.EYPSeal):
		add("seal", "")
	case r.PAdES != nil:
		quote("reason", r.PAdES.Reason)
		quote("location", r.PAdES.Location)
		if r.PAdES.Stamp != nil {
			add("stamp", "")
		}
		if form == string(protocol.PAdESCertification) {
			add("certify_"+strconv.Itoa(cmp.Or(r.PAdES.Certify, 2)), "")
		}
	case r.XAdES != nil:
		role := r.XAdES.Role
		if r.XAdES.Dialect == protocol.XAdESUBLTR {
			role = cmp.Or(role, "Supplier") // as package xades writes it
		}
		quote("role", role)
	}
	return terms
}
