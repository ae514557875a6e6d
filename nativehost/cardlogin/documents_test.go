package cardlogin

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
)

var errUnfit = errors.New("unfit")

// A document that cannot be prepared, one whose signature by the card is wrong, and one that reads otherwise than it was made,
// do not take the others along.
func TestBatch(t *testing.T) {
	key := pkitest.Key(t, "P-256")
	certificate := pkitest.Root(t, "Deneme Kök").Issue(t, key.Public())
	format := signature.CAdES
	format.Prepare = func(r signature.Request) (ades.Prepared, error) {
		switch r.Documents[0].Name {
		case "unfit":
			return nil, errUnfit
		case "other":
			r.Documents[0] = ades.NewDocument("other", "text/plain", []byte("another"))
		}
		return signature.CAdES.Prepare(r)
	}
	var documents []ades.Document
	for _, name := range []string{"unfit", "good", "wrong", "other", "good"} {
		documents = append(documents, ades.NewDocument(name, "text/plain", []byte("Onay")))
	}
	outcomes := make([]string, len(documents))
	b := &batch{format: format, documents: documents, tell: func(i int, signed ades.Pieces, err error) {
		outcomes[i] = fmt.Sprint(len(signed) > 0, err == nil)
	}}
	b.prepare(ades.Signer{Certificate: certificate, Hash: crypto.SHA256, Time: time.Now()})
	for i, p := range b.prepared {
		made, err := key.Sign(rand.Reader, p.Digest(), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if documents[p.document].Name == "wrong" {
			made[len(made)-1] ^= 1
		}
		signed, err := p.Complete(made)
		b.complete(i, signed, err)
	}
	if got, want := fmt.Sprint(outcomes), "[false false true true false false false false true true]"; got != want {
		t.Errorf("outcomes %s, want %s", got, want)
	}
	if b.signed != 2 || !errors.Is(b.failed, errUnfit) {
		t.Errorf("%d signed, the first failure is %v", b.signed, b.failed)
	}
}
