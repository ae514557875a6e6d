package examples

import (
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// sample is a site in another language, which asks the service.
type sample struct {
	program string // that must be installed
	file    string // that the recipe leaves to the repository; PHP's are on the page
	says    string // what it says when it listens
}

const listens = `"ready":`

// samples are all of them, by their folders and by what docs/integration-languages.md calls the block that starts them.
var samples = map[string]sample{
	"php":    {program: "php", says: "started"},
	"node":   {program: "node", file: "site.mjs", says: listens},
	"python": {program: "python3", file: "app.py", says: listens},
	"java":   {program: "java", file: "Site.java", says: listens},
	"csharp": {program: "mcs", file: "Site.cs", says: listens},
}

// TestSamples types docs/integration-languages.md into an empty folder, once for each language. Then people log in with their cards
// and sign at the site, which has the service verify it.
func TestSamples(t *testing.T) {
	o := newOutside(t)
	ca := startSandbox(t)
	packWeb(t, o.dir)
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(s.program); err != nil {
				t.Fatalf("%v. Run: make deps", err)
			}
			t.Parallel()
			journey(t, ca, s.start(t, ca, o, name))
		})
	}
}

// packWeb puts what operators get into a folder, as far as the recipe takes it: the program.
func packWeb(t *testing.T, dir string) {
	t.Helper()
	program := t.TempDir()
	const name = "e-onay-web-0.0.0-linux-test"
	for _, command := range [][]string{
		{"go", "build", "-ldflags=-s -w", "-o", filepath.Join(program, name, "bin/web"), "../../web"},
		{"tar", "-C", program, "-I", "gzip -1", "-cf", filepath.Join(dir, name+".tar.gz"), name},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command[0], err, out)
		}
	}
}

// TestLanguageRecipeFiles checks that the files which docs/integration-languages.md has in full are the sample's.
func TestLanguageRecipeFiles(t *testing.T) {
	source := map[string]string{"site/eonay.php": "php/eonay.php", "site/index.php": "php/index.php", "site/page/site.js": "site/page/site.js", "site/page/site.css": "site/page/site.css"}
	shown := 0
	for _, s := range snippets(t, "docs/integration-languages.md") {
		if from := source[s.file]; from != "" {
			shown++
			if s.text != read(t, "web/examples/"+from) {
				t.Errorf("%s is not web/examples/%s", s.file, from)
			}
		}
	}
	if shown != len(source) {
		t.Errorf("the page has %d files, want %d", shown, len(source))
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

// start types the recipe in a folder of its own, starts the service, and the site as a process of its own.
func (s sample) start(t *testing.T, ca authority, o outside, name string) process {
	t.Helper()
	own := outside{t.TempDir(), slices.Concat(o.environment, []string{
		"PHP_INI_SCAN_DIR=:" + phpSettings(t), "JAVA_TOOL_OPTIONS=-Xshare:auto -XX:TieredStopAtLevel=1",
	})}
	link(t, o.dir, own.dir)
	address, service := freeAddress(t), strings.Replace(freeAddress(t), "localhost", "127.0.0.1", 1)
	fill := strings.NewReplacer("$HOME/e-onay/build/run/sandbox", ca.dir, "localhost:8091", address, "127.0.0.1:8181", service)
	const page = "docs/integration-languages.md"
	startTyped(t, own, fill.Replace(typed(t, page)+marked(t, page, "start")), listens)
	answer, err := own.command("bash", "-euc", fill.Replace(marked(t, page, "ask"))).Output()
	if err != nil || !strings.HasPrefix(string(answer), `{"nonce":"`) || !strings.Contains(string(answer), `"signed":"`) {
		t.Errorf("asked by hand, the service says %s: %v", answer, err)
	}
	if s.file != "" {
		data := read(t, filepath.Join("web/examples", name, s.file))
		if err := os.WriteFile(filepath.Join(own.dir, "site", s.file), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	startTyped(t, own, fill.Replace(marked(t, page, "site", name)), s.says)
	return process{"http://" + address}
}

// phpSettings returns a folder with settings for PHP: sessions are kept in that folder.
func phpSettings(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sessions.ini"), []byte("session.save_path="+dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// nextPort is the port that freeAddress tries next. It is below those that the system gives to whoever asks for any, so that no
// other test gets it between the look and the start of a site.
var nextPort atomic.Int32

func init() { nextPort.Store(20_000 + rand.Int32N(10_000)) }

// freeAddress returns one on which nothing listens, each one once: a site's origin must be known before it starts.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("localhost:%d", nextPort.Add(1))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
