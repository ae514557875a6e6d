package evidencerecord_test

import (
	"bytes"
	"crypto"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/evidencerecord"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestImprints has records of a group of two documents.
func TestImprints(t *testing.T) {
	w := validationtest.New(t)
	signed := validationtest.Signed
	by := func(hash crypto.Hash) [][]byte { return [][]byte{digest(hash, "bir"), digest(hash, "iki")} }
	group := func() *validationtest.Record { return w.NewRecord(crypto.SHA256, signed, by(crypto.SHA256)...) }
	renewed := group().RenewTree(crypto.SHA512, signed.Add(time.Hour), by(crypto.SHA512)...)
	changed := group().RenewTree(crypto.SHA512, signed.Add(time.Hour), by(crypto.SHA512)...)
	changed.Chains[0] = changed.Chains[0][:1:1]
	changed.Renew(signed) // of the second chain, and the first one is another
	changed.Chains[0] = append(changed.Chains[0], changed.Chains[1][1])
	over := func(digest []byte, tree ...[][]byte) *validationtest.Record {
		r := group()
		r.Chains[0][0] = validationtest.RecordStamp{Hash: crypto.SHA256, Tree: tree, Token: w.Stamp(digest, signed)}
		return r
	}
	both := by(crypto.SHA256)
	slices.SortFunc(both, bytes.Compare)
	for _, test := range []struct {
		name      string
		record    *validationtest.Record
		documents []string
		want      bool
	}{
		{"both", group(), []string{"bir", "iki"}, true},
		{"both, the other way round", group(), []string{"iki", "bir"}, true},
		{"one", group(), []string{"iki"}, true},
		{"another", group(), []string{"üç"}, false},
		{"one, and another", group(), []string{"bir", "üç"}, false},
		{"without a tree, one", over(by(crypto.SHA256)[0]), []string{"bir"}, true},
		{"without a tree, both", over(by(crypto.SHA256)[0]), []string{"bir", "iki"}, false},
		{"a list of both, and the token over one of them", over(both[0], both), []string{"bir", "iki"}, false},
		{"renewed", renewed, []string{"bir", "iki"}, true},
		{"renewed, of another", renewed, []string{"üç"}, false},
		{"renewed, and an older chain is another", changed, []string{"bir"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := evidencerecord.Parse(test.record.DER())
			if err != nil {
				t.Fatal(err)
			}
			var documents []evidencerecord.Object
			for _, text := range test.documents {
				documents = append(documents, document(text))
			}
			if got := fits(r, documents...); got != test.want {
				t.Errorf("fits: %t", got)
			}
		})
	}
}

// TestRenewal is over the token before it, as received or in DER, and over nothing else.
func TestRenewal(t *testing.T) {
	w := validationtest.New(t)
	made := w.NewRecord(crypto.SHA256, validationtest.Signed, digest(crypto.SHA256, "bir")).Renew(validationtest.Signed.Add(time.Hour))
	root := func(change func(*validationtest.Record)) [][]byte {
		change(made)
		r, err := evidencerecord.Parse(made.DER())
		if err != nil {
			t.Fatal(err)
		}
		imprints, err := r.Imprints(0, 1, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return imprints
	}
	if all := root(func(*validationtest.Record) {}); len(all) == 0 {
		t.Error("not over the token before it")
	}
	token := made.Chains[0][0].Token
	if all := root(func(r *validationtest.Record) {
		r.Chains[0][0].Token = w.Stamp(digest(crypto.SHA256, "iki"), validationtest.Signed)
	}); len(all) > 0 {
		t.Error("over another token")
	}
	inBER := slices.Concat([]byte{0x30, 0x80}, token[4:], []byte{0, 0})
	if all := root(func(r *validationtest.Record) { r.Chains[0][0].Token = inBER }); len(all) == 0 {
		t.Error("not over the token before it in DER")
	}
}

// TestMalformed refuses what breaks the rules of the format, or its bounds.
func TestMalformed(t *testing.T) {
	w := validationtest.New(t)
	made := func() *validationtest.Record {
		return w.NewRecord(crypto.SHA256, validationtest.Signed, digest(crypto.SHA256, "bir"))
	}
	with := func(change func(r *validationtest.Record, s *validationtest.RecordStamp)) []byte {
		r := made()
		change(r, &r.Chains[0][0])
		return r.DER()
	}
	lists := func(n, hashes int) [][][]byte {
		return slices.Repeat([][][]byte{slices.Repeat([][]byte{digest(crypto.SHA256, "bir")}, hashes)}, n)
	}
	for _, test := range []struct {
		name   string
		record []byte
	}{
		{"nothing", nil},
		{"no chains", with(func(r *validationtest.Record, _ *validationtest.RecordStamp) { r.Chains = nil })},
		{"a chain of none", with(func(r *validationtest.Record, _ *validationtest.RecordStamp) { r.Chains = append(r.Chains, nil) })},
		{"no token", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Token = nil })},
		{"two tokens", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) {
			s.Token = slices.Concat(s.Token, s.Token)
		})},
		{"a token before the tree", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) {
			s.Token = slices.Concat(s.Token, pkitest.TLV(t, 0xa2, pkitest.TLV(t, 0x30, pkitest.TLV(t, 4, []byte("x")))))
			s.Tree = nil
		})},
		{"an empty list", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree[1] = nil })},
		{"an empty hash", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree[1][0] = nil })},
		{"a long hash", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree[1][0] = make([]byte, 65) })},
		{"many lists", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree = lists(65, 1) })},
		{"many hashes", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree = lists(1, 4097) })},
		{"many hashes in all", with(func(_ *validationtest.Record, s *validationtest.RecordStamp) { s.Tree = lists(5, 4000) })},
		{"many time stamps", with(func(r *validationtest.Record, s *validationtest.RecordStamp) {
			r.Chains[0] = slices.Repeat(r.Chains[0], 65)
		})},
		{"many time stamps in several chains", with(func(r *validationtest.Record, s *validationtest.RecordStamp) {
			r.Chains[0] = slices.Repeat(r.Chains[0], 33)
			r.Chains = slices.Repeat(r.Chains, 2)
		})},
		{"a field too many", with(func(r *validationtest.Record, _ *validationtest.RecordStamp) { r.Fields = [][]byte{{0xa2, 0}} })},
		{"something behind it", append(made().DER(), 0)},
		{"of version 2", bytes.Replace(made().DER(), []byte{2, 1, 1}, []byte{2, 1, 2}, 1)},
		{"too long", make([]byte, evidencerecord.MaxRecord+1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := evidencerecord.Parse(test.record); fault.CodeOf(err) != fault.SignatureMalformed {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := evidencerecord.Parse(with(func(r *validationtest.Record, _ *validationtest.RecordStamp) { r.Fields = [][]byte{{0xa1, 0}} })); !errors.Is(err, evidencerecord.ErrEncrypted) {
		t.Errorf("of an encrypted document: %v", err)
	}
	if _, err := evidencerecord.Parse(made().DER()); err != nil {
		t.Error(err)
	}
}
