package sandbox_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/sandbox"
)

// program is a sandbox in a process of its own.
type program struct {
	world
	cmd *exec.Cmd
}

func startProgram(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	p := &program{world: world{t: t, dir: dir}}
	p.cmd = exec.Command(os.Args[0], append([]string{"-state", dir}, args...)...)
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = os.Stderr
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	p.url = readReady(t, output)
	return p
}

// end sends a signal and returns how the process ended.
func (p *program) end(signal os.Signal) error {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	return p.cmd.Wait()
}

// What one process did, the next one knows, even if the first had no time to tidy up.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	first := startProgram(t, dir)
	anchors, err := os.ReadFile(first.path("anchors.pem"))
	if err != nil {
		t.Fatal(err)
	}
	secret := first.settings().ClientSecret
	good := first.file(first.issue(newKey(t, "P-256"), "valid").Certificate)
	revoked := first.issue(newKey(t, "P-256"), "valid")
	if status, answer := first.post("/ca/revoke", map[string]string{"serial": revoked.Serial}); status != http.StatusOK {
		t.Fatalf("revoke: %d %s", status, answer)
	}
	first.misbehave("ocsp", "garbage")
	_ = first.end(syscall.SIGKILL) // it ends by the signal, as asked
	if err := os.WriteFile(first.path("revoked/.new-1-2"), []byte("17"), 0o600); err != nil {
		t.Fatal(err)
	}

	second := startProgram(t, dir)
	if second.url != first.url {
		t.Errorf("first at %s, then at %s", first.url, second.url)
	}
	again, err := os.ReadFile(second.path("anchors.pem"))
	if err != nil || !bytes.Equal(anchors, again) || second.settings().ClientSecret != secret {
		t.Errorf("not the same authority and client (%v)", err)
	}
	if out, err := second.ask(good); err != nil || !strings.Contains(out, ": good\n") {
		t.Errorf("good: %v\n%s", err, out)
	}
	if out, err := second.ask(second.file(revoked.Certificate)); err != nil || !strings.Contains(out, ": revoked\n") {
		t.Errorf("revoked: %v\n%s", err, out)
	}
	if out := second.verdict(second.file(revoked.Certificate)); !strings.Contains(out, "certificate revoked") {
		t.Errorf("CRL: %s", out)
	}
	if err := second.end(syscall.SIGTERM); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// A request that hangs on purpose does not hold up the end.
func TestStopsWhileHanging(t *testing.T) {
	p := startProgram(t, t.TempDir())
	request := p.ocspRequest(p.file(p.issue(newKey(t, "P-256"), "valid").Certificate))
	p.misbehave("ocsp", "hang")
	sent, body := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		r, err := http.NewRequest(http.MethodPost, p.url+"/ocsp", sent)
		if err != nil {
			failed <- err
			return
		}
		r.Header.Set("Content-Type", "application/ocsp-request")
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	// The connection is the sandbox's to answer as soon as it takes the body.
	if _, err := body.Write(request); err != nil {
		t.Fatal(err)
	}
	body.Close()
	if err := p.end(syscall.SIGTERM); err != nil { // as where it has waited for the request in vain
		t.Errorf("after SIGTERM: %v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

func TestFilesOfState(t *testing.T) {
	w := start(t, "-portal", "http://localhost:4711")
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		secret := bytes.Contains(text, []byte("PRIVATE KEY")) || bytes.Contains(text, []byte(w.settings().ClientSecret))
		if secret && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if strings.HasPrefix(entry.Name(), ".new-") || path == w.path("identity.new") {
			t.Errorf("%s is left over", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustOpenSSL(t, "verify", "-CAfile", w.path("chain.pem"), w.path("chain.pem"))
}

// The portal's own reader takes what the sandbox writes.
func TestPortalSettings(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		listen, url string
	}{
		"nothing said": {nil, "127.0.0.1:8080", "http://localhost:8080"},
		"address":      {[]string{"-portal", "http://localhost:4711"}, "127.0.0.1:4711", "http://localhost:4711"},
		"both":         {[]string{"-portal", "https://onay.test", "-portal-listen", "127.0.0.1:9"}, "127.0.0.1:9", "https://onay.test"},
		"any port":     {[]string{"-portal", "", "-portal-listen", "127.0.0.1:0"}, "127.0.0.1:0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, c.args...)
			settings, err := portal.ReadSettings(w.path("portal.json"))
			if err != nil {
				t.Fatal(err)
			}
			if settings.Listen != c.listen || settings.URL != c.url || settings.Issuer != w.url || settings.ClientID != "e-onay-portal" {
				t.Errorf("settings %+v", settings)
			}
			if settings.Anchors != w.path("anchors.pem") || settings.Intermediates != w.path("intermediates.pem") {
				t.Errorf("certificates at %s and %s", settings.Anchors, settings.Intermediates)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	used := t.TempDir()
	p := startProgram(t, used)
	if err := p.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no state":          {},
		"state is a file":   {"-state", file},
		"unknown option":    {"-state", t.TempDir(), "-x"},
		"an argument":       {"-state", t.TempDir(), "x"},
		"all interfaces":    {"-state", t.TempDir(), "-listen", ":0"},
		"another interface": {"-state", t.TempDir(), "-listen", "192.0.2.1:0"},
		"no port":           {"-state", t.TempDir(), "-listen", "127.0.0.1"},
		"port taken":        {"-state", t.TempDir(), "-listen", taken.Addr().String()},
		"another port":      {"-state", used, "-listen", taken.Addr().String()},
		"portal, a path":    {"-state", t.TempDir(), "-portal", "http://localhost:1/x"},
		"portal, no port":   {"-state", t.TempDir(), "-portal", "http://localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := sandbox.Run(context.Background(), args, io.Discard); err == nil {
				t.Error("it ran")
			}
		})
	}
}

// A ceremony that was cut off is begun again; an identity that was changed is refused.
func TestDamagedState(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "identity.new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, dir)
	if err := p.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	otherKey, err := os.ReadFile(filepath.Join(dir, "identity", "intermediate.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"root.key":         otherKey,
		"intermediate.pem": []byte("hello"),
		"login.key":        []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
	} {
		path := filepath.Join(dir, "identity", name)
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sandbox.Run(context.Background(), []string{"-state", dir}, io.Discard); err == nil {
			t.Errorf("it ran with a changed %s", name)
		}
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkStart is a start on existing keys, process and all, until the ready line.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "-state", dir)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		output, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(output, make([]byte, len(`{"ready":true`))); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		b.StartTimer()
	}
}
