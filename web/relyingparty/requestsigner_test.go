package relyingparty_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

const nonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newRequestSigner is a site's, whose clock stands still.
func newRequestSigner(t *testing.T) *relyingparty.RequestSigner {
	t.Helper()
	return &relyingparty.RequestSigner{
		Origin: origin, Name: "Deneme ESHS", Key: ecKey(t, elliptic.P256()),
		Now: func() time.Time { return time.Unix(1_800_000_000, 999) },
	}
}

// publishedKey is one as a site publishes it.
type publishedKey struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Kid string `json:"kid"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// published is what a site publishes, as it is read here, by no code of ours.
type published struct {
	Name string         `json:"name"`
	Keys []publishedKey `json:"keys"`
}

// publishedBy asks the site as a browser does.
func publishedBy(t *testing.T, s *relyingparty.RequestSigner, headers ...string) (*http.Response, published) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/.well-known/eonay.json", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeSite(recorder, r)
	var site published
	if body := recorder.Body.Bytes(); len(body) > 0 {
		if err := json.Unmarshal(body, &site); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	return recorder.Result(), site
}

// stated is what node says of a signed request.
type stated struct {
	Header, Payload map[string]any
	Good            bool
}

// verified checks a signed request against what the site publishes, with WebCrypto and with openssl.
func verified(t *testing.T, site published, signed string) stated {
	t.Helper()
	input, err := json.Marshal(map[string]any{"site": site, "signed": signed})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "testdata/verify.mjs")
	node.Stdin = bytes.NewReader(input)
	out, err := node.Output()
	var s stated
	if err != nil || json.Unmarshal(out, &s) != nil {
		t.Fatalf("node: %v, %s", err, out)
	}
	if !s.Good {
		t.Error("WebCrypto does not take the signature")
	}
	opensslVerifies(t, site, s.Header["kid"], signed)
	return s
}

func opensslVerifies(t *testing.T, site published, kid any, signed string) {
	t.Helper()
	decode := func(text string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var public []byte
	for _, k := range site.Keys {
		if k.Kid == kid {
			// SubjectPublicKeyInfo of a key on P-256 up to its point (RFC 5480).
			public = append(decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"), append(decode(k.X), decode(k.Y)...)...)
		}
	}
	at := strings.LastIndex(signed, ".")
	raw := decode(signed[at+1:])
	if len(raw) != 64 {
		t.Fatalf("a signature of %d bytes", len(raw))
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), "signature": der, "input": []byte(signed[:at])} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("openssl", "dgst", "-sha256", "-verify", "key", "-signature", "signature", "input")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("openssl does not take the signature: %s", out)
	}
}

// TestRequestSigner checks each kind of request by its published words alone.
func TestRequestSigner(t *testing.T) {
	s := newRequestSigner(t)
	documents := []relyingparty.Document{{Name: "ş<.txt", Data: "\ufeffKod: 168857414351237\r\n"}, {Name: "b", Data: "ab"}}
	for name, test := range map[string]struct {
		make func() (any, string, error)
		want map[string]any
	}{
		"signature": {func() (any, string, error) {
			r, err := s.Signature(relyingparty.SignRequest{Purpose: "Sözleşme", Code: "168857414351237", Documents: documents})
			return r, r.Signed, err
		}, map[string]any{"request": "sign", "purpose": "Sözleşme", "code": "168857414351237", "documents": []any{
			map[string]any{"name": "ş<.txt", "size": 25.0, "sha256": "004aa76f3f12788495d091f90b1fb0459f1210054ac77b19f3c7712c821754dd"},
			map[string]any{"name": "b", "size": 2.0, "sha256": "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"},
		}}},
		"signature of a PDF": {func() (any, string, error) {
			r, err := s.Signature(relyingparty.SignRequest{
				Purpose:          "Sözleşme",
				Documents:        []relyingparty.Document{{Name: "a.pdf", MediaType: "application/pdf", Base64: []byte("ab")}, {Name: "b.pdf", MediaType: "application/pdf", Content: io.NewSectionReader(strings.NewReader("ab"), 0, 2)}},
				SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatPAdES, PAdES: &relyingparty.PAdESOptions{Reason: "Onay", Stamp: &relyingparty.Stamp{Page: -1}}},
			})
			return r, r.Signed, err
		}, map[string]any{"request": "sign", "purpose": "Sözleşme", "signature": map[string]any{
			"format": "pades", "profile": "P1", "pades": map[string]any{"reason": "Onay", "stamp": map[string]any{"page": -1.0}},
		}, "documents": []any{
			map[string]any{"name": "a.pdf", "size": 2.0, "sha256": "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"},
			map[string]any{"name": "b.pdf", "size": 2.0, "sha256": "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"},
		}}},
		"login": {func() (any, string, error) {
			r, err := s.Login(relyingparty.LoginRequest{Nonce: nonce, Purpose: "Giriş"})
			return r, r.Signed, err
		}, map[string]any{"request": "authenticate", "purpose": "Giriş", "nonce": nonce}},
		"certificate": {func() (any, string, error) {
			r, err := s.Certificate(relyingparty.CertificateRequest{})
			return r, r.Signed, err
		}, map[string]any{"request": "certificates"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, signed, err := test.make()
			if err != nil {
				t.Fatal(err)
			}
			_, site := publishedBy(t, s)
			got := verified(t, site, signed)
			if want := map[string]any{"alg": "ES256", "kid": site.Keys[0].Kid, "typ": "eonay-request+jws"}; !reflect.DeepEqual(got.Header, want) {
				t.Errorf("header %v, want %v", got.Header, want)
			}
			test.want["iss"], test.want["iat"], test.want["exp"] = origin, 1.8e9, 1.8e9+300
			if !reflect.DeepEqual(got.Payload, test.want) {
				t.Errorf("payload %v\nwant %v", got.Payload, test.want)
			}
		})
	}
}

// TestServeSite looks at the document as browsers and their caches do.
func TestServeSite(t *testing.T) {
	s := newRequestSigner(t)
	other := ecKey(t, elliptic.P256())
	response, site := publishedBy(t, s)
	h := response.Header
	if response.StatusCode != http.StatusOK || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-cache" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s, %v", response.Status, h)
	}
	if site.Name != "Deneme ESHS" || len(site.Keys) != 1 || site.Keys[0].Kty != "EC" || site.Keys[0].Crv != "P-256" || len(site.Keys[0].Kid) != 43 {
		t.Errorf("published %+v", site)
	}
	if again, _ := publishedBy(t, s, "If-None-Match", h.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %s", again.Status)
	}
	s.Others = []*ecdsa.PublicKey{&other.PublicKey}
	changed, rotated := publishedBy(t, s, "If-None-Match", h.Get("ETag"))
	if changed.StatusCode != http.StatusOK || len(rotated.Keys) != 2 || rotated.Keys[0] != site.Keys[0] || rotated.Keys[1].Kid == site.Keys[0].Kid {
		t.Errorf("%s, published %+v", changed.Status, rotated)
	}
	old, err := s.Certificate(relyingparty.CertificateRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s.Key, s.Others = other, []*ecdsa.PublicKey{s.Key.Public().(*ecdsa.PublicKey)}
	_, rotated = publishedBy(t, s)
	verified(t, rotated, old.Signed) // what the old key has signed is still good
	s.Name = ""
	if response, _ := publishedBy(t, s); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a name: %s", response.Status)
	}
}

// away is a key in a module that does not answer.
type away struct{ crypto.Signer }

func (away) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, io.ErrNoProgress }

// TestRequestSignerRefused has what no window would take.
func TestRequestSignerRefused(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *relyingparty.RequestSigner){
		"no origin":     func(s *relyingparty.RequestSigner) { s.Origin = "" },
		"a page":        func(s *relyingparty.RequestSigner) { s.Origin += "/" },
		"no name":       func(s *relyingparty.RequestSigner) { s.Name = "" },
		"a name of two": func(s *relyingparty.RequestSigner) { s.Name = "a\nb" },
		"an address":    func(s *relyingparty.RequestSigner) { s.Name = "turkiye.gov.tr" },
		"two scripts":   func(s *relyingparty.RequestSigner) { s.Name = "e-Dеvlet" },
		"a long name":   func(s *relyingparty.RequestSigner) { s.Name = strings.Repeat("ş", 51) },
		"no key":        func(s *relyingparty.RequestSigner) { s.Key = nil },
		"RSA":           func(s *relyingparty.RequestSigner) { s.Key = rsaKey },
		"another curve": func(s *relyingparty.RequestSigner) { s.Key = ecKey(t, elliptic.P384()) },
		"another's curve": func(s *relyingparty.RequestSigner) {
			s.Others = []*ecdsa.PublicKey{&ecKey(t, elliptic.P384()).PublicKey}
		},
		"a key of nothing": func(s *relyingparty.RequestSigner) { s.Others = []*ecdsa.PublicKey{nil} },
		"nine keys": func(s *relyingparty.RequestSigner) {
			for range 8 {
				s.Others = append(s.Others, &ecKey(t, elliptic.P256()).PublicKey)
			}
		},
		"a long life":      func(s *relyingparty.RequestSigner) { s.Life = relyingparty.MaxRequestLife + time.Second },
		"no whole second":  func(s *relyingparty.RequestSigner) { s.Life = time.Second - 1 },
		"a life backwards": func(s *relyingparty.RequestSigner) { s.Life = -time.Second },
	} {
		s := newRequestSigner(t)
		change(s)
		if _, err := s.Certificate(relyingparty.CertificateRequest{}); err == nil || s.Check() == nil {
			t.Errorf("%s: %v, %v", name, err, s.Check())
		}
	}
	s := newRequestSigner(t)
	s.Key, s.Life = away{s.Key}, relyingparty.MaxRequestLife
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	if r, err := s.Certificate(relyingparty.CertificateRequest{}); err == nil || r.Signed != "" {
		t.Errorf("a key that does not answer: %q, %v", r.Signed, err)
	}
}

// TestRequestsRefused has what the page library or the window would refuse, whoever signs.
func TestRequestsRefused(t *testing.T) {
	text := func(change func(r *relyingparty.SignRequest)) func(*relyingparty.RequestSigner) (string, error) {
		return func(s *relyingparty.RequestSigner) (string, error) {
			r := relyingparty.SignRequest{Purpose: "p", Documents: []relyingparty.Document{{Name: "a", Data: "b"}}}
			change(&r)
			r, err := s.Signature(r)
			return r.Signed, err
		}
	}
	login := func(nonce, purpose string) func(*relyingparty.RequestSigner) (string, error) {
		return func(s *relyingparty.RequestSigner) (string, error) {
			r, err := s.Login(relyingparty.LoginRequest{Nonce: nonce, Purpose: purpose})
			return r.Signed, err
		}
	}
	certificate := func(purpose string) func(*relyingparty.RequestSigner) (string, error) {
		return func(s *relyingparty.RequestSigner) (string, error) {
			r, err := s.Certificate(relyingparty.CertificateRequest{Purpose: purpose})
			return r.Signed, err
		}
	}
	for name, ask := range map[string]func(*relyingparty.RequestSigner) (string, error){
		"no purpose":            text(func(r *relyingparty.SignRequest) { r.Purpose = "" }),
		"a purpose of two":      text(func(r *relyingparty.SignRequest) { r.Purpose = "a\u2028b" }),
		"a purpose of no text":  text(func(r *relyingparty.SignRequest) { r.Purpose = "\xff" }),
		"a long purpose":        text(func(r *relyingparty.SignRequest) { r.Purpose = strings.Repeat("ş", 151) }),
		"a short code":          text(func(r *relyingparty.SignRequest) { r.Code = "1" }),
		"a code of letters":     text(func(r *relyingparty.SignRequest) { r.Code = "16885741435123x" }),
		"no document":           text(func(r *relyingparty.SignRequest) { r.Documents = nil }),
		"too many documents":    text(func(r *relyingparty.SignRequest) { r.Documents = make([]relyingparty.Document, 1001) }),
		"no name":               text(func(r *relyingparty.SignRequest) { r.Documents[0].Name = "" }),
		"a long name":           text(func(r *relyingparty.SignRequest) { r.Documents[0].Name = strings.Repeat("a", 201) }),
		"an empty document":     text(func(r *relyingparty.SignRequest) { r.Documents[0].Data = "" }),
		"a long document":       text(func(r *relyingparty.SignRequest) { r.Documents[0].Data = strings.Repeat("a", 10<<20+1) }),
		"a document of no text": text(func(r *relyingparty.SignRequest) { r.Documents[0].Data = "\xff" }),
		"bytes twice":           text(func(r *relyingparty.SignRequest) { r.Documents[0].Base64 = []byte("b") }),
		"no media type":         text(func(r *relyingparty.SignRequest) { r.Documents[0].MediaType = "pdf" }),
		"a PDF that is text":    text(func(r *relyingparty.SignRequest) { r.Format = relyingparty.FormatPAdES }),
		"options of another":    text(func(r *relyingparty.SignRequest) { r.PAdES = &relyingparty.PAdESOptions{} }),
		"a form of no profile": text(func(r *relyingparty.SignRequest) {
			r.Format, r.Profile = relyingparty.FormatJAdES, relyingparty.ProfileP4
		}),
		"more than a request": text(func(r *relyingparty.SignRequest) {
			r.Documents[0] = relyingparty.Document{Name: "a", MediaType: "a/b", Content: io.NewSectionReader(zeros{}, 0, relyingparty.MaxRequest+1)}
		}),
		"no nonce":             login("", ""),
		"a nonce of no base64": login(strings.Repeat("-", 44), ""),
		"a login of two lines": login(nonce, "a\nb"),
		"a long question":      certificate(strings.Repeat("a", 301)),
	} {
		for _, s := range []*relyingparty.RequestSigner{newRequestSigner(t), nil} {
			if signed, err := ask(s); err == nil || signed != "" {
				t.Errorf("%s: %q, %v", name, signed, err)
			}
		}
	}
	long := text(func(r *relyingparty.SignRequest) {
		r.Documents = nil
		for range 1000 {
			r.Documents = append(r.Documents, relyingparty.Document{Name: strings.Repeat("<", 200), Data: "a"}) // six bytes each in JSON
		}
	})
	if signed, err := long(newRequestSigner(t)); err == nil || signed != "" {
		t.Errorf("longer than a page can hand over: %d, %v", len(signed), err)
	}
}

// zeros are as many as are read.
type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }

// TestUnsigned checks that a site that does not sign asks for the same.
func TestUnsigned(t *testing.T) {
	var s *relyingparty.RequestSigner
	r, err := s.Signature(relyingparty.SignRequest{Purpose: "p", Documents: []relyingparty.Document{{Name: "a", Data: "b"}}})
	if data, _ := json.Marshal(r); err != nil || string(data) != `{"purpose":"p","documents":[{"name":"a","data":"b"}]}` {
		t.Errorf("%s, %v", data, err)
	}
}

// TestRequestKey reads keys as openssl makes them.
func TestRequestKey(t *testing.T) {
	openssl := func(args ...string) string {
		out, err := exec.Command("openssl", args...).Output()
		if err != nil {
			t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
	curve := func(name string) string {
		return openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:"+name)
	}
	good := curve("P-256")
	if key, err := relyingparty.ParseRequestKey([]byte(good + "\n")); err != nil || key.Curve != elliptic.P256() {
		t.Errorf("%v, %v", key, err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey(t, elliptic.P256()))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "noise": "a", "another curve": curve("P-384"), "RSA": openssl("genpkey", "-algorithm", "RSA"), "two keys": good + good,
		"more behind it": good + "a", "SEC 1": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})),
		"SEC 1 by another name": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: sec1})),
		"under a password":      openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "pass:deneme"),
	} {
		key, err := relyingparty.ParseRequestKey([]byte(text))
		if err == nil || key != nil || err.Error() != "relyingparty: want one PKCS #8 key on P-256, in PEM" {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}
