package cms_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var oidOfTest = asn1.ObjectIdentifier{1, 2, 3, 4}

func unsignedOf(t testing.TB, value any) cms.NewUnsigned {
	return cms.NewUnsigned{DER: cms.NewAttribute(oidOfTest, encode(t, value))}
}

// TestGrow adds to what openssl has signed: every signature holds as before, all that was there stays in its order.
func TestGrow(t *testing.T) {
	two := []*person{newPerson(t, "P-256"), newPerson(t, "RSA-2048")}
	further := newPerson(t, "P-384")
	for _, test := range []struct {
		name    string
		options []string
		g       cms.Growth
	}{
		{"attributes", []string{"-nodetach"}, cms.Growth{Signer: 1, Attributes: []cms.NewUnsigned{unsignedOf(t, 1), unsignedOf(t, 2)}}},
		{"certificates", []string{"-nodetach"}, cms.Growth{Certificates: []*x509.Certificate{further.certificate, two[0].certificate}}},
		{"no certificates before", []string{"-nodetach", "-nocerts"}, cms.Growth{Certificates: []*x509.Certificate{further.certificate}}},
		{"revocation data", []string{}, cms.Growth{Revocations: [][]byte{cms.OCSPRevocation(cms.OCSPResponse([]byte{0x30, 0}))}}},
		{"in pieces", []string{"-nodetach", "-stream"}, cms.Growth{Attributes: []cms.NewUnsigned{unsignedOf(t, 1)}, Certificates: []*x509.Certificate{further.certificate}}},
		{"nothing", []string{"-nodetach"}, cms.Growth{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := sign(t, content, two, test.options...)
			before := read(t, file)
			pieces, err := before.Grow(0, test.g)
			if err != nil {
				t.Fatal(err)
			}
			grown := whole(t, pieces, file)
			after := read(t, grown)
			if got, want := len(after.Certificates), len(before.Certificates); len(test.g.Certificates) > 0 && got != want+1 || len(test.g.Certificates) == 0 && got != want {
				t.Errorf("%d certificates, %d before", got, want)
			}
			if got, want := len(after.RawRevocations()), len(test.g.Revocations); got != want {
				t.Errorf("%d revocation data, want %d", got, want)
			}
			for i, s := range after.Signers {
				if !bytes.Equal(s.WithoutUnsigned(), before.Signers[i].WithoutUnsigned()) {
					t.Errorf("signer %d is another", i)
				}
				want := len(test.g.Attributes)
				if i != test.g.Signer {
					want = 0
				}
				if len(s.Unsigned) != want {
					t.Errorf("signer %d has %d unsigned attributes, want %d", i, len(s.Unsigned), want)
				}
			}
			var detached []byte
			if before.Content == nil {
				detached = content
			}
			if test.name == "no certificates before" {
				return
			}
			for i, v := range verdicts(t, grown, detached) {
				if v.State != cms.Holds {
					t.Errorf("signature %d: %v", i, v.Err)
				}
			}
		})
	}
}

// TestGrowKeepsOrder does not put unsigned attributes in order that were not: an archive time stamp of version 2 is over them as they stand.
func TestGrowKeepsOrder(t *testing.T) {
	p := newPerson(t, "P-256")
	a, b, c := unsignedOf(t, 1).DER, unsignedOf(t, 2).DER, unsignedOf(t, 3).DER
	for _, test := range []struct {
		name        string
		there, want [][]byte
		added       []byte
	}{
		{"in order", [][]byte{a, c}, [][]byte{a, b, c}, b},
		{"out of order", [][]byte{c, a}, [][]byte{c, a, b}, b},
	} {
		file := p.forgeWith(t, slices.Concat(test.there...))
		d := read(t, file)
		pieces, err := d.Grow(0, cms.Growth{Attributes: []cms.NewUnsigned{{DER: test.added}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, whole(t, pieces, file)).Signers[0].RawUnsigned(); !slices.EqualFunc(got, test.want, bytes.Equal) {
			t.Errorf("%s: %x", test.name, got)
		}
	}
}

// TestGrowRefuses keeps what archive time stamps of version 1 and 2 cover, and the limits.
func TestGrowRefuses(t *testing.T) {
	p, further := newPerson(t, "P-256"), newPerson(t, "P-384").certificate
	v2 := cms.NewAttribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 48}, encode(t, 1))
	var many []cms.NewUnsigned
	for i := range 65 {
		many = append(many, unsignedOf(t, i))
	}
	archive := unsignedOf(t, 2)
	archive.IsArchive = true
	for _, test := range []struct {
		name     string
		unsigned [][]byte
		g        cms.Growth
		want     fault.Code
	}{
		{"attribute beside version 2", [][]byte{v2}, cms.Growth{Attributes: many[:1]}, fault.Unsupported},
		{"certificate beside version 2", [][]byte{v2}, cms.Growth{Certificates: []*x509.Certificate{further}}, fault.Unsupported},
		{"list beside version 2", [][]byte{v2}, cms.Growth{Revocations: [][]byte{{0x30, 0}}}, fault.Unsupported},
		{"certificate that is there beside version 2", [][]byte{v2}, cms.Growth{Certificates: []*x509.Certificate{p.certificate}}, ""},
		{"archive time stamp beside version 2", [][]byte{v2}, cms.Growth{Attributes: []cms.NewUnsigned{archive}}, ""},
		{"too many attributes", nil, cms.Growth{Attributes: many}, fault.RequestTooLarge},
		{"too much", nil, cms.Growth{Revocations: [][]byte{pkitest.TLV(t, 0x30, make([]byte, cms.MaxStructure))}}, fault.RequestTooLarge},
	} {
		var unsigned []byte
		if test.unsigned != nil {
			unsigned = slices.Concat(test.unsigned...)
		}
		_, err := read(t, p.forgeWith(t, unsigned)).Grow(0, test.g)
		if err == nil != (test.want == "") || err != nil && fault.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestBasicOCSPResponse takes apart what OCSPResponse puts together, and nothing else.
func TestBasicOCSPResponse(t *testing.T) {
	basic := pkitest.TLV(t, 0x30, []byte{5, 0})
	got, err := cms.BasicOCSPResponse(cms.OCSPResponse(basic))
	if err != nil || !bytes.Equal(got, basic) {
		t.Errorf("%x: %v", got, err)
	}
	for _, der := range [][]byte{nil, basic, {0x30, 3, 10, 1, 6}} {
		if _, err := cms.BasicOCSPResponse(der); fault.CodeOf(err) != fault.SignatureMalformed {
			t.Errorf("%x: %v", der, err)
		}
	}
}
