package validation_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestReadPolicy refuses what would make a rule not count.
func TestReadPolicy(t *testing.T) {
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{
		{Certificate: pkitest.Root(t, "Kök").Certificate},
		{Certificate: pkitest.Root(t, "Eski Kök").Certificate, For: validation.ForTimeStamps, Since: validationtest.Day(2010, 1, 1), Until: validationtest.Day(2020, 1, 1)},
	}
	good, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	again, err := validation.ReadPolicy(bytes.NewReader(good))
	if err != nil || !reflect.DeepEqual(again, policy) {
		t.Fatalf("written and read again: %+v, %v", again, err)
	}
	for name, change := range map[string]func(string) string{
		"empty":                  func(string) string { return "" },
		"a list":                 func(string) string { return "[]" },
		"nothing in it":          func(string) string { return "{}" },
		"twice":                  func(s string) string { return s + s },
		"a member not known":     func(s string) string { return strings.Replace(s, `"anchors"`, `"anchor"`, 1) },
		"a member of an anchor":  func(s string) string { return strings.Replace(s, `"since"`, `"from"`, 1) },
		"an anchor that is none": func(s string) string { return strings.Replace(s, `"certificate":"MII`, `"certificate":"MIJ`, 1) },
		"a purpose not known":    func(s string) string { return strings.Replace(s, `"for":"time_stamps"`, `"for":"everything"`, 1) },
		"a hash not known":       func(s string) string { return strings.ReplaceAll(s, `"SHA-384"`, `"SHA-385"`) },
		"a day that is none":     func(s string) string { return strings.Replace(s, `2012-08-01`, `2012-08-32`, 1) },
		"a key not known":        func(s string) string { return strings.Replace(s, `"kind":"RSA"`, `"kind":"DSA"`, 1) },
		"a key of no length":     func(s string) string { return strings.Replace(s, `"bits":256`, `"bits":0`, 1) },
		"a digest that is short": func(s string) string { return strings.Replace(s, `ff39`, ``, 1) },
		"no hashes": func(s string) string {
			return strings.Replace(s, `"hashes":{`, `"hashes":{},"strict_sliding":false,"bindings":{`, 1)
		},
	} {
		changed := change(string(good))
		if changed == string(good) {
			t.Errorf("%s: nothing changed", name)
		}
		if _, err := validation.ReadPolicy(strings.NewReader(changed)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

var seal = asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 2, 1}

func withStatements(t *testing.T, oids ...asn1.ObjectIdentifier) pkitest.Edit {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = nil
		if len(oids) > 0 {
			c.ExtraExtensions = append(c.ExtraExtensions, pkitest.Statements(t, oids...))
		}
	}
}

// TestQualified tells a person's certificate from a seal's, and from one of another law, by what the policy says.
func TestQualified(t *testing.T) {
	for _, test := range []struct {
		name  string
		edits []pkitest.Edit
		rules []validation.Qualification
		want  string
	}{
		{name: "a person's", want: "5070"},
		{name: "no statements", edits: []pkitest.Edit{withStatements(t)}, want: ""},
		{name: "of the EU alone", edits: []pkitest.Edit{withStatements(t, pkitest.QCCompliance)}, want: ""},
		{name: "of the EU, and the policy knows that", edits: []pkitest.Edit{withStatements(t, pkitest.QCCompliance)},
			rules: []validation.Qualification{{Name: "eIDAS", Statements: []string{pkitest.QCCompliance.String()}}}, want: "eIDAS"},
		{name: "a seal", edits: []pkitest.Edit{withStatements(t, pkitest.QCCompliance, pkitest.QCTurkish, seal)}, want: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, test.edits...)
			if test.rules != nil {
				s.policy.Qualified = test.rules
			}
			if got := s.judge(t); got.Qualified != test.want || got.Indication != validation.Passed {
				t.Errorf("%q, want %q; %s", got.Qualified, test.want, got.SubIndication)
			}
		})
	}
}
