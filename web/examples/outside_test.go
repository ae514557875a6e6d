package examples

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// outside is a developer's machine: files of a release in an empty folder, and a Go that has never heard of this repository. What it
// asks of others it gets from stand-ins: other modules from what the machine's Go has fetched before, digests from a checksum
// database which knows the modules of go.sum, and so not ours, as the public one.
type outside struct {
	dir         string // the empty folder
	environment []string
}

func newOutside(t *testing.T) outside {
	t.Helper()
	if testing.Short() {
		t.Skip("builds all anew on a developer's machine, which make test does")
	}
	home := t.TempDir()
	o := outside{dir: filepath.Join(t.TempDir(), "Masaüstü", "yeni site")} // as people name folders
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := pack(); err != nil {
		t.Fatal(err)
	}
	link(t, packed, o.dir)
	cache, proxy := goSetting(t, "GOMODCACHE"), goSetting(t, "GOPROXY")
	o.environment = append(os.Environ(), "HOME="+home, "GOPATH="+home, "GOMODCACHE=", "GOWORK=off", "GONOSUMDB=", "GOPRIVATE=",
		"GOCACHE="+goSetting(t, "GOCACHE"), // packages of other modules are compiled once for all tests
		"GOFLAGS=-trimpath -modcacherw", "GOSUMDB="+startChecksums(t),
		"GOPROXY=file://"+filepath.Join(cache, "cache/download")+","+proxy)
	return o
}

// packed is the folder of the release's files, for all tests.
var packed string

func TestMain(m *testing.M) {
	var err error
	if packed, err = os.MkdirTemp("", "release"); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	os.RemoveAll(packed)
	os.Exit(status)
}

// sources opens the folders of what the tests build and run: Go takes a test's earlier result for as long as what the test has
// opened is as it was, and does not see what its programs open.
var sources = sync.OnceValue(func() error {
	for _, name := range []string{"internal", "packaging", "web", "go.mod", "go.sum", "VERSION", "version.go"} {
		err := filepath.WalkDir(filepath.Join(root, name), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	return nil
})

// pack makes the files of a release, once.
var pack = sync.OnceValue(func() error {
	if err := sources(); err != nil {
		return err
	}
	run := exec.Command("go", "run", "./packaging/developer", "-out", packed)
	run.Dir = root
	if out, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("pack: %w\n%s", err, out)
	}
	return nil
})

// link puts the files of a folder into another one.
func link(t *testing.T, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Symlink(file, filepath.Join(to, filepath.Base(file))); err != nil {
			t.Fatal(err)
		}
	}
}

// command is a command in the machine's folder.
func (o outside) command(name string, arguments ...string) *exec.Cmd {
	command := exec.Command(name, arguments...)
	command.Dir, command.Env = o.dir, o.environment
	return command
}

func goSetting(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatalf("go env %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// startChecksums starts a checksum database, and returns how GOSUMDB names it.
func startChecksums(t *testing.T) string {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "sum.test")
	if err != nil {
		t.Fatal(err)
	}
	known := read(t, "go.sum")
	server := httptest.NewServer(sumdb.NewServer(sumdb.NewTestServer(private, func(path, version string) ([]byte, error) {
		var lines string
		for line := range strings.Lines(known) {
			if strings.HasPrefix(line, path+" "+version+" ") || strings.HasPrefix(line, path+" "+version+"/go.mod ") {
				lines += line
			}
		}
		if lines == "" {
			return nil, errors.New("no such module")
		}
		return []byte(lines), nil
	})))
	t.Cleanup(server.Close)
	return public + " " + server.URL
}

// TestSampleOutside builds the sample site, a module of its own, where there is no repository around it. Without GONOSUMDB, which
// the documents name, Go refuses the module: no checksum database knows it.
func TestSampleOutside(t *testing.T) {
	o := newOutside(t)
	if err := os.CopyFS(filepath.Join(o.dir, "site"), os.DirFS("site")); err != nil {
		t.Fatal(err)
	}
	const begin = `unzip -qo e-onay-go-*.zip && export GOPROXY="file://$PWD/e-onay-go,$(go env GOPROXY)" && cd site
go mod edit -dropreplace=github.com/e-onay/e-onay -droprequire=github.com/e-onay/e-onay
`
	const get = "go get github.com/e-onay/e-onay@latest && go build"
	if out, err := o.command("bash", "-euc", begin+get).CombinedOutput(); err == nil || !strings.Contains(string(out), "verifying module") {
		t.Errorf("without GONOSUMDB: %v\n%s", err, out)
	}
	if out, err := o.command("bash", "-euc", begin+"export GONOSUMDB=github.com/e-onay/e-onay\n"+get).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
}
