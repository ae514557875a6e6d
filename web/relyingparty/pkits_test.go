package relyingparty

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// refusedByName are cases of PKITS that are valid and refused, with what the error says: DSA, and a list whose signer's own
// certificate is in that list only, which OpenSSL refuses as well.
var refusedByName = map[string]string{
	"4.1.4": "no certificate of its issuer", "4.1.5": "x509: invalid DSA parameters", "4.14.30": "no certificate is known whose key may sign the CRL",
}

// TestPKITS runs all of NIST's test suite, path and revocation.
func TestPKITS(t *testing.T) {
	suite := pkitest.Suite(t, "pkits-crls")
	cases, folder := pkitest.PKITS(t)
	others := otherCertificates(t, suite)
	agree, tally := 0, pkitest.NewTally(t, "NIST PKITS", "relyingparty")
	accepted := map[string]*pkitest.JudgedPath{}
	for _, c := range cases {
		evidence, err := runPKITS(t, c, folder, suite, others)
		if err == nil {
			accepted[c.Number()] = judged(evidence)
		}
		reason, refused := refusedByName[c.Number()]
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("%s: want a refusal that says %q, got %v", c.Name, reason, err)
		case refused:
			tally.Judged("refused: " + reason)
		case (err == nil) != c.ShouldValidate:
			t.Errorf("%s: want valid %t, got %v", c.Name, c.ShouldValidate, err)
		default:
			agree++
			tally.Judged("")
		}
	}
	if agree != 246 {
		t.Errorf("%d of %d agree, want 246", agree, len(cases))
	}
	for name, path := range accepted {
		if err := path.OpenSSL(t); err != nil {
			t.Errorf("%s: accepted, and %v", name, err)
		}
	}
	for name, verdict := range pkitest.BouncyCastlePaths(t, accepted) {
		if verdict != "accepts" {
			t.Errorf("%s: accepted, and BouncyCastle %s", name, verdict)
		}
	}
}

// judged is what the evidence gives other readers, years later.
func judged(e *Evidence) *pkitest.JudgedPath {
	path := pkitest.JudgedPath{Path: e.Path, Others: e.CRLSigners}
	lists := e.CRLs
	if e.CRL != nil {
		lists = append([]*Answer{e.CRL}, lists...)
	}
	for _, list := range lists {
		path.CRLs = append(path.CRLs, list.DER)
	}
	return &path
}

// otherCertificates returns the files of certificates that are not in the path, by the file of the end entity.
func otherCertificates(t *testing.T, suite string) map[string][]string {
	t.Helper()
	var list []struct {
		Cert   string
		Others []string `json:"other_certs"`
	}
	data, err := os.ReadFile(filepath.Join(suite, "pkits.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, c := range list {
		out[c.Cert] = c.Others
	}
	return out
}

// runPKITS validates one case as Verifier does, with its lists on a network of its own.
func runPKITS(t *testing.T, c pkitest.PKITSCase, folder, suite string, others map[string][]string) (*Evidence, error) {
	t.Helper()
	server := listServer{}
	var urls []string
	for i, file := range c.CRLPath {
		url := fmt.Sprintf("http://crl.example/%d", i)
		server[url] = read(t, suite, file)
		urls = append(urls, url)
	}
	var certificates []*x509.Certificate
	last := len(c.CertPath) - 1
	for _, file := range slices.Concat(c.CertPath, others[c.CertPath[last]]) {
		certificate, err := pki.ParseX509(pkitest.Certificates(read(t, folder, file))[0])
		if err != nil {
			return nil, err
		}
		// PKITS names directories, or no place at all: every list is offered, those of the issuer first.
		certificate.CRLDistributionPoints = server.order(urls, certificate.RawIssuer)
		offerDeltas(t, certificate)
		certificates = append(certificates, certificate)
	}
	v := Verifier{Anchors: certificates[:1], CRLFallback: true, Client: &http.Client{Transport: server}}
	now := time.Now()
	validation := pki.Validation{
		At: now, Policies: c.Policies(t), ExplicitPolicy: c.InitialExplicitPolicy,
		InhibitPolicyMapping: c.InitialPolicyMappingInhibit, InhibitAnyPolicy: c.InitialAnyPolicyInhibit,
	}
	more := slices.Delete(slices.Clone(certificates), last, last+1)[1:]
	path, err := validation.Path(certificates[last], more, v.Anchors)
	if err != nil {
		return nil, err
	}
	evidence := Evidence{Path: path, more: more}
	return &evidence, v.Prove(context.Background(), &evidence)
}

// offerDeltas puts the addresses of all lists into the extension freshestCRL, where the certificate has one.
func offerDeltas(t *testing.T, c *x509.Certificate) {
	t.Helper()
	for i, extension := range c.Extensions {
		if !extension.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 46}) {
			continue
		}
		var points []byte
		for _, url := range c.CRLDistributionPoints {
			points = append(points, pkitest.TLV(t, 0x30, pkitest.TLV(t, 0xa0, pkitest.TLV(t, 0xa0, pkitest.TLV(t, 0x86, []byte(url)))))...)
		}
		c.Extensions[i].Value = pkitest.TLV(t, 0x30, points)
	}
}

func read(t *testing.T, folder, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// listServer serves lists by their addresses.
type listServer map[string][]byte

func (s listServer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(s[r.URL.String()])), Request: r}, nil
}

func (s listServer) order(urls []string, issuer []byte) []string {
	var own, other []string
	for _, url := range urls {
		if bytes.Contains(s[url], issuer) {
			own = append(own, url)
		} else {
			other = append(other, url)
		}
	}
	return append(own, other...)
}
