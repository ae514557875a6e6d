package jades_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

const (
	ok           = fault.Code("")
	malformed    = fault.SignatureMalformed
	badValue     = fault.SignatureInvalid
	attributes   = fault.SignatureAttributes
	badAlgorithm = fault.SignatureAlgorithm
)

var (
	content = []byte("Bundan sonraki e-imza başvurularında\r\nonay veriyorum.\n\x00\xff")
	signed  = time.Date(2026, 11, 30, 1, 2, 3, 4, time.UTC)
)

// person is a signer with a card, in Go.
type person struct {
	root        *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newPerson(t testing.TB, kind string) *person {
	t.Helper()
	p := person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	p.certificate = p.root.Issue(t, p.key.Public())
	return &p
}

func (p *person) signer(t testing.TB) ades.Signer {
	t.Helper()
	hash, err := ades.HashFor(p.certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return ades.Signer{Certificate: p.certificate, Chain: []*x509.Certificate{p.root.Certificate}, Hash: hash, Time: signed}
}

// sign is the card.
func (p *person) sign(t testing.TB, s ades.Signer, digest []byte) []byte {
	t.Helper()
	var options crypto.SignerOpts = s.Hash
	if _, isRSA := p.key.(*rsa.PrivateKey); isRSA && s.PSS {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.Hash}
	}
	value, err := p.key.Sign(rand.Reader, digest, options)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// make has p sign documents, and returns the whole file.
func (p *person) make(t testing.TB, s ades.Signer, documents []ades.Document, o jades.Options) []byte {
	t.Helper()
	prepared, err := jades.Prepare(s, documents, o)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(p.sign(t, s, prepared.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func document(data []byte) ades.Document {
	return ades.NewDocument("başvuru 1.txt", "text/plain", data)
}

func parse(t testing.TB, file []byte) []*jades.Signature {
	t.Helper()
	all, err := jades.Parse(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// verify parses and verifies all signatures of a file.
func verify(file []byte, documents ...ades.Document) error {
	all, err := jades.Parse(bytes.NewReader(file), int64(len(file)))
	for _, s := range all {
		if err == nil {
			err = s.Verify(documents)
		}
	}
	return err
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	switch {
	case want == ok && err != nil:
		t.Errorf("got %v, want no error", err)
	case want != ok && err == nil:
		t.Errorf("accepted, want %s", want)
	case want != ok && fault.CodeOf(err) != want:
		t.Errorf("got %v, want %s", err, want)
	}
}

// parts are header, payload and value of the one signature of a file, in base64url.
func parts(t testing.TB, file []byte) (protected, payload, value string) {
	t.Helper()
	if file[0] != '{' {
		all := strings.Split(string(file), ".")
		return all[0], all[1], all[2]
	}
	var f struct {
		Payload, Protected, Signature string
		Signatures                    []struct{ Protected, Signature string }
	}
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Signatures) == 1 {
		return f.Signatures[0].Protected, f.Payload, f.Signatures[0].Signature
	}
	return f.Protected, f.Payload, f.Signature
}

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var algorithms = []struct {
	name string
	kind string
	hash crypto.Hash
	pss  bool
}{
	{"ES256", "P-256", crypto.SHA256, false},
	{"ES384", "P-384", crypto.SHA384, false},
	{"ES512", "P-521", crypto.SHA512, false},
	{"RS256", "RSA-2048", crypto.SHA256, false},
	{"RS384", "RSA-2048", crypto.SHA384, false},
	{"RS512", "RSA-4096", crypto.SHA512, false},
	{"PS256", "RSA-2048", crypto.SHA256, true},
	{"PS384", "RSA-3072", crypto.SHA384, true},
	{"PS512", "RSA-2048", crypto.SHA512, true},
}

// TestForms makes a signature with each algorithm in each form. go-jose judges the JWS where the payload is inside; openssl judges the value
// over the signing input, always.
func TestForms(t *testing.T) {
	for _, algorithm := range algorithms {
		for name, o := range map[string]jades.Options{
			"compact":             {},
			"flattened":           {Serialization: jades.Flattened},
			"general":             {Serialization: jades.General},
			"compact, detached":   {Detached: true},
			"flattened, detached": {Serialization: jades.Flattened, Detached: true},
			"general, detached":   {Serialization: jades.General, Detached: true},
		} {
			t.Run(algorithm.name+" "+name, func(t *testing.T) {
				p := newPerson(t, algorithm.kind)
				s := p.signer(t)
				s.Hash, s.PSS = algorithm.hash, algorithm.pss
				file := p.make(t, s, []ades.Document{document(content)}, o)

				wantCode(t, verify(file, document(content)), ok)
				wantCode(t, verify(file, document(content[1:])), badValue)
				wantCode(t, verify(file, document(content), document(content)), badValue)
				if o.Detached {
					wantCode(t, verify(file), badValue)
				} else {
					wantCode(t, verify(file), ok)
				}
				claims := parse(t, file)[0].Claims()
				if !claims.Certificate.Equal(p.certificate) || len(claims.Certificates) != 2 || claims.Hash != algorithm.hash ||
					!claims.SigningTime.Equal(signed.Truncate(time.Second)) || claims.Policy != nil {
					t.Errorf("claims %+v", claims)
				}
				judgeByOpenSSL(t, p, s, file)
				judgeByGoJose(t, p, algorithm.name, file, o)
			})
		}
	}
}

// judgeByOpenSSL verifies the value of a signature over header and payload as they stand in the file.
func judgeByOpenSSL(t *testing.T, p *person, s ades.Signer, file []byte) {
	t.Helper()
	protected, payload, value := parts(t, file)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public, err := x509.MarshalPKIXPublicKey(p.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	raw := unbase64(t, value)
	if key, ok := p.key.Public().(*ecdsa.PublicKey); ok {
		if raw, err = ades.DERFromRawECDSA(key, raw); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"dgst", "-" + strings.ToLower(strings.ReplaceAll(s.Hash.String(), "-", "")),
		"-verify", write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), "-signature", write("value", raw)}
	if s.PSS {
		args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
	}
	if out, err := exec.Command("openssl", append(args, write("input", []byte(protected+"."+payload)))...).CombinedOutput(); err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

// judgeByGoJose verifies a JWS with its payload. One with sigD has a critical member that go-jose does not know, and must be refused.
func judgeByGoJose(t *testing.T, p *person, algorithm string, file []byte, o jades.Options) {
	t.Helper()
	jws, err := jose.ParseSigned(string(file), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		if !o.Detached {
			t.Errorf("go-jose does not read it: %v", err)
		}
		return
	}
	payload, err := jws.Verify(p.key.Public())
	if o.Detached {
		if err == nil {
			t.Error("go-jose accepts sigD, which it does not know")
		}
		return
	}
	if err != nil || !bytes.Equal(payload, content) {
		t.Errorf("go-jose: %v, payload %q", err, payload)
	}
	if h := jws.Signatures[0].Protected; h.Algorithm != algorithm || h.ExtraHeaders["iat"] != float64(signed.Unix()) || h.ExtraHeaders["cty"] != "text/plain" {
		t.Errorf("header %+v", h)
	}
}

// TestHeader looks at the whole header of a detached signature of two documents that names a policy.
func TestHeader(t *testing.T) {
	p := newPerson(t, "P-384")
	s := p.signer(t)
	s.Policy = ades.Profiles[1].Policy
	documents := []ades.Document{document(content), ades.NewDocument("b", "application/pdf", nil)}
	file := p.make(t, s, documents, jades.Options{Detached: true})
	protected, _, _ := parts(t, file)
	var got map[string]any
	if err := json.Unmarshal(unbase64(t, protected), &got); err != nil {
		t.Fatal(err)
	}
	b64 := func(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
	sum := func(data []byte) string { h := crypto.SHA384.New(); h.Write(data); return b64(h.Sum(nil)) }
	want := map[string]any{
		"alg": "ES384", "iat": float64(1796000523), "b64": false, "crit": []any{"b64", "sigD"},
		"x5c":   []any{base64.StdEncoding.EncodeToString(p.certificate.Raw), base64.StdEncoding.EncodeToString(p.root.Certificate.Raw)},
		"x5t#o": map[string]any{"digAlg": "S384", "digVal": sum(p.certificate.Raw)},
		"sigPId": map[string]any{
			"id": map[string]any{"id": "urn:oid:2.16.792.1.61.0.1.5070.3.1.1"}, "digAlg": "S256", "digVal": b64(s.Policy.Digest),
			"sigPQuals": []any{map[string]any{"spURI": s.Policy.URI}},
		},
		"sigD": map[string]any{
			"mId": "http://uri.etsi.org/19182/ObjectIdByURIHash", "pars": []any{"ba%C5%9Fvuru%201.txt", "b"}, "hashM": "S384",
			"hashV": []any{sum(content), sum(nil)}, "ctys": []any{"text/plain", "pdf"},
		},
	}
	gotText, _ := json.MarshalIndent(got, "", " ")
	wantText, _ := json.MarshalIndent(want, "", " ")
	if !bytes.Equal(gotText, wantText) {
		t.Errorf("got %s\nwant %s", gotText, wantText)
	}
	one := parse(t, file)[0]
	if policy := one.Claims().Policy; !ades.Profiles[1].Accepts(policy) || policy.URI != s.Policy.URI {
		t.Errorf("policy %+v", policy)
	}
	wantCode(t, one.Verify(documents), ok)
	wantCode(t, one.Verify([]ades.Document{documents[1], documents[0]}), badValue)
	wantCode(t, one.Verify(documents[:1]), badValue)
}

func TestEveryBitCounts(t *testing.T) {
	p := newPerson(t, "P-256")
	s := p.signer(t)
	s.Chain = nil
	for _, o := range []jades.Options{{}, {Detached: true}, {Serialization: jades.Flattened}} {
		file := p.make(t, s, []ades.Document{document(content)}, o)
		wantCode(t, verify(file, document(content)), ok)
		for i := range file {
			for bit := range 8 {
				file[i] ^= 1 << bit
				if verify(file, document(content)) == nil {
					t.Errorf("byte %d, bit %d", i, bit)
				}
				file[i] ^= 1 << bit
			}
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	one := []ades.Document{document(content)}
	large := ades.Document{Name: "x", Size: jades.MaxPayload + 1, Content: bytes.NewReader(nil)}
	noName := ades.NewDocument("", "", content)
	noContent := ades.Document{Name: "x", Size: 3}
	for name, test := range map[string]struct {
		change    func(*ades.Signer)
		documents []ades.Document
		options   jades.Options
		want      fault.Code
	}{
		"no certificate":            {func(s *ades.Signer) { s.Certificate = nil }, one, jades.Options{}, fault.Internal},
		"another hash":              {func(s *ades.Signer) { s.Hash = crypto.SHA384 }, one, jades.Options{}, fault.KeyUnsupported},
		"SHA-1":                     {func(s *ades.Signer) { s.Hash = crypto.SHA1 }, one, jades.Options{}, fault.KeyUnsupported},
		"RSA of 1024 bits":          {func(s *ades.Signer) { s.Certificate = newPerson(t, "RSA-1024").certificate }, one, jades.Options{}, fault.KeyUnsupported},
		"16 more certificates":      {func(s *ades.Signer) { s.Chain = make([]*x509.Certificate, 16) }, one, jades.Options{}, fault.Internal},
		"no time":                   {func(s *ades.Signer) { s.Time = time.Time{} }, one, jades.Options{}, fault.Internal},
		"policy without a digest":   {func(s *ades.Signer) { s.Policy = &ades.Policy{OID: ades.Profiles[1].Policy.OID, Hash: crypto.SHA256} }, one, jades.Options{}, fault.Internal},
		"no document":               {nil, nil, jades.Options{}, fault.RequestInvalid},
		"two documents":             {nil, []ades.Document{one[0], one[0]}, jades.Options{}, fault.RequestInvalid},
		"too large":                 {nil, []ades.Document{large}, jades.Options{}, fault.RequestTooLarge},
		"detached, no document":     {nil, nil, jades.Options{Detached: true}, fault.RequestInvalid},
		"detached, 1001 documents":  {nil, make([]ades.Document, 1001), jades.Options{Detached: true}, fault.RequestInvalid},
		"detached, without a name":  {nil, []ades.Document{noName}, jades.Options{Detached: true}, fault.RequestInvalid},
		"content not at hand":       {nil, []ades.Document{noContent}, jades.Options{}, fault.Internal},
		"an unknown serialization":  {nil, one, jades.Options{Serialization: 3}, fault.Unsupported},
		"detached, not at hand":     {nil, []ades.Document{noContent}, jades.Options{Detached: true}, fault.Internal},
		"a document that ends soon": {nil, []ades.Document{{Name: "x", Size: 5, Content: bytes.NewReader([]byte("abc"))}}, jades.Options{}, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.signer(t)
			if test.change != nil {
				test.change(&s)
			}
			_, err := jades.Prepare(s, test.documents, test.options)
			wantCode(t, err, test.want)
		})
	}
}

func TestCompleteDistrustsTheCard(t *testing.T) {
	p := newPerson(t, "P-384")
	s := p.signer(t)
	prepared, err := jades.Prepare(s, []ades.Document{document(content)}, jades.Options{})
	wantCode(t, err, ok)
	good := p.sign(t, s, prepared.Digest())
	raw, err := ades.RawECDSA(p.key.Public().(*ecdsa.PublicKey), good)
	wantCode(t, err, ok)
	for name, value := range map[string][]byte{"nothing": nil, "r and s": raw, "another": newPerson(t, "P-384 other").sign(t, s, prepared.Digest())} {
		_, err := prepared.Complete(value)
		if fault.CodeOf(err) != fault.TokenError {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// zeros are a large document that takes no memory.
type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }

func TestDetachedTakesNoMemory(t *testing.T) {
	large := ades.Document{Name: "x", Size: 64 << 20, Content: zeros{}}
	p := newPerson(t, "P-256")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file := p.make(t, p.signer(t), []ades.Document{large}, jades.Options{Detached: true})
	wantCode(t, verify(file, large), ok)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}
