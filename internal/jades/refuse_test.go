package jades_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// forge signs a header of this text over a payload of base64url, compact. So what is refused is refused for what it says.
func (p *person) forge(t testing.TB, header, payload string) []byte {
	t.Helper()
	protected := encode([]byte(header))
	digest := sha256.Sum256([]byte(protected + "." + payload))
	value := p.sign(t, p.signer(t), digest[:])
	if key, isEC := p.key.Public().(*ecdsa.PublicKey); isEC {
		var err error
		if value, err = ades.RawECDSA(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return []byte(protected + "." + payload + "." + encode(value))
}

// headerOf is a good header for p; detached says for which form.
func headerOf(t testing.TB, p *person, isDetached bool) map[string]any {
	t.Helper()
	file := p.make(t, p.signer(t), []ades.Document{document(content)}, jades.Options{Detached: isDetached})
	protected, _, _ := parts(t, file)
	var out map[string]any
	if err := json.Unmarshal(unbase64(t, protected), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHeadersThatAreRefused(t *testing.T) {
	p, other := newPerson(t, "P-256"), newPerson(t, "P-384 other")
	rsa := newPerson(t, "RSA-2048")
	certificate := func(p *person) string { return base64.StdEncoding.EncodeToString(p.certificate.Raw) }
	thumbprint := func(p *person) string { sum := sha256.Sum256(p.certificate.Raw); return encode(sum[:]) }
	rootPrint := sha256.Sum256(p.root.Certificate.Raw)
	type digest map[string]any
	sigD := func(h map[string]any, name string, value any) {
		changed := maps.Clone(h["sigD"].(map[string]any))
		changed[name] = value
		h["sigD"] = changed
	}
	policy := func(change func(map[string]any)) func(map[string]any) {
		return func(h map[string]any) {
			value := map[string]any{"id": map[string]any{"id": "urn:oid:1.2.3"}, "digAlg": "S256", "digVal": encode(make([]byte, 32))}
			change(value)
			h["sigPId"] = value
		}
	}
	for _, test := range []struct {
		name     string
		detached bool
		change   func(map[string]any)
		want     fault.Code
	}{
		{"untouched", false, func(map[string]any) {}, ok},
		{"untouched, detached", true, func(map[string]any) {}, ok},
		{"kid and typ", false, func(h map[string]any) { h["kid"], h["typ"] = "x", "JOSE+JSON" }, ok},
		{"another typ", false, func(h map[string]any) { h["typ"] = "JWT" }, attributes},
		{"unknown member", false, func(h map[string]any) { h["exp"] = 1 }, attributes},
		{"key inside", false, func(h map[string]any) { h["jwk"] = map[string]any{} }, attributes},
		{"x5u", false, func(h map[string]any) { h["x5u"] = "https://a" }, attributes},
		{"member in another case", false, func(h map[string]any) { h["Alg"] = h["alg"]; delete(h, "alg") }, attributes},

		{"no alg", false, func(h map[string]any) { delete(h, "alg") }, badAlgorithm},
		{"alg none", false, func(h map[string]any) { h["alg"] = "none" }, badAlgorithm},
		{"alg HS256", false, func(h map[string]any) { h["alg"] = "HS256" }, badAlgorithm},
		{"alg of another curve", false, func(h map[string]any) { h["alg"] = "ES384" }, badAlgorithm},
		{"alg of RSA", false, func(h map[string]any) { h["alg"] = "RS256" }, badAlgorithm},
		{"alg with a space", false, func(h map[string]any) { h["alg"] = "ES256 " }, badAlgorithm},

		{"no x5c", false, func(h map[string]any) { delete(h, "x5c") }, attributes},
		{"x5c of base64url", false, func(h map[string]any) { h["x5c"] = []string{encode(p.certificate.Raw)} }, malformed},
		{"x5c with a line end", false, func(h map[string]any) { h["x5c"] = []string{"\n" + certificate(p)} }, malformed},
		{"x5c of garbage", false, func(h map[string]any) { h["x5c"] = []string{"AAAA"} }, malformed},
		{"17 certificates", false, func(h map[string]any) {
			h["x5c"] = strings.Split(strings.Repeat(certificate(p)+" ", 17)[:17*len(certificate(p))+16], " ")
		}, attributes},
		{"another's certificate", false, func(h map[string]any) { h["x5c"] = []string{certificate(other)} }, attributes},
		{"another's certificate and digest", false, func(h map[string]any) {
			h["x5c"], h["x5t#S256"] = []string{certificate(rsa)}, thumbprint(rsa)
		}, badAlgorithm},
		{"certificate with unsigned bytes", false, func(h map[string]any) {
			h["x5c"] = []string{base64.StdEncoding.EncodeToString(pkitest.WithTail(t, p.certificate.Raw))}
		}, malformed},

		{"no digest", false, func(h map[string]any) { delete(h, "x5t#S256") }, attributes},
		{"x5t", false, func(h map[string]any) { h["x5t"] = "AAAA" }, attributes},
		{"digest of another", false, func(h map[string]any) { h["x5t#S256"] = thumbprint(other) }, attributes},
		{"digest with padding", false, func(h map[string]any) { h["x5t#S256"] = thumbprint(p) + "=" }, attributes},
		{"x5t#o", false, func(h map[string]any) {
			delete(h, "x5t#S256")
			h["x5t#o"] = digest{"digAlg": "S256", "digVal": thumbprint(p)}
		}, ok},
		{"x5t#o of SHA-1", false, func(h map[string]any) {
			delete(h, "x5t#S256")
			h["x5t#o"] = digest{"digAlg": "S1", "digVal": "AAAA"}
		}, badAlgorithm},
		{"x5t#o beside x5t#S256", false, func(h map[string]any) { h["x5t#o"] = digest{"digAlg": "S256", "digVal": thumbprint(p)} }, attributes},
		{"sigX5ts", false, func(h map[string]any) {
			delete(h, "x5t#S256")
			h["sigX5ts"] = []digest{{"digAlg": "S256", "digVal": thumbprint(p)}, {"digAlg": "S256", "digVal": encode(rootPrint[:])}}
		}, ok},
		{"sigX5ts, the signer's second", false, func(h map[string]any) {
			delete(h, "x5t#S256")
			h["sigX5ts"] = []digest{{"digAlg": "S256", "digVal": encode(rootPrint[:])}, {"digAlg": "S256", "digVal": thumbprint(p)}}
		}, attributes},
		{"sigX5ts of one", false, func(h map[string]any) {
			delete(h, "x5t#S256")
			h["sigX5ts"] = []digest{{"digAlg": "S256", "digVal": thumbprint(p)}}
		}, attributes},

		{"no time", false, func(h map[string]any) { delete(h, "iat") }, attributes},
		{"sigT", false, func(h map[string]any) { delete(h, "iat"); h["sigT"] = "2024-01-02T03:04:05Z" }, ok},
		{"sigT, critical", false, func(h map[string]any) {
			delete(h, "iat")
			h["sigT"], h["crit"] = "2024-01-02T03:04:05Z", []string{"sigT"}
		}, ok},
		{"sigT beside iat", false, func(h map[string]any) { h["sigT"] = "2024-01-02T03:04:05Z" }, attributes},
		{"sigT with an offset", false, func(h map[string]any) { delete(h, "iat"); h["sigT"] = "2024-01-02T03:04:05+03:00" }, attributes},
		{"sigT with a fraction", false, func(h map[string]any) { delete(h, "iat"); h["sigT"] = "2024-01-02T03:04:05.5Z" }, attributes},
		{"iat as text", false, func(h map[string]any) { h["iat"] = "1700000000" }, attributes},
		{"iat with a fraction", false, func(h map[string]any) { h["iat"] = 1.5 }, attributes},
		{"iat in the year 10000", false, func(h map[string]any) { h["iat"] = 253402300800 }, attributes},

		{"empty crit", false, func(h map[string]any) { h["crit"] = []string{} }, attributes},
		{"crit of what is not there", false, func(h map[string]any) { h["crit"] = []string{"sigD"} }, attributes},
		{"crit of RFC 7515", false, func(h map[string]any) { h["crit"] = []string{"alg"} }, attributes},
		{"crit twice", false, func(h map[string]any) { h["crit"] = []string{"iat", "iat"} }, attributes},
		{"crit as text", false, func(h map[string]any) { h["crit"] = "iat" }, attributes},
		{"sigD not critical", true, func(h map[string]any) { h["crit"] = []string{"b64"} }, attributes},
		{"b64 not critical", true, func(h map[string]any) { h["crit"] = []string{"sigD"} }, attributes},

		{"b64 false with a payload", false, func(h map[string]any) { h["b64"], h["crit"] = false, []string{"b64"} }, attributes},
		{"b64 true", false, func(h map[string]any) { h["b64"], h["crit"] = true, []string{"b64"} }, ok},
		{"sigD beside a payload", false, func(h map[string]any) {
			h["sigD"], h["crit"] = headerOf(t, p, true)["sigD"], []string{"sigD"}
		}, attributes},
		{"no sigD and no payload", true, func(h map[string]any) { delete(h, "sigD"); h["crit"] = []string{"b64"} }, attributes},
		{"HttpHeaders", true, func(h map[string]any) { sigD(h, "mId", "http://uri.etsi.org/19182/HttpHeaders") }, attributes},
		{"ObjectIdByURI", true, func(h map[string]any) { sigD(h, "mId", "http://uri.etsi.org/19182/ObjectIdByURI") }, attributes},
		{"hashM of SHA-1", true, func(h map[string]any) { sigD(h, "hashM", "S1") }, badAlgorithm},
		{"digest of another length", true, func(h map[string]any) { sigD(h, "hashV", []string{"AAAA"}) }, attributes},
		{"a digest too many", true, func(h map[string]any) { sigD(h, "hashV", []string{encode(make([]byte, 32)), encode(make([]byte, 32))}) }, attributes},
		{"no documents", true, func(h map[string]any) {
			sigD(h, "pars", []string{})
			sigD(h, "hashV", []string{})
			sigD(h, "ctys", []string{})
		}, attributes},
		{"a document without a name", true, func(h map[string]any) { sigD(h, "pars", []string{""}) }, attributes},
		{"media types that are fewer", true, func(h map[string]any) { sigD(h, "ctys", []string{"a", "b"}) }, attributes},
		{"unknown member of sigD", true, func(h map[string]any) { sigD(h, "x", 1) }, attributes},

		{"policy", false, policy(func(map[string]any) {}), ok},
		{"policy by an address", false, policy(func(p map[string]any) { p["id"] = map[string]any{"id": "https://a"} }), attributes},
		{"policy without identifier", false, policy(func(p map[string]any) { delete(p, "id") }), attributes},
		{"policy with a huge identifier", false, policy(func(p map[string]any) { p["id"] = map[string]any{"id": "urn:oid:1.2.99999999999"} }), attributes},
		{"policy without digest", false, policy(func(p map[string]any) { delete(p, "digAlg"); delete(p, "digVal") }), badAlgorithm},
		{"policy with a short digest", false, policy(func(p map[string]any) { p["digVal"] = "AAAA" }), attributes},
		{"policy with a notice", false, policy(func(p map[string]any) { p["sigPQuals"] = []any{map[string]any{"spUserNotice": map[string]any{}}} }), attributes},
		{"policy with two addresses", false, policy(func(p map[string]any) {
			p["sigPQuals"] = []any{map[string]any{"spURI": "http://a"}, map[string]any{"spURI": "http://b"}}
		}), attributes},
		{"policy with digPSp", false, policy(func(p map[string]any) { p["digPSp"] = true }), attributes},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := headerOf(t, p, test.detached)
			test.change(h)
			text, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			payload := encode(content)
			if test.detached {
				payload = ""
			}
			wantCode(t, verify(p.forge(t, string(text), payload), document(content)), test.want)
		})
	}
}

// TestTexts changes the text of a header where a map cannot, and the file around it.
func TestTexts(t *testing.T) {
	p := newPerson(t, "P-256")
	text, err := json.Marshal(headerOf(t, p, false))
	if err != nil {
		t.Fatal(err)
	}
	header, payload := string(text), encode(content)
	good := string(p.forge(t, header, payload))
	protected, _, value := parts(t, []byte(good))
	flattened := `{"payload":"` + payload + `","protected":"` + protected + `","signature":"` + value + `"}`
	one := `{"protected":"` + protected + `","signature":"` + value + `"}`
	for name, test := range map[string]struct {
		file string
		want fault.Code
	}{
		"good":                          {good, ok},
		"header with spaces":            {string(p.forge(t, " "+strings.ReplaceAll(header, `":`, `" : `)+"\n", payload)), ok},
		"member twice":                  {string(p.forge(t, strings.Replace(header, "{", `{"alg":"ES256",`, 1), payload)), attributes},
		"two headers":                   {string(p.forge(t, header+header, payload)), attributes},
		"header of a list":              {string(p.forge(t, "["+header+"]", payload)), attributes},
		"header that is not UTF-8":      {string(p.forge(t, strings.Replace(header, "text/plain", "text/\xff", 1), payload)), attributes},
		"payload with padding":          {string(p.forge(t, header, payload+"=")), malformed},
		"payload of standard base64":    {string(p.forge(t, header, "+/+/")), malformed},
		"payload with unused bits":      {string(p.forge(t, header, "AB")), malformed},
		"payload with a line end":       {string(p.forge(t, header, payload+"\n")), malformed},
		"value with padding":            {good + "=", malformed},
		"value with a line end":         {good + "\n", malformed},
		"no value":                      {protected + "." + payload + ".", malformed},
		"four parts":                    {good + ".", malformed},
		"two parts":                     {protected + "." + payload, malformed},
		"nothing":                       {"", malformed},
		"flattened":                     {flattened, ok},
		"flattened, with spaces":        {" \n" + flattened + "\n", ok},
		"flattened, unknown member":     {strings.Replace(flattened, "{", `{"x":1,`, 1), malformed},
		"flattened, unprotected header": {strings.Replace(flattened, "{", `{"header":{"etsiU":[]},`, 1), malformed},
		"flattened, payload twice":      {strings.Replace(flattened, "{", `{"payload":"",`, 1), malformed},
		"flattened, in other case":      {strings.Replace(flattened, "payload", "Payload", 1), malformed},
		"flattened, something after it": {flattened + flattened, malformed},
		"flattened and general":         {strings.Replace(flattened, "{", `{"signatures":[`+one+`],`, 1), malformed},
		"flattened, no payload":         {one, attributes},
		"general":                       {`{"payload":"` + payload + `","signatures":[` + one + `]}`, ok},
		"general, two":                  {`{"payload":"` + payload + `","signatures":[` + one + `,` + one + `]}`, ok},
		"general, none":                 {`{"payload":"` + payload + `","signatures":[]}`, malformed},
		"general, 33":                   {`{"payload":"` + payload + `","signatures":[` + strings.Repeat(one+",", 32) + one + `]}`, malformed},
		"general, unprotected header":   {`{"payload":"` + payload + `","signatures":[` + strings.Replace(one, "{", `{"header":{},`, 1) + `]}`, malformed},
		"a list":                        {"[" + flattened + "]", malformed},
		"deep":                          {strings.Repeat(`{"signatures":[`, 1e5), malformed},
		"too large":                     {"{" + strings.Repeat(" ", jades.MaxFile) + "}", malformed},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, verify([]byte(test.file), document(content)), test.want) })
	}
}

// TestDigestsOfEncodedText reads sigD as it is where b64 is absent: the digests are of the documents' base64url.
func TestDigestsOfEncodedText(t *testing.T) {
	p := newPerson(t, "P-256")
	h := headerOf(t, p, true)
	delete(h, "b64")
	h["crit"] = []string{"sigD"}
	sum := sha256.Sum256([]byte(encode(content)))
	h["sigD"].(map[string]any)["hashV"] = []string{encode(sum[:])}
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	file := p.forge(t, string(text), "")
	wantCode(t, verify(file, document(content)), ok)
	wantCode(t, verify(file, document([]byte(encode(content)))), badValue)
}

func FuzzParse(f *testing.F) {
	p := newPerson(f, "P-256")
	s := p.signer(f)
	for _, o := range []jades.Options{{}, {Serialization: jades.Flattened}, {Serialization: jades.General, Detached: true}} {
		f.Add(p.make(f, s, []ades.Document{document(content)}, o))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := jades.Parse(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			switch fault.CodeOf(err) {
			case malformed, attributes, badAlgorithm:
			default:
				t.Errorf("code of %v", err)
			}
			return
		}
		for _, s := range all {
			if c := s.Claims(); c.Certificate == nil || c.SigningTime.IsZero() || c.Hash == 0 {
				t.Error("parsed, but not whole")
			}
			if s.Verify([]ades.Document{document([]byte("never signed by anybody"))}) == nil {
				t.Error("verifies over anything")
			}
		}
	})
}

// FuzzHeader signs headers of any text, so that what is read of them is not hidden behind the signature.
func FuzzHeader(f *testing.F) {
	p := newPerson(f, "P-256")
	// The certificate of each process is its own.
	const certificate, thumbprint = "CERTIFICATE", "THUMBPRINT"
	for _, isDetached := range []bool{false, true} {
		h := headerOf(f, p, isDetached)
		h["x5c"], h["x5t#S256"] = []string{certificate}, thumbprint
		text, err := json.Marshal(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, header string) {
		sum := sha256.Sum256(p.certificate.Raw)
		header = strings.ReplaceAll(header, certificate, base64.StdEncoding.EncodeToString(p.certificate.Raw))
		header = strings.ReplaceAll(header, thumbprint, encode(sum[:]))
		file := p.forge(t, header, "")
		if verify(file, document(content)) != nil {
			return
		}
		// encoding/json, which is not strict, sees the same in it.
		var h struct {
			Alg  string
			Crit []string
			SigD struct{ HashV []string }
		}
		digest := sha256.Sum256(content)
		if err := json.Unmarshal([]byte(header), &h); err != nil || h.Alg != "ES256" || len(h.SigD.HashV) != 1 || len(h.Crit) == 0 {
			t.Fatalf("accepted %q: %v", header, err)
		}
		encoded := sha256.Sum256([]byte(encode(content)))
		if h.SigD.HashV[0] != encode(digest[:]) && h.SigD.HashV[0] != encode(encoded[:]) {
			t.Errorf("accepted with digest %q", h.SigD.HashV[0])
		}
	})
}
