package ades_test

import (
	"crypto"
	"encoding/asn1"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
)

func TestProfileAccepts(t *testing.T) {
	p1, _ := ades.LookupProfile("P1")
	p4, found := ades.LookupProfile("P4")
	if _, unknown := ades.LookupProfile("P5"); !found || unknown {
		t.Error("P4 is not there, or P5 is")
	}
	if got := p4.Policy.OID.String(); got != "2.16.792.1.61.0.1.5070.3.3.1" {
		t.Errorf("P4 names %s", got)
	}
	p2, _ := ades.LookupProfile("P2")
	elsewhere := *p4.Policy
	elsewhere.URI = ""
	xml := *p4.Policy
	xml.Digest = make([]byte, 32)
	otherHash := *p4.Policy
	otherHash.Hash = crypto.SHA384
	unknown := *p4.Policy
	unknown.OID = asn1.ObjectIdentifier{1, 2, 3}
	for name, test := range map[string]struct {
		profile ades.Profile
		named   *ades.Policy
		further []ades.Policy
		want    bool
	}{
		"P1, none":                     {p1, nil, nil, true},
		"P1, a policy":                 {p1, p4.Policy, nil, false},
		"P4, its own":                  {p4, p4.Policy, nil, true},
		"P4, without address":          {p4, &elsewhere, nil, true},
		"P4, none":                     {p4, nil, nil, false},
		"P4, that of P2":               {p4, p2.Policy, nil, false},
		"P4, an unknown policy":        {p4, &unknown, []ades.Policy{unknown}, false},
		"P4, another digest":           {p4, &xml, nil, false},
		"P4, another digest, accepted": {p4, &xml, []ades.Policy{xml}, true},
		"P4, digest of another hash":   {p4, &otherHash, nil, false},
	} {
		if got := test.profile.Accepts(test.named, test.further...); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
