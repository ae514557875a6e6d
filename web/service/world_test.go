package service_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/sandbox"
	"github.com/e-onay/e-onay/web/service"
	"github.com/e-onay/e-onay/web/service/challenges"
)

const (
	ayse   = "10000000146"
	mehmet = "11111111110"
	origin = "https://online.example.tr"
	other  = "https://dernek.example.tr"
)

// world is an authority, and the service for two sites that trust it.
type world struct {
	t        *testing.T
	ca       authority
	dir      string
	settings *service.Settings
	service  *service.Service
	url      string
	log      *bytes.Buffer
	keys     map[string]string // of each site
}

// newWorld starts both. change may change the settings, before they are written and read as an operator's are.
func newWorld(t *testing.T, change ...func(*service.Settings)) *world {
	t.Helper()
	return newWorldOf(t, startSandbox(t), change...)
}

// newWorldOf starts the service for an authority that is there.
func newWorldOf(t *testing.T, ca authority, change ...func(*service.Settings)) *world {
	t.Helper()
	w := &world{t: t, ca: ca, dir: t.TempDir(), keys: map[string]string{}, log: new(bytes.Buffer)}
	w.settings = w.newSettings(change...)
	store, err := challenges.OpenSQLite(t.Context(), w.settings.Database)
	if err != nil {
		t.Fatal(err)
	}
	w.service, err = service.New(t.Context(), w.settings, store, slog.New(slog.NewJSONHandler(&synced{Writer: w.log}, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.service.Handler())
	w.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{ayse, mehmet, w.keys["belediye"]} {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log has %q:\n%s", secret, w.log)
			}
		}
	})
	return w
}

// newSettings writes settings of two sites, and reads them.
func (w *world) newSettings(change ...func(*service.Settings)) *service.Settings {
	w.t.Helper()
	pkitest.WriteKey(w.t, w.dir, "request.key", pkitest.Key(w.t, "P-256 requests"))
	s := service.Settings{Listen: "127.0.0.1:0", Spool: w.dir}
	for name, origins := range map[string][]string{"belediye": {origin, "https://randevu.example.tr"}, "dernek": {other}} {
		key, digest := service.NewKey()
		w.keys[name] = key
		s.Sites = append(s.Sites, service.Site{
			Name: name, Keys: []string{digest}, Origins: origins,
			Anchors: filepath.Join(w.ca.dir, "anchors.pem"), Intermediates: filepath.Join(w.ca.dir, "intermediates.pem"),
		})
	}
	for i := range s.Sites {
		if s.Sites[i].Name == "belediye" {
			s.Sites[i].Title, s.Sites[i].RequestKeyFile = "Örnek Belediyesi", "request.key"
		}
	}
	for _, f := range change {
		f(&s)
	}
	data, err := json.Marshal(s)
	if err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join(w.dir, "rp.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	settings, err := service.ReadSettings(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return settings
}

// synced is for writers at once.
type synced struct {
	sync.Mutex
	io.Writer
}

func (s *synced) Write(data []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Writer.Write(data)
}

// --- calls ----------------------------------------------------------------------------------------

// exchange is a call with its answer, for the judge of openapi.json.
type exchange struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Request   string `json:"request,omitempty"` // of JSON
	Status    int    `json:"status"`
	MediaType string `json:"mediaType"`
	Body      string `json:"body"`
}

// exchanges are those of all tests.
var exchanges struct {
	sync.Mutex
	all []exchange
}

// reply is what the service said.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// problem is a refusal.
type problem struct {
	Code    string
	Message struct{ TR, EN string }
	Detail  string
	Status  int
	Wait    *time.Time
}

// call calls as a site does, without a key where site is "". body is JSON unless it is bytes of mediaType.
func (w *world) call(site, method, path string, body any, mediaType ...string) reply {
	w.t.Helper()
	var data []byte
	sent := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		data = b
		if len(mediaType) > 0 {
			sent = mediaType[0]
		}
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			w.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, w.url+path, bytes.NewReader(data))
	if err != nil {
		w.t.Fatal(err)
	}
	if site != "" {
		request.Header.Set("Authorization", "Bearer "+w.keys[site])
	}
	request.Header.Set("Content-Type", sent)
	return w.do(request, data)
}

// do sends a request, and has the answer judged with all others in the end.
func (w *world) do(request *http.Request, data []byte) reply {
	w.t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	e := exchange{request.Method, request.URL.Path, "", response.StatusCode, response.Header.Get("Content-Type"), string(body)}
	if request.Method == http.MethodPost && request.Header.Get("Content-Type") == "application/json" {
		e.Request = string(data)
	}
	exchanges.Lock()
	exchanges.all = append(exchanges.all, e)
	exchanges.Unlock()
	return reply{response.StatusCode, response.Header, body}
}

// ask makes a call that is taken, and reads its answer into out.
func (w *world) ask(site, path string, body, out any) {
	w.t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	r := w.call(site, method, path, body)
	if r.Status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, r.Status, r.Body)
	}
	if err := json.Unmarshal(r.Body, out); err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
}

// refused fails unless an answer is a refusal with this status and code, in both languages.
func (w *world) refused(r reply, status int, code string) problem {
	w.t.Helper()
	var p problem
	if err := json.Unmarshal(r.Body, &p); err != nil {
		w.t.Fatalf("%d %q: %v", r.Status, r.Body, err)
	}
	if r.Status != status || p.Status != status || p.Code != code || p.Message.TR == "" || p.Message.EN == "" {
		w.t.Errorf("%d %+v, want %d %s", r.Status, p, status, code)
	}
	return p
}

// --- the authority and its cards ------------------------------------------------------------------

// authority is the sandbox's CA, with OCSP and CRLs; dir has the files that it writes for sites.
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

func (ca authority) post(path string, body, out any) {
	ca.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		ca.t.Fatal(err)
	}
	response, err := http.Post(ca.url+path, "application/json", bytes.NewReader(data))
	if err != nil {
		ca.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		ca.t.Fatalf("%s: %s", path, response.Status)
	}
	if out != nil {
		if err := json.NewDecoder(response.Body).Decode(out); err != nil {
			ca.t.Fatal(err)
		}
	}
}

// misbehave makes a part ("ocsp", "crl") behave badly until told otherwise.
func (ca authority) misbehave(part, how string) {
	ca.t.Helper()
	ca.post("/admin/misbehave", map[string]string{part: how}, nil)
}

// card is a person's key and certificate.
type card struct {
	t           *testing.T
	key         crypto.Signer
	certificate *x509.Certificate
}

func (ca authority) card(name, citizenNumber string) card {
	ca.t.Helper()
	key := pkitest.Key(ca.t, "P-384 "+name)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		ca.t.Fatal(err)
	}
	var issued struct{ Certificate []byte }
	ca.post("/ca/issue", map[string]any{"publicKey": public, "name": name, "citizenNumber": citizenNumber, "kind": "valid"}, &issued)
	certificate, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		ca.t.Fatal(err)
	}
	return card{ca.t, key, certificate}
}

// sign makes a detached CAdES signature, just now.
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

// fileOf is a document as the JSON of the API has it.
type fileOf struct {
	Name string `json:"name"`
	Data string `json:"data,omitempty"`
}

// signRequest is what a page is to ask for: a text of an act.
func signRequest(text string) map[string]any {
	return map[string]any{"purpose": "Başvurunun imzalanması", "documents": []fileOf{{"basvuru.txt", text}}}
}
