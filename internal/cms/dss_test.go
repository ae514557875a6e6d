package cms_test

import (
	"bytes"
	"crypto"
	"path"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// dssOtherwise are files on which this package differs from EU DSS, and why.
var dssOtherwise = map[string]string{
	"cms-wrong-sign-cert-ref.p7m":         "DSS means its time stamp",
	"cades-broken-sig-tst-and-ats-v3.cms": "the signature value does not verify, as openssl says too",
}

// TestDSS judges the files of EU DSS's tests of CAdES. None that is invalid there is said to hold. One that is valid there holds, or
// it is said why that cannot be told; none but those above is said to fail.
func TestDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "cades.json")
	holding, tally := 0, pkitest.NewTally(t, "DSS CAdES", "cms")
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			ber := file(name)
			d, err := cms.Read(bytes.NewReader(ber), int64(len(ber)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var content func(crypto.Hash) ([]byte, error)
			if len(test.Detached) == 1 && !strings.HasPrefix(test.Detached[0], "(") {
				content = digestOf(file(test.Detached[0]))
			}
			digests, err := d.Digests(content)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range d.Verify(digests) {
				otherwise, known := dssOtherwise[path.Base(name)]
				if !known && (test.Verdict == "b-invalid" && v.State == cms.Holds || test.Verdict == "b-valid" && v.State == cms.Fails) {
					t.Errorf("%s is %s: state %d, %v", name, test.Verdict, v.State, v.Err)
				}
				if !known && v.State != cms.Holds && v.State != cms.Fails {
					otherwise = "not judged: " + string(fault.CodeOf(v.Err))
				}
				tally.Judged(otherwise)
				if v.State == cms.Holds {
					holding++
				}
				if v.Err != nil && fault.CodeOf(v.Err) == fault.Internal {
					t.Errorf("%s: %v", name, v.Err)
				}
			}
		}
	}
	if holding < 60 {
		t.Errorf("only %d signatures hold", holding)
	}
}
