package formats_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestHostileJAdES bounds what a file may cost.
func TestHostileJAdES(t *testing.T) {
	w := validationtest.New(t)
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	large := strings.Repeat("A", 8<<20)
	many := func(n int, component object) *jws {
		j := newJWS(w, consent).sign()
		for range n {
			j.add(component)
		}
		return j
	}
	j := newJWS(w, large).sign()
	stamp := newJWS(w, consent).sign().sigTst(validationtest.Signed).etsiU[0]
	stamps := many(1, object{"x": large})
	archive := newJWS(w, consent).sign().stamp("arcTst", "x", validationtest.Signed).etsiU[0]
	references := newJWS(w, consent).sign().stamp("rfsTst", "x", validationtest.Signed).etsiU[0]
	for range 60 {
		stamps.etsiU = append(stamps.etsiU, archive, stamp, references)
	}
	xrefs := many(1, object{"xRefs": large})
	for range 8 {
		xrefs.etsiU = append(xrefs.etsiU, references)
	}
	var others []*jws
	for range 31 {
		others = append(others, newJWS(w, large).sign())
	}
	for name, file := range map[string]string{
		"large payload":                j.flattened(),
		"large payload, 32 signatures": j.general(others...),
		"many stamps":                  stamps.flattened(),
		"stamps of many references":    xrefs.flattened(),
		"deep":                         `{"protected":` + strings.Repeat(`[`, 4<<20),
		"many components":              many(512, object{"xVals": []object{{"x509Cert": object{"val": "MAA="}}}}).flattened(),
	} {
		start := processorTime(t)
		if signatures, err := formats.Read(content([]byte(file))); err == nil {
			validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: validationtest.Signed})
		}
		checkCost(t, name, len(file), processorTime(t)-start)
	}
}
