package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/verify"
)

// office is a desk of today, with a time-stamp authority by HTTP: what is extended gets the time of the clock.
type office struct {
	*desk
	authority *httptest.Server
	headers   http.Header // of the last request
	refuses   bool
}

func newOffice(t *testing.T) *office {
	w := validationtest.New(t)
	now := time.Now()
	recent := validationtest.Between(now.AddDate(-1, 0, 0), now.AddDate(3, 0, 0))
	w.Root = pkitest.Root(t, "Masa Kök", validationtest.Between(now.AddDate(-2, 0, 0), now.AddDate(20, 0, 0)))
	w.CA = w.Root.Sub(t, "Masa Alt Kök", recent)
	w.Signer, w.TSA = w.CA.Issue(t, w.Key.Public(), recent), w.NewTSA(w.Root, recent)
	o := &office{desk: &desk{w, t.TempDir()}}
	pkitest.WriteCertificates(t, o.dir, "anchors.pem", w.Root.Certificate)
	o.write("data.pem", slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "OCSP RESPONSE", Bytes: w.OCSP(w.CA, w.Signer, now.Add(-time.Minute), 24*time.Hour)}),
		pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: w.CRL(w.Root, now.Add(-time.Minute), 24*time.Hour)})))
	o.authority = httptest.NewServer(http.HandlerFunc(o.answer))
	t.Cleanup(o.authority.Close)
	return o
}

// answer is a TimeStampResp (RFC 3161, 2.4.2) to a request, with its nonce.
func (o *office) answer(w http.ResponseWriter, r *http.Request) {
	o.headers = r.Header
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		o.T.Error(err)
	}
	var request struct {
		Version int
		Imprint struct {
			Algorithm asn1.RawValue
			Digest    []byte
		}
		Nonce   asn1.RawValue
		CertReq bool
	}
	if _, err := asn1.Unmarshal(body, &request); err != nil {
		o.T.Error(err)
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if o.refuses {
		w.Write(pkitest.TLV(o.T, 0x30, pkitest.TLV(o.T, 0x30, []byte{2, 1, 2})))
		return
	}
	token := o.StampFor(request.Imprint.Digest, time.Now(), request.Nonce.FullBytes)
	w.Write(pkitest.TLV(o.T, 0x30, pkitest.TLV(o.T, 0x30, []byte{2, 1, 0}), token))
}

// extend runs the verb.
func (o *office) extend(args ...string) (status int, out string) {
	o.T.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"-anchors", o.path("anchors.pem"), "-with", o.path("data.pem"), "-en"}, args...)
	status = verify.Extend(context.Background(), args, &stdout, &stderr)
	return status, stdout.String() + stderr.String()
}

// sign is a signature of now; policy names that of P2 (1), P3 (2), P4 (3), or none (0).
func (o *office) sign(policy int) *validationtest.Signature {
	s := o.NewSignature("Onay veriyorum.")
	s.Signed[2] = s.SigningTime(time.Now())
	if policy > 0 {
		guide, _ := hex.DecodeString("ff39bd29463383f69b2052ac47439e06ce7c3b8646e888b6e5ae3e46ba08117a")
		s.Signed = append(s.Signed, s.Policy(asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, policy, 1}, guide, "https://www.btk.gov.tr/rehber.pdf"))
	}
	return s.Sign()
}

// pack is a container with a text and a signature of now over it.
func (o *office) pack(t *testing.T) []byte {
	t.Helper()
	documents := []ades.Document{ades.NewDocument("onay.txt", "text/plain", []byte("Onay veriyorum."))}
	prepared, err := asic.Prepare(ades.Signer{Certificate: o.Signer, Chain: []*x509.Certificate{o.CA.Certificate}, Hash: crypto.SHA256, Time: time.Now()}, documents, asic.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := o.Key.Sign(rand.Reader, prepared.Digest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// TestExtend has exit status, words and file of each outcome.
func TestExtend(t *testing.T) {
	o := newOffice(t)
	good := o.write("good.p7m", o.sign(0).DER())
	detached := o.sign(0)
	detached.Detached = true
	beside := o.write("beside.p7s", detached.DER())
	content := o.write("content.txt", []byte("Onay veriyorum."))
	changed := o.write("changed.p7m", bytes.Replace(o.sign(0).DER(), []byte("veriyorum"), []byte("vermiyoru"), 1))
	several := o.sign(0)
	several.More = slices.Repeat([][]byte{several.SignerInfo()}, 64)
	crowd := o.write("crowd.p7m", several.DER())
	p3, p4 := o.write("p3.p7m", o.sign(2).DER()), o.write("p4.p7m", o.sign(3).DER())
	settings := o.write("authorities.json", []byte(`{"authorities":[{"url":"`+o.authority.URL+`","kamusm":{"customer":7,"password_file":"password"}}]}`))
	o.write("password", []byte("gizli\n"))
	tsa := []string{"-tsa", o.authority.URL}
	for _, test := range []struct {
		name    string
		args    []string
		refuses bool
		status  int
		says    string
		writes  bool
		openssl []string // nil is not asked
	}{
		{"T", append(tsa, good, "-level", "T"), false, 0, "has reached level T", true, []string{}},
		{"LTA", append(tsa, good, "-level", "LTA"), false, 0, "it needs another time stamp before that", true, []string{}},
		{"settings", []string{"-authorities", settings, good, "-level", "LT"}, false, 0, "CAdES-BASELINE-LT", true, []string{}},
		{"detached", append(tsa, beside, "-content", content, "-level", "LTA"), false, 0, "CAdES-BASELINE-LTA", true, []string{"-content", content}},
		{"P4", append(tsa, p4, "-level", "P4"), false, 0, "CAdES-XL", true, []string{}},
		{"P3", append(tsa, p3, "-level", "P3"), false, 3, "run this again with", true, []string{}},
		{"changed content", append(tsa, changed, "-level", "T"), false, 1, "not valid, or breaks", false, nil},
		{"another profile", append(tsa, p3, "-level", "P4"), false, 1, "does not name the policy", false, nil},
		{"container", append(tsa, o.write("onay.asice", o.pack(t)), "-level", "T"), false, 1, "has no place for that", false, nil},
		{"no file of signatures", append(tsa, content, "-level", "T"), false, 1, "There is no signature of a known format in this file", false, nil},
		{"too many signatures", append(tsa, crowd, "-level", "T"), false, 1, "one by one", false, nil},
		{"no authority", []string{good, "-level", "T"}, false, 3, "does not answer right now", false, nil},
		{"refused", append(tsa, good, "-level", "T"), true, 3, "refused the request", false, nil},
		{"no level", append(tsa, good), false, 2, "Give the level", false, nil},
		{"two files", append(tsa, good, beside, "-level", "T"), false, 2, "Name one file", false, nil},
		{"no file", append(tsa, o.path("not there"), "-level", "T"), false, 2, "cannot be opened", false, nil},
		{"no settings", []string{"-authorities", content, good, "-level", "T"}, false, 2, "settings of the time-stamp authority", false, nil},
		{"no address", []string{"-tsa", "ftp://tsa", good, "-level", "T"}, false, 2, "settings of the time-stamp authority", false, nil},
		{"a moment", append(tsa, good, "-level", "T", "-at", "2026-01-01"), false, 2, "-at", false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o.refuses = test.refuses
			out := o.path("out " + test.name)
			status, said := o.extend(append(test.args, "-o", out)...)
			if status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("status %d, want %d and %q: %s", status, test.status, test.says, said)
			}
			if _, err := os.Stat(out); (err == nil) != test.writes {
				t.Errorf("file: %v", err)
			}
			if strings.Contains(said, "gizli") {
				t.Error("says the password")
			}
			if test.openssl != nil && !o.opensslNow(out, test.openssl...) {
				t.Error("openssl refuses it")
			}
		})
	}
	if o.headers.Get("identity") != "" {
		t.Error("-tsa sends an identity")
	}
	if status, said := o.extend("-authorities", settings, good, "-level", "T", "-o", o.path("identified")); status != 0 || o.headers.Get("identity") == "" {
		t.Errorf("status %d: %s", status, said)
	}
}

// TestExtendOverwritesNothing keeps a file that is there, the input above all.
func TestExtendOverwritesNothing(t *testing.T) {
	o := newOffice(t)
	der := o.sign(0).DER()
	good := o.write("good.p7m", der)
	status, said := o.extend("-tsa", o.authority.URL, good, "-level", "T", "-o", good)
	if status != 2 || !strings.Contains(said, "is there already") || o.headers != nil {
		t.Errorf("status %d: %s", status, said)
	}
	if left, err := os.ReadFile(good); err != nil || !bytes.Equal(left, der) {
		t.Errorf("the input is another: %v", err)
	}
	if status, _ := o.extend("-tsa", o.authority.URL, good, "-level", "T"); status != 2 {
		t.Errorf("status %d without -o", status)
	}
}

// TestExtendJSON reads what it says as a program would, and has web verify judge the file.
func TestExtendJSON(t *testing.T) {
	o := newOffice(t)
	p3 := o.write("p3.p7m", o.sign(2).DER())
	out := o.path("out.p7m")
	status, said := o.extend("-tsa", o.authority.URL, p3, "-level", "P3", "-o", out, "-json")
	var r struct {
		File, Output, Level, Error string
		Changed                    bool
		Wait                       time.Time
		Report                     struct {
			Signatures []struct{ Indication, Form string }
		}
	}
	if err := json.Unmarshal([]byte(said), &r); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if status != 3 || r.Output != out || !r.Changed || r.Level != "P3" || r.Wait.Before(time.Now().Add(23*time.Hour)) || r.Report.Signatures[0].Form != "T" {
		t.Errorf("status %d: %+v", status, r)
	}
	status, said = o.extend("-tsa", o.authority.URL, out, "-level", "P3", "-o", o.path("later.p7m"), "-json")
	if err := json.Unmarshal([]byte(said), &r); err != nil || status != 3 || r.Error != "extend_early" || r.Wait.IsZero() {
		t.Errorf("status %d: %s", status, said)
	}
	var stdout bytes.Buffer
	if status := verify.Run(context.Background(), []string{"-anchors", o.path("anchors.pem"), "-with", o.path("data.pem"), out}, &stdout, &stdout); status != 0 {
		t.Errorf("web verify: status %d: %s", status, stdout.String())
	}
}
