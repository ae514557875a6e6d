package portal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// requestKey writes a key to sign requests with, and returns where.
func requestKey(t *testing.T, curve elliptic.Curve) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "request.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stated returns what the portal has signed, once it is seen that it has.
func (s *site) stated(signed string) (statement protocol.RequestStatement) {
	s.t.Helper()
	var site protocol.SiteDocument
	a := s.anybody().get(protocol.SitePath)
	if err := json.Unmarshal([]byte(a.body), &site); err != nil || site.Name != "Deneme ESHS" || len(site.Keys) == 0 {
		s.t.Fatalf("the portal publishes %d %s", a.status, a.body)
	}
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		s.t.Fatalf("signed is %q", signed)
	}
	decode := func(text string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			s.t.Fatal(err)
		}
		return data
	}
	key := site.Keys[0]
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, decode(key.X)...), decode(key.Y)...))
	if err != nil {
		s.t.Fatal(err)
	}
	digest, signature := sha256.Sum256([]byte(parts[0]+"."+parts[1])), decode(parts[2])
	if !ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		s.t.Error("the signature is not the portal's")
	}
	if err := json.Unmarshal(decode(parts[1]), &statement); err != nil {
		s.t.Fatal(err)
	}
	if now := s.clock.now().Unix(); statement.Issuer != s.url || statement.IssuedAt != now || statement.Expires != now+600 {
		s.t.Errorf("signed by %q, from %d to %d", statement.Issuer, statement.IssuedAt, statement.Expires)
	}
	return statement
}

func signing(t *testing.T) func(*portal.Settings) {
	return func(s *portal.Settings) { s.Name, s.RequestKeyFile = "Deneme ESHS", requestKey(t, elliptic.P256()) }
}

// signRequest is what the page of a signature gets to ask.
type signRequest struct {
	Purpose, Code, Signed string
	Documents             []struct{ Name, Data string }
}

func (b *browser) request(reference string) (r signRequest) {
	b.t.Helper()
	a := b.get("/nes/e-onay/imza/istek?islem=" + reference)
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.status != http.StatusOK || len(r.Documents) != 1 {
		b.t.Fatalf("request: %d %s", a.status, a.body)
	}
	return r
}

// TestSignedRequests checks that what is asked for is the act, in the person's language, and that all of it is signed.
func TestSignedRequests(t *testing.T) {
	s := newSite(t, signing(t))
	person := s.person(ayse)
	for _, test := range []struct{ name, turkish, english string }{
		{"e-onay.txt", "E-Onay verilmesi", "Giving E-Onay"},
		{"e-onay-kaldirma.txt", "E-Onayın kaldırılması", "Withdrawing E-Onay"},
	} {
		shown := person.toCode()
		document := person.get("/nes/e-onay/imza/belge?islem=" + shown.reference).body
		for language, purpose := range map[string]string{"tr": test.turkish, "en": test.english} {
			person.cookies["dil"] = language
			r := person.request(shown.reference)
			if r.Purpose != purpose || r.Code != shown.code || r.Documents[0].Name != test.name || r.Documents[0].Data != document {
				t.Errorf("the page is to ask for %+v", r)
			}
			digest := sha256.Sum256([]byte(document))
			want := protocol.StatedDocument{Name: test.name, Size: int64(len(document)), Digest: hex.EncodeToString(digest[:])}
			st := s.stated(r.Signed)
			if st.Request != protocol.PageSign || st.Purpose != purpose || st.Code != shown.code || len(st.Documents) != 1 || st.Documents[0] != want {
				t.Errorf("signed is %+v", st)
			}
		}
		refused(t, s.person(ayse).get("/nes/e-onay/imza/istek?islem="+shown.reference), http.StatusForbidden, refusal.CodeElsewhere)
		if a := person.sign(shown.reference, []byte("imza")); a.status != http.StatusOK {
			t.Fatalf("the act: %d %s", a.status, a.body)
		}
	}
	refused(t, person.get("/nes/e-onay/imza/istek"), http.StatusNotFound, refusal.ActUnknown)
	refused(t, s.anybody().get("/nes/e-onay/imza/istek"), http.StatusUnauthorized, fault.LoginRequired)
}

// TestSignedCardLogin is the same for a login.
func TestSignedCardLogin(t *testing.T) {
	s := newOutside(t).site(signing(t))
	a := s.anybody().do("POST", eSignature+"/sorgu", "application/json", strings.NewReader("{}"))
	var r struct{ Nonce, Purpose, Signed string }
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || r.Purpose == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if st := s.stated(r.Signed); st.Request != protocol.PageAuthenticate || st.Nonce != r.Nonce || st.Purpose != r.Purpose {
		t.Errorf("signed is %+v, of %+v", st, r)
	}
}

// TestUnsignedRequests checks that a portal without a key asks for the same.
func TestUnsignedRequests(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	if r := person.request(person.toCode().reference); r.Signed != "" || r.Purpose != "E-Onay verilmesi" {
		t.Errorf("the page is to ask for %+v", r)
	}
	if a := person.get(protocol.SitePath); a.status != http.StatusNotFound {
		t.Errorf("published: %d %s", a.status, a.body)
	}
}

// TestRequestKeys checks that a portal does not start with keys that no window takes, and publishes those that it names.
func TestRequestKeys(t *testing.T) {
	good, dir := requestKey(t, elliptic.P256()), t.TempDir()
	start := func(change func(*portal.Settings)) error {
		settings := &portal.Settings{Issuer: "http://localhost:1", ClientID: "portal", ClientSecret: "secret", Name: "Deneme ESHS", RequestKeyFile: good}
		change(settings)
		_, err := portal.New(portal.Options{
			Settings: settings, Address: &url.URL{Scheme: "http", Host: "localhost:1"}, Store: newSite(t, nil).store, Log: slog.New(slog.DiscardHandler),
		})
		return err
	}
	for name, change := range map[string]func(*portal.Settings){
		"no file":         func(s *portal.Settings) { s.RequestKeyFile += "x" },
		"another curve":   func(s *portal.Settings) { s.RequestKeyFile = requestKey(t, elliptic.P384()) },
		"another's curve": func(s *portal.Settings) { s.RequestOtherKeyFiles = []string{requestKey(t, elliptic.P384())} },
		"a name of two":   func(s *portal.Settings) { s.Name = "a\nb" },
		"an endless file": func(s *portal.Settings) { s.RequestKeyFile = "/dev/zero" },
		"nothing":         func(s *portal.Settings) { s.RequestKeyFile = writeFile(t, filepath.Join(dir, "a"), "") },
		"more than a window reads": func(s *portal.Settings) {
			s.RequestOtherKeyFiles = []string{good, good, good, good, good, good, good, good}
		},
	} {
		if err := start(change); err == nil {
			t.Errorf("%s: the portal starts", name)
		} else if strings.Contains(err.Error(), "MI") { // base64 of DER
			t.Errorf("%s: the error has the key: %v", name, err)
		}
	}
	if err := start(func(*portal.Settings) {}); err != nil {
		t.Error(err)
	}
	s := newSite(t, func(s *portal.Settings) {
		s.Name, s.RequestKeyFile, s.RequestOtherKeyFiles = "Deneme ESHS", good, []string{requestKey(t, elliptic.P256())}
	})
	var site protocol.SiteDocument
	if a := s.anybody().get(protocol.SitePath); json.Unmarshal([]byte(a.body), &site) != nil || len(site.Keys) != 2 || site.Keys[0].ID == site.Keys[1].ID {
		t.Errorf("published: %d %s", a.status, a.body)
	}
}
