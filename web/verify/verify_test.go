package verify_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/verify"
)

// desk is a folder with what is needed to judge a signature.
type desk struct {
	*validationtest.World
	dir string
}

func newDesk(t *testing.T) *desk {
	d := &desk{validationtest.New(t), t.TempDir()}
	pkitest.WriteCertificates(t, d.dir, "anchors.pem", d.Root.Certificate)
	d.write("data.pem", slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "OCSP RESPONSE", Bytes: d.OCSP(d.CA, d.Signer, validationtest.Signed, 24*time.Hour)}),
		pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: d.CRL(d.Root, validationtest.Signed, 24*time.Hour)})))
	return d
}

func (d *desk) write(name string, data []byte) string {
	d.T.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		d.T.Fatal(err)
	}
	return path
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

// judge runs the verb with what the desk has, an hour after signing.
func (d *desk) judge(args ...string) (status int, out string) {
	d.T.Helper()
	var stdout, stderr bytes.Buffer
	at := validationtest.Signed.Add(time.Hour).Format(time.RFC3339)
	args = append([]string{"-anchors", d.path("anchors.pem"), "-with", d.path("data.pem"), "-at", at}, args...)
	status = verify.Run(context.Background(), args, &stdout, &stderr)
	return status, stdout.String() + stderr.String()
}

// openssl is whether openssl accepts a file, a minute after it was signed.
func (d *desk) openssl(file string, args ...string) bool {
	d.T.Helper()
	return d.opensslAt(validationtest.Signed.Add(time.Minute), file, args...)
}

// opensslNow is openssl for what was signed by the clock.
func (d *desk) opensslNow(file string, args ...string) bool {
	d.T.Helper()
	return d.opensslAt(time.Now(), file, args...)
}

func (d *desk) opensslAt(moment time.Time, file string, args ...string) bool {
	at := moment.Unix()
	command := exec.Command("openssl", append([]string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", file, "-CAfile", d.path("anchors.pem"),
		"-purpose", "any", "-attime", strconv.FormatInt(at, 10), "-out", os.DevNull}, args...)...)
	return command.Run() == nil
}

// TestStatus has the exit status of each kind of file, and openssl's word on those of which it can tell.
func TestStatus(t *testing.T) {
	d := newDesk(t)
	d.write("content.txt", []byte("Onay veriyorum."))
	good := d.NewSignature("Onay veriyorum.").Sign()
	detached := d.NewSignature("Onay veriyorum.").Sign()
	detached.Detached = true
	changed := bytes.Replace(good.DER(), []byte("veriyorum"), []byte("vermiyoru"), 1)
	unbound := d.NewSignature("Onay veriyorum.").Sign()
	stranger := validationtest.New(t)
	stranger.Root = pkitest.Root(t, "Yabancı Kök")
	stranger.Signer = stranger.Root.Issue(t, stranger.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)))
	foreign := stranger.NewSignature("Onay veriyorum.").Sign()
	unbound.Certificates = unbound.Certificates[:1] // the CA is not there
	for _, test := range []struct {
		name    string
		file    []byte
		args    []string
		status  int
		openssl bool
		says    string
	}{
		{"good", good.DER(), nil, 0, true, "İmza 1: İmza geçerli (TOTAL-PASSED)"},
		{"good, in PEM", pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: good.DER()}), nil, 0, false, "İmza geçerli"},
		{"good, in English", good.DER(), []string{"-en"}, 0, true, "Signature 1: The signature is valid (TOTAL-PASSED)"},
		{"detached", detached.DER(), []string{"-content", d.path("content.txt")}, 0, true, "Ayrı dosyadaki içeriğin tamamı (15 bayt)"},
		{"detached, without the content", detached.DER(), nil, 3, false, "İmzalanan içerik elde değil"},
		{"changed", changed, nil, 1, false, "İçerik imzalandıktan sonra değişmiş"},
		{"of a stranger", foreign.DER(), nil, 3, false, "güvenilenler arasında yok: Yabancı Kök"},
		{"without the CA", unbound.DER(), nil, 3, false, "güvenilenler arasında yok: Doğrulama Alt Kök"},
		{"cut", good.DER()[:300], nil, 1, false, "İmza dosyası bozuk, okunamadı"},
		{"no signature", []byte("Onay veriyorum."), nil, 3, false, "imzasının biçimi burada bilinmiyor"},
		{"empty", nil, nil, 3, false, "imzasının biçimi burada bilinmiyor"},
		{"PDF", d.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{}), nil, 0, false, "Belgenin tamamı, son sürümüyle"},
		{"PDF without a signature", pdftest.Simple(), nil, 3, false, "Bu PDF dosyasında imza yok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := d.write("signed.p7m", test.file)
			status, out := d.judge(append([]string{file}, test.args...)...)
			if status != test.status || !strings.Contains(out, test.says) {
				t.Errorf("status %d, want %d and %q: %s", status, test.status, test.says, out)
			}
			if strings.Contains(out, pkitest.Citizen) {
				t.Error("the citizen number is not masked")
			}
			if test.status == 0 && !strings.Contains(out, "100*****146") {
				t.Errorf("no citizen number, masked: %s", out)
			}
			if says := strings.Contains(out, "has not changed since") || strings.Contains(out, "zamandan beri değişmemiş"); test.status == 0 && !says || test.status == 1 && says {
				t.Errorf("says that the content has not changed: %t", says)
			}
			if test.status != 0 && strings.Contains(out, "TOTAL-PASSED") {
				t.Errorf("passed: %s", out)
			}
			args := slices.DeleteFunc(slices.Clone(test.args), func(a string) bool { return a == "-en" })
			if got := d.openssl(file, args...); got != test.openssl {
				t.Errorf("openssl accepts: %t", got)
			}
		})
	}
}

// TestHostileNames prints no escape of a terminal, whatever a certificate or a file is called.
func TestHostileNames(t *testing.T) {
	d := newDesk(t)
	d.Signer = d.CA.Issue(t, d.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)),
		func(c *x509.Certificate) { c.Subject.CommonName = "Ayşe\x1b[2J\u202e\nİmza 2: İmza geçerli" })
	file := d.write("signed\x1b[2J\n.p7m", d.NewSignature("Onay veriyorum.").Sign().DER())
	_, out := d.judge(file)
	if strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, "\nİmza 2") {
		t.Errorf("%q", out)
	}
}

// TestOnline asks the servers that certificates name, and only where it is told to.
func TestOnline(t *testing.T) {
	d := newDesk(t)
	var asked atomic.Int32
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	d.CA = d.Root.Sub(t, "Doğrulama Alt Kök", validationtest.Between(validationtest.Day(2018, 1, 1), validationtest.Day(2030, 1, 1)),
		func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL + "/crl"} })
	d.Signer = d.CA.Issue(t, d.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)),
		func(c *x509.Certificate) { c.OCSPServer = []string{server.URL + "/ocsp"} })
	answer, list := d.OCSP(d.CA, d.Signer, validationtest.Signed, 24*time.Hour), d.CRL(d.Root, validationtest.Signed, 24*time.Hour)
	serve := func(path, contentType string, body []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Type", contentType)
			w.Write(body)
		})
	}
	serve("/ocsp", "application/ocsp-response", answer)
	serve("/crl", "application/pkix-crl", list)
	d.write("data.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.CA.Certificate.Raw}))
	file := d.write("signed.p7m", d.NewSignature("Onay veriyorum.").Sign().DER())
	if status, out := d.judge(file); status != 3 || asked.Load() != 0 {
		t.Errorf("offline: status %d, asked %d times: %s", status, asked.Load(), out)
	}
	if status, out := d.judge(file, "-online"); status != 0 || asked.Load() != 2 {
		t.Errorf("online: status %d, asked %d times: %s", status, asked.Load(), out)
	}
}

// The worst of several files counts; a usage error says nothing on standard output.
func TestSeveralFiles(t *testing.T) {
	d := newDesk(t)
	good := d.write("good.p7m", d.NewSignature("Onay veriyorum.").Sign().DER())
	none := d.write("none.p7m", []byte("no signature"))
	bad := d.write("bad.p7m", bytes.Replace(d.NewSignature("Onay veriyorum.").Sign().DER(), []byte("veriyorum"), []byte("vermiyoru"), 1))
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{good, good}, 0, "İmza geçerli"},
		{[]string{good, none}, 3, "İmza geçerli"},
		{[]string{good, none, bad}, 1, "İmza geçersiz"},
		{[]string{bad, "-en", good}, 1, "The signature is not valid"},
		{[]string{d.path("not there")}, 2, "açılamıyor. Adını"},
		{[]string{d.path("not there"), "-en"}, 2, "cannot be opened. Check"},
		{[]string{d.dir}, 2, "açılamıyor"},
		{[]string{good, "-content", d.dir}, 2, "açılamıyor"},
		{[]string{}, 2, "Doğrulanacak dosyayı yazın"},
		{[]string{good, "-at", "yesterday"}, 2, "yesterday bir tarih değil"},
		{[]string{good, "-policy", good}, 2, "doğrulama politikası olarak okunamıyor"},
		{[]string{good, "-with", none}, 2, "ÇiSDuP yanıtı olarak okunamıyor"},
		{[]string{good, "-with", d.path("not there")}, 2, "açılamıyor"},
		{[]string{good, "-anchors", d.path("data.pem")}, 2, "güvenilecek sertifikaların dosyası değil"},
		{[]string{good, "-wrong"}, 2, "-wrong"},
	} {
		status, out := d.judge(test.args...)
		if status != test.status || !strings.Contains(out, test.says) || strings.Contains(out, "no such file") {
			t.Errorf("%v: status %d, want %d and %q: %s", test.args, status, test.status, test.says, out)
		}
	}
}

// TestExpiredAnchors takes a file of anchors until it expires.
func TestExpiredAnchors(t *testing.T) {
	d := newDesk(t)
	signature := d.write("good.p7s", d.NewSignature("Onay veriyorum.").Sign().DER())
	run := func(expires time.Time) (int, string) {
		file, err := json.Marshal(validation.AnchorFile{Name: "lists", Expires: expires, Anchors: []validation.Anchor{{Certificate: d.Root.Certificate}}})
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		at := validationtest.Signed.Add(time.Hour).Format(time.RFC3339)
		status := verify.Run(t.Context(), []string{signature, "-anchors", d.write("anchors.json", file), "-with", d.path("data.pem"), "-at", at, "-en"}, &stdout, &stderr)
		return status, stdout.String() + stderr.String()
	}
	if status, out := run(time.Now().Add(time.Hour)); status != 0 {
		t.Errorf("%d %s", status, out)
	}
	if status, out := run(time.Now().Add(-time.Second)); status != 2 || !strings.Contains(out, "web trust update") {
		t.Errorf("expired: %d %s", status, out)
	}
}

// TestJSON reads the report as a program of another language would.
func TestJSON(t *testing.T) {
	d := newDesk(t)
	file := d.write("good.p7m", d.NewSignature("Onay veriyorum.").Sign().AddSignatureStamp(validationtest.Signed).AddCounterSignature(d.Signer, d.Key).DER())
	status, out := d.judge(file, "-json")
	var report struct {
		Files []struct {
			File   string
			Report struct {
				Moment     time.Time
				Policy     string
				Signatures []struct {
					ID, Format, Indication, Level, Qualified string
					Intact                                   bool
					Signer                                   struct{ Certificate []byte }
					Path                                     []struct {
						Certificate []byte
						Status      struct{ By string }
					}
					Claimed, Proven time.Time
					Covers          struct {
						Content, Hash, Digest string
						Size                  int
					}
					Profile struct {
						Name  string
						Rules []struct {
							Rule string
							Kept bool
						}
					}
					TimeStamps        []struct{ Kind, Name, Indication string } `json:"time_stamps"`
					CounterSignatures []struct{ ID, Indication string }         `json:"counter_signatures"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if status != 0 || len(report.Files) != 1 || len(report.Files[0].Report.Signatures) != 1 {
		t.Fatalf("status %d: %s", status, out)
	}
	s := report.Files[0].Report.Signatures[0]
	if s.ID != "1" || s.Format != "CAdES" || s.Indication != "TOTAL-PASSED" || !s.Intact || s.Level != "T" || s.Qualified != "5070" ||
		!bytes.Equal(s.Signer.Certificate, d.Signer.Raw) || len(s.Path) != 3 || s.Path[0].Status.By != "ocsp" || s.Path[1].Status.By != "crl" ||
		!s.Claimed.Equal(validationtest.Signed) || !s.Proven.Equal(validationtest.Signed) || s.Covers.Size != 15 || s.Covers.Content != "attached" ||
		s.Covers.Hash != "SHA-256" || len(s.Covers.Digest) != 64 || s.Profile.Name != "P1" || len(s.Profile.Rules) != 5 {
		t.Errorf("%+v", s)
	}
	if len(s.TimeStamps) != 1 || s.TimeStamps[0].Indication != "TOTAL-PASSED" || s.TimeStamps[0].Kind != "signature" ||
		len(s.CounterSignatures) != 1 || s.CounterSignatures[0].ID != "1.1" || s.CounterSignatures[0].Indication != "TOTAL-PASSED" {
		t.Errorf("%+v", s)
	}
}
