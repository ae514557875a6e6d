package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/notaryproject/tspclient-go"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// stampQuery has openssl make a request, and returns it and its file.
func stampQuery(t *testing.T, args ...string) ([]byte, string) {
	t.Helper()
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "request")
	if err := os.WriteFile(data, []byte("Damgalanan veri\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpenSSL(t, append([]string{"ts", "-query", "-data", data, "-out", file}, args...)...)
	request, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return request, file
}

// stamp posts a request to the authority and returns a file with the answer.
func (w *world) stamp(request []byte) string {
	w.t.Helper()
	response, err := http.Post(w.url+"/tsa", "application/timestamp-query", bytes.NewReader(request))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/timestamp-reply" {
		w.t.Fatalf("%s, %v", response.Status, err)
	}
	file := filepath.Join(w.t.TempDir(), "answer")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// TestTSA has openssl verify what the authority answers to openssl's requests.
func TestTSA(t *testing.T) {
	w := start(t)
	for name, options := range map[string][]string{
		"SHA-256":               {"-sha256", "-cert"},
		"SHA-384":               {"-sha384", "-cert"},
		"SHA-512":               {"-sha512", "-cert"},
		"no nonce":              {"-sha256", "-cert", "-no_nonce"},
		"its policy":            {"-sha256", "-cert", "-tspolicy", "2.16.792.1.2.1.1.5.7.1.97"},
		"without a certificate": {"-sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			request, query := stampQuery(t, options...)
			answer := w.stamp(request)
			verify := []string{"ts", "-verify", "-queryfile", query, "-in", answer, "-CAfile", w.path("anchors.pem"), "-untrusted", w.path("intermediates.pem")}
			out, err := openssl(verify...)
			if wants := name != "without a certificate"; (err == nil) != wants || wants && !strings.Contains(out, "Verification: OK") {
				t.Errorf("openssl: %v\n%s", err, out)
			}
			_, other := stampQuery(t, "-sha1")
			verify[3] = other
			if out, err := openssl(verify...); err == nil {
				t.Errorf("openssl verifies against another request: %s", out)
			}
		})
	}
}

// TestTSARefusals reads the reasons of refusals with openssl.
func TestTSARefusals(t *testing.T) {
	w := start(t)
	good, _ := stampQuery(t, "-sha256", "-cert", "-no_nonce")
	oldHash, _ := stampQuery(t, "-sha1")
	md5, _ := stampQuery(t, "-md5")
	otherPolicy, _ := stampQuery(t, "-sha256", "-tspolicy", "1.2.3")
	changed := func(change func(fields []asn1.RawValue) []asn1.RawValue) []byte {
		var fields []asn1.RawValue
		if _, err := asn1.Unmarshal(good, &fields); err != nil {
			t.Fatal(err)
		}
		der, err := asn1.Marshal(change(fields))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	integer := func(n byte, size int) asn1.RawValue {
		return asn1.RawValue{Tag: asn1.TagInteger, Bytes: append([]byte{n}, make([]byte, size-1)...)}
	}
	for name, c := range map[string]struct {
		request []byte
		reason  string
	}{
		"SHA-1":             {oldHash, "unrecognized or unsupported algorithm identifier"},
		"MD5":               {md5, "unrecognized or unsupported algorithm identifier"},
		"another policy":    {otherPolicy, "the requested TSA policy is not supported by the TSA"},
		"no DER":            {[]byte("hello"), "the data submitted has the wrong format"},
		"one byte short":    {good[:len(good)-1], "the data submitted has the wrong format"},
		"one byte more":     {append(bytes.Clone(good), 0), "the data submitted has the wrong format"},
		"version 2":         {changed(func(f []asn1.RawValue) []asn1.RawValue { f[0] = integer(2, 1); return f }), "transaction not permitted or supported"},
		"nonce of 33 bytes": {changed(func(f []asn1.RawValue) []asn1.RawValue { return []asn1.RawValue{f[0], f[1], integer(1, 33), f[2]} }), "the data submitted has the wrong format"},
		"an extension": {changed(func(f []asn1.RawValue) []asn1.RawValue {
			return append(f, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true})
		}), "the requested extension is not supported by the TSA"},
	} {
		t.Run(name, func(t *testing.T) {
			out := mustOpenSSL(t, "ts", "-reply", "-in", w.stamp(c.request), "-text")
			if !strings.Contains(out, "Status: Rejected.") || !strings.Contains(out, "Failure info: "+c.reason) {
				t.Errorf("openssl reads\n%s", out)
			}
		})
	}
	for name, c := range map[string]struct {
		method, media string
		body          []byte
		status        int
	}{
		"other method": {"GET", "", nil, http.StatusMethodNotAllowed},
		"other type":   {"POST", "text/plain", good, http.StatusUnsupportedMediaType},
		"too long":     {"POST", "application/timestamp-query", make([]byte, 5<<10), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, w.url+"/tsa", bytes.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", c.media)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != c.status {
				t.Errorf("answered %s", response.Status)
			}
		})
	}
}

// TestStampMisbehaviour has the project's own client ask the authority, however that behaves.
func TestStampMisbehaviour(t *testing.T) {
	w := start(t)
	digest := sha256.Sum256([]byte("Damgalanan veri\n"))
	const invalid, unavailable = fault.TimestampInvalid, fault.TimestampUnavailable
	for _, c := range []struct {
		conduct string
		code    fault.Code
		says    string
	}{
		{"ok", "", ""},
		{"down", unavailable, ""},
		{"hang", unavailable, "deadline"},
		{"late", unavailable, "deadline"},
		{"rejected", fault.TimestampRefused, "badRequest: \"Damga hakkınız kalmadı\""},
		{"no-time", unavailable, "timeNotAvailable"},
		{"wrong-nonce", invalid, "nonce"},
		{"no-nonce", invalid, "nonce"},
		{"wrong-imprint", invalid, "imprint"},
		{"other-policy", invalid, "policy"},
		{"no-certificate", invalid, timestamp.ErrCertificate.Error()},
		{"expired", invalid, "valid from"},
		{"no-eku", invalid, timestamp.ErrPurpose.Error()},
		{"wrong-signer", "", ""}, // whom to trust is for the caller
		{"broken", invalid, timestamp.ErrSignature.Error()},
		{"ahead", invalid, "asked for at"},
		{"behind", invalid, "asked for at"},
		{"garbage", invalid, "not a TimeStampResp"},
		{"huge", invalid, "over the limit"},
	} {
		t.Run(c.conduct, func(t *testing.T) {
			w.misbehave("tsa", c.conduct)
			client := timestamp.Client{Authorities: []timestamp.Authority{{URL: w.url + "/tsa", Policy: asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 97}}}}
			if c.conduct == "hang" || c.conduct == "late" {
				client.Timeout = 50 * time.Millisecond
			}
			token, err := client.Stamp(t.Context(), crypto.SHA256, digest[:])
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				w.judge(t, token.DER, c.conduct == "ok")
				return
			}
			if err == nil || fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s that says %q", err, c.code, c.says)
			}
		})
	}
	w.misbehave("tsa", "late")
	client := timestamp.Client{Authorities: []timestamp.Authority{{URL: w.url + "/tsa"}}, Timeout: time.Minute}
	if _, err := client.Stamp(t.Context(), crypto.SHA256, digest[:]); err != nil {
		t.Errorf("late, and waited for: %v", err)
	}
}

// judge has openssl say whether a token leads to the sandbox's root.
func (w *world) judge(t *testing.T, token []byte, trusted bool) {
	t.Helper()
	file, data := filepath.Join(t.TempDir(), "token"), filepath.Join(t.TempDir(), "data")
	if err := errors.Join(os.WriteFile(file, token, 0o600), os.WriteFile(data, []byte("Damgalanan veri\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := openssl("ts", "-verify", "-data", data, "-token_in", "-in", file, "-CAfile", w.path("anchors.pem")); (err == nil) != trusted {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// TestTSPClient has Notary's client get a time stamp.
func TestTSPClient(t *testing.T) {
	w := start(t)
	client, err := tspclient.NewHTTPTimestamper(nil, w.url+"/tsa")
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("Damgalanan veri\n")
	request, err := tspclient.NewRequest(tspclient.RequestOptions{Content: data, HashAlgorithm: crypto.SHA384})
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Timestamp(t.Context(), request) // which checks that it is to the request
	if err != nil {
		t.Fatal(err)
	}
	token, err := response.SignedToken()
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := os.ReadFile(w.path("anchors.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(anchors)
	if _, err := token.Verify(t.Context(), x509.VerifyOptions{Roots: roots}); err != nil {
		t.Error(err)
	}
	info, err := token.Info()
	if err != nil {
		t.Fatal(err)
	}
	if stamp, err := info.Validate(data); err != nil || stamp.Accuracy != time.Second || time.Since(stamp.Value).Abs() > time.Minute {
		t.Errorf("%+v, %v", stamp, err)
	}
}

// TestTSACertificate asks for the status of the authority's certificate, in this process and in the next one.
func TestTSACertificate(t *testing.T) {
	dir := t.TempDir()
	first := startProgram(t, dir)
	digest := sha256.Sum256(nil)
	client := timestamp.Client{Authorities: []timestamp.Authority{{URL: first.url + "/tsa"}}}
	token, err := client.Stamp(t.Context(), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := token.Verify()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "signer.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpenSSL(t, "verify", "-x509_strict", "-purpose", "timestampsign", "-CAfile", first.path("anchors.pem"), "-untrusted", first.path("intermediates.pem"), file)
	if err := first.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	second := startProgram(t, dir)
	if out, err := second.ask(file); err != nil || !strings.Contains(out, ": good\n") {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}
