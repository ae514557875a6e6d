package formats_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// canonical is a component in the form of RFC 8785.
func canonical(t *testing.T) func(object) string {
	return func(o object) string {
		v := jsontext.Value(asJSON(t, o))
		if err := v.Canonicalize(); err != nil {
			t.Fatal(err)
		}
		return string(v)
	}
}

// TestJAdESLasts judges signatures years later, when the signer's certificate has expired: by their archive time stamps alone, with
// components in base64url and clear.
func TestJAdESLasts(t *testing.T) {
	w := validationtest.New(t)
	data := revocation(w)
	stamped, archived := validationtest.Signed.Add(time.Minute), validationtest.Signed.Add(time.Hour)
	later := validationtest.Day(2031, 1, 1) // when the CA has ended too
	fresh := validation.Data{CRLs: [][]byte{w.CRL(w.Root, later, 24*time.Hour)}}
	encoded := func() *jws { return newJWS(w, consent).sign() }
	clear := func() *jws {
		j := encoded()
		j.clear = true
		return j
	}
	for _, test := range []struct {
		name  string
		file  *jws
		sub   validation.SubIndication
		level string
		stamp string // the time stamp that is of something else
	}{
		{"B", encoded(), validation.OutOfBoundsNoPOE, "B", ""},
		{"T", encoded().sigTst(stamped), validation.TryLater, "T", ""},
		{"LTA, encoded", encoded().sigTst(stamped).values(data).arcTst(archived, nil), "", "LTA", ""},
		{"LTA, clear and canonical", clear().sigTst(stamped).values(data).arcTst(archived, canonical(t)), "", "LTA", ""},
		{"LTA, twice", encoded().sigTst(stamped).values(data).arcTst(archived, nil).arcTst(archived.Add(time.Hour), nil), "", "LTA", ""},
		{"LTA, of other components", encoded().sigTst(stamped).arcTst(archived, nil).values(data), validation.NoPOE, "LTA", ""},
		{"arcTst of another payload", func() *jws {
			j := encoded()
			payload := j.payload
			j.payload = b64([]byte("x"))
			j.sigTst(stamped).values(data).arcTst(archived, nil)
			j.payload = payload
			return j
		}(), validation.NoPOE, "LTA", "arcTst"},
		{"sigTst of something else", encoded().stamp("sigTst", "x", stamped), validation.OutOfBoundsNoPOE, "T", "sigTst"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := judgeAt(t, w, later, fresh, test.file.flattened())[0]
			if test.level != got.Level || !got.Intact {
				t.Errorf("level %q, want %q, intact: %t", got.Level, test.level, got.Intact)
			}
			for _, stamp := range got.TimeStamps {
				if isOther := stamp.SubIndication == validation.HashFailure; isOther != (stamp.Name == test.stamp) {
					t.Errorf("%s: %s %+v", stamp.Name, stamp.SubIndication, stamp.Reasons)
				}
			}
			if got.SubIndication != test.sub {
				t.Errorf("%s %+v, want %s", got.SubIndication, got.Reasons, test.sub)
			}
		})
	}
}

// TestJAdESReferenceStamps has time stamps over references, in both forms of components.
func TestJAdESReferenceStamps(t *testing.T) {
	w := validationtest.New(t)
	at := validationtest.Signed.Add(time.Minute)
	for _, isClear := range []bool{false, true} {
		j := newJWS(w, consent).sign()
		j.clear = isClear
		j.sigTst(at).add(object{"xRefs": []object{{"digAlg": "S256", "digVal": "AA"}}}).add(object{"rRefs": object{"b": 1, "a": 2}})
		var all []string
		for _, c := range j.etsiU {
			if text, ok := c.(string); ok {
				all = append(all, text)
			} else {
				all = append(all, canonical(t)(c.(object)))
			}
		}
		j.stamp("sigRTst", j.value+"."+strings.Join(all, ""), at).stamp("rfsTst", strings.Join(all[1:], ""), at).stamp("rfsTst", "x", at)
		got := judge(t, w, j.flattened())[0]
		check(t, got, "", "")
		var verdicts []string
		for _, stamp := range got.TimeStamps {
			verdicts = append(verdicts, fmt.Sprintf("%s %s", stamp.Name, stamp.SubIndication))
		}
		if want := "sigTst ;sigRTst ;rfsTst ;rfsTst HASH_FAILURE"; strings.Join(verdicts, ";") != want {
			t.Errorf("clear: %t: %q, want %q", isClear, verdicts, want)
		}
	}
}

// TestJAdESClearForms has an archive time stamp over each form of a clear component, and over one that says something else.
func TestJAdESClearForms(t *testing.T) {
	w := validationtest.New(t)
	const received = `{ "x" : { "b" : 1, "a" : 2.0 } }`
	for form, want := range map[string]validation.SubIndication{
		received: "", `{"x":{"b":1,"a":2.0}}`: "", `{"x":{"a":2,"b":1}}`: "", `{"x":{"a":2,"b":2}}`: validation.HashFailure,
	} {
		j := newJWS(w, consent).sign()
		j.clear = true
		j.add(object{"x": "placeholder"}).arcTst(validationtest.Signed, func(object) string { return form })
		file := strings.Replace(j.flattened(), `{"x":"placeholder"}`, received, 1)
		got := judge(t, w, file)[0]
		if len(got.TimeStamps) != 1 || got.TimeStamps[0].SubIndication != want {
			t.Errorf("%s: %+v, want %q", form, got.TimeStamps, want)
		}
	}
}

// TestJAdESContentStamp has a content time stamp of the payload, and an archive time stamp of a kind that is not computed.
func TestJAdESContentStamp(t *testing.T) {
	w := validationtest.New(t)
	j := newJWS(w, consent)
	before := validationtest.Signed.Add(-time.Hour)
	stamp := newJWS(w, consent).stamp("x", j.payload, before)
	component := stamp.etsiU[0].(string)
	raw, err := base64.RawURLEncoding.DecodeString(component)
	if err != nil {
		t.Fatal(err)
	}
	tokens := jsontext.Value(raw[len(`{"x":`) : len(raw)-1])
	j.with("adoTst", []any{tokens}).sign()
	j.add(object{"arcTst": object{"tstTokens": []object{{"val": base64.StdEncoding.EncodeToString(w.Stamp(make([]byte, 32), before))}}, "timeStamped": "previousArcTst"}})
	got := judge(t, w, j.flattened())[0]
	check(t, got, "", "")
	for _, stamp := range got.TimeStamps {
		switch {
		case stamp.Name == "adoTst" && stamp.Indication == validation.Passed:
		case stamp.Name == "arcTst" && stamp.Reasons[0].Code == validation.ReasonUnsupported:
		default:
			t.Errorf("%s: %s %+v", stamp.Name, stamp.SubIndication, stamp.Reasons)
		}
	}
}

// TestJAdESCounterSignature has counter-signatures: detached, with the value inside, of another value; and too many within each other.
func TestJAdESCounterSignature(t *testing.T) {
	w := validationtest.New(t)
	countersign := func(of *jws, inside string) *jws {
		c := newJWS(w, "")
		c.payload, c.signed = inside, of.value
		return c.sign()
	}
	main := newJWS(w, consent).sign()
	changed := countersign(main, b64([]byte("x")))
	other := countersign(newJWS(w, "another").sign(), "")
	main.add(object{"cSig": countersign(main, "").compact()}).add(object{"cSig": countersign(main, main.value).compact()})
	main.add(object{"cSig": changed.compact()}).add(object{"cSig": other.compact()})
	got := judge(t, w, main.flattened())[0]
	check(t, got, "", "")
	want := []validation.SubIndication{"", "", validation.HashFailure, validation.SigCryptoFailure}
	if len(got.CounterSignatures) != len(want) {
		t.Fatalf("%d counter-signatures", len(got.CounterSignatures))
	}
	for i, c := range got.CounterSignatures {
		check(t, c, want[i], "")
		if c.Covers.Content != "signature" || c.ID != fmt.Sprintf("1.%d", i+1) {
			t.Errorf("%s covers %s", c.ID, c.Covers.Content)
		}
	}
	deep := newJWS(w, consent).sign()
	for range 6 {
		inner := deep
		deep = countersign(inner, "")
		deep.add(object{"cSig": jsontext.Value(inner.flattened())})
	}
	count := 0
	for all := judge(t, w, deep.flattened()); len(all) > 0; all = all[0].CounterSignatures {
		count++
	}
	if count > 4 {
		t.Errorf("%d signatures within each other", count)
	}
}

// TestJAdESDetached has documents that are elsewhere, by each mechanism.
func TestJAdESDetached(t *testing.T) {
	w := validationtest.New(t)
	document := func(name, text string) formats.Document {
		return formats.Document{Name: name, Content: content([]byte(text))}
	}
	a, b := document("a b.txt", "bir"), document("b.txt", "iki")
	byHash := func() *jws {
		return newJWS(w, "").with("crit", []string{"sigD"}).with("sigD", object{"mId": "http://uri.etsi.org/19182/ObjectIdByURIHash", "hashM": "S512",
			"pars": []string{"folder/a%20b.txt", "b.txt"}, "hashV": []string{b64(sum512([]byte(b64([]byte("bir"))))), b64(sum512([]byte(b64([]byte("iki")))))}}).sign()
	}
	byURI := newJWS(w, "").with("crit", []string{"sigD"}).with("sigD", object{"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": []string{"a b.txt", "b.txt"}})
	byURI.signed = b64([]byte("bir")) + b64([]byte("iki"))
	byURI.sign()
	plain := newJWS(w, "")
	plain.signed = b64([]byte("bir"))
	plain.sign()
	for _, test := range []struct {
		name      string
		file      *jws
		documents []formats.Document
		sub       validation.SubIndication
		parts     int
	}{
		{"by digest", byHash(), []formats.Document{a, b}, "", 2},
		{"by digest, in another order", byHash(), []formats.Document{b, a}, "", 2},
		{"by digest, one missing", byHash(), []formats.Document{a}, validation.SignedDataNotFound, 2},
		{"by digest, none", byHash(), nil, validation.SignedDataNotFound, 2},
		{"by digest, changed", byHash(), []formats.Document{a, document("b.txt", "üç")}, validation.HashFailure, 2},
		{"by URI", byURI, []formats.Document{b, a}, "", 2},
		{"by URI, changed", byURI, []formats.Document{b, document("a b.txt", "üç")}, validation.SigCryptoFailure, 2},
		{"by URI, one missing", byURI, []formats.Document{b}, validation.SignedDataNotFound, 2},
		{"not named", plain, []formats.Document{document("", "bir")}, "", 0},
		{"not named, changed", plain, []formats.Document{document("", "iki")}, validation.SigCryptoFailure, 0},
		{"not named, several", plain, []formats.Document{a, b}, validation.SignedDataNotFound, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := judge(t, w, test.file.compact(), test.documents...)[0]
			check(t, got, test.sub, "")
			if len(got.Covers.Parts) != test.parts || got.Covers.Content != "detached" {
				t.Errorf("covers %+v", got.Covers)
			}
		})
	}
	if _, err := formats.Read(content([]byte(byHash().compact())), formats.Document{Name: "b.txt", Content: formats.Content{Reader: failing{}, Size: 3}}); err == nil {
		t.Error("a document that cannot be read is no error")
	}
}

// TestJAdESOurs judges what this project makes.
func TestJAdESOurs(t *testing.T) {
	w := validationtest.New(t)
	documents := []ades.Document{ades.NewDocument("başvuru 1.txt", "text/plain", []byte(consent))}
	beside := formats.Document{Name: "başvuru 1.txt", Content: content([]byte(consent))}
	for _, o := range []jades.Options{{}, {Detached: true}} {
		file := complete(t, w, documents, func(s ades.Signer) (ades.Prepared, error) { return jades.Prepare(s, documents, o) })
		got := judge(t, w, string(file), beside)[0]
		check(t, got, "", "")
		if got.Level != "B" || (got.Covers.Content == "detached") != o.Detached || len(got.Covers.Digest) == 0 {
			t.Errorf("%+v: level %q, covers %+v", o, got.Level, got.Covers)
		}
	}
}
