package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/metrics"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// mostExposed is how exposed a unit may be, by systemd's own measure, of 100.
const mostExposed = "15"

// TestUnits has systemd judge the units, with a program that is there in the place of ours: whether they can be loaded, and how much a program that was
// taken over could do.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	for unit, verb := range map[string]string{"eonay-portal": "serve", "eonay-rp": "rp serve"} {
		text := read(t, unit+".service")
		for _, has := range []string{"/usr/local/bin/web " + verb + " -config ${CREDENTIALS_DIRECTORY}/", "DynamicUser=yes", "StateDirectory=" + unit + "\n", "TimeoutStopSec=75"} {
			if !strings.Contains(text, has) {
				t.Errorf("%s has no %q", unit, has)
			}
		}
		path := filepath.Join(t.TempDir(), unit+".service")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "/usr/local/bin/web", "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: verify: %v\n%s", unit, err, out)
		}
		if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold="+mostExposed, "--no-pager", path).CombinedOutput(); err != nil {
			t.Errorf("%s: security: %v\n%s", unit, err, out)
		}
	}
}

// TestExamplesHaveTheirCredentials checks that the unit hands over each file that the example settings name.
func TestExamplesHaveTheirCredentials(t *testing.T) {
	for unit, example := range map[string]string{"eonay-portal": "portal.json.example", "eonay-rp": "rp.json.example"} {
		text, settings := read(t, unit+".service"), read(t, example)
		named := regexp.MustCompile(`"(?:%d/([a-z.]+)|([a-z]+\.pem))"`).FindAllStringSubmatch(settings, -1)
		if len(named) < 2 {
			t.Fatalf("%s: %d files: this test no longer sees them", example, len(named))
		}
		for _, m := range named {
			name := m[1] + m[2]
			if !strings.Contains(text, "\nLoadCredential="+name+":/etc/"+unit+"/"+name+"\n") {
				t.Errorf("%s does not hand over %s", unit, name)
			}
		}
		if !strings.Contains(settings, `"/var/lib/`+unit+`/`) {
			t.Errorf("%s: the database is not in the folder of %s", example, unit)
		}
	}
}

var instruction = regexp.MustCompile(`(?m)^([A-Z]+) (.*)$`)

// TestContainerfile checks what no build shows: the Go of go.mod, no root, and a verb for each image.
func TestContainerfile(t *testing.T) {
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))
	found := map[string]string{}
	for _, m := range instruction.FindAllStringSubmatch(read(t, "Containerfile"), -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("instruction %q", m[0])
		}
		found[m[1]] += m[2] + "\n"
	}
	for _, from := range []string{"golang:" + module[1] + "-", "\nscratch AS base\n", "\nbase AS rp\n", "\nbase AS portal\n"} {
		if !strings.Contains(found["FROM"], from) {
			t.Errorf("FROM has no %q:\n%s", from, found["FROM"])
		}
	}
	if user := strings.TrimSpace(found["USER"]); user != "65532:65532" {
		t.Errorf("USER %q", user)
	}
	if !strings.Contains(found["ENTRYPOINT"], `"rp", "serve"]`) || !strings.Contains(found["ENTRYPOINT"], `web", "serve"]`) || !strings.Contains(found["RUN"], "CGO_ENABLED=0") {
		t.Errorf("ENTRYPOINT %s RUN %s", found["ENTRYPOINT"], found["RUN"])
	}
}

// TestAlarms has Prometheus judge the rules, and looks for each metric among those that there are, and for each alarm on its page.
func TestAlarms(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	if out, err := exec.Command(promtool, "check", "rules", "--lint-fatal", "alarms.yml.example").CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
	rules, page := read(t, "alarms.yml.example"), read(t, "../../docs/operation/alarms.md")
	names := regexp.MustCompile(`\beonay_\w+`).FindAllString(rules, -1)
	for _, name := range names {
		name = strings.TrimSuffix(name, "_bucket")
		if !slices.ContainsFunc(metrics.Families, func(f metrics.Family) bool { return f.Name == name }) {
			t.Errorf("%s is no metric", name)
		}
	}
	alarms := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1)
	if len(names) < 8 || len(alarms) < 5 {
		t.Fatalf("%d metrics, %d alarms: this test no longer sees them", len(names), len(alarms))
	}
	for _, m := range alarms {
		if !strings.Contains(page, "`"+m[1]+"`") {
			t.Errorf("the page of alarms does not have %s", m[1])
		}
	}
}
