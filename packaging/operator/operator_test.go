package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	eonay "github.com/e-onay/e-onay"
)

// program builds web as the other tests do: the static one of the Makefile would be compiled anew, with all that it imports.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "web")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "../../web")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestArchive packs twice, unpacks as the page says, and starts what the page starts.
func TestArchive(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1000036800") // noon of 9 September 2001
	built, dir := program(t), t.TempDir()
	p := &pack{program: built, arch: "amd64", checkout: "../.."}
	if err := p.writeTo(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "e-onay-web-"+eonay.Version+"-linux-amd64.tar.gz")
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var second bytes.Buffer
	if err := p.write(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second.Bytes()) {
		t.Error("the same files give other bytes")
	}
	list, err := exec.Command("tar", "-tvzf", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		if fields[1] != "0/0" || fields[3] != "2001-09-09" || strings.Contains(line, "..") || fields[0][8] == 'w' {
			t.Errorf("the archive has %s", line)
		}
	}
	code := block(t, "trial")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	// The page's portal is at port 8080, which another program may have here.
	code = strings.Replace(code, "-state trial", fmt.Sprintf("-state trial -portal http://localhost:%d", port), 1)
	urls, said := trial(t, dir, code)
	if len(urls) != 2 {
		t.Fatalf("%d servers were started:\n%s", len(urls), said)
	}
	response, err := http.Get(urls[1] + "/saglik/hazir")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || !strings.Contains(said, eonay.Version+"\n") || !strings.Contains(said, "hizmet başlatılabilir") {
		t.Errorf("status %d:\n%s", response.StatusCode, said)
	}
	t.Run("installed", func(t *testing.T) { installed(t, dir) })
	for _, name := range []string{"lib/systemd/system/eonay-portal.service", "share/man/man1/web.1", "share/doc/e-onay-web/docs/operation/settings.md", "share/doc/e-onay-web/LICENSES.txt"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// block returns the code of the operators' first page that stands behind a mark.
func block(t *testing.T, mark string) string {
	t.Helper()
	_, code, _ := strings.Cut(read(t, "../../docs/operation.md"), "<!-- "+mark+" -->\n```sh\n")
	code, _, found := strings.Cut(code, "```")
	if !found {
		t.Fatalf("docs/operation.md has no code %q", mark)
	}
	return code
}

// installed installs the archive of a folder as the page says, below another root, with the values of the sandbox that runs there, proves the
// settings, and starts the portal as its unit does. Only systemctl is left out.
func installed(t *testing.T, dir string) {
	root := t.TempDir()
	etc := filepath.Join(root, "etc/eonay-portal")
	for _, folder := range []string{"usr/local", "etc", "var/lib"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere := strings.NewReplacer("/usr/local", root+"/usr/local", "/etc/", root+"/etc/", "/var/", root+"/var/", "systemctl ", "true ")
	trial(t, dir, elsewhere.Replace(block(t, "install")))
	trial(t, etc, "umask 077; "+strings.Join(strings.Split(strings.TrimSpace(block(t, "keys")), "\n")[1:], "\numask 077; "))
	var example, sandbox map[string]any
	for path, into := range map[string]*map[string]any{filepath.Join(etc, "portal.json"): &example, filepath.Join(dir, "trial/portal.json"): &sandbox} {
		if err := json.Unmarshal([]byte(elsewhere.Replace(read(t, path))), into); err != nil {
			t.Fatal(err)
		}
	}
	for _, own := range []string{"issuer", "client_id", "mail"} {
		example[own] = sandbox[own]
	}
	delete(example["mail"].(map[string]any), "sms_gateway")                     // its token is not here
	example["listen"], example["metrics_listen"] = "127.0.0.1:0", "127.0.0.1:0" // the page's may be taken here
	settings, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"portal.json": string(settings), "client.secret": sandbox["client_secret"].(string), "anchors.pem": read(t, filepath.Join(dir, "trial/anchors.pem")),
	} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(root, "usr/local/bin")+":"+os.Getenv("PATH"))
	if _, said := trial(t, root, elsewhere.Replace(block(t, "prove"))); !strings.Contains(said, "hizmet başlatılabilir") {
		t.Errorf("web check says\n%s", said)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(read(t, filepath.Join(root, "usr/local/lib/systemd/system/eonay-portal.service")))
	t.Setenv("CREDENTIALS_DIRECTORY", etc)
	trial(t, "/", elsewhere.Replace(start[1])+" &")
	if _, err := os.Stat(filepath.Join(root, "var/lib/eonay-portal/portal.db")); err != nil {
		t.Error(err)
	}
}

// TestProgramIsStatic refuses to pack a program that needs libraries of the machine that built it, and takes none for another processor.
func TestProgramIsStatic(t *testing.T) {
	for arch, says := range map[string]string{"amd64": "libc", "arm64": "not for arm64"} {
		p := &pack{program: "/bin/bash", arch: arch}
		if err := p.check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", arch, err)
		}
	}
}

// trial types lines into a shell, one after the other, in a folder. One that ends in & starts a server, which is waited for until it
// listens, and ended with the test. It returns the servers' addresses, and all that the others have said.
func trial(t *testing.T, dir, code string) (urls []string, said string) {
	t.Helper()
	path := "PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")
	for line := range strings.Lines(code) {
		line, isServer := strings.CutSuffix(strings.TrimSpace(line), " &")
		if isServer {
			line = "exec " + line
		}
		command := exec.Command("bash", "-euc", line)
		command.Dir, command.Env = dir, append(os.Environ(), path)
		if !isServer {
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			said += string(out)
			continue
		}
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = command.Process.Signal(syscall.SIGTERM) // it may have ended by itself
			if err := command.Wait(); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		})
		var ready struct{ URL string }
		text, err := bufio.NewReader(stdout).ReadBytes('\n')
		if err != nil || json.Unmarshal(text, &ready) != nil {
			t.Fatalf("%s: %v %s", line, err, text)
		}
		urls = append(urls, ready.URL)
	}
	return urls, said
}
