package extend_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// TestXAdESShapes adds to signatures of other programs' shapes: without a prefix, with empty elements, with line ends of Windows.
func TestXAdESShapes(t *testing.T) {
	for name, pairs := range map[string][]string{
		"empty properties":        {"</xades:SignedProperties>", "</xades:SignedProperties>\r\n<xades:UnsignedProperties />"},
		"empty in empty":          {"</xades:SignedProperties>", "</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedSignatureProperties\n/></xades:UnsignedProperties>"},
		"properties of data only": {"</xades:SignedProperties>", "</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedDataObjectProperties/></xades:UnsignedProperties>"},
		"prefix of another":       {"</xades:SignedProperties>", `</xades:SignedProperties><xades:UnsignedProperties xmlns:ds="urn:y" xmlns:xades141="urn:z"/>`},
	} {
		t.Run(name, func(t *testing.T) {
			s := xmlForms["enveloped"](t)
			if !bytes.Contains(s.file, []byte(pairs[0])) {
				t.Fatal("no place")
			}
			s.file = []byte(strings.NewReplacer(pairs...).Replace(string(s.file)))
			e, err := extend.OpenXAdES(extend.Target{File: s.content(), Documents: s.documents, ID: "1", Hash: crypto.SHA256})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []func(extend.Editor) error{s.signatureStamp, func(e extend.Editor) error { return e.Values(s.data(false)) }, s.archiveStamp} {
				if err := step(e); err != nil {
					t.Fatal(err)
				}
			}
			c, err := e.File()
			if err != nil {
				t.Fatal(err)
			}
			if s.file, err = io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size)); err != nil {
				t.Fatal(err)
			}
			s.now = s.now.Add(time.Minute)
			s.want(t, "LTA", "", s.data(true))
		})
	}
}

// TestXAdESEditorRefuses names what cannot be added to, and authorities that are none.
func TestXAdESEditorRefuses(t *testing.T) {
	s := xmlForms["enveloped"](t)
	other := func(context.Context, crypto.Hash, []byte) ([]byte, error) {
		return s.Stamp(make([]byte, 32), s.now), nil
	}
	failing := errors.New("failing")
	for name, test := range map[string]struct {
		file []byte
		id   string
		step func(e extend.Editor) error
		want fault.Code
	}{
		"counter-signature":       {s.file, "1.1", nil, fault.Unsupported},
		"no XML":                  {[]byte("x"), "1", nil, fault.Unsupported},
		"XML without signature":   {[]byte(noteXML), "1", nil, fault.Unsupported},
		"no properties":           {bytes.ReplaceAll(s.file, []byte(xades.Namespace), []byte("urn:y#")), "1", nil, fault.Unsupported},
		"XAdES 1.2.2":             {bytes.ReplaceAll(s.file, []byte("/v1.3.2#"), []byte("/v1.2.2#")), "1", nil, fault.Unsupported},
		"malformed":               {bytes.ReplaceAll(s.file, []byte("ds:SignedInfo"), []byte("ds:SignedData")), "1", nil, fault.SignatureMalformed},
		"no authority":            {s.file, "1", func(e extend.Editor) error { return e.SignatureTimeStamp(t.Context(), nil) }, fault.TimestampUnavailable},
		"token of something else": {s.file, "1", func(e extend.Editor) error { return e.ArchiveTimeStamp(t.Context(), other) }, fault.TimestampInvalid},
		"no token": {s.file, "1", func(e extend.Editor) error {
			return e.SignatureTimeStamp(t.Context(), func(context.Context, crypto.Hash, []byte) ([]byte, error) { return []byte("x"), nil })
		}, fault.TimestampInvalid},
		"failing": {s.file, "1", func(e extend.Editor) error {
			err := e.SignatureTimeStamp(t.Context(), func(context.Context, crypto.Hash, []byte) ([]byte, error) { return nil, failing })
			if !errors.Is(err, failing) {
				t.Error(err)
			}
			return err
		}, fault.Internal},
		"answer that is none": {s.file, "1", func(e extend.Editor) error { return e.References(validation.Data{OCSPs: [][]byte{{0x30, 0}}}) }, fault.RevocationInvalid},
		"list that is none":   {s.file, "1", func(e extend.Editor) error { return e.References(validation.Data{CRLs: [][]byte{{0x30, 0}}}) }, fault.RevocationInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := extend.OpenXAdES(extend.Target{
				File: formats.Content{Reader: bytes.NewReader(test.file), Size: int64(len(test.file))}, ID: test.id, Hash: crypto.SHA256,
			})
			if err == nil && test.step != nil {
				err = test.step(e)
			}
			if fault.CodeOf(err) != test.want || err == nil {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// An archive time stamp is over everything that the signature covers, which must be at hand.
func TestXAdESArchiveNeedsContent(t *testing.T) {
	s := xmlForms["detached"](t)
	s.documents = s.documents[:1]
	if err := s.edit(s.archiveStamp); err == nil {
		t.Error("an archive time stamp without a document")
	}
}

// TestXAdESOfDSS adds time stamps to the signatures of EU DSS's tests: other programs' shapes. What was intact stays so, and the time stamps
// are of what they must be of.
func TestXAdESOfDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "xades.json")
	w := validationtest.New(t)
	done, refused := 0, map[fault.Code]int{}
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") {
				continue
			}
			s := &xmlScene{World: w, file: file(name), now: validationtest.Day(2026, 4, 1)}
			judge := func() []*validation.SignatureReport {
				signatures, err := formats.Read(s.content())
				if err != nil {
					return nil
				}
				return validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: s.now}).Signatures
			}
			before := judge()
			if len(before) != 1 || !before[0].Intact {
				continue
			}
			e, err := extend.OpenXAdES(extend.Target{File: s.content(), ID: "1", Hash: crypto.SHA256})
			if err != nil {
				refused[fault.CodeOf(err)]++
				continue
			}
			for _, step := range []func(extend.Editor) error{s.signatureStamp, func(e extend.Editor) error { return e.Values(s.data(false)) }, s.archiveStamp} {
				if err := step(e); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			c, err := e.File()
			if err != nil {
				t.Fatal(err)
			}
			if s.file, err = io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size)); err != nil {
				t.Fatal(err)
			}
			after := judge()
			if len(after) != 1 || !after[0].Intact || len(after[0].TimeStamps) != len(before[0].TimeStamps)+2 {
				t.Errorf("%s: intact no longer, or without its time stamps", name)
				continue
			}
			wrong := func(s *validation.SignatureReport) (n int) {
				for _, stamp := range s.TimeStamps {
					if stamp.SubIndication == validation.HashFailure || stamp.SubIndication == validation.SignedDataNotFound {
						n++
					}
				}
				return n
			}
			if wrong(after[0]) > wrong(before[0]) {
				t.Errorf("%s: time stamps of something else", name)
			}
			done++
		}
	}
	t.Logf("%d extended, refused: %v", done, refused)
	if done < 80 {
		t.Errorf("only %d extended", done)
	}
}
