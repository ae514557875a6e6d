package examples

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/service"
)

// sample is a site in another language, which asks the service.
type sample struct {
	program string   // that must be installed
	build   []string // a command before; {dir} is a folder of the test's
	command []string // {address} is host and port
	says    string   // what it says when it listens
}

const listens = `"ready":`

// samples are all of them, by their folders.
var samples = map[string]sample{
	"php":    {program: "php", command: []string{"php", "-d", "session.save_path={dir}", "-S", "{address}", "index.php"}, says: "started"},
	"node":   {program: "node", command: []string{"node", "site.mjs"}, says: listens},
	"python": {program: "python3", command: []string{"python3", "-B", "app.py"}, says: listens},
	"java":   {program: "java", command: []string{"java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", "/usr/share/java/gson.jar", "Site.java"}, says: listens},
	"csharp": {
		program: "mcs", build: []string{"mcs", "-warnaserror", "-r:System.Json", "-out:{dir}/Site.exe", "Site.cs"},
		command: []string{"mono", "{dir}/Site.exe"}, says: listens,
	},
}

// TestSamples has people log in with their cards and sign on a site in each language, which has the service verify it.
func TestSamples(t *testing.T) {
	ca := startSandbox(t)
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(s.program); err != nil {
				t.Fatalf("%v. Run: make deps", err)
			}
			t.Parallel()
			journey(t, ca, s.start(t, ca, name))
		})
	}
}

// TestServiceDocument checks that the code which docs/service.md shows is the samples', line by line.
func TestServiceDocument(t *testing.T) {
	shown := 0
	for _, m := range fenced.FindAllStringSubmatch(read(t, "docs/service.md"), -1) {
		if file, text := m[1], m[3]; strings.HasPrefix(file, "web/examples/") {
			shown++
			if !strings.Contains("\n"+read(t, file), "\n"+text) {
				t.Errorf("not in %q, line by line:\n%s", file, text)
			}
		}
	}
	if shown == 0 {
		t.Error("no code: this test no longer sees it")
	}
}

// journey is what TestSite has done with the site in Go.
func journey(t *testing.T, ca authority, site process) {
	ca.t = t
	card := ca.card("Ayşe Yılmaz", ayse)
	b := site.browser(t)
	if page := b.get("/"); !strings.Contains(page, `id="login"`) || strings.Contains(page, `id="sign"`) {
		t.Fatalf("nobody is logged in, and the page is\n%s", page)
	}
	if got := b.refused("GET", "/signature", "", nil); got != "login_required" {
		t.Errorf("the document, not logged in: %q", got)
	}
	if published := b.get("/.well-known/eonay.json"); !strings.Contains(published, `"Deneme sitesi"`) || !strings.Contains(published, `"P-256"`) {
		t.Errorf("the site publishes %s", published)
	}
	old := b.logIn(card)
	page := html.UnescapeString(b.get("/")) // C# writes references for letters
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
	if page := html.UnescapeString(b.get("/")); !strings.Contains(page, "İmzanız doğrulandı") || !strings.Contains(page, "Ayşe Yılmaz") {
		t.Errorf("Ayşe has signed, and the page is\n%s", page)
	}
	if got := b.refused("POST", "/signature", "application/pkcs7-signature", signature); got != "form_expired" {
		t.Errorf("the signature again: %q", got)
	}
	other := site.browser(t)
	other.logIn(ca.card("Mehmet <Öztürk>", mehmet))
	if page := other.get("/"); !strings.Contains(page, "Mehmet") || strings.Contains(page, "<Öztürk>") || strings.Contains(page, "Ayşe") {
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
	stranger(t, site, other)
}

// stranger has another site make the browser ask.
func stranger(t *testing.T, site process, b *browser) {
	for name, headers := range map[string]http.Header{
		"another origin":     {"Origin": {"https://baska.example"}},
		"another site":       {"Origin": {site.url}, "Sec-Fetch-Site": {"cross-site"}},
		"no browser's doing": {},
	} {
		request, err := http.NewRequest("POST", site.url+"/login", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		for name := range headers {
			request.Header.Set(name, headers.Get(name))
		}
		response, err := b.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "form_expired") {
			t.Errorf("%s: %d %s", name, response.StatusCode, body)
		}
	}
	for path, has := range map[string]string{"/page/site.js": `from "/e-onay/client.js"`, "/e-onay/client.js": `from "./protocol.gen.js"`, "/e-onay/protocol.gen.js": "export const"} {
		response := b.do("GET", path, "", nil)
		if data, _ := io.ReadAll(response.Body); !strings.Contains(string(data), has) || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s is %.200s of type %q", path, data, response.Header.Get("Content-Type"))
		}
	}
}

// start starts the service for a site, and the site as a process of its own.
func (s sample) start(t *testing.T, ca authority, name string) process {
	t.Helper()
	address := freeAddress(t)
	origin := "http://" + address
	url, key := startService(t, ca.dir, origin)
	dir := t.TempDir()
	fill := strings.NewReplacer("{dir}", dir, "{address}", address)
	if s.build != nil {
		if out, err := commandOf(name, s.build, fill).CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	run := commandOf(name, s.command, fill)
	run.Env = append(os.Environ(), "EONAY_URL="+url, "EONAY_KEY="+key, "ORIGIN="+origin)
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	run.Stdout, run.Stderr = input, input
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	var log bytes.Buffer
	lines := bufio.NewReader(io.TeeReader(output, &log))
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			_ = run.Wait()
			t.Fatalf("not ready: %v\n%s", err, &log)
		}
		if strings.Contains(line, s.says) {
			break
		}
	}
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, lines); close(drained) }()
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait() // by the signal
		<-drained
		output.Close()
		if strings.Contains(log.String(), ayse) || t.Failed() {
			t.Errorf("the site's log has\n%s", &log)
		}
	})
	return process{origin}
}

// commandOf is a command in a sample's folder.
func commandOf(name string, words []string, fill *strings.Replacer) *exec.Cmd {
	var filled []string
	for _, word := range words {
		filled = append(filled, fill.Replace(word))
	}
	run := exec.Command(filled[0], filled[1:]...)
	run.Dir = name
	return run
}

// freeAddress returns one on which nothing listens: a site's origin must be known before it starts.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprintf("localhost:%d", listener.Addr().(*net.TCPAddr).Port)
}

// startService starts the service for a site at one origin that trusts the authority whose files lie in dir, and returns the site's key.
func startService(t *testing.T, dir, origin string) (url, key string) {
	t.Helper()
	key, digest := service.NewKey()
	own := t.TempDir()
	pkitest.WriteKey(t, own, "request.key", pkitest.Key(t, "P-256 requests"))
	settings, err := json.Marshal(service.Settings{Listen: "127.0.0.1:0", Sites: []service.Site{{
		Name: "deneme", Keys: []string{digest}, Origins: []string{origin}, Title: "Deneme sitesi", RequestKeyFile: "request.key",
		Anchors: filepath.Join(dir, "anchors.pem"), Intermediates: filepath.Join(dir, "intermediates.pem"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(own, "rp.json")
	if err := os.WriteFile(path, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := service.ReadSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := service.Serve(ctx, read, input, slog.New(slog.NewTextHandler(io.Discard, nil)))
		input.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the service does not end")
		}
	})
	return ready(t, output), key
}
