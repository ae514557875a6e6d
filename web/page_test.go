package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// block returns the code of a page of the documentation that stands behind a mark.
func block(t *testing.T, page, mark string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../docs", page))
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := strings.Cut(string(text), "<!-- "+mark+" -->\n```")
	_, code, _ = strings.Cut(code, "\n")
	code, _, closed := strings.Cut(code, "\n```")
	if !found || !closed {
		t.Fatalf("%s has no code %q", page, mark)
	}
	return code + "\n"
}

// typed runs the lines of a page as a person types them, in a folder: web is this program, and systemctl does what service says.
func typed(t *testing.T, dir, code string, service map[string]func()) {
	t.Helper()
	bin := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec %q \"$@\"\n", asProgram, program)
	if err := os.WriteFile(filepath.Join(bin, "web"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		if does := service[line]; does != nil {
			does()
			continue
		}
		command := exec.Command("bash", "-euc", line)
		command.Dir = dir
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
}

// TestBackupPage does what the page says: a copy while the portal runs, a later act, and the way back to the copy.
func TestBackupPage(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.config)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(9) }()
	give := func() string {
		t.Helper()
		reference, body := w.prepare(portal.url)
		w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
		return reference
	}
	before := give()
	typed(t, dir, block(t, "operation/backup.md", "backup"), nil)
	after := give()
	typed(t, dir, block(t, "operation/backup.md", "restore"), map[string]func(){
		"systemctl stop eonay-portal": func() {
			if status := portal.end(15); status != 0 {
				t.Fatalf("the portal ended with %d", status)
			}
		},
		"systemctl start eonay-portal": func() { portal = start(t, "serve", "-config", w.config) },
	})
	if !w.whole(before) {
		t.Error("the act from before the copy is not on record")
	}
	s := w.open()
	defer s.Close()
	if _, err := s.Act(t.Context(), after); err == nil {
		t.Error("the act from after the copy is on record: another database was opened")
	}
	give() // it goes on
}

// TestKeysPage makes the keys as the page of the first start says; the portal takes them, and the page of keys gets the public one.
func TestKeysPage(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.config)
	typed(t, dir, strings.ReplaceAll(block(t, "operation.md", "keys"), "umask 077\n", ""), nil)
	typed(t, dir, block(t, "operation/keys.md", "public"), nil)
	for _, name := range []string{"puk.key", "request.key", "evidence.key"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil { // as by umask, which ends with each line here
			t.Fatal(err)
		}
	}
	set(t, w.config, map[string]any{"puk_key_file": "puk.key", "request_key_file": "request.key", "evidence_key_file": "evidence.key"})
	if c, status := check(t, "check", "-config", w.config); status != 0 {
		t.Errorf("%+v", c)
	}
	if status := run(t.Context(), []string{"audit", "-config", w.config, "-key", filepath.Join(dir, "evidence-2026.pub")}, nil, os.Stderr, os.Stderr); status != 0 {
		t.Errorf("audit with the public key: status %d", status)
	}
}

// TestProcessesPage has two portals serve one database: what one has begun the other ends.
func TestProcessesPage(t *testing.T) {
	w := newWorld(t)
	other := filepath.Join(filepath.Dir(w.config), "portal-2.json")
	settings, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	set(t, other, map[string]any{"listen": fmt.Sprintf("127.0.0.1:%d", fixedPort(t)), "url": ""})
	first, second := start(t, "serve", "-config", w.config), start(t, "serve", "-config", other)
	defer func() { second.end(15) }()
	reference, body := w.prepare(first.url)
	if status := first.end(15); status != 0 {
		t.Errorf("the first ended with %d\n%s", status, &first.log)
	}
	w.must("POST", second.url+"/nes/e-onay/imza", "application/json", body, 200)
	if !w.whole(reference) {
		t.Error("the act is not on record")
	}
}

// TestIncidentPage takes a root out of the anchors: the audit finds the acts below it, until the root is named for what was.
func TestIncidentPage(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.config)
	portal := start(t, "serve", "-config", w.config)
	_, body := w.prepare(portal.url)
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
	if status := portal.end(15); status != 0 {
		t.Errorf("the portal ended with %d", status)
	}
	pkitest.WriteCertificates(t, dir, "others.pem", pkitest.Root(t, "Öteki Kök").Certificate)
	set(t, w.config, map[string]any{"anchors": "others.pem", "intermediates": "", "card_login": nil})
	for _, test := range []struct {
		more     []string
		status   int
		findings string
	}{
		{nil, 1, `"findings":1,`},
		{[]string{"-anchors", filepath.Join(dir, "chain.pem")}, 0, `"findings":0`},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), append([]string{"audit", "-config", w.config}, test.more...), nil, &stdout, &stderr)
		if status != test.status || !strings.Contains(strings.ReplaceAll(stdout.String(), " ", ""), test.findings) {
			t.Errorf("%v: status %d\n%s%s", test.more, status, &stdout, &stderr)
		}
	}
}
