package timestamp_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// stampAttributes are the attributes of CAdES whose values are tokens (EN 319 122-1, 5; TS 101 733, 6).
var stampAttributes = []asn1.ObjectIdentifier{
	{1, 2, 840, 113549, 1, 9, 16, 2, 20}, // content-time-stamp
	{1, 2, 840, 113549, 1, 9, 16, 2, 14}, // signature-time-stamp
	{1, 2, 840, 113549, 1, 9, 16, 2, 25}, // CAdES-C-time-stamp
	{1, 2, 840, 113549, 1, 9, 16, 2, 26}, // time-stamped-certs-crls-references
	{1, 2, 840, 113549, 1, 9, 16, 2, 27}, // archive-time-stamp
	{1, 2, 840, 113549, 1, 9, 16, 2, 48}, // archive-time-stamp-v2
	{0, 4, 0, 1733, 2, 4},                // archive-time-stamp-v3
}

// dssOtherwise are the files whose time stamps are not good, and what is wrong with them. DSS says the same of them.
var dssOtherwise = map[string]error{
	"Signature-C-DE_CRY-3.p7m":    errMalformed, // the token is wrapped in an octet string
	"Signature-C-DE_CRY-4.p7m":    errMalformed,
	"cms-wrong-sign-cert-ref.p7m": timestamp.ErrCertificate,
}

var errMalformed = errors.New("malformed")

// TestDSS reads and verifies every time stamp in the files of EU DSS's tests of CAdES, those in other time stamps too.
func TestDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "cades.json")
	names := map[string]bool{}
	for _, test := range tests {
		for _, name := range test.Files {
			names[name] = !strings.HasPrefix(name, "?") // made by the test in Java
		}
	}
	verified, tally := map[crypto.Hash]int{}, pkitest.NewTally(t, "DSS time stamps", "timestamp")
	for name, there := range names {
		if !there {
			continue
		}
		ber := file(name)
		signed, err := cms.Read(bytes.NewReader(ber), int64(len(ber)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, value := range stamps(signed.Signers) {
			token, err := verifyStamp(value)
			want := dssOtherwise[path.Base(name)]
			if (err == nil) != (want == nil) || !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
			if want != nil {
				tally.Judged(want.Error())
			} else {
				tally.Judged("")
			}
			if err == nil {
				verified[token.Algorithms.Hash]++
			}
		}
	}
	t.Logf("verified: %v", verified)
	if verified[crypto.SHA1] < 6 || verified[crypto.SHA256] < 91 || verified[crypto.SHA512] < 21 {
		t.Error("these are fewer than there are")
	}
}

// verifyStamp reads and verifies a token; one that cannot be read is errMalformed.
func verifyStamp(ber []byte) (*timestamp.Token, error) {
	token, err := timestamp.Parse(ber)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	_, err = token.Verify()
	return token, err
}

// stamps are the tokens in the attributes of signers, in those of their counter-signatures, and in those of the tokens.
func stamps(signers []*cms.Signer) (all [][]byte) {
	for _, s := range signers {
		for _, a := range slices.Concat(s.Signed, s.Unsigned) {
			if !slices.ContainsFunc(stampAttributes, a.Type.Equal) {
				continue
			}
			all = append(all, a.Values...)
			for _, value := range a.Values {
				if token, err := timestamp.Parse(value); err == nil {
					all = append(all, stamps([]*cms.Signer{token.Signer})...)
				}
			}
		}
		all = append(all, stamps(s.CounterSignatures)...)
	}
	return all
}
