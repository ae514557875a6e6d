package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/web/sandbox"
)

// asProgram makes the test binary be the sandbox, for tests that need a process of its own.
const asProgram = "E_ONAY_TEST_SANDBOX"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := sandbox.Run(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		os.Exit(1)
	}
	os.Exit(0)
}

// world is a sandbox running inside the test.
type world struct {
	t        *testing.T
	url, dir string
}

// start runs a sandbox in a new state directory until the test ends.
func start(t *testing.T, args ...string) *world {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := sandbox.Run(ctx, append([]string{"-state", dir}, args...), input)
		ended <- err
		input.CloseWithError(io.EOF)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox ended with %v", err)
		}
	})
	return &world{t: t, url: readReady(t, output), dir: dir}
}

func readReady(t *testing.T, output io.Reader) string {
	t.Helper()
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no ready line: %v", err)
	}
	var ready struct {
		Ready bool
		URL   string
	}
	if err := json.Unmarshal(line, &ready); err != nil || !ready.Ready {
		t.Fatalf("ready line %q: %v", line, err)
	}
	return ready.URL
}

// path is a file of the state directory.
func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// post sends JSON and returns status and answer.
func (w *world) post(path string, body any) (int, []byte) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.Post(w.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, answer
}

func (w *world) misbehave(part, how string) {
	w.t.Helper()
	if status, answer := w.post("/admin/misbehave", map[string]string{part: how}); status != http.StatusOK {
		w.t.Fatalf("misbehave %s=%s: %d %s", part, how, status, answer)
	}
}

// issued is a certificate as the authority handed it out.
type issued struct {
	Certificate []byte
	Chain       [][]byte
	Serial      string
}

func (w *world) issue(public crypto.PublicKey, kind string) issued {
	w.t.Helper()
	status, answer := w.post("/ca/issue", map[string]any{
		"publicKey": spki(w.t, public), "name": "Ayşe Yılmaz", "citizenNumber": "10000000146", "kind": kind})
	if status != http.StatusOK {
		w.t.Fatalf("issue %s: %d %s", kind, status, answer)
	}
	var result issued
	if err := json.Unmarshal(answer, &result); err != nil {
		w.t.Fatal(err)
	}
	return result
}

// file writes a certificate as PEM and returns its path.
func (w *world) file(der []byte) string {
	w.t.Helper()
	f, err := os.CreateTemp(w.t.TempDir(), "*.pem")
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if err := pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		w.t.Fatal(err)
	}
	return f.Name()
}

func (w *world) get(url string) []byte {
	w.t.Helper()
	response, err := http.Get(url)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %s %v", url, response.Status, err)
	}
	return body
}

func spki(t *testing.T, public crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newKey(t *testing.T, kind string) crypto.PublicKey {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "RSA-1024":
		t.Setenv("GODEBUG", "rsa1024min=0")
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	case "RSA-2048":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-3072":
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	case "P-256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "P-521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		t.Fatalf("key %q", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// openssl runs the openssl program and returns what it prints, on either stream, and how it ended.
func openssl(args ...string) (string, error) {
	out, err := exec.Command("openssl", args...).CombinedOutput()
	return string(out), err
}

func mustOpenSSL(t *testing.T, args ...string) string {
	t.Helper()
	out, err := openssl(args...)
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
