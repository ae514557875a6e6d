package formats_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/go-jose/go-jose/v4"
)

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// object is an object of JSON.
type object = map[string]any

// jws is a JAdES signature that is being made by World.Signer.
type jws struct {
	*validationtest.World
	header    object
	payload   string // as it is signed and written
	signed    string // the payload that is signed, where the file has another
	protected string
	value     string
	etsiU     []any // text of base64url, or clear objects
	clear     bool
}

func newJWS(w *validationtest.World, payload string) *jws {
	digest := sha256.Sum256(w.Signer.Raw)
	return &jws{World: w, payload: b64([]byte(payload)), header: object{
		"alg": "ES256", "iat": validationtest.Signed.Unix(), "x5t#S256": b64(digest[:]),
		"x5c": []string{base64.StdEncoding.EncodeToString(w.Signer.Raw), base64.StdEncoding.EncodeToString(w.CA.Certificate.Raw)},
	}}
}

func (j *jws) with(name string, value any) *jws {
	j.header[name] = value
	return j
}

func (j *jws) without(name string) *jws {
	delete(j.header, name)
	return j
}

func (j *jws) sign() *jws { return j.signHeader(asJSON(j.T, j.header)) }

// signHeader signs a header as it is.
func (j *jws) signHeader(header string) *jws {
	j.T.Helper()
	j.protected = b64([]byte(header))
	payload := j.payload
	if j.signed != "" {
		payload = j.signed
	}
	digest := sha256.Sum256([]byte(j.protected + "." + payload))
	der, err := j.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		j.T.Fatal(err)
	}
	raw, err := ades.RawECDSA(j.Key.Public().(*ecdsa.PublicKey), der)
	if err != nil {
		j.T.Fatal(err)
	}
	j.value = b64(raw)
	return j
}

// add adds a component of etsiU.
func (j *jws) add(component object) *jws {
	if j.clear {
		j.etsiU = append(j.etsiU, component)
		return j
	}
	j.etsiU = append(j.etsiU, b64([]byte(asJSON(j.T, component))))
	return j
}

// stamp adds a component of one time stamp over an imprint's input.
func (j *jws) stamp(name, input string, at time.Time) *jws {
	digest := sha256.Sum256([]byte(input))
	return j.add(object{name: object{"tstTokens": []object{{"val": base64.StdEncoding.EncodeToString(j.Stamp(digest[:], at))}}}})
}

func (j *jws) sigTst(at time.Time) *jws { return j.stamp("sigTst", j.value, at) }

// arcTst adds an archive time stamp over all that is there. form writes a clear component as it is covered.
func (j *jws) arcTst(at time.Time, form func(object) string) *jws {
	input := j.payload + "." + j.protected + "." + j.value + "."
	for _, c := range j.etsiU {
		if text, ok := c.(string); ok {
			input += text
		} else {
			input += form(c.(object))
		}
	}
	return j.stamp("arcTst", input, at)
}

func (j *jws) values(d validation.Data) *jws {
	list := func(all [][]byte) (out []object) {
		for _, der := range all {
			out = append(out, object{"val": base64.StdEncoding.EncodeToString(der)})
		}
		return out
	}
	j.add(object{"xVals": []object{{"x509Cert": object{"val": base64.StdEncoding.EncodeToString(j.Root.Certificate.Raw)}}}})
	return j.add(object{"rVals": object{"crlVals": list(d.CRLs), "ocspVals": list(d.OCSPs)}})
}

func (j *jws) compact() string { return j.protected + "." + j.payload + "." + j.value }

func (j *jws) entry() object {
	out := object{"protected": j.protected, "signature": j.value}
	if j.etsiU != nil {
		out["header"] = object{"etsiU": j.etsiU}
	}
	return out
}

func (j *jws) flattened() string {
	out := maps.Clone(j.entry())
	out["payload"] = j.payload
	return asJSON(j.T, out)
}

func (j *jws) general(others ...*jws) string {
	all := []object{j.entry()}
	for _, o := range others {
		all = append(all, o.entry())
	}
	return asJSON(j.T, object{"payload": j.payload, "signatures": all})
}

// revocation is on signer and CA, of the day of the signature.
func revocation(w *validationtest.World) validation.Data {
	signed := validationtest.Signed
	return validation.Data{OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, signed, 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, signed, 24*time.Hour)}}
}

// judge validates a file an hour after the signature.
func judge(t testing.TB, w *validationtest.World, file string, documents ...formats.Document) []*validation.SignatureReport {
	t.Helper()
	return judgeAt(t, w, validationtest.Signed.Add(time.Hour), revocation(w), file, documents...)
}

func judgeAt(t testing.TB, w *validationtest.World, at time.Time, data validation.Data, file string, documents ...formats.Document) []*validation.SignatureReport {
	t.Helper()
	signatures, err := formats.Read(content([]byte(file)), documents...)
	if err != nil {
		t.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	return validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: at, Data: data}).Signatures
}

// check compares a verdict; sub is "" for one that has passed.
func check(t *testing.T, got *validation.SignatureReport, sub validation.SubIndication, code validation.ReasonCode) {
	t.Helper()
	if got.SubIndication != sub || (sub == "") != (got.Indication == validation.Passed) {
		t.Errorf("%s %s, %+v; want %q", got.Indication, got.SubIndication, got.Reasons, sub)
	}
	if code != "" && (len(got.Reasons) == 0 || got.Reasons[0].Code != code) {
		t.Errorf("%+v, want %s", got.Reasons, code)
	}
}

// acceptsJWS is what go-jose makes of a file.
func acceptsJWS(w *validationtest.World, file string) bool {
	parsed, err := jose.ParseSigned(file, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return false
	}
	_, _, _, err = parsed.VerifyMulti(w.Key.Public())
	return err == nil
}

const consent = "Onay veriyorum."

// TestJAdES judges files of every serialization, good and bad. go-jose judges the same: where the signature itself holds, and nothing
// is critical that it does not know.
func TestJAdES(t *testing.T) {
	w := validationtest.New(t)
	const passed = validation.SubIndication("")
	other := object{"digAlg": "S512", "digVal": b64(sum512(w.Signer.Raw))}
	good := newJWS(w, consent).sign()
	for _, test := range []struct {
		name  string
		file  string
		sub   validation.SubIndication
		code  validation.ReasonCode
		level string
		jose  bool
	}{
		{"compact", good.compact(), passed, "", "B", true},
		{"with spaces around", " \n" + good.compact() + "\n", passed, "", "B", true},
		{"flattened", good.flattened(), passed, "", "B", true},
		{"general", good.general(), passed, "", "B", true},
		{"with members that nobody knows", strings.Replace(good.general(), "{", `{"x":{"y":1},`, 1), passed, "", "B", true},
		{"sigT", newJWS(w, consent).without("iat").with("sigT", "2024-05-06T07:08:09Z").sign().compact(), passed, "", "B", true},
		{"no time", newJWS(w, consent).without("iat").sign().compact(), passed, "", "", true},
		{"x5t#o", newJWS(w, consent).without("x5t#S256").with("x5t#o", other).sign().compact(), passed, "", "B", true},
		{"sigX5ts", newJWS(w, consent).without("x5t#S256").with("sigX5ts", []object{other}).sign().compact(), passed, "", "B", true},
		{"two kinds of digests that agree", newJWS(w, consent).with("x5t#o", other).sign().compact(), passed, "", "", true},
		{"certificate that is signed, without a digest", newJWS(w, consent).without("x5t#S256").sign().compact(), passed, "", "", true},
		{"unencoded payload, which go-jose does not know", rawPayload(w).flattened(), passed, "", "B", false},
		{"changed payload", strings.Replace(good.flattened(), good.payload, b64([]byte("Onay vermiyorum")), 1), validation.SigCryptoFailure, validation.ReasonValueWrong, "B", false},
		{"changed header", strings.Replace(good.compact(), good.protected, newJWS(w, consent).with("cty", "x").sign().protected, 1), validation.SigCryptoFailure, validation.ReasonValueWrong, "B", false},
		{"payload elsewhere", strings.Replace(good.compact(), good.payload, "", 1), validation.SignedDataNotFound, validation.ReasonContentMissing, "B", false},
		{"other certificate", newJWS(w, consent).with("x5t#S256", b64(make([]byte, 32))).sign().compact(), validation.NoSigningCertificateFound, validation.ReasonSignerOther, "B", true},
		{"no certificate", newJWS(w, consent).without("x5t#S256").without("x5c").sign().compact(), validation.NoSigningCertificateFound, validation.ReasonNoSigner, "", true},
		{"no algorithm", newJWS(w, consent).with("alg", "none").sign().compact(), validation.CryptoConstraintsFailure, validation.ReasonAlgorithm, "B", false},
		{"symmetric algorithm", newJWS(w, consent).with("alg", "HS256").sign().compact(), validation.CryptoConstraintsFailure, validation.ReasonAlgorithm, "B", false},
		{"algorithm of another key", newJWS(w, consent).with("alg", "RS256").sign().compact(), validation.CryptoConstraintsFailure, validation.ReasonAlgorithm, "B", false},
		{"unknown critical member", newJWS(w, consent).with("exp", 1).with("crit", []string{"exp"}).sign().compact(), validation.SigConstraintsFailure, validation.ReasonUnsupported, "B", false},
		{"HTTP headers", newJWS(w, "").with("crit", []string{"sigD"}).with("sigD", object{"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": []string{"Digest"}}).sign().compact(), validation.SigConstraintsFailure, validation.ReasonUnsupported, "B", false},
		{"policy that is not known", newJWS(w, consent).with("sigPId", object{"id": object{"id": "urn:oid:1.2.3"}, "digAlg": "S256", "digVal": "AA"}).sign().compact(), validation.SignaturePolicyNotAvailable, validation.ReasonPolicyUnknown, "B", true},
		{"policy that is no object identifier", newJWS(w, consent).with("sigPId", object{"id": object{"id": "http://example.test"}, "digAlg": "S256", "digVal": "AA"}).sign().compact(), validation.SignaturePolicyNotAvailable, validation.ReasonPolicyUnknown, "B", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := judge(t, w, test.file)
			if len(all) != 1 || all[0].Format != "JAdES" {
				t.Fatalf("%d signatures", len(all))
			}
			check(t, all[0], test.sub, test.code)
			if all[0].Level != test.level {
				t.Errorf("level %q, want %q", all[0].Level, test.level)
			}
			if got := acceptsJWS(w, test.file); got != test.jose {
				t.Errorf("go-jose accepts: %t", got)
			}
			if all[0].Intact && !test.jose && !strings.Contains(test.name, "go-jose") {
				t.Error("intact, and go-jose refuses it")
			}
		})
	}
}

// rawPayload is a signature whose payload is not encoded.
func rawPayload(w *validationtest.World) *jws {
	j := newJWS(w, "").with("b64", false).with("crit", []string{"b64"})
	j.payload = consent
	return j.sign()
}

func sum512(data []byte) []byte {
	h := crypto.SHA512.New()
	h.Write(data)
	return h.Sum(nil)
}

// TestJAdESMalformed has signatures that two readers could understand differently, or that break the rules of their format.
func TestJAdESMalformed(t *testing.T) {
	w := validationtest.New(t)
	good := newJWS(w, consent).sign()
	twice := strings.Replace(asJSON(t, good.header), `"alg":"ES256"`, `"alg":"ES256","alg":"ES256"`, 1)
	unprotected := func(header string) string {
		return strings.Replace(good.flattened(), `"payload"`, `"header":`+header+`,"payload"`, 1)
	}
	for name, file := range map[string]string{
		"member twice in the header": newJWS(w, consent).signHeader(twice).compact(),
		"header that is no JSON":     newJWS(w, consent).signHeader("{").compact(),
		"header in other base64":     strings.Replace(good.compact(), ".", "=.", 1),
		"no alg":                     newJWS(w, consent).without("alg").sign().compact(),
		"alg that is null":           newJWS(w, consent).with("alg", nil).sign().compact(),
		"two times":                  newJWS(w, consent).with("sigT", "2024-05-06T07:08:09Z").sign().compact(),
		"time that is none":          newJWS(w, consent).without("iat").with("sigT", "yesterday").sign().compact(),
		"empty crit":                 newJWS(w, consent).with("crit", []string{}).sign().compact(),
		"crit of what is not there":  newJWS(w, consent).with("crit", []string{"sigD"}).sign().compact(),
		"crit twice":                 newJWS(w, consent).with("crit", []string{"iat", "iat"}).sign().compact(),
		"b64 that is not critical":   newJWS(w, consent).with("b64", false).sign().compact(),
		"sigD beside a payload":      newJWS(w, consent).with("sigD", object{"mId": "x", "pars": []string{"a"}}).sign().compact(),
		"digests that differ":        newJWS(w, consent).with("x5t#o", object{"digAlg": "S384", "digVal": b64(make([]byte, 48))}).sign().compact(),
		"digest by SHA-1":            newJWS(w, consent).without("x5t#S256").with("x5t#o", object{"digAlg": "S1", "digVal": b64(make([]byte, 20))}).sign().compact(),
		"x5c of nothing":             newJWS(w, consent).with("x5c", []string{}).sign().compact(),
		"x5c that is none":           newJWS(w, consent).with("x5c", []string{"MAA="}).sign().compact(),
		"member in both headers":     unprotected(`{"alg":"ES256"}`),
		"etsiU that is no array":     unprotected(`{"etsiU":"x"}`),
		"etsiU of two kinds":         unprotected(`{"etsiU":[{"x":1},"` + b64([]byte(`{"x":1}`)) + `"]}`),
		"component of two members":   unprotected(`{"etsiU":[{"x":1,"y":2}]}`),
		"component with one twice":   unprotected(`{"etsiU":["` + b64([]byte(`{"x":{"a":1,"a":2}}`)) + `"]}`),
		"time stamp without tokens":  unprotected(`{"etsiU":[{"sigTst":{"tstTokens":[]}}]}`),
		"counter-signature of text":  unprotected(`{"etsiU":[{"cSig":"x"}]}`),
		"payload in other base64":    good.protected + ".====." + good.value,
	} {
		t.Run(name, func(t *testing.T) {
			check(t, judge(t, w, file)[0], validation.FormatFailure, validation.ReasonMalformed)
		})
	}
}
