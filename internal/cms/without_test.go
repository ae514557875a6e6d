package cms_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// indefinite writes constructed elements of indefinite length, those that lie as deep as depth.
func indefinite(t *testing.T, der []byte, depth int) (out []byte) {
	t.Helper()
	if der[0]&0x20 == 0 || depth == 0 {
		return der
	}
	elements, err := cms.Elements(der, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range elements {
		out = append(out, indefinite(t, one, depth-1)...)
	}
	return slices.Concat([]byte{der[0], 0x80}, out, []byte{0, 0})
}

// TestWithoutAttributes takes an unsigned attribute away again: what is left is the file as it was, in the encoding that it has and in DER.
func TestWithoutAttributes(t *testing.T) {
	w := validationtest.New(t)
	signed := validationtest.Signed
	fresh := func() *validationtest.Signature {
		s := w.NewSignature("Onay veriyorum.")
		s.Certificates = s.Certificates[:1] // else DER has an order of its own
		return s
	}
	for _, test := range []struct {
		name string
		file *validationtest.Signature
		kept int // unsigned attributes
	}{
		{"its only attribute", fresh().Sign(), 0},
		{"one of two", fresh().Sign().AddSignatureStamp(signed), 1},
		{"revocation data in the file", fresh().Sign().AddCRL(w.CRL(w.Root, signed, 1)), 0},
		{"content elsewhere", func() *validationtest.Signature { s := fresh().Sign(); s.Detached = true; return s }(), 0},
	} {
		before := test.file.DER()
		test.file.Unsigned = append(test.file.Unsigned, validationtest.Attribute(t, validationtest.OIDRecordInternal, []byte{5, 0}))
		for _, depth := range []int{0, 1, 3, 4, 5, 6, 7} {
			file := indefinite(t, test.file.DER(), depth)
			d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatalf("%s, depth %d: %v", test.name, depth, err)
			}
			forms, err := d.WithoutAttributes(func(_, attribute int) bool {
				a, _ := cms.ReadAttribute(d.Signers[0].RawUnsigned()[attribute])
				return a.Type.Equal(validationtest.OIDRecordInternal)
			})
			if err != nil {
				t.Fatalf("%s, depth %d: %v", test.name, depth, err)
			}
			want := [][]byte{indefinite(t, before, depth)}
			if depth > 0 {
				want = append(want, before)
			}
			var got [][]byte
			for _, form := range forms {
				data, err := io.ReadAll(form())
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, data)
			}
			if !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("%s, depth %d: another file than before, or %d forms", test.name, depth, len(got))
			}
		}
	}
}
