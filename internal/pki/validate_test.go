package pki_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func policyOID(t testing.TB, text string) x509.OID {
	t.Helper()
	id, err := x509.ParseOID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// policies gives a certificate these policies and no others.
func policies(t testing.TB, ids ...string) pkitest.Edit {
	return func(c *x509.Certificate) {
		c.Policies = nil
		for _, id := range ids {
			c.Policies = append(c.Policies, policyOID(t, id))
		}
	}
}

// mapping maps pairs of policies; x509 does not write the extension.
func mapping(t testing.TB, pairs ...string) pkitest.Edit {
	var list []byte
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, tlv(0x30, append(objectIdentifier(t, pairs[i]), objectIdentifier(t, pairs[i+1])...))...)
	}
	return extra(33, tlv(0x30, list))
}

func objectIdentifier(t testing.TB, text string) []byte {
	der, err := policyOID(t, text).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return tlv(6, der)
}

// extra adds a critical extension 2.5.29.number.
func extra(number int, value []byte) pkitest.Edit {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, number}, Critical: true, Value: value})
	}
}

func edits(all ...pkitest.Edit) pkitest.Edit {
	return func(c *x509.Certificate) {
		for _, edit := range all {
			edit(c)
		}
	}
}

// TestPolicyOfThePath has a site that accepts one policy, and CAs that are confined to others. OpenSSL judges the same.
func TestPolicyOfThePath(t *testing.T) {
	const accepted, other, anyPolicy = "1.2.3.1", "1.2.3.2", "2.5.29.32.0"
	refused := fault.CertificateNotQualified
	for name, test := range map[string]struct {
		root, sub, leaf pkitest.Edit
		want            fault.Code
	}{
		"sub-CA for any policy":              {nil, policies(t, anyPolicy), policies(t, accepted), ""},
		"sub-CA for the policy":              {nil, policies(t, other, accepted), policies(t, accepted), ""},
		"leaf for any policy":                {nil, policies(t, accepted), policies(t, anyPolicy), ""},
		"leaf for two":                       {nil, policies(t, anyPolicy), policies(t, other, accepted), ""},
		"leaf for another":                   {nil, policies(t, anyPolicy), policies(t, other), refused},
		"leaf for none":                      {nil, policies(t, anyPolicy), policies(t), refused},
		"sub-CA for another":                 {nil, policies(t, other), policies(t, accepted), refused},
		"sub-CA for another, leaf for any":   {nil, policies(t, other), policies(t, anyPolicy), refused},
		"sub-CA for none":                    {nil, policies(t), policies(t, accepted), refused},
		"mapped to the leaf's":               {nil, edits(policies(t, accepted), mapping(t, accepted, other)), policies(t, other), ""},
		"mapped from another":                {nil, edits(policies(t, other), mapping(t, other, accepted)), policies(t, accepted), refused},
		"mapped away":                        {nil, edits(policies(t, accepted), mapping(t, accepted, other)), policies(t, accepted), refused},
		"sub-CA that inhibits anyPolicy":     {nil, edits(policies(t, accepted), extra(54, []byte{2, 1, 0})), policies(t, anyPolicy), refused},
		"mapped, which the root inhibits":    {extra(36, []byte{0x30, 3, 0x81, 1, 0}), edits(policies(t, accepted), mapping(t, accepted, other)), policies(t, other), refused},
		"mapping of anyPolicy":               {nil, edits(policies(t, anyPolicy), mapping(t, anyPolicy, accepted)), policies(t, accepted), fault.CertificateUntrusted},
		"mapping to anyPolicy, which is odd": {nil, edits(policies(t, accepted), mapping(t, accepted, anyPolicy)), policies(t, accepted), fault.CertificateUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			h := standard(t, test.root, test.sub, test.leaf)
			v := pki.Validation{At: time.Now(), Policies: []x509.OID{policyOID(t, accepted)}, ExplicitPolicy: true}
			_, err := v.Path(h.leaf, h.intermediates, h.anchors)
			wantCode(t, err, test.want)
			if err == nil {
				opensslVerifies(t, h, "-policy", accepted, "-explicit_policy")
			}
		})
	}
}

// opensslVerifies has OpenSSL verify a path that is accepted here.
func opensslVerifies(t *testing.T, h hierarchy, options ...string) {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{"verify"}, options...)
	args = append(args, "-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", h.anchors...))
	if len(h.intermediates) > 0 {
		args = append(args, "-untrusted", pkitest.WriteCertificates(t, dir, "sub.pem", h.intermediates...))
	}
	out, err := exec.Command("openssl", append(args, pkitest.WriteCertificates(t, dir, "leaf.pem", h.leaf))...).CombinedOutput()
	if err != nil {
		t.Errorf("accepted here, openssl refuses: %s", out)
	}
}

// TestAnchorConfinesItsPath has what an anchor's certificate says of the paths below it (RFC 5937).
func TestAnchorConfinesItsPath(t *testing.T) {
	h := standard(t, policies(t, "1.2.3.9"), nil, nil)
	v := pki.Validation{At: time.Now(), Policies: []x509.OID{policyOID(t, pkitest.Policy.String())}, ExplicitPolicy: true}
	_, err := v.Path(h.leaf, h.intermediates, h.anchors)
	wantCode(t, err, fault.CertificateNotQualified)
	h = standard(t, policies(t, "2.5.29.32.0"), nil, nil)
	_, err = v.Path(h.leaf, h.intermediates, h.anchors)
	wantCode(t, err, "")
}

// TestPoliciesAreBounded maps many policies onto many, level after level: a tree of RFC 5280 would have 100^4 leaves.
func TestPoliciesAreBounded(t *testing.T) {
	var all []string
	for i := range 20 {
		all = append(all, fmt.Sprintf("1.2.3.%d", i))
	}
	var pairs []string
	for _, issuer := range all {
		for _, subject := range all {
			pairs = append(pairs, issuer, subject)
		}
	}
	ca := pkitest.Root(t, "CA 0")
	h := hierarchy{anchors: []*x509.Certificate{ca.Certificate}}
	for i := range 4 {
		ca = ca.Sub(t, fmt.Sprint("CA ", i+1), edits(policies(t, all...), mapping(t, pairs...)))
		h.intermediates = append(h.intermediates, ca.Certificate)
	}
	h.leaf = ca.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), policies(t, all[7]))
	v := pki.Validation{At: time.Now(), Policies: []x509.OID{policyOID(t, all[3])}, ExplicitPolicy: true}
	start := time.Now()
	_, err := v.Path(h.leaf, h.intermediates, h.anchors)
	wantCode(t, err, "")
	if took := time.Since(start); took > 8*time.Second { // measured: 0.02 s
		t.Errorf("took %v", took)
	}
}

// TestCriticalStatements checks that host (Usable) and site (Path) agree on critical extensions: what the site would refuse is
// refused before a PIN is asked for.
func TestCriticalStatements(t *testing.T) {
	statements := func(critical bool, more ...asn1.ObjectIdentifier) pkitest.Edit {
		extension := pkitest.Statements(t, append([]asn1.ObjectIdentifier{pkitest.QCCompliance, pkitest.QCTurkish}, more...)...)
		extension.Critical = critical
		return func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{extension} }
	}
	unknown := asn1.ObjectIdentifier{1, 2, 3, 4}
	for name, test := range map[string]struct {
		edit         pkitest.Edit
		usable, path fault.Code
	}{
		"known":                 {statements(true, asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}), "", ""},
		"unknown":               {statements(true, unknown), fault.CertificateMalformed, fault.CertificateUntrusted},
		"unknown, not critical": {statements(false, unknown), "", ""},
		"another critical extension": {edits(statements(false), func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: unknown, Critical: true, Value: []byte{5, 0}})
		}), fault.CertificateMalformed, fault.CertificateUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			h := standard(t, nil, nil, test.edit)
			_, err := pki.Path(h.leaf, h.intermediates, h.anchors, time.Now())
			wantCode(t, err, test.path)
			wantCode(t, parse(t, h.leaf).Usable(time.Now()), test.usable)
			login := parse(t, h.leaf).UsableForLogin(time.Now(), false)
			wantCode(t, login, test.usable)
		})
	}
}

// TestNameConstraints has what PKITS has not: addresses, and forms that cannot be compared.
func TestNameConstraints(t *testing.T) {
	constraint := func(permitted bool, tag byte, base []byte) pkitest.Edit {
		list := byte(0xa1)
		if permitted {
			list = 0xa0
		}
		return extra(30, tlv(0x30, tlv(list, tlv(0x30, tlv(tag, base)))))
	}
	alternative := func(names ...[]byte) pkitest.Edit {
		return func(c *x509.Certificate) {
			value := tlv(0x30, slices.Concat(names...))
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value})
		}
	}
	address := tlv(0x87, []byte{192, 0, 2, 7})
	other := tlv(0xa0, append([]byte{6, 3, 0x2a, 3, 4}, tlv(0xa0, []byte{5, 0})...)) // otherName
	mail := tlv(0x81, []byte("ayse@Kurum.example"))
	untrusted := fault.CertificateUntrusted
	for name, test := range map[string]struct {
		sub, leaf pkitest.Edit
		want      fault.Code
	}{
		"address within":                {constraint(true, 0x87, []byte{192, 0, 2, 0, 255, 255, 255, 0}), alternative(address), ""},
		"address outside":               {constraint(true, 0x87, []byte{192, 0, 3, 0, 255, 255, 255, 0}), alternative(address), untrusted},
		"address excluded":              {constraint(false, 0x87, []byte{192, 0, 2, 0, 255, 255, 255, 0}), alternative(address), untrusted},
		"address of the other family":   {constraint(true, 0x87, make([]byte, 32)), alternative(address), untrusted},
		"none of the form":              {constraint(true, 0x87, []byte{192, 0, 3, 0, 255, 255, 255, 0}), alternative(mail), ""},
		"mail at the host":              {constraint(true, 0x81, []byte("kurum.example")), alternative(mail), ""},
		"mail at a subdomain alone":     {constraint(true, 0x81, []byte(".kurum.example")), alternative(mail), untrusted},
		"mailbox":                       {constraint(true, 0x81, []byte("ayse@kurum.example")), alternative(mail), ""},
		"mailbox in another case":       {constraint(true, 0x81, []byte("Ayse@kurum.example")), alternative(mail), untrusted},
		"form that cannot be compared":  {constraint(false, 0xa0, []byte{6, 3, 0x2a, 3, 4, 0xa0, 2, 5, 0}), alternative(other), untrusted},
		"that form, and no such name":   {constraint(false, 0xa0, []byte{6, 3, 0x2a, 3, 4, 0xa0, 2, 5, 0}), alternative(mail), ""},
		"a base with a minimum":         {extra(30, tlv(0x30, tlv(0xa1, tlv(0x30, append(tlv(0x81, []byte("x.example")), 0x80, 1, 1))))), alternative(mail), untrusted},
		"257 names":                     {constraint(false, 0x81, []byte("x.example")), alternative(slices.Repeat([][]byte{mail}, 257)...), untrusted},
		"a URI without a host":          {constraint(true, 0x86, []byte("x.example")), alternative(tlv(0x86, []byte("urn:oid:1.2"))), untrusted},
		"a URI with an address":         {constraint(false, 0x86, []byte("x.example")), alternative(tlv(0x86, []byte("http://192.0.2.7/"))), untrusted},
		"a name in another letter case": {constraint(true, 0x82, []byte("KURUM.example")), alternative(tlv(0x82, []byte("www.kurum.EXAMPLE"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := standard(t, nil, test.sub, test.leaf)
			_, err := pki.Path(h.leaf, h.intermediates, h.anchors, time.Now())
			wantCode(t, err, test.want)
			if err == nil {
				opensslVerifies(t, h)
			}
		})
	}
}
