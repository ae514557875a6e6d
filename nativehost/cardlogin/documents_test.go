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
			r.Documents = []ades.Document{ades.NewDocument("other", "text/plain", []byte("another"))}
		}
		return signature.CAdES.Prepare(r)
	}
	b := &batch{Files: Files{Format: format}, now: time.Now, signer: ades.Signer{Certificate: certificate, Hash: crypto.SHA256}}
	names := []string{"unfit", "good", "wrong", "other", "good"}
	for range ahead { // more than are prepared at a time
		names = append(names, "good")
	}
	for _, name := range names {
		b.Documents = append(b.Documents, []ades.Document{ades.NewDocument(name, "text/plain", []byte("Onay"))})
	}
	outcomes := make([]string, len(names))
	b.tell = func(i int, signed ades.Pieces, err error) {
		outcomes[i] = fmt.Sprint(len(signed) > 0, err == nil)
	}
	at := 0 // of what is signed
	err := b.sign(t.Context(), func(all []ades.Prepared, tell Outcome) error {
		for i, p := range all {
			made, err := key.Sign(rand.Reader, p.Digest(), crypto.SHA256)
			if err != nil {
				return err
			}
			if at++; names[at] == "wrong" { // the first is not prepared
				made[len(made)-1] ^= 1
			}
			signed, err := p.Complete(made)
			tell(i, signed, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(outcomes[:5]), "[false false true true false false false false true true]"; got != want {
		t.Errorf("outcomes %s, want %s", got, want)
	}
	if b.signed != 2+ahead || !errors.Is(b.failed, errUnfit) {
		t.Errorf("%d signed, the first failure is %v", b.signed, b.failed)
	}
}
