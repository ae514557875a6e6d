package relyingparty_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestSignHandler has what the handler takes and refuses, and with which status.
func TestSignHandler(t *testing.T) {
	w := newWorld(t, "P-256")
	var given, recorded []byte
	var asked, signed error
	person := pkitest.Citizen
	var log bytes.Buffer
	s := serve(t, func(origin string) http.Handler {
		handler := &relyingparty.SignHandler{
			Origin: origin, Verifier: w.verifier, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Document: func(http.ResponseWriter, *http.Request) ([]byte, error) { return given, asked },
			Signed: func(_ http.ResponseWriter, _ *http.Request, document []byte, e *relyingparty.Evidence) (string, error) {
				if err := errors.Join(e.Of(person), signed); err != nil {
					return "", err
				}
				recorded = document
				return "/sonuc", nil
			},
		}
		return http.HandlerFunc(handler.ServeSignature)
	})
	good := w.sign(t, time.Now(), w.sub.Certificate)
	der := []string{"Content-Type", "application/pkcs7-signature"}
	from := func(name, value string) []string { return append([]string{name, value}, der...) }
	away := errors.New("away")
	const post = http.MethodPost
	for name, test := range map[string]struct {
		method  string
		body    []byte
		headers []string
		change  func()
		want    fault.Code
		status  int
	}{
		"good":                        {post, good, der, nil, "", 200},
		"get":                         {http.MethodGet, nil, nil, nil, fault.RequestInvalid, 400},
		"of another type":             {post, good, nil, nil, fault.RequestInvalid, 400},
		"from another site":           {post, good, from("Sec-Fetch-Site", "cross-site"), nil, fault.FormExpired, 403},
		"from another origin":         {post, good, from("Origin", "https://baska.example"), nil, fault.FormExpired, 403},
		"too large":                   {post, make([]byte, relyingparty.MaxSignature+1), der, nil, fault.RequestTooLarge, 413},
		"as large as can be":          {post, make([]byte, relyingparty.MaxSignature), der, nil, fault.SignatureMalformed, 422},
		"nobody logged in":            {post, good, der, func() { asked = relyingparty.NewError(relyingparty.CodeLoginRequired, nil) }, fault.LoginRequired, 401},
		"of another document":         {post, good, der, func() { given = []byte("başka") }, fault.SignatureInvalid, 422},
		"of another person":           {post, good, der, func() { person = "11111111110" }, fault.CertificateOfAnother, 422},
		"revoked":                     {post, good, der, func() { w.leafGone = true }, fault.CertificateRevoked, 422},
		"the site's store is away":    {post, good, der, func() { signed = away }, fault.Unavailable, 503},
		"the site's session is away":  {post, good, der, func() { asked = away }, fault.Unavailable, 503},
		"the responder does not hear": {post, good, der, func() { w.down = "/ocsp" }, fault.RevocationUnavailable, 503},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			given, recorded, asked, signed, person, w.leafGone, w.down = document, nil, nil, nil, pkitest.Citizen, false, ""
			if test.change != nil {
				test.change()
			}
			response, body := s.ask(t, test.method, "/signature", test.body, test.headers...)
			if response.StatusCode != test.status {
				t.Errorf("%s, want %d", response.Status, test.status)
			}
			if test.want == "" {
				if body != `{"location":"/sonuc"}`+"\n" || !bytes.Equal(recorded, document) {
					t.Errorf("answered %s, recorded %q", body, recorded)
				}
				return
			}
			wantProblem(t, response, body, test.want)
			if recorded != nil || !strings.Contains(log.String(), "code="+string(test.want)+" ") || strings.Contains(log.String()+body, pkitest.Citizen) {
				t.Errorf("recorded %q, logged %q", recorded, log.String())
			}
		})
	}
}

// TestServeRequest checks that the page gets the very text that the signature is judged over, and what is signed of it.
func TestServeRequest(t *testing.T) {
	given, asked := []byte("\ufeff<b>Kod</b>:\u2028168857414351237\r\n"), error(nil)
	requests := newRequestSigner(t)
	handler := &relyingparty.SignHandler{
		Origin: origin, Purpose: "Sözleşme", Name: "metin.txt", Requests: requests,
		Document: func(http.ResponseWriter, *http.Request) ([]byte, error) { return given, asked },
	}
	s := serve(t, func(string) http.Handler { return http.HandlerFunc(handler.ServeRequest) })
	response, body := s.ask(t, http.MethodGet, "/", nil)
	var r struct {
		Purpose, Code, Signed string
		Documents             []struct{ Name, Data string }
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s, %v", body, err)
	}
	if r.Purpose != "Sözleşme" || r.Code != "" || len(r.Documents) != 1 || r.Documents[0].Name != "metin.txt" || r.Documents[0].Data != string(given) {
		t.Errorf("the page gets %+v", r)
	}
	_, site := publishedBy(t, requests)
	stated := verified(t, site, r.Signed).Payload
	digest := sha256.Sum256(given)
	want := []any{map[string]any{"name": "metin.txt", "size": float64(len(given)), "sha256": hex.EncodeToString(digest[:])}}
	if stated["purpose"] != "Sözleşme" || !reflect.DeepEqual(stated["documents"], want) {
		t.Errorf("signed is %v", stated)
	}
	response, body = s.ask(t, http.MethodGet, "/", nil, "Sec-Fetch-Site", "same-site")
	wantProblem(t, response, body, fault.FormExpired)
	given = []byte{0xff}
	response, body = s.ask(t, http.MethodGet, "/", nil)
	wantProblem(t, response, body, fault.Unavailable)
	asked = relyingparty.NewError(relyingparty.CodeLoginRequired, nil)
	response, body = s.ask(t, http.MethodGet, "/", nil)
	wantProblem(t, response, body, fault.LoginRequired)
}

// TestProblemOfNothingKnown checks that what has no code is a part of the site that does not answer.
func TestProblemOfNothingKnown(t *testing.T) {
	for err, want := range map[error]int{
		io.ErrUnexpectedEOF: http.StatusServiceUnavailable,
		relyingparty.NewError(relyingparty.CodeKeyUnsupported, nil):                     http.StatusUnprocessableEntity,
		errors.Join(io.EOF, relyingparty.NewError(relyingparty.CodeLoginRequired, nil)): http.StatusUnauthorized,
	} {
		if got := relyingparty.ProblemOf(err).Status(); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
