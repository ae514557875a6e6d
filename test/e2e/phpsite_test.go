package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPHPSite is what docs/integration-languages.md promises: a login and a verified signature at a site in PHP, which has the service verify both and signs
// its requests by it.
func TestPHPSite(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("php"); err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	w := NewWorld(t, Options{})
	logsInAndSigns(t, w, startPHPSite(t, w))
}

// startPHPSite starts the service for one site, and that site by PHP's own server.
func startPHPSite(t *testing.T, w *World) (url string) {
	t.Helper()
	dir, origin := t.TempDir(), FreeURL(t)
	made, err := exec.Command(Built(t, "web"), "rp", "key").Output()
	var key struct{ Key, Digest string }
	if err != nil || json.Unmarshal(made, &key) != nil {
		t.Fatalf("make a key: %s %v", made, err)
	}
	makeKey := exec.Command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", filepath.Join(dir, "request.key"))
	if out, err := makeKey.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	settings, err := json.Marshal(map[string]any{"listen": "127.0.0.1:0", "sites": []any{map[string]any{
		"name": "php", "keys": []string{key.Digest}, "origins": []string{origin}, "title": "Deneme sitesi", "request_key_file": "request.key",
		"anchors": filepath.Join(w.Sandbox.Dir, "anchors.pem"), "intermediates": filepath.Join(w.Sandbox.Dir, "intermediates.pem"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "rp.json", settings)
	service := StartProcess(t, Built(t, "web"), "rp", "serve", "-config", filepath.Join(dir, "rp.json"))

	site := exec.Command("php", "-d", "session.save_path="+dir, "-S", strings.TrimPrefix(origin, "http://"), "index.php")
	site.Dir = phpSiteFolder(t)
	site.Env = append(os.Environ(), "EONAY_URL="+service.URL, "EONAY_KEY="+key.Key, "ORIGIN="+origin)
	log, err := site.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(log)
	for line := ""; !strings.Contains(line, "started"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("php is not ready: %v", err)
		}
	}
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, lines); close(drained) }()
	t.Cleanup(func() {
		_ = site.Process.Kill()
		<-drained
		_ = site.Wait() // by the signal
	})
	return origin
}

// phpSiteFolder returns a folder with the site's files beside each other, as the document puts them.
func phpSiteFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{"web/examples/php": ".", "web/examples/site/page": "page", "web/client": "e-onay"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(Root(), from))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
