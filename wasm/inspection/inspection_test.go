package inspection_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/wasm/inspection"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

var signedAt = time.Date(2026, 11, 30, 0, 15, 30, 0, time.UTC)

// person is a signer with a card, in Go.
type person struct {
	root        *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newPerson(t testing.TB) *person {
	t.Helper()
	p := &person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, "P-256")}
	p.certificate = p.root.Issue(t, p.key.Public())
	return p
}

func (p *person) signer() ades.Signer {
	return ades.Signer{Certificate: p.certificate, Hash: crypto.SHA256, Time: signedAt}
}

// sign returns a document with a signature that prepare makes.
func (p *person) sign(t testing.TB, file []byte, prepare func(ades.Signer, []ades.Document) (ades.Prepared, error)) []byte {
	t.Helper()
	documents := []ades.Document{ades.NewDocument("", "", file)}
	prepared, err := prepare(p.signer(), documents)
	if err != nil {
		t.Fatal(err)
	}
	return adestest.Sign(t, p.key, crypto.SHA256, prepared, documents...)
}

// inspect returns the report on a document as the window gets it.
func inspect(t testing.TB, kind report.Kind, file []byte) *report.Report {
	t.Helper()
	made := new(inspection.Inspector).Read(kind, bytes.NewReader(file), int64(len(file)))
	sum := sha256.Sum256(file)
	r, err := report.Parse(made.Encode(), kind, hex.EncodeToString(sum[:]), isSentence)
	if err != nil {
		t.Fatalf("%v: %+v", err, made)
	}
	return r
}

func isSentence(key string) bool { return message.Sentence(key).TR != key }

// lines are the keys of all that a report says under a title, and the names from the document.
func lines(r *report.Report, title string) (list []string) {
	for _, s := range r.Sections {
		if s.Title != title {
			continue
		}
		for _, e := range s.Entries {
			if e.Look {
				list = append(list, "look")
			}
			list = append(list, e.Name+e.Key)
			for _, l := range e.Lines {
				list = append(list, l.Key+l.Text)
			}
		}
	}
	return list
}

func wantLines(t testing.TB, r *report.Report, title string, want ...string) {
	t.Helper()
	if got := lines(r, title); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q (refused: %s %s)", got, want, r.Refused, r.Reason)
	}
}

func wantRefused(t testing.TB, r *report.Report, want fault.Code) {
	t.Helper()
	if r.Refused != want {
		t.Errorf("refused with %q (%s), want %q", r.Refused, r.Reason, want)
	}
}

// broken is a document that ends while it is read.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("it is gone") }

func TestRefusesWhatCannotBeRead(t *testing.T) {
	if r := new(inspection.Inspector).Read(report.KindPDF, broken{}, 1000); r.Refused != fault.DocumentUnreadable || r.SHA256 != "" {
		t.Errorf("%+v", r)
	}
	if r := new(inspection.Inspector).Read("poem", bytes.NewReader([]byte("x")), 1); r.Refused != fault.DocumentUnreadable {
		t.Errorf("%+v", r)
	}
}
