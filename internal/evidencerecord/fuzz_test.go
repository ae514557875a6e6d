package evidencerecord_test

import (
	"crypto"
	"errors"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/evidencerecord"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

func digest(by crypto.Hash, text string) []byte {
	h := by.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// document is the object that a text is.
func document(text string) evidencerecord.Object {
	return func(by crypto.Hash) ([][]byte, error) { return [][]byte{digest(by, text)}, nil }
}

// fits reports whether the first time stamp of the last chain is over documents.
func fits(r *evidencerecord.Record, documents ...evidencerecord.Object) bool {
	last := len(r.Chains) - 1
	token, err := timestamp.Parse(r.Chains[last].TimeStamps[0].Token)
	if err != nil {
		return false
	}
	imprints, err := r.Imprints(last, 0, token.Hash, documents...)
	for _, imprint := range imprints {
		if err == nil && token.Covers(token.Hash, imprint) {
			return true
		}
	}
	return false
}

// FuzzParse parses hostile records. None may fit a document that the seeds are not over.
func FuzzParse(f *testing.F) {
	w := validationtest.New(f)
	signed := validationtest.Signed
	f.Add(w.NewRecord(crypto.SHA256, signed, digest(crypto.SHA256, "bir")).DER())
	f.Add(w.NewRecord(crypto.SHA256, signed, digest(crypto.SHA256, "bir"), digest(crypto.SHA256, "iki")).Renew(signed.Add(time.Hour)).
		RenewTree(crypto.SHA512, signed.Add(2*time.Hour), digest(crypto.SHA512, "bir")).DER())
	f.Add([]byte("\x30\x80\x02\x01\x01\x30\x80\x00\x00\x30\x80\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := evidencerecord.Parse(record)
		if err != nil {
			if fault.CodeOf(err) != fault.SignatureMalformed && !errors.Is(err, evidencerecord.ErrEncrypted) {
				t.Errorf("code of %v", err)
			}
			return
		}
		for i, chain := range r.Chains {
			for j := range chain.TimeStamps {
				_, _ = r.Imprints(i, j, crypto.SHA256, document("bir"), document("iki")) // it must not panic
			}
		}
		if fits(r, document("üç")) {
			t.Error("a record of a document that it was not made of")
		}
	})
}
