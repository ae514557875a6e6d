// Package deploy tests the files with which operators run the service.
package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestUnit has systemd judge the unit, with a program that is there in the service's place.
func TestUnit(t *testing.T) {
	text := read(t, "eonay-rp.service")
	for _, has := range []string{"/usr/local/bin/web rp serve -config", "DynamicUser=yes", "StateDirectory=eonay-rp", "ProtectSystem=strict", "TimeoutStopSec=75"} {
		if !strings.Contains(text, has) {
			t.Errorf("the unit has no %q", has)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	path := filepath.Join(t.TempDir(), "eonay-rp.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "/usr/local/bin/web", "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}

var instruction = regexp.MustCompile(`(?m)^([A-Z]+) (.*)$`)

// TestContainerfile checks what no build shows: the Go of go.mod, files that are there, no root, and the verb.
func TestContainerfile(t *testing.T) {
	known := map[string]bool{"FROM": true, "WORKDIR": true, "COPY": true, "RUN": true, "USER": true, "VOLUME": true, "EXPOSE": true, "STOPSIGNAL": true, "ENTRYPOINT": true, "CMD": true}
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../../go.mod"))
	found := map[string]string{}
	for _, m := range instruction.FindAllStringSubmatch(read(t, "Containerfile"), -1) {
		if !known[m[1]] {
			t.Errorf("instruction %q", m[0])
		}
		found[m[1]] += m[2] + "\n"
	}
	if !strings.Contains(found["FROM"], "golang:"+module[1]+"-") || !strings.HasSuffix(found["FROM"], "scratch\n") {
		t.Errorf("FROM %s, with Go %s in go.mod", found["FROM"], module[1])
	}
	if user := strings.TrimSpace(found["USER"]); user != "65532:65532" {
		t.Errorf("USER %q", user)
	}
	if !strings.Contains(found["ENTRYPOINT"], `"rp", "serve"`) || !strings.Contains(found["RUN"], "CGO_ENABLED=0") {
		t.Errorf("ENTRYPOINT %s RUN %s", found["ENTRYPOINT"], found["RUN"])
	}
}
