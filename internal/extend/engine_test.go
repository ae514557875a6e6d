package extend

import (
	"bytes"
	"context"
	"crypto"
	"io"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// careless is an editor that leaves values out, or changes the file behind the engine's back.
type careless struct {
	Editor
	leavesOut bool
	spoils    func([]byte) []byte
}

func (c *careless) Values(data validation.Data) error {
	if c.leavesOut {
		return nil
	}
	return c.Editor.Values(data)
}

func (c *careless) File() (formats.Content, error) {
	file, err := c.Editor.File()
	if err != nil || c.spoils == nil {
		return file, err
	}
	whole, err := io.ReadAll(io.NewSectionReader(file.Reader, 0, file.Size))
	return contentOf(c.spoils(whole)), err
}

// TestCarelessEditors has the engine find what an editor does wrong: the file is not given out.
func TestCarelessEditors(t *testing.T) {
	genuine := openers["CAdES"]
	t.Cleanup(func() { openers["CAdES"] = genuine })
	w := validationtest.New(t)
	at := validationtest.Signed.Add(time.Minute)
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	first, second := w.NewSignature("Onay veriyorum.").Sign(), w.NewSignature("Onay veriyorum.").Sign()
	first.More = [][]byte{second.SignerInfo()}
	o := Options{
		Policy: policy, Signature: "1", Now: func() time.Time { return at },
		Stamp: func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) { return w.Stamp(digest, at), nil },
		Data:  validation.Data{OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, at, time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, at, time.Hour)}},
	}
	for _, test := range []struct {
		name  string
		by    careless
		level Level
		want  fault.Code
	}{
		{"careful", careless{}, LT, ""},
		{"no values", careless{leavesOut: true}, LT, fault.ExtendStatus},
		{"the other signature changed", careless{spoils: func(file []byte) []byte {
			return bytes.Replace(file, second.Value, make([]byte, len(second.Value)), 1)
		}}, T, fault.ExtendWorse},
		{"this signature changed", careless{spoils: func(file []byte) []byte {
			return bytes.Replace(file, first.Value, make([]byte, len(first.Value)), 1)
		}}, T, fault.TimestampUntrusted},
		{"no file of signatures", careless{spoils: func([]byte) []byte { return []byte("%PDF") }}, T, fault.Unsupported},
	} {
		openers["CAdES"] = func(target Target) (Editor, error) {
			e, err := genuine(target)
			by := test.by
			by.Editor = e
			return &by, err
		}
		result, err := Extend(t.Context(), contentOf(first.DER()), nil, test.level, o)
		if (err == nil) != (test.want == "") || err != nil && (fault.CodeOf(err) != test.want || result != nil) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
