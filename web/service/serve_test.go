package service_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/service"
)

// serve runs the service until stop is called, which returns what Serve said.
func serve(t *testing.T, settings *service.Settings) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := service.Serve(ctx, settings, input, slog.New(slog.NewJSONHandler(io.Discard, nil)))
		input.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(cancel)
	return ready(t, output), func() error { cancel(); return <-ended }
}

// TestServe starts the service as the verb does, asks it, and stops it. A challenge outlives that.
func TestServe(t *testing.T) {
	w := newWorld(t)
	card := w.ca.card("Ayşe Yılmaz", ayse)
	var request loginRequest
	var stop func() error
	for _, step := range []func(){
		func() { w.ask("dernek", "/v1/login/request", map[string]string{"session": "oturum"}, &request) },
		func() {
			token := pkitest.LoginToken(t, card.certificate, card.key, other, request.Nonce)
			w.ask("dernek", "/v1/login/verify", answer("oturum", request.Nonce, token), new(evidence))
		},
	} {
		w.url, stop = serve(t, w.settings)
		step()
		if err := stop(); err != nil {
			t.Errorf("stopped with %v", err)
		}
	}
}

// TestListen checks where the service listens without TLS.
func TestListen(t *testing.T) {
	w := newWorld(t)
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second) // ends a service that listens where it must not
	defer cancel()
	for listen, ok := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "[::1]:0": hasIPv6(), ":0": false, "0.0.0.0:0": false, "[::]:0": false} {
		s := *w.settings
		s.Listen = listen
		if ok {
			_, stop := serve(t, &s)
			if err := stop(); err != nil {
				t.Errorf("%s: %v", listen, err)
			}
		} else if err := service.Serve(soon, &s, io.Discard, slog.Default()); err == nil || !strings.Contains(err.Error(), "plain_http") && listen != "[::1]:0" {
			t.Errorf("%s: %v", listen, err)
		}
	}
	s := *w.settings
	s.Listen, s.PlainHTTP = "0.0.0.0:0", true
	if _, stop := serve(t, &s); stop() != nil {
		t.Error("plain_http does not count")
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// TestTLS has the service speak HTTPS, and nothing older than TLS 1.2.
func TestTLS(t *testing.T) {
	w := newWorld(t)
	key := pkitest.Key(t, "P-256 TLS")
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := *w.settings
	pkitest.WriteKey(t, w.dir, "tls.key", key)
	s.Listen, s.TLSCertificate, s.TLSKey = "0.0.0.0:0", filepath.Join(w.dir, "tls.pem"), filepath.Join(w.dir, "tls.key")
	if err := os.WriteFile(s.TLSCertificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	url, stop := serve(t, &s)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	for name, test := range map[string]struct {
		config *tls.Config
		ok     bool
	}{
		"today":   {&tls.Config{RootCAs: roots}, true},
		"TLS 1.1": {&tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11}, false},
	} {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: test.config, ForceAttemptHTTP2: true}}
		response, err := client.Get("https://127.0.0.1:" + port + "/health/live")
		if (err == nil) != test.ok || test.ok && (response.StatusCode != 200 || response.ProtoMajor != 2) {
			t.Errorf("%s: %+v, %v", name, response, err)
		}
		if err == nil {
			response.Body.Close()
		}
		client.CloseIdleConnections()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSlowResponder has one file wait for its authority, and another be judged meanwhile, on one processor.
func TestSlowResponder(t *testing.T) {
	asked, answered := make(chan struct{}, 8), make(chan struct{})
	responder := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-answered }))
	defer responder.Close()
	slow := validationtest.New(t, validationtest.Between(time.Now().Add(-time.Hour), time.Now().Add(time.Hour)), func(c *x509.Certificate) { c.OCSPServer = []string{responder.URL} })
	w := newWorld(t, trusting(t, slow.Root.Certificate))
	w.service.OnOneProcessor()
	first := make(chan reply)
	go func() {
		first <- w.call("belediye", "POST", "/v1/validate", map[string]any{"file": slow.NewSignature("a").Sign().DER()})
	}()
	<-asked
	var r report
	w.ask("dernek", "/v1/validate", map[string]any{"file": w.ca.card("Ayşe Yılmaz", ayse).sign("a"), "documents": []fileOf{{"a", "a"}}}, &r)
	if r.Report.Signatures[0].Indication != "TOTAL-PASSED" {
		t.Errorf("beside the slow one: %+v", r)
	}
	close(answered)
	if r := <-first; r.Status != 200 || !bytes.Contains(r.Body, []byte("INDETERMINATE")) {
		t.Errorf("the slow one: %d %s", r.Status, r.Body)
	}
}

// TestAtOnce refuses a site's calls beyond its number while those before wait.
func TestAtOnce(t *testing.T) {
	w := newWorld(t, func(s *service.Settings) {
		for i := range s.Sites {
			s.Sites[i].RequestsAtOnce = 1
		}
	})
	body, input := io.Pipe()
	reads := make(chan struct{}) // once the service reads the body, the call has its place
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reads) }})
	request, err := http.NewRequestWithContext(trace, "POST", w.url+"/v1/validate", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.keys["belediye"])
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue")
	first := make(chan int)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			first <- 0
			return
		}
		response.Body.Close()
		first <- response.StatusCode
	}()
	<-reads
	w.refused(w.call("belediye", "GET", "/v1/site", nil), 429, "unavailable")
	w.refused(w.call("dernek", "GET", "/v1/site", nil), 404, "request_invalid")
	input.Close()
	if status := <-first; status != 400 {
		t.Errorf("the first call: %d", status)
	}
	var site map[string]any
	w.ask("belediye", "/v1/site", nil, &site)
}
