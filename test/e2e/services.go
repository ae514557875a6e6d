package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Sandbox is the running world around the portal.
type Sandbox struct {
	*Process
	// Dir holds what the sandbox wrote: anchors.pem, chain.pem, portal.json.
	Dir string

	t T
}

// StartSandbox starts the sandbox for a portal that will be at portalURL; more are further arguments.
func StartSandbox(t T, dir, portalURL string, more ...string) *Sandbox {
	t.Helper()
	p := StartProcess(t, Built(t, "web"), append([]string{"sandbox", "-state", dir, "-listen", "127.0.0.1:0", "-portal", portalURL}, more...)...)
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

// Message is what the sandbox's mail server has taken.
type Message struct {
	Number            int
	To, Subject, Text string
}

// Messages returns the number of the newest message, 0 where there is none.
func (s *Sandbox) Messages() int {
	s.t.Helper()
	newest := 0
	for _, m := range s.messages("after=0&now") {
		newest = m.Number
	}
	return newest
}

// messages asks the mail server, which waits for a message where there is none yet, unless the query says now.
func (s *Sandbox) messages(query string) []Message {
	s.t.Helper()
	client := http.Client{Timeout: Patience}
	response, err := client.Get(s.URL + "/admin/mail?" + query)
	if err != nil {
		s.t.Fatalf("sandbox's mail: %v", err)
	}
	defer response.Body.Close()
	var answer struct{ Messages []Message }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		s.t.Fatalf("sandbox's mail: %s %v", response.Status, err)
	}
	return answer.Messages
}

// Await returns the first message after a number of which is is true.
func (s *Sandbox) Await(after int, is func(Message) bool) Message {
	s.t.Helper()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); {
		for _, m := range s.messages(fmt.Sprintf("after=%d", after)) {
			if is(m) {
				return m
			}
			after = m.Number
		}
	}
	s.t.Fatalf("no such message came after the %d.", after)
	return Message{}
}

var eightDigits = regexp.MustCompile(`\b[0-9]{4} [0-9]{4}\b`)

// OneTimeCode returns the code that is sent after the message with a number.
func (s *Sandbox) OneTimeCode(after int) string {
	s.t.Helper()
	return eightDigits.FindString(s.Await(after, func(m Message) bool { return eightDigits.MatchString(m.Text) }).Text)
}

// StartPortal starts the portal with the sandbox's settings, changed by the given ones. Of a group of settings those change that are given.
func StartPortal(t T, s *Sandbox, changes map[string]any) *Process {
	t.Helper()
	return StartProcess(t, Built(t, "web"), "serve", "-config", PortalSettings(t, s, changes))
}

// PortalSettings returns the path of the sandbox's settings for the portal, changed by the given ones.
func PortalSettings(t T, s *Sandbox, changes map[string]any) string {
	t.Helper()
	path := filepath.Join(s.Dir, "portal.json")
	if len(changes) > 0 {
		path = changeSettings(t, path, changes)
	}
	return path
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
		group, isGroup := settings[name].(map[string]any)
		if some, ok := value.(map[string]any); ok && isGroup {
			maps.Copy(group, some)
			continue
		}
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

// FreeURL returns an address on which nothing listens now, so that a server can be stopped and come back at the same place
// until the test ends. Its port is none that the system gives to connections, which would take it meanwhile, nor one of
// the smart card services'. Who gives a port away holds it at another address of this machine, so that no test of another
// process is given it too.
func FreeURL(t T) string {
	t.Helper()
	for range 100 {
		port := 10000 + rand.IntN(10000)
		held, err := net.Listen("tcp", fmt.Sprintf("127.0.0.2:%d", port))
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			held.Close()
			continue
		}
		l.Close()
		t.Cleanup(func() { held.Close() })
		return fmt.Sprintf("http://localhost:%d", port)
	}
	t.Fatalf("there is no free port")
	return ""
}
