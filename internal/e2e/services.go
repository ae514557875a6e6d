package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Sandbox is the running world around the portal.
type Sandbox struct {
	*Process
	// Dir holds what the sandbox wrote: anchors.pem, chain.pem, portal.json.
	Dir string

	t T
}

// StartSandbox starts the sandbox for a portal that will be at portalURL.
func StartSandbox(t T, dir, portalURL string) *Sandbox {
	t.Helper()
	p := StartProcess(t, Built(t, "web"), "sandbox", "-state", dir, "-listen", "127.0.0.1:0", "-portal", portalURL)
	return &Sandbox{Process: p, Dir: dir, t: t}
}

// post sends JSON to the sandbox's own interface and decodes the answer into result, if not nil.
func (s *Sandbox) post(path string, body, result any) {
	s.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.t.Fatalf("encode for %s: %v", path, err)
	}
	client := http.Client{Timeout: Patience}
	response, err := client.Post(s.URL+path, "application/json", bytes.NewReader(data))
	if err != nil {
		s.t.Fatalf("sandbox %s: %v", path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("sandbox %s: %s %s %v", path, response.Status, answer, err)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer, result); err != nil {
		s.t.Fatalf("sandbox %s answered %q: %v", path, answer, err)
	}
}

// Misbehave makes a part ("ocsp", "crl") behave badly until told otherwise.
func (s *Sandbox) Misbehave(part, how string) {
	s.t.Helper()
	s.post("/admin/misbehave", map[string]string{part: how}, nil)
}

// Revoke revokes a certificate by its serial number, hex.
func (s *Sandbox) Revoke(serial string) {
	s.t.Helper()
	s.post("/ca/revoke", map[string]string{"serial": serial}, nil)
}

// StartPortal starts the portal with the sandbox's settings, changed by the given ones.
func StartPortal(t T, s *Sandbox, changes map[string]any) *Process {
	t.Helper()
	path := filepath.Join(s.Dir, "portal.json")
	if len(changes) > 0 {
		path = changeSettings(t, path, changes)
	}
	return StartProcess(t, Built(t, "web"), "serve", "-config", path)
}

// changeSettings writes a changed copy beside the settings file and returns its path.
func changeSettings(t T, path string, changes map[string]any) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the portal's settings: %v", err)
	}
	settings := map[string]any{}
	if err := json.Unmarshal(data, &settings); err != nil {
		t.Fatalf("decode the portal's settings: %v", err)
	}
	for name, value := range changes {
		settings[name] = value
	}
	data, err = json.MarshalIndent(settings, "", "  ")
	if err != nil {
		t.Fatalf("encode the portal's settings: %v", err)
	}
	changed := filepath.Join(filepath.Dir(path), fmt.Sprintf("portal-%d.json", time.Now().UnixNano()))
	if err := os.WriteFile(changed, data, 0o600); err != nil {
		t.Fatalf("write the portal's settings: %v", err)
	}
	return changed
}

// FreeURL returns an address on which nothing listens now, so that a server can be stopped and come
// back at the same place.
func FreeURL(t T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer l.Close()
	return fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)
}
