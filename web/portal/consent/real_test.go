package consent_test

import (
	"bytes"
	"crypto"
	crand "crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestRealSignature gives E-Onay with certificates of the authority and the real verifier, and lets
// openssl judge the evidence.
func TestRealSignature(t *testing.T) {
	t.Parallel()
	o := portaltest.NewOutside(t)
	s := o.Site()
	rsaKey, err := rsa.GenerateKey(crand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{rsaKey, portaltest.ECKey(t)} {
		person := s.Person(portaltest.Ayse)
		shown := person.ToCode()
		document := person.Get("/nes/e-onay/imza/belge").Body
		signature := o.Card(key, portaltest.Ayse, "valid").Sign(t, document, time.Now())
		if a := person.Sign(shown.Reference, signature); a.Status != http.StatusOK {
			t.Fatalf("%d %q\n%s", a.Status, a.Code(), s.Log)
		}
		evidence, err := s.Store.Evidence(t.Context(), shown.Reference)
		if err != nil {
			t.Fatal(err)
		}
		if string(evidence.Document) != document || !bytes.Equal(evidence.Signature, signature) {
			t.Error("the evidence is of something else")
		}
		if len(evidence.Path) != 3 || len(evidence.OCSP) != 1 || len(evidence.CRLs) != 1 {
			t.Errorf("the evidence holds %d certificates, %d OCSP answers, %d CRLs", len(evidence.Path), len(evidence.OCSP), len(evidence.CRLs))
		}
		askOpenSSL(t, evidence)
	}
	s.Recorded(portaltest.Ayse, store.Withdraw)
}

func askOpenSSL(t *testing.T, e store.Evidence) {
	t.Helper()
	dir := t.TempDir()
	var chain bytes.Buffer
	for _, der := range e.Path[1:] {
		if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	document := portaltest.WriteFile(t, filepath.Join(dir, "document"), string(e.Document))
	signature := portaltest.WriteFile(t, filepath.Join(dir, "signature"), string(e.Signature))
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature,
		"-content", document, "-purpose", "any", "-CAfile", portaltest.WriteFile(t, filepath.Join(dir, "chain"), chain.String()), "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// TestOlderAnswersBySetting takes what a responder gives that repeats no nonce, or the authority's list where none answers,
// only where the settings say so.
func TestOlderAnswersBySetting(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		conduct   string
		set       func(*portal.Settings)
		waits     fault.Code
		ocsp, crl int
	}{
		{"no-nonce", func(o *portal.Settings) { o.OCSPWithoutNonce = true }, "revocation_invalid", 1, 1},
		{"down", func(o *portal.Settings) { o.CRLFallback = true }, "revocation_unavailable", 0, 2},
	} {
		t.Run(test.conduct, func(t *testing.T) {
			o := portaltest.NewOutside(t)
			o.Misbehave("ocsp", test.conduct)
			card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
			give := func(s *portaltest.Site) (portaltest.Answer, portaltest.Act) {
				person := s.Person(portaltest.Ayse)
				shown := person.ToCode()
				return person.Sign(shown.Reference, card.Sign(t, person.Get("/nes/e-onay/imza/belge").Body, time.Now())), shown
			}
			s := o.Site()
			a, shown := give(s)
			isPending(t, a)
			if !strings.Contains(s.Log.String(), `"code":"`+string(test.waits)+`"`) {
				t.Errorf("as installed, the log does not say %s:\n%s", test.waits, s.Log)
			}
			s = o.Site(test.set)
			if a, shown = give(s); a.Status != http.StatusOK {
				t.Fatalf("by the setting: %d %q", a.Status, a.Code())
			}
			e, err := s.Store.Evidence(t.Context(), shown.Reference)
			if err != nil || len(e.OCSP) != test.ocsp || len(e.CRLs) != test.crl {
				t.Errorf("evidence of %d OCSP answers and %d lists, want %d and %d: %v", len(e.OCSP), len(e.CRLs), test.ocsp, test.crl, err)
			}
		})
	}
}

// TestRealRefusals sends signatures that are wrong in truth, not by a double's word.
func TestRealRefusals(t *testing.T) {
	t.Parallel()
	o := portaltest.NewOutside(t)
	s := o.Site()
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	document, now := person.Get("/nes/e-onay/imza/belge").Body, time.Now()
	valid := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	revoked := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	o.Post("/ca/revoke", map[string]string{"serial": revoked.Serial}, nil)

	try := func(name string, signature []byte, code fault.Code) {
		t.Helper()
		if a := person.Sign(shown.Reference, signature); a.Code() != code {
			t.Errorf("%s: %d %q, want %q", name, a.Status, a.Code(), code)
		}
	}
	for kind, code := range map[string]fault.Code{
		"expired": "certificate_expired", "not-yet-valid": "certificate_not_yet_valid", "not-qualified": "certificate_not_qualified",
		"no-signing-usage": "certificate_key_usage", "untrusted": "certificate_untrusted",
		"other-policy": "certificate_not_qualified",
	} {
		try(kind, o.Card(portaltest.ECKey(t), portaltest.Ayse, kind).Sign(t, document, now), code)
	}
	try("revoked", revoked.Sign(t, document, now), fault.CertificateRevoked)
	try("other bytes", valid.Sign(t, document+" ", now), fault.SignatureInvalid)
	try("long ago", valid.Sign(t, document, now.Add(-20*time.Minute)), fault.SignatureTime)
	try("ahead", valid.Sign(t, document, now.Add(400*time.Second)), fault.SignatureTime)
	try("no CMS", []byte(document), fault.SignatureMalformed)
	try("another person's", o.Card(portaltest.ECKey(t), portaltest.Mehmet, "valid").Sign(t, document, now), fault.CertificateOfAnother)
	s.Recorded(portaltest.Ayse, "")
	try("the good one, after all", valid.Sign(t, document, now), "")
	s.Recorded(portaltest.Ayse, store.Give)
}
