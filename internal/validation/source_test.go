package validation_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

func TestSource(t *testing.T) {
	s := newScene(t)
	source := &countingSource{Data: s.data, asked: map[string]int{}}
	file := s.signature.DER()
	all, err := formats.Read(formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	in := validation.Input{Signatures: all, Policy: s.policy, Moment: s.moment, Source: source}
	want(t, validation.Validate(in).Signatures[0], isPassed, "", "")
	if len(source.asked) == 0 {
		t.Error("not asked")
	}
	for subject, n := range source.asked {
		if n != 1 {
			t.Errorf("asked %d times about %s", n, subject)
		}
	}
	in.Data, source.asked = s.data, map[string]int{}
	want(t, validation.Validate(in).Signatures[0], isPassed, "", "")
	if len(source.asked) > 0 {
		t.Error("asked, and everything was at hand")
	}
}

type countingSource struct {
	validation.Data
	asked map[string]int
}

func (c *countingSource) Revocation(subject, _ *x509.Certificate) validation.Data {
	c.asked[subject.SerialNumber.String()]++
	return c.Data
}
