package extend_test

import (
	"bytes"
	"crypto"
	"io"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// FuzzXAdES adds to whatever there is. What was made is read again, has as many signatures as before, and a time stamp more of the first
// one, which is of the signature; what verified before does so after.
func FuzzXAdES(f *testing.F) {
	w := validationtest.New(f)
	note := ades.NewDocument("not.xml", "text/xml", []byte(noteXML))
	for _, o := range []xades.Options{{}, {Element: "metin"}, {Form: xades.Enveloping}} {
		f.Add(w.SignXML(validationtest.Signed, nil, o, note))
	}
	f.Add(bytes.Replace(w.SignXML(validationtest.Signed, nil, xades.Options{}, note), []byte("</xades:SignedProperties>"),
		[]byte(`</xades:SignedProperties><xades:UnsignedProperties xmlns:xades141="urn:x"><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>`), 1))
	verifies := func(s *validation.Signature) bool {
		return s.Malformed == nil && s.Verify(w.Signer).Indication == validation.Passed
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		world := *w
		world.T = t
		s := &xmlScene{World: &world, file: file, now: validationtest.Signed}
		before, err := formats.Read(s.content())
		if err != nil {
			return
		}
		e, err := extend.OpenXAdES(extend.Target{File: s.content(), ID: "1", Hash: crypto.SHA256})
		if err != nil || s.signatureStamp(e) != nil {
			return
		}
		c, err := e.File()
		if err != nil {
			t.Fatal(err)
		}
		if s.file, err = io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size)); err != nil {
			t.Fatal(err)
		}
		after, err := formats.Read(s.content())
		if err != nil || len(after) != len(before) {
			t.Fatalf("%d signatures, %d before: %v", len(after), len(before), err)
		}
		if verifies(before[0]) && (!verifies(after[0]) || len(after[0].TimeStamps) != len(before[0].TimeStamps)+1) {
			t.Errorf("verifies: %t, %d time stamps, %d before", verifies(after[0]), len(after[0].TimeStamps), len(before[0].TimeStamps))
		}
	})
}
