package validation_test

import (
	"bytes"
	"crypto"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

type digestsBy = func(crypto.Hash) [][]byte

// TestEvidenceRecords has signatures of which nothing but the root and the time-stamp authority is valid any more, and that an evidence
// record keeps, or not: of all its parts, each is changed in turn. first is what the first time stamp of the record is worth.
func TestEvidenceRecords(t *testing.T) {
	signed := validationtest.Signed
	at := signed.Add(4 * day)
	weak := validationtest.Day(2025, 1, 1)
	const sha256, sha512, sha384 = crypto.SHA256, crypto.SHA512, crypto.SHA384
	add := func(hash crypto.Hash, change func(r *validationtest.Record, digests digestsBy)) func(s *scene) {
		return func(s *scene) { s.signature.AddRecord(hash, at, change) }
	}
	detach := func(s *scene) { s.signature.Detached, s.content = true, s.signature.Content }
	sha512Ends := func(s *scene) { s.policy.Hashes["SHA-512"] = validation.Until{Time: weak} }
	for _, test := range []struct {
		name  string
		first validation.SubIndication
		parts []func(s *scene)
	}{
		{"good", "", []func(*scene){add(sha256, nil)}},
		{"good, its algorithm that of the token", "", []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Chains[0][0].NoAlgorithm = true })}},
		{"good, with cryptoInfos", "", []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Fields = [][]byte{{0xa0, 0}} })}},
		{"good, without a tree", "", []func(*scene){add(sha384, func(r *validationtest.Record, digests digestsBy) {
			r.Chains[0][0] = validationtest.RecordStamp{Hash: sha384, Token: r.Stamp(digests(sha384)[0], at)}
		})}},
		{"good, a tree of one list of one", "", []func(*scene){add(sha384, func(r *validationtest.Record, digests digestsBy) {
			digest := digests(sha384)[0]
			h := sha384.New()
			h.Write(digest)
			r.Chains[0][0] = validationtest.RecordStamp{Hash: sha384, Tree: [][][]byte{{digest}}, Token: r.Stamp(h.Sum(nil), at)}
		})}},
		{"good, renewed", "", []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Renew(at.Add(year)).Renew(at.Add(2 * year)) })}},
		{"good, its tree renewed, the first hash weak by now", "", []func(*scene){sha512Ends, add(sha512, func(r *validationtest.Record, digests digestsBy) {
			r.RenewTree(sha384, at.Add(day), digests(sha384)...).Renew(at.Add(year))
		})}},
		{"good, detached, its tree renewed", "", []func(*scene){detach, add(sha256, func(r *validationtest.Record, digests digestsBy) {
			r.Renew(at.Add(day)).RenewTree(sha384, at.Add(year), digests(sha384)...)
		})}},
		{"good, a second one", "", []func(*scene){add(sha256, nil), func(s *scene) { s.signature.AddRecord(sha256, at.Add(day), nil) }}},
		{"of another file", validation.HashFailure, []func(*scene){add(sha256, nil), func(s *scene) { s.signature.AddCRL(s.CRL(s.Root, signed.Add(10*day), 30*day)) }}},
		{"an attribute added later", validation.HashFailure, []func(*scene){add(sha256, nil), func(s *scene) { s.signature.AddSignatureStamp(at.Add(day)) }}},
		{"detached, without the content in its group", validation.HashFailure, []func(*scene){detach, add(sha256, func(r *validationtest.Record, digests digestsBy) {
			r.Chains[0][0] = r.Restamped(validationtest.RecordStamp{Hash: sha256, Tree: [][][]byte{digests(sha256)[:1]}}, at)
		})}},
		{"a hash of the tree changed", validation.HashFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Chains[0][0].Tree[2][0][5] ^= 1 })}},
		{"the document in the second list", validation.HashFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			tree := r.Chains[0][0].Tree
			tree[0], tree[1] = tree[1], tree[0]
		})}},
		{"a list left out", validation.HashFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			s := &r.Chains[0][0]
			s.Tree = slices.Delete(s.Tree, 1, 2)
		})}},
		{"a hash of another length", validation.SigConstraintsFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			s := r.Chains[0][0]
			s.Tree[1][0] = s.Tree[1][0][:31]
			r.Chains[0][0] = r.Restamped(s, at)
		})}},
		{"a tree by another hash than its token", validation.SigConstraintsFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Chains[0][0].Hash = sha512 })}},
		{"a token changed", validation.SigCryptoFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			token := r.Chains[0][0].Token
			token[len(token)-1] ^= 1
		})}},
		{"a token changed, and then renewed", validation.SigCryptoFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			token := r.Chains[0][0].Token
			token[len(token)-1] ^= 1
			r.Renew(at.Add(day))
		})}},
		{"no token, and that renewed", validation.NoSigningCertificateFound, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) {
			r.Chains[0][0].Token = []byte{0x30, 0}
			r.Renew(at.Add(day))
		})}},
		{"times out of order", validation.TimestampOrderFailure, []func(*scene){add(sha256, func(r *validationtest.Record, _ digestsBy) { r.Renew(at.Add(-day)) })}},
		{"the hash weak by now, and the tree not renewed", validation.CryptoConstraintsFailureNoPO, []func(*scene){sha512Ends, add(sha512, func(r *validationtest.Record, _ digestsBy) { r.Renew(at.Add(day)) })}},
		// The second time stamp does not rest on the weak hash, and what joins the document to the first one does.
		{"a chain by two hashes, the first weak by now", validation.CryptoConstraintsFailureNoPO, []func(*scene){sha512Ends, add(sha512, func(r *validationtest.Record, _ digestsBy) {
			r.Chains[0][0].NoAlgorithm = true
			r.Renew(at.Add(day))
			s := r.Chains[0][1]
			s.Hash, s.Tree = sha384, [][][]byte{{sumOf(sha384, r.Chains[0][0].Token)}}
			r.Chains[0][1] = r.Restamped(s, at.Add(day))
		})}},
		{"the tree renewed for another document", validation.CryptoConstraintsFailureNoPO, []func(*scene){sha512Ends, add(sha512, func(r *validationtest.Record, _ digestsBy) {
			r.RenewTree(sha384, at.Add(day), sumOf(sha384, []byte("another")))
		})}},
		{"the tree renewed, and an older chain changed", validation.CryptoConstraintsFailureNoPO, []func(*scene){sha512Ends, add(sha512, func(r *validationtest.Record, digests digestsBy) {
			r.RenewTree(sha384, at.Add(day), digests(sha384)...)
			r.Chains[0][0].NoAlgorithm = true
		})}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := archived(t, time.Time{})
			for _, part := range test.parts {
				part(s)
			}
			got := s.judge(t)
			if test.first == "" {
				want(t, got, isPassed, "", "")
			} else {
				want(t, got, isIndeterminate, validation.NoPOE, validation.ReasonNoProof)
			}
			var first *validation.TimeStampReport
			for _, stamp := range got.TimeStamps { // the latest first
				if stamp.Name == "evidence-record" {
					first = stamp
				}
			}
			if test.name == "times out of order" {
				first = got.TimeStamps[0]
			}
			if first == nil || first.SubIndication != test.first {
				t.Errorf("first time stamp %+v, want %q", first, test.first)
			}
			if len(got.Notes) > 0 {
				t.Errorf("notes %+v", got.Notes)
			}
		})
	}
}

func sumOf(by crypto.Hash, data []byte) []byte {
	h := by.New()
	h.Write(data)
	return h.Sum(nil)
}

// TestEvidenceRecordUnread notes records that are not read, which prove nothing.
func TestEvidenceRecordUnread(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(record []byte) []byte
	}{
		{"of an encrypted document", func(b []byte) []byte { return b }},
		{"of version 2", func(b []byte) []byte { return bytes.Replace(b, []byte{2, 1, 1, 0x30}, []byte{2, 1, 2, 0x30}, 1) }},
		{"that is none", func([]byte) []byte { return []byte{0x30, 0} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := archived(t, validationtest.Signed.Add(4*day))
			file := sumOf(crypto.SHA256, s.signature.DER())
			r := s.NewRecord(crypto.SHA256, validationtest.Signed.Add(5*day), file)
			if test.name == "of an encrypted document" {
				r.Fields = [][]byte{{0xa1, 0}}
			}
			s.signature.AddRecordDER(test.change(r.DER()))
			got := s.judge(t)
			want(t, got, isPassed, "", "")
			if len(got.Notes) != 1 || got.Notes[0].Code != validation.ReasonUnsupported || got.Notes[0].Subject != "evidence-record" {
				t.Errorf("notes %+v", got.Notes)
			}
			if got.Level != "LTA" {
				t.Errorf("level %q", got.Level)
			}
		})
	}
}
