package extend_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// signJSON has the signer of a scene sign a text as a JWS.
func (s *scene) signJSON(t testing.TB, o jades.Options) []byte {
	t.Helper()
	signer := ades.Signer{Certificate: s.Signer, Chain: []*x509.Certificate{s.CA.Certificate}, Hash: crypto.SHA256, Time: validationtest.Signed}
	text := []byte("Onay veriyorum.")
	if o.Detached {
		s.content = text
	}
	documents := []ades.Document{ades.NewDocument("onay.txt", "text/plain", text)}
	prepared, err := jades.Prepare(signer, documents, o)
	if err != nil {
		t.Fatal(err)
	}
	return s.Complete(prepared, documents)
}

// indented is JSON with white space everywhere, and header as a further member of the signature.
func indented(t testing.TB, file []byte, header string) []byte {
	t.Helper()
	var out bytes.Buffer
	text := strings.Replace(string(file), `"signature":`, header+`"signature":`, 1)
	if err := json.Indent(&out, []byte(text), " ", "\t"); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// embeddedOnce checks that a signature embeds each certificate, CRL and OCSP response once. Every token has the certificate of its authority.
func (s *scene) embeddedOnce(t testing.TB, data validation.Data) {
	t.Helper()
	times := map[validation.Object]int{}
	for _, c := range data.Certificates {
		times[validation.ObjectOf(c.Raw)]++
	}
	for _, der := range slices.Concat(data.CRLs, data.OCSPs) {
		times[validation.ObjectOf(der)]++
	}
	for object, n := range times {
		if n > 1 && object != validation.ObjectOf(s.TSA.Raw) {
			t.Errorf("an object is embedded %d times", n)
		}
	}
}

// TestExtendJAdES takes signatures in JSON to each level, and the baseline ones through re-stamping. No byte of what was there changes.
func TestExtendJAdES(t *testing.T) {
	plain := func(file []byte) []byte { return file }
	for name, test := range map[string]struct {
		jades.Options
		edit func([]byte) []byte
	}{
		"flattened":                  {jades.Options{Serialization: jades.Flattened}, plain},
		"general":                    {jades.Options{Serialization: jades.General}, plain},
		"detached":                   {jades.Options{Serialization: jades.Flattened, Detached: true}, plain},
		"indented":                   {jades.Options{Serialization: jades.Flattened}, func(b []byte) []byte { return indented(t, b, "") }},
		"an empty header":            {jades.Options{Serialization: jades.General}, func(b []byte) []byte { return indented(t, b, `"header":{},`) }},
		"a header":                   {jades.Options{Serialization: jades.Flattened}, func(b []byte) []byte { return indented(t, b, `"header":{"x":{"etsiU":[]}},`) }},
		"an empty etsiU":             {jades.Options{Serialization: jades.General}, func(b []byte) []byte { return indented(t, b, `"header":{"etsiU":[ ],"y":[1]},`) }},
		"a clear component":          {jades.Options{Serialization: jades.Flattened}, func(b []byte) []byte { return indented(t, b, `"header":{"etsiU":[{"x":{"b":1,"a":"ğ"}}]},`) }},
		"a component of base64url":   {jades.Options{Serialization: jades.Flattened}, func(b []byte) []byte { return indented(t, b, `"header":{"etsiU":["eyJ4IjoxfQ"]},`) }},
		"a name like another member": {jades.Options{Serialization: jades.General}, func(b []byte) []byte { return append([]byte(`{"header/etsiU":[],`), b[1:]...) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			signed := test.edit(s.signJSON(t, test.Options))
			for _, level := range []extend.Level{extend.LT, extend.LTA} {
				file, _ := s.extend(t, signed, level)
				s.want(t, file, string(level), "")
			}
			file, _ := s.extend(t, signed, extend.T)
			if !isInserted(signed, file) {
				t.Errorf("more than a part that was put in:\n%.600s\n%.600s", signed, file)
			}
			s.now = s.now.Add(hour)
			file, _ = s.extend(t, file, extend.LTA)
			s.now = validationtest.Day(2029, 6, 1) // the signer has expired, the CA has not
			lasting, result := s.extend(t, file, extend.LTA)
			if got := result.After.Signatures[0]; len(got.TimeStamps) != 3 || !isInserted(file, lasting) {
				t.Errorf("%d time stamps", len(got.TimeStamps))
			}
			all, err := formats.ReadJWS(content(lasting), s.documents())
			if err != nil {
				t.Fatal(err)
			}
			s.embeddedOnce(t, all[0].Embedded())
			s.now = validationtest.Day(2035, 1, 1)
			s.want(t, lasting, "LTA", "", answers{s}.Revocation(s.TSA, s.Root.Certificate))
		})
	}
}

// TestExtendSeveralJAdES extends both signatures of a file, which stand years later, each by what it embeds itself.
func TestExtendSeveralJAdES(t *testing.T) {
	s := newScene(t)
	one, other := string(s.signJSON(t, jades.Options{Serialization: jades.General})), string(s.signJSON(t, jades.Options{Serialization: jades.General}))
	const begin = `"signatures":[`
	entry := other[strings.Index(other, begin)+len(begin) : strings.LastIndex(other, "]")]
	file, _ := s.extend(t, []byte(strings.Replace(one, begin, begin+entry+",", 1)), extend.LTA)
	s.now = validationtest.Day(2029, 6, 1) // the signer has expired, the authority has not
	for _, got := range s.judge(t, file, (answers{s}).Revocation(s.TSA, s.Root.Certificate)) {
		if got.Indication != validation.Passed || got.Level != "LTA" || len(got.TimeStamps) != 2 {
			t.Errorf("%s: %s %s, level %q with %d time stamps", got.ID, got.Indication, got.SubIndication, got.Level, len(got.TimeStamps))
		}
	}
}

// FuzzAddJAdES has components be put into files of anybody: what is made is the file with one part put in, or there is an error.
func FuzzAddJAdES(f *testing.F) {
	s := newScene(f)
	f.Add(s.signJSON(f, jades.Options{Serialization: jades.Flattened}))
	f.Add(s.signJSON(f, jades.Options{Serialization: jades.General}))
	f.Add(indented(f, s.signJSON(f, jades.Options{Serialization: jades.General}), `"header":{"etsiU":[{"x":1}]},`))
	added := validation.Data{Certificates: []*x509.Certificate{s.Root.Certificate}, CRLs: [][]byte{s.CRL(s.Root, s.now, day)}}
	f.Fuzz(func(t *testing.T, file []byte) {
		e, err := extend.OpenJAdES(extend.Target{File: content(file), ID: "1", Hash: crypto.SHA256})
		if err != nil {
			return
		}
		if err := e.Values(added); err != nil {
			return
		}
		made, err := e.File()
		if err != nil || !isInserted(file, read(t, made)) {
			t.Errorf("more than a part that was put in: %v", err)
		}
	})
}

// TestExtendJAdESRefuses has what there is no place for.
func TestExtendJAdESRefuses(t *testing.T) {
	s := newScene(t)
	s.refuse(t, s.signJSON(t, jades.Options{}), extend.T, fault.Unsupported) // a compact JWS
	s.refuse(t, s.signJSON(t, jades.Options{Serialization: jades.Flattened}), extend.XL, fault.Unsupported)
	s.refuse(t, indented(t, s.signJSON(t, jades.Options{Serialization: jades.Flattened}), `"header":null,`), extend.T, fault.Unsupported)
	s.refuse(t, indented(t, s.signJSON(t, jades.Options{Serialization: jades.Flattened}), `"header":{"etsiU":null},`), extend.T, fault.Unsupported)
}
