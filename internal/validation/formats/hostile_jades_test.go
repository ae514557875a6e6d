package formats_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// hostileJAdES are large or deep, or have many components and time stamps.
func hostileJAdES(w *validationtest.World) map[string]string {
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
	return map[string]string{
		"large payload":                j.flattened(),
		"large payload, 32 signatures": j.general(others...),
		"many stamps":                  stamps.flattened(),
		"stamps of many references":    xrefs.flattened(),
		"deep":                         `{"protected":` + strings.Repeat(`[`, 4<<20),
		"many components":              many(512, object{"xVals": []object{{"x509Cert": object{"val": "MAA="}}}}).flattened(),
	}
}

// TestHostileJAdES bounds what a file may cost.
func TestHostileJAdES(t *testing.T) {
	w := validationtest.New(t)
	testHostile(t, hostileJAdES(w), trusting(w), validationtest.Signed)
}
