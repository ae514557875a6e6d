package validation_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestLasts asks until when signatures will do as they are.
func TestLasts(t *testing.T) {
	signed := validationtest.Signed
	stamped := func(s *scene) { s.signature.AddSignatureStamp(signed) }
	sha256Until := func(until time.Time) func(*scene) {
		return func(s *scene) { s.policy.Hashes["SHA-256"] = validation.Until{Time: until} }
	}
	for _, test := range []struct {
		name   string
		change []func(*scene)
		want   time.Time // zero for none
	}{
		{"the signer's certificate", nil, validationtest.Day(2027, 1, 1)},
		{"a time stamp", []func(*scene){stamped}, validationtest.Day(2027, 1, 1)},
		{"archived: the authority's", []func(*scene){stamped, func(s *scene) { s.signature.AddArchiveStamp(signed) }}, validationtest.Day(2040, 1, 1)},
		{"archived by two", []func(*scene){stamped, func(s *scene) {
			s.signature.AddArchiveStamp(signed)
			s.TSA = s.NewTSA(s.Root, validationtest.Between(validationtest.Day(2020, 1, 1), validationtest.Day(2035, 1, 1)))
			s.signature.AddArchiveStamp(signed.Add(time.Minute))
		}}, validationtest.Day(2040, 1, 1)},
		{"an algorithm", []func(*scene){stamped, sha256Until(validationtest.Day(2025, 5, 1))}, validationtest.Day(2025, 5, 1)},
		{"an algorithm of the archive time stamp", []func(*scene){stamped, sha256Until(validationtest.Day(2031, 5, 1)), func(s *scene) {
			s.signature.AddArchiveStamp(signed)
		}}, validationtest.Day(2031, 5, 1)},
		{"trust in the anchor", []func(*scene){func(s *scene) { s.policy.Anchors[0].Until = validationtest.Day(2026, 5, 1) }}, validationtest.Day(2026, 5, 1)},
		{"one that has not passed", []func(*scene){func(s *scene) { s.data = validation.Data{} }}, time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			for _, change := range test.change {
				change(s)
			}
			got := s.judge(t)
			if (got.Lasts == nil) != test.want.IsZero() || got.Lasts != nil && !got.Lasts.Equal(test.want) {
				t.Errorf("%v, want %v; %s %+v", got.Lasts, test.want, got.SubIndication, got.Reasons)
			}
		})
	}
}

// TestHashFor takes the hash that lasts.
func TestHashFor(t *testing.T) {
	at := validationtest.Signed
	day := func(n int) validation.Until { return validation.Until{Time: at.AddDate(0, 0, n)} }
	for _, test := range []struct {
		name   string
		change func(map[string]validation.Until)
		wanted crypto.Hash
		want   crypto.Hash
	}{
		{"wanted", func(map[string]validation.Until) {}, crypto.SHA384, crypto.SHA384},
		{"nothing wanted", func(map[string]validation.Until) {}, 0, crypto.SHA256},
		{"wanted, and ends", func(h map[string]validation.Until) { h["SHA-384"] = day(100) }, crypto.SHA384, crypto.SHA256},
		{"wanted, and over", func(h map[string]validation.Until) { h["SHA-256"], h["SHA-384"] = day(-1), day(10) }, crypto.SHA256, crypto.SHA512},
		{"weak", func(map[string]validation.Until) {}, crypto.SHA1, crypto.SHA256},
		{"all end", func(h map[string]validation.Until) {
			clear(h)
			h["SHA-256"], h["SHA-512"] = day(10), day(20)
		}, crypto.SHA256, crypto.SHA512},
		{"none", func(h map[string]validation.Until) { clear(h) }, crypto.SHA256, 0},
	} {
		p := validation.DefaultPolicy()
		test.change(p.Hashes)
		if got := p.HashFor(test.wanted, at); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
