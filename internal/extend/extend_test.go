package extend_test

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestBaseline extends a signature to each level of the standard.
func TestBaseline(t *testing.T) {
	for _, detached := range []bool{false, true} {
		s := newScene(t)
		signature := s.NewSignature("Onay veriyorum.").Sign()
		if detached {
			signature.Detached, s.content = true, signature.Content
		}
		file := signature.DER()
		stamped, result := s.extend(t, file, extend.T)
		if got := result.After.Signatures[0]; got.Level != "T" || got.Indication != validation.Passed || !result.Changed {
			t.Errorf("T: %s %s %+v", got.Level, got.Indication, got.Reasons)
		}
		long, _ := s.extend(t, stamped, extend.LT)
		s.want(t, long, "LT", "")
		archived, _ := s.extend(t, long, extend.LTA)
		s.want(t, archived, "LTA", "")
		atOnce, result := s.extend(t, file, extend.LTA)
		if got := s.want(t, atOnce, "LTA", ""); len(got.TimeStamps) != 2 || !result.After.Signatures[0].Lasts.Equal(validationtest.Day(2040, 1, 1)) {
			t.Errorf("%d time stamps, lasts until %v", len(got.TimeStamps), result.After.Signatures[0].Lasts)
		}
		s.now = validationtest.Day(2031, 1, 1) // signer and CA have expired
		s.want(t, archived, "LTA", "", lists{s}.Revocation(s.TSA, s.Root.Certificate))
		if got := s.judge(t, long, validation.Data{})[0]; got.Indication != validation.Indeterminate {
			t.Errorf("LT after the end of its CA: %s", got.Indication)
		}
	}
}

// TestNothingTwice extends what has the level already.
func TestNothingTwice(t *testing.T) {
	s := newScene(t)
	file := s.NewSignature("Onay veriyorum.").Sign().DER()
	for _, level := range []extend.Level{extend.T, extend.LT} {
		once, _ := s.extend(t, file, level)
		again, result := s.extend(t, once, level)
		if result.Changed || !bytes.Equal(once, again) {
			t.Errorf("%s again adds %d bytes", level, len(again)-len(once))
		}
		file = once
	}
}

// TestRestamp keeps a signature for twenty years: an archive time stamp of a further authority before the first one ends.
func TestRestamp(t *testing.T) {
	s := newScene(t)
	file, _ := s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.LTA)
	s.now = validationtest.Day(2038, 1, 1)
	before := s.judge(t, file, lists{s}.Revocation(s.TSA, s.Root.Certificate))[0]
	if due, ok := extend.Due(before, extend.Margin); !ok || !due.Equal(validationtest.Day(2040, 1, 1).Add(-extend.Margin)) {
		t.Errorf("due at %v", due)
	}
	s.TSA = s.NewTSA(s.Root, validationtest.Between(validationtest.Day(2037, 1, 1), validationtest.Day(2049, 1, 1)))
	file, result := s.extend(t, file, extend.LTA)
	if got := result.After.Signatures[0]; got.Lasts == nil || !got.Lasts.Equal(validationtest.Day(2049, 1, 1)) {
		t.Errorf("lasts until %v", got.Lasts)
	}
	s.now = validationtest.Day(2045, 1, 1) // signer, CA and the first authority have expired
	got := s.want(t, file, "LTA", "", lists{s}.Revocation(s.TSA, s.Root.Certificate))
	if len(got.TimeStamps) != 3 {
		t.Errorf("%d time stamps", len(got.TimeStamps))
	}
	for _, stamp := range got.TimeStamps {
		if stamp.Indication != validation.Passed {
			t.Errorf("time stamp of %v: %s %s %+v", stamp.Time, stamp.Indication, stamp.SubIndication, stamp.Reasons)
		}
	}
}

// TestRestampByAnotherHash has an archive time stamp made by a hash that lasts, and none of the old one's digests count in it.
func TestRestampByAnotherHash(t *testing.T) {
	s := newScene(t)
	file, _ := s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.LTA)
	s.now = validationtest.Day(2026, 1, 1)
	s.policy.Hashes["SHA-256"] = validation.Until{Time: validationtest.Day(2026, 6, 1)}
	file, _ = s.extend(t, file, extend.LTA)
	signatures, err := formats.Read(content(file))
	if err != nil {
		t.Fatal(err)
	}
	var hashes []crypto.Hash
	for _, stamp := range signatures[0].TimeStamps {
		hashes = append(hashes, append(stamp.Hashes, stamp.Token.Hash)...)
	}
	slices.Sort(hashes)
	if want := []crypto.Hash{crypto.SHA256, crypto.SHA256, crypto.SHA256, crypto.SHA384, crypto.SHA384}; !slices.Equal(hashes, want) {
		t.Errorf("imprints and indexes by %v", hashes)
	}
}

// TestProfiles extends to the profiles of the guide: a signature that lasts beyond the signer's CA, with every rule kept.
func TestProfiles(t *testing.T) {
	kept := func(t *testing.T, s *scene, file []byte, data validation.Data, level string) {
		t.Helper()
		got := s.judge(t, file, data)[0]
		if got.Indication != validation.Passed || got.Profile == nil || got.Profile.Name != level || !got.Profile.Keeps() {
			t.Errorf("%s %s, profile %+v; %+v", got.Indication, got.SubIndication, got.Profile, got.Reasons)
		}
	}
	t.Run("P4", func(t *testing.T) {
		s := newScene(t)
		file, result := s.extend(t, s.named(3).DER(), extend.P4)
		if !result.Wait.IsZero() {
			t.Errorf("wait until %v", result.Wait)
		}
		s.want(t, file, "", "XL")
		kept(t, s, file, validation.Data{}, "P4")
		file, _ = s.extend(t, file, extend.LTA)
		s.want(t, file, "", "A")
		kept(t, s, file, validation.Data{}, "P4")
		s.now = validationtest.Day(2035, 1, 1)
		s.want(t, file, "", "A", lists{s}.Revocation(s.TSA, s.Root.Certificate))
	})
	t.Run("P4, a list was at hand", func(t *testing.T) {
		s := newScene(t)
		s.data.CRLs = [][]byte{s.CRL(s.CA, s.now, 7*day), s.CRL(s.Root, s.now, 7*day)}
		file, _ := s.extend(t, s.named(3).DER(), extend.P4)
		kept(t, s, file, validation.Data{}, "P4")
	})
	t.Run("P3", func(t *testing.T) {
		s := newScene(t)
		stamped, result := s.extend(t, s.named(2).DER(), extend.P3)
		if want := s.now.Add(day); !result.Wait.Equal(want) || result.After.Signatures[0].Form != "T" {
			t.Errorf("wait until %v, want %v; form %s", result.Wait, want, result.After.Signatures[0].Form)
		}
		end := s.now.Add(day)
		s.now = s.now.Add(23 * hour)
		tooEarly(t, s.refuse(t, stamped, extend.P3, fault.ExtendEarly), end)
		s.now = end.Add(hour)
		s.listAge = 2 * hour // it was made before
		tooEarly(t, s.refuse(t, stamped, extend.P3, fault.ExtendEarly), s.now.Add(-2*hour).Add(7*day))
		s.listAge = time.Minute
		s.data.CRLs = [][]byte{s.CRL(s.CA, end.Add(-2*hour), 7*day)} // fresh, and too old
		file, _ := s.extend(t, stamped, extend.P3)
		s.want(t, file, "", "XL")
		kept(t, s, file, validation.Data{}, "P3")
		if s.stamps != 1 {
			t.Errorf("%d time stamps", s.stamps)
		}
	})
	t.Run("P2", func(t *testing.T) {
		s := newScene(t)
		stamped, result := s.extend(t, s.named(1).DER(), extend.P2)
		if want := s.now.Add(day); !result.Wait.Equal(want) {
			t.Errorf("wait until %v, want %v", result.Wait, want)
		}
		tooEarly(t, s.refuse(t, stamped, extend.P2, fault.ExtendEarly), s.now.Add(day))
		s.now = s.now.Add(26 * hour)
		same, result := s.extend(t, stamped, extend.P2)
		if result.Changed || !bytes.Equal(same, stamped) || !result.Wait.IsZero() {
			t.Error("P2 has values")
		}
		kept(t, s, same, validation.Data{CRLs: [][]byte{s.CRL(s.CA, s.now, day), s.CRL(s.Root, s.now, day)}}, "P2")
	})
	t.Run("XL", func(t *testing.T) {
		s := newScene(t)
		file, _ := s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.XL)
		s.want(t, file, "", "XL")
	})
}

func tooEarly(t *testing.T, err error, want time.Time) {
	t.Helper()
	early, ok := errors.AsType[*extend.TooEarly](err)
	if !ok || !early.Until.Equal(want) {
		t.Errorf("%v, want until %v", err, want)
	}
}

// TestRefusals has what cannot be made to last. No time stamp is asked for unless the test says so.
func TestRefusals(t *testing.T) {
	plain := func(s *scene) []byte { return s.NewSignature("Onay veriyorum.").Sign().DER() }
	for _, test := range []struct {
		name   string
		level  extend.Level
		file   func(s *scene) []byte
		change func(s *scene)
		want   fault.Code
		stamps int
	}{
		{"another file", extend.T, func(*scene) []byte { return []byte("metin") }, nil, fault.Unsupported, 0},
		{"changed content", extend.T, func(s *scene) []byte { return bytes.Replace(plain(s), []byte("Onay"), []byte("Olay"), 1) }, nil, fault.ExtendInvalid, 0},
		{"content elsewhere", extend.T, func(s *scene) []byte {
			signature := s.NewSignature("Onay veriyorum.").Sign()
			signature.Detached = true
			return signature.DER()
		}, nil, fault.ExtendContent, 0},
		{"no anchor", extend.T, plain, func(s *scene) { s.policy.Anchors = nil }, fault.ExtendUntrusted, 0},
		{"no signing certificate", extend.T, func(s *scene) []byte {
			signature := s.NewSignature("Onay veriyorum.")
			signature.Without(cms.OIDSigningCertificateV2)
			return signature.Sign().DER()
		}, nil, fault.ExtendInvalid, 0},
		{"expired", extend.T, plain, func(s *scene) { s.now = validationtest.Day(2028, 1, 1) }, fault.ExtendUnproven, 0},
		{"revoked", extend.T, plain, func(s *scene) {
			s.revoked = []validationtest.Revocation{{Certificate: s.Signer, At: validationtest.Signed.Add(-hour), Reason: 1}}
		}, fault.ExtendUnproven, 0},
		{"no status", extend.LT, plain, func(s *scene) { s.silent = true }, fault.ExtendStatus, 0},
		{"no authority", extend.LT, plain, func(s *scene) { s.TSA = nil }, fault.TimestampUnavailable, 0},
		{"untrusted authority", extend.T, plain, func(s *scene) {
			s.TSA = s.NewTSA(pkitest.Root(t, "Başka Kök", validationtest.Between(validationtest.Day(2015, 1, 1), validationtest.Day(2050, 1, 1))))
		}, fault.TimestampUntrusted, 1},
		{"no policy", extend.P4, plain, nil, fault.ExtendProfile, 0},
		{"policy of another profile", extend.P3, func(s *scene) []byte { return s.named(3).DER() }, nil, fault.ExtendProfile, 0},
		{"policy that is not known", extend.P4, func(s *scene) []byte { return s.named(4).DER() }, nil, fault.ExtendProfile, 0},
		{"no address of the policy", extend.P4, func(s *scene) []byte {
			signature := s.NewSignature("Onay veriyorum.")
			signature.Signed = append(signature.Signed, signature.Policy([]int{2, 16, 792, 1, 61, 0, 1, 5070, 3, 3, 1}, guide, ""))
			return signature.Sign().DER()
		}, nil, fault.ExtendProfile, 0},
		{"stamped after two hours", extend.P4, func(s *scene) []byte { return s.named(3).DER() }, func(s *scene) {
			s.now = validationtest.Signed.Add(2*hour + time.Second)
		}, fault.ExtendLate, 0},
		{"stamped after two hours by somebody else", extend.P4, func(s *scene) []byte {
			return s.named(3).AddSignatureStamp(validationtest.Signed.Add(3 * hour)).DER()
		}, func(s *scene) { s.now = validationtest.Signed.Add(4 * hour) }, fault.ExtendProfile, 0},
		{"archive time stamp of P2", extend.LTA, func(s *scene) []byte { return s.named(1).DER() }, nil, fault.ExtendProfile, 0},
		{"P4 without OCSP", extend.P4, func(s *scene) []byte { return s.named(3).DER() }, func(s *scene) {
			s.silent = true
			s.data.CRLs = [][]byte{s.CRL(s.CA, s.now, 7*day), s.CRL(s.Root, s.now, 7*day)}
		}, fault.ExtendStatus, 1},
		{"counter-signature", extend.T, plain, nil, fault.Unsupported, 0},
		{"too many", extend.T, func(s *scene) []byte {
			signature := s.NewSignature("Onay veriyorum.").Sign()
			signature.More = slices.Repeat([][]byte{signature.SignerInfo()}, extend.MaxSignatures)
			return signature.DER()
		}, nil, fault.RequestTooLarge, 0},
		{"no hash", extend.T, plain, func(s *scene) {
			for name := range s.policy.Hashes {
				s.policy.Hashes[name] = validation.Until{Time: validationtest.Signed}
			}
		}, fault.ExtendUnproven, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			file := test.file(s)
			if test.change != nil {
				test.change(s)
			}
			o := s.options()
			if s.TSA == nil {
				o.Stamp = nil
			}
			if test.name == "counter-signature" {
				o.Signature = "1.1"
			}
			result, err := extend.Extend(t.Context(), content(file), s.documents(), test.level, o)
			if fault.CodeOf(err) != test.want || result != nil || s.stamps != test.stamps {
				t.Errorf("%v after %d time stamps, want %s after %d", err, s.stamps, test.want, test.stamps)
			}
		})
	}
}

// TestSeveral extends one of two signatures, and then both.
func TestSeveral(t *testing.T) {
	s := newScene(t)
	first, second := s.NewSignature("Onay veriyorum.").Sign(), s.NewSignature("Onay veriyorum.").Sign()
	first.More = [][]byte{second.SignerInfo()}
	file := first.DER()
	o := s.options()
	o.Signature = "2"
	result, err := extend.Extend(t.Context(), content(file), nil, extend.LTA, o)
	if err != nil {
		t.Fatal(err)
	}
	levels := func(file []byte) (out []string) {
		for _, one := range s.judge(t, file, validation.Data{OCSPs: answers{s}.Revocation(s.Signer, s.CA.Certificate).OCSPs}) {
			if one.Indication != validation.Passed {
				t.Errorf("%s: %s %+v", one.ID, one.Indication, one.Reasons)
			}
			out = append(out, one.Level)
		}
		return out
	}
	one := read(t, result.File)
	if got := levels(one); !slices.Equal(got, []string{"B", "LTA"}) {
		t.Errorf("levels %v", got)
	}
	both, _ := s.extend(t, one, extend.LT)
	if got := levels(both); !slices.Equal(got, []string{"LT", "LTA"}) {
		t.Errorf("levels %v", got)
	}
}

// TestCounterSigned keeps a counter-signature, which the archive time stamp covers.
func TestCounterSigned(t *testing.T) {
	s := newScene(t)
	file := s.NewSignature("Onay veriyorum.").Sign().AddCounterSignature(s.Signer, s.Key).DER()
	file, result := s.extend(t, file, extend.LTA)
	s.want(t, file, "LTA", "")
	if counter := result.After.Signatures[0].CounterSignatures; len(counter) != 1 || counter[0].Proven == nil {
		t.Errorf("%+v", counter)
	}
}

// TestPEM extends a file in PEM.
func TestPEM(t *testing.T) {
	s := newScene(t)
	der := s.NewSignature("Onay veriyorum.").Sign().DER()
	file, _ := s.extend(t, pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}), extend.LT)
	s.want(t, file, "LT", "")
}

// TestAsksOnce has the sources asked once for each certificate, whatever the number of steps.
func TestAsksOnce(t *testing.T) {
	s := newScene(t)
	s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.LTA)
	if s.asked > 4 { // signer, CA, authority; a list is asked for by way of answers
		t.Errorf("%d questions", s.asked)
	}
}
