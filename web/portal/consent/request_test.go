package consent_test

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
	"github.com/e-onay/e-onay/web/portal/portaltest"
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

// statementOf returns what the portal has signed, once it is seen that it has.
func statementOf(s *portaltest.Site, signed string) (statement protocol.RequestStatement) {
	s.T.Helper()
	var site protocol.SiteDocument
	a := s.Anybody().Get(protocol.SitePath)
	if err := json.Unmarshal([]byte(a.Body), &site); err != nil || site.Name != "Deneme ESHS" || len(site.Keys) == 0 {
		s.T.Fatalf("the portal publishes %d %s", a.Status, a.Body)
	}
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		s.T.Fatalf("signed is %q", signed)
	}
	decode := func(text string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			s.T.Fatal(err)
		}
		return data
	}
	key := site.Keys[0]
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, decode(key.X)...), decode(key.Y)...))
	if err != nil {
		s.T.Fatal(err)
	}
	digest, signature := sha256.Sum256([]byte(parts[0]+"."+parts[1])), decode(parts[2])
	if !ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		s.T.Error("the signature is not the portal's")
	}
	if err := json.Unmarshal(decode(parts[1]), &statement); err != nil {
		s.T.Fatal(err)
	}
	if now := s.Clock.Now().Unix(); statement.Issuer != s.URL || statement.IssuedAt != now || statement.Expires != now+600 {
		s.T.Errorf("signed by %q, from %d to %d", statement.Issuer, statement.IssuedAt, statement.Expires)
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

func requestOf(b *portaltest.Browser, reference string) (r signRequest) {
	b.T.Helper()
	a := b.Get("/nes/e-onay/imza/istek?islem=" + reference)
	if err := json.Unmarshal([]byte(a.Body), &r); err != nil || a.Status != http.StatusOK || len(r.Documents) != 1 {
		b.T.Fatalf("request: %d %s", a.Status, a.Body)
	}
	return r
}

// TestSignedRequests checks that what is asked for is the act, in the person's language, and that all of it is signed.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, signing(t))
	person := s.Person(portaltest.Ayse)
	for _, test := range []struct{ name, turkish, english string }{
		{"e-onay.txt", "E-Onay verilmesi", "Giving E-Onay"},
		{"e-onay-kaldirma.txt", "E-Onayın kaldırılması", "Withdrawing E-Onay"},
	} {
		shown := person.ToCode()
		document := person.Get("/nes/e-onay/imza/belge?islem=" + shown.Reference).Body
		for language, purpose := range map[string]string{"tr": test.turkish, "en": test.english} {
			person.Cookies["dil"] = language
			r := requestOf(person, shown.Reference)
			if r.Purpose != purpose || r.Code != shown.Code || r.Documents[0].Name != test.name || r.Documents[0].Data != document {
				t.Errorf("the page is to ask for %+v", r)
			}
			digest := sha256.Sum256([]byte(document))
			want := protocol.StatedDocument{Name: test.name, Size: int64(len(document)), Digest: hex.EncodeToString(digest[:])}
			st := statementOf(s, r.Signed)
			if st.Request != protocol.PageSign || st.Purpose != purpose || st.Code != shown.Code || len(st.Documents) != 1 || st.Documents[0] != want {
				t.Errorf("signed is %+v", st)
			}
		}
		portaltest.Refused(t, s.Person(portaltest.Ayse).Get("/nes/e-onay/imza/istek?islem="+shown.Reference), http.StatusForbidden, refusal.CodeElsewhere)
		if a := person.Sign(shown.Reference, []byte("imza")); a.Status != http.StatusOK {
			t.Fatalf("the act: %d %s", a.Status, a.Body)
		}
	}
	portaltest.Refused(t, person.Get("/nes/e-onay/imza/istek"), http.StatusNotFound, refusal.ActUnknown)
	portaltest.Refused(t, s.Anybody().Get("/nes/e-onay/imza/istek"), http.StatusUnauthorized, fault.LoginRequired)
}

// TestSignedCardLogin is the same for a login.
func TestSignedCardLogin(t *testing.T) {
	t.Parallel()
	s := portaltest.NewOutside(t).Site(signing(t))
	a := s.Anybody().Do("POST", portaltest.ESignature+"/sorgu", "application/json", strings.NewReader("{}"))
	var r struct{ Nonce, Purpose, Signed string }
	if err := json.Unmarshal([]byte(a.Body), &r); err != nil || r.Purpose == "" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if st := statementOf(s, r.Signed); st.Request != protocol.PageAuthenticate || st.Nonce != r.Nonce || st.Purpose != r.Purpose {
		t.Errorf("signed is %+v, of %+v", st, r)
	}
}

// TestUnsignedRequests checks that a portal without a key asks for the same.
func TestUnsignedRequests(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	if r := requestOf(person, person.ToCode().Reference); r.Signed != "" || r.Purpose != "E-Onay verilmesi" {
		t.Errorf("the page is to ask for %+v", r)
	}
	if a := person.Get(protocol.SitePath); a.Status != http.StatusNotFound {
		t.Errorf("published: %d %s", a.Status, a.Body)
	}
}

// TestRequestKeys checks that a portal does not start with keys that no window takes, and publishes those that it names.
func TestRequestKeys(t *testing.T) {
	t.Parallel()
	good, dir := requestKey(t, elliptic.P256()), t.TempDir()
	start := func(change func(*portal.Settings)) error {
		settings := &portal.Settings{Issuer: "http://localhost:1", ClientID: "portal", ClientSecret: "secret", Name: "Deneme ESHS", RequestKeyFile: good}
		change(settings)
		_, err := portal.New(portal.Options{
			Settings: settings, Address: &url.URL{Scheme: "http", Host: "localhost:1"}, Store: portaltest.NewSite(t, nil).Store, Log: slog.New(slog.DiscardHandler),
		})
		return err
	}
	for name, change := range map[string]func(*portal.Settings){
		"no file":         func(s *portal.Settings) { s.RequestKeyFile += "x" },
		"another curve":   func(s *portal.Settings) { s.RequestKeyFile = requestKey(t, elliptic.P384()) },
		"another's curve": func(s *portal.Settings) { s.RequestOtherKeyFiles = []string{requestKey(t, elliptic.P384())} },
		"a name of two":   func(s *portal.Settings) { s.Name = "a\nb" },
		"an endless file": func(s *portal.Settings) { s.RequestKeyFile = "/dev/zero" },
		"nothing":         func(s *portal.Settings) { s.RequestKeyFile = portaltest.WriteFile(t, filepath.Join(dir, "a"), "") },
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
	s := portaltest.NewSite(t, func(s *portal.Settings) {
		s.Name, s.RequestKeyFile, s.RequestOtherKeyFiles = "Deneme ESHS", good, []string{requestKey(t, elliptic.P256())}
	})
	var site protocol.SiteDocument
	if a := s.Anybody().Get(protocol.SitePath); json.Unmarshal([]byte(a.Body), &site) != nil || len(site.Keys) != 2 || site.Keys[0].ID == site.Keys[1].ID {
		t.Errorf("published: %d %s", a.Status, a.Body)
	}
}
