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
	err := b.sign(t.Context(), func(digests [][]byte, made func([]byte)) error {
		for _, digest := range digests {
			signature, err := key.Sign(rand.Reader, digest, crypto.SHA256)
			if err != nil {
				return err
			}
			if at++; names[at] == "wrong" { // the first is not prepared
				signature[len(signature)-1] ^= 1
			}
			made(signature)
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

// While the last signatures of a batch are completed, the card makes those of the next.
func TestBatchKeepsTheCardBusy(t *testing.T) {
	key := pkitest.Key(t, "P-256")
	certificate := pkitest.Root(t, "Deneme Kök").Issue(t, key.Public())
	b := &batch{Files: Files{Format: signature.CAdES}, now: time.Now, signer: ades.Signer{Certificate: certificate, Hash: crypto.SHA256}}
	for range 2 * ahead {
		b.Documents = append(b.Documents, []ades.Document{ades.NewDocument("onay.txt", "text/plain", []byte("Onay"))})
	}
	second := make(chan struct{})
	b.tell = func(i int, _ ades.Pieces, err error) {
		if err != nil {
			t.Error(err)
		}
		if i != ahead-1 {
			return
		}
		select {
		case <-second:
		case <-time.After(time.Minute):
			t.Error("the card waits for the last of its first batch")
		}
	}
	batches := 0
	err := b.sign(t.Context(), func(digests [][]byte, made func([]byte)) error {
		if batches++; batches == 2 {
			close(second)
		}
		for _, digest := range digests {
			signature, err := key.Sign(rand.Reader, digest, crypto.SHA256)
			if err != nil {
				return err
			}
			made(signature)
		}
		return nil
	})
	if err != nil || b.signed != 2*ahead {
		t.Fatalf("%d signed: %v", b.signed, err)
	}
}
