package service

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/test/e2e"
)

// world is a service that trusts two authorities, of which one can be silenced.
type world struct {
	t               e2e.T
	sandbox, silent *e2e.Sandbox
	service         *e2e.Process
	key             string
	client          http.Client
}

func newWorld(t e2e.T) *world {
	dir := temporary(t)
	w := &world{t: t, client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}, Timeout: 2 * time.Minute}}
	w.sandbox = e2e.StartSandbox(t, filepath.Join(dir, "sandbox"), "http://localhost:8080")
	w.silent = e2e.StartSandbox(t, filepath.Join(dir, "silent"), "http://localhost:8080")
	for _, name := range []string{"anchors.pem", "intermediates.pem"} {
		var all []byte
		for _, from := range []*e2e.Sandbox{w.sandbox, w.silent} {
			data, err := os.ReadFile(filepath.Join(from.Dir, name))
			if err != nil {
				t.Fatalf("%v", err)
			}
			all = append(all, data...)
		}
		write(t, filepath.Join(dir, name), all)
	}
	made, err := exec.Command(e2e.Built(t, "web"), "rp", "key").Output()
	var key struct{ Key, Digest string }
	if err != nil || json.Unmarshal(made, &key) != nil {
		t.Fatalf("make a key: %s %v", made, err)
	}
	w.key = key.Key
	config := filepath.Join(dir, "rp.json")
	write(t, config, encode(t, map[string]any{"listen": "127.0.0.1:0", "sites": []any{map[string]any{
		"name": "bench", "keys": []string{key.Digest}, "origins": []string{"http://localhost"},
		"anchors": "anchors.pem", "intermediates": "intermediates.pem",
		"requests_per_minute": 1_000_000, "requests_at_once": 2 * clients,
	}}}))
	w.service = e2e.StartProcess(t, e2e.Built(t, "web"), "rp", "serve", "-config", config)
	return w
}

func write(t e2e.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatalf("%v", err)
	}
}

func encode(t e2e.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return data
}

// call asks the service.
func (w *world) call(path string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequest(http.MethodPost, w.service.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/json")
	response, err := w.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// passed reports whether a report is of one good signature.
func passed(answer []byte) bool {
	var said struct {
		Report struct{ Signatures []struct{ Indication string } }
	}
	return json.Unmarshal(answer, &said) == nil && len(said.Report.Signatures) == 1 && said.Report.Signatures[0].Indication == "TOTAL-PASSED"
}

// processor returns how long the service has kept processors, in milliseconds.
func (w *world) processor() float64 {
	w.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.service.PID()))
	if err != nil {
		w.t.Fatalf("processor time: %v", err)
	}
	// The name before them may hold blanks; utime and stime are the 14th and 15th field, in hundredths of a second (proc(5)).
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var sum float64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseFloat(string(field), 64)
		if err != nil {
			w.t.Fatalf("processor time: %v", err)
		}
		sum += n * 10
	}
	return sum
}

// file is a text and the signature over it, as the service takes them.
type file struct {
	Signature []byte
	Text      string
}

// signedFile has a person with an authority's card sign a text.
func (w *world) signedFile(authority *e2e.Sandbox) file {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatalf("make a key: %v", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		w.t.Fatalf("write a key: %v", err)
	}
	body := encode(w.t, map[string]any{"publicKey": public, "name": "Ölçüm Kişisi", "citizenNumber": "10000000146", "kind": "valid"})
	response, err := http.Post(authority.URL+"/ca/issue", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatalf("issue a certificate: %v", err)
	}
	defer response.Body.Close()
	var issued struct{ Certificate []byte }
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		w.t.Fatalf("issue a certificate: %v", err)
	}
	certificate, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		w.t.Fatalf("issue a certificate: %v", err)
	}
	text := string(bytes.Repeat([]byte("Onay veriyorum.\n"), 200))
	digest := sha256.Sum256([]byte(text))
	request := cades.Request{Signer: ades.Signer{Certificate: certificate, Hash: crypto.SHA256, Time: time.Now()}, ContentDigest: digest[:]}
	signature, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return ecdsa.SignASN1(rand.Reader, key, digest) })
	if err != nil {
		w.t.Fatalf("sign: %v", err)
	}
	return file{signature, text}
}

// documents are those of the file, as JSON has them.
func (f file) documents() []any { return []any{map[string]string{"name": "metin.txt", "data": f.Text}} }

// online asks the service to judge the file by what the authorities say.
func (f file) online(t e2e.T) []byte {
	return encode(t, map[string]any{"file": f.Signature, "documents": f.documents()})
}

// offline asks the service to judge the file by what the authorities have said of it just before, which the evidence has.
func (w *world) offline(f file) []byte {
	w.t.Helper()
	request := map[string]any{"purpose": "Ölçüm", "documents": f.documents()}
	status, answer, err := w.call("/v1/signature/verify", encode(w.t, map[string]any{"file": f.Signature, "request": request}))
	var evidence struct {
		OCSP struct{ DER []byte }
		CRLs []struct{ DER []byte }
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(answer, &evidence) != nil || len(evidence.CRLs) == 0 {
		w.t.Fatalf("verify a signature: %d %.500s %v", status, answer, err)
	}
	data := [][]byte{evidence.OCSP.DER}
	for _, list := range evidence.CRLs {
		data = append(data, list.DER)
	}
	return encode(w.t, map[string]any{"file": f.Signature, "documents": f.documents(), "data": data, "offline": true})
}
