// Package examples tests the sample site as its visitors see it, with cards made in the test.
package examples

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/sandbox"
)

const (
	ayse   = "10000000146"
	mehmet = "11111111110"
)

// TestSite has two people log in with their cards and sign, on a site that signs its requests.
func TestSite(t *testing.T) {
	ca := startSandbox(t)
	key := filepath.Join(t.TempDir(), "key.pem")
	if out, err := exec.Command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	site := startSite(t, ca.dir, "-request-key", key)
	card := ca.card("Ayşe Yılmaz", ayse)
	b := site.browser(t)
	if page := b.get("/"); !strings.Contains(page, `id="login"`) || strings.Contains(page, `id="sign"`) {
		t.Fatalf("nobody is logged in, and the page is\n%s", page)
	}
	if got := b.refused("GET", "/signature", "", nil); got != "login_required" {
		t.Errorf("the document, not logged in: %q", got)
	}

	if site := b.get("/.well-known/eonay.json"); !strings.Contains(site, `"name":"Deneme sitesi"`) {
		t.Errorf("the site publishes %s", site)
	}
	old := b.logIn(card)
	page := b.get("/")
	if !strings.Contains(page, "Ayşe Yılmaz") || !strings.Contains(page, "100*****146") || strings.Contains(page, ayse) || !strings.Contains(page, `id="sign"`) {
		t.Fatalf("Ayşe is logged in, and the page is\n%s", page)
	}
	if old == b.cookie() {
		t.Error("the session has the name that it had before the login")
	}
	document := b.document()
	for name, test := range map[string]struct {
		signature []byte
		want      string
	}{
		"over another document": {card.sign(document + " "), "signature_invalid"},
		"by another's card":     {ca.card("Mehmet Öztürk", mehmet).sign(document), "certificate_of_another"},
		"nothing":               {[]byte("0"), "signature_malformed"},
	} {
		if got := b.refused("POST", "/signature", "application/pkcs7-signature", test.signature); got != test.want {
			t.Errorf("a signature %s: %q, want %q", name, got, test.want)
		}
	}
	signature := card.sign(document)
	b.post("/signature", "application/pkcs7-signature", signature)
	if page := b.get("/"); !strings.Contains(page, "İmzanız doğrulandı") || !strings.Contains(page, "Ayşe Yılmaz") {
		t.Errorf("Ayşe has signed, and the page is\n%s", page)
	}
	if got := b.refused("POST", "/signature", "application/pkcs7-signature", signature); got != "form_expired" {
		t.Errorf("the signature again: %q", got)
	}

	other := site.browser(t)
	other.logIn(ca.card("Mehmet Öztürk", mehmet))
	if page := other.get("/"); !strings.Contains(page, "Mehmet Öztürk") || strings.Contains(page, "Ayşe") {
		t.Errorf("Mehmet is logged in, and the page is\n%s", page)
	}
	if again := other.document(); again == document {
		t.Error("two people are to sign the same document")
	}
	ended := other.logIn(card)
	other.keep(ended)
	if page := other.get("/"); !strings.Contains(page, `id="login"`) {
		t.Errorf("the session that another login has ended still shows\n%s", page)
	}
}

// TestSiteServesTheLibrary checks that the page finds its scripts, and they theirs.
func TestSiteServesTheLibrary(t *testing.T) {
	b := startSite(t, startSandbox(t).dir).browser(t)
	for path, has := range map[string]string{
		"/page/site.js": `from "/e-onay/client.js"`, "/e-onay/client.js": `from "./protocol.gen.js"`, "/e-onay/protocol.gen.js": "export const",
	} {
		response := b.do("GET", path, "", nil)
		if data, _ := io.ReadAll(response.Body); !strings.Contains(string(data), has) || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s is %s of type %q", path, data, response.Header.Get("Content-Type"))
		}
	}
	if response := b.do("GET", "/.well-known/eonay.json", "", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("a site that signs nothing: %s", response.Status)
	}
	if response := b.do("GET", "/page/index.html", "", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("the page's template: %s", response.Status)
	}
}

// --- the world ------------------------------------------------------------------------------------

// authority is the sandbox's CA, with OCSP and CRLs, and dir has the files it writes for sites.
type authority struct {
	t        *testing.T
	url, dir string
}

func startSandbox(t *testing.T) authority {
	t.Helper()
	ca := authority{t: t, dir: t.TempDir()}
	ctx, stop := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := sandbox.Run(ctx, []string{"-state", ca.dir}, input)
		input.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // one that was never used keeps the sandbox for five seconds
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	ca.url = ready(t, output)
	return ca
}

// ready waits for the line that says where a server listens.
func ready(t *testing.T, output io.Reader) (url string) {
	t.Helper()
	line, err := bufio.NewReader(output).ReadBytes('\n')
	var said struct {
		Ready bool
		URL   string
	}
	if err != nil || json.Unmarshal(line, &said) != nil || !said.Ready {
		t.Fatalf("not ready: %q, %v", line, err)
	}
	return said.URL
}

// card is a person's key and certificate.
type card struct {
	t           *testing.T
	key         crypto.Signer
	certificate *x509.Certificate
}

func (ca authority) card(name, citizenNumber string) card {
	ca.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		ca.t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		ca.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"publicKey": public, "name": name, "citizenNumber": citizenNumber, "kind": "valid"})
	if err != nil {
		ca.t.Fatal(err)
	}
	response, err := http.Post(ca.url+"/ca/issue", "application/json", bytes.NewReader(body))
	if err != nil {
		ca.t.Fatal(err)
	}
	defer response.Body.Close()
	var issued struct{ Certificate []byte }
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		ca.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		ca.t.Fatal(err)
	}
	return card{ca.t, key, certificate}
}

func (c card) sign(document string) []byte {
	c.t.Helper()
	h := crypto.SHA384.New()
	io.WriteString(h, document)
	request := cades.Request{Signer: ades.Signer{Certificate: c.certificate, Hash: crypto.SHA384, Time: time.Now()}, ContentDigest: h.Sum(nil)}
	der, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return c.key.Sign(rand.Reader, digest, crypto.SHA384) })
	if err != nil {
		c.t.Fatal(err)
	}
	return der
}

// --- the site -------------------------------------------------------------------------------------

// process is the running sample site.
type process struct{ url string }

// startSite builds and starts the site as a process of its own, as the documents say, for the CA whose files lie in dir.
func startSite(t *testing.T, dir string, more ...string) process {
	t.Helper()
	if err := sources(); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command("go", "build", "-C", "site", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	run := exec.Command(program, append(documentedArguments(t, dir), append(more, "-listen", "localhost:0")...)...)
	var log bytes.Buffer
	run.Stderr = &log
	output, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		_ = run.Wait()                          // by the signal
		if strings.Contains(log.String(), ayse) || strings.Contains(log.String(), "panic") {
			t.Errorf("the site's log has\n%s", &log)
		}
	})
	return process{ready(t, output)}
}

// browser is a visitor's, with its cookie.
type browser struct {
	t      *testing.T
	site   string
	client http.Client
}

func (p process) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, p.url, http.Client{Jar: jar}}
}

func (b *browser) cookie() string {
	b.t.Helper()
	request, err := http.NewRequest("GET", b.site, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	cookies := b.client.Jar.Cookies(request.URL)
	if len(cookies) != 1 {
		b.t.Fatalf("cookies %v, want one", cookies)
	}
	return cookies[0].Value
}

// keep puts a session's name back.
func (b *browser) keep(name string) {
	b.t.Helper()
	address, err := url.Parse(b.site)
	if err != nil {
		b.t.Fatal(err)
	}
	kept := b.client.Jar.Cookies(address)
	kept[0].Value = name
	b.client.Jar.SetCookies(address, kept)
}

// do sends a request as the site's own page does.
func (b *browser) do(method, path, mediaType string, body []byte) *http.Response {
	b.t.Helper()
	request, err := http.NewRequest(method, b.site+path, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == "POST" {
		request.Header.Set("Origin", b.site)
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { response.Body.Close() })
	return response
}

func (b *browser) get(path string) string {
	b.t.Helper()
	response := b.do("GET", path, "", nil)
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s %s %v", path, response.Status, data, err)
	}
	return string(data)
}

// post hands over what a card made; the site sends the page home.
func (b *browser) post(path, mediaType string, body []byte) {
	b.t.Helper()
	response := b.do("POST", path, mediaType, body)
	data, _ := io.ReadAll(response.Body)
	var said struct{ Location string }
	if err := json.Unmarshal(data, &said); err != nil || response.StatusCode != http.StatusOK || said.Location != "/" {
		b.t.Fatalf("%s: %s %s", path, response.Status, data)
	}
}

// refused sends what the site does not take and returns the problem's code.
func (b *browser) refused(method, path, mediaType string, body []byte) string {
	b.t.Helper()
	response := b.do(method, path, mediaType, body)
	var problem struct{ Code string }
	if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.Header.Get("Content-Type") != "application/problem+json" {
		b.t.Fatalf("%s: %s %v", path, response.Status, err)
	}
	return problem.Code
}

// document is what the page asks to have signed.
func (b *browser) document() string {
	b.t.Helper()
	var request struct {
		Purpose, Signed string
		Documents       []struct{ Name, Data string }
	}
	if err := json.Unmarshal([]byte(b.get("/signature")), &request); err != nil || len(request.Documents) != 1 || request.Purpose == "" || request.Signed == "" {
		b.t.Fatalf("the page is to ask for %+v, %v", request, err)
	}
	return request.Documents[0].Data
}

// logIn logs a person in, and returns the name that the session had before.
func (b *browser) logIn(c card) (before string) {
	b.t.Helper()
	var challenge struct{ Nonce, Purpose string }
	if err := json.Unmarshal([]byte(b.get("/login")), &challenge); err != nil || challenge.Purpose == "" {
		b.t.Fatalf("challenge %+v, %v", challenge, err)
	}
	before = b.cookie()
	token := pkitest.LoginToken(b.t, c.certificate, c.key, b.site, challenge.Nonce)
	login, err := json.Marshal(map[string]string{"nonce": challenge.Nonce, "token": string(token)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.post("/login", "application/json", login)
	return before
}
