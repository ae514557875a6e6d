package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/test/pgtest"
)

// asProgram makes the test binary be the web command, for tests that need a process of its own.
const asProgram = "E_ONAY_TEST_WEB"

// thisProgram is the test binary.
var thisProgram = os.Args[0]

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(pgtest.Run(m))
}

// process is a running web command.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	log bytes.Buffer
}

// start runs a verb of this program and waits until it listens.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startOf(t, thisProgram, args...)
}

// startOf runs a verb of a program, which may be of another version.
func startOf(t *testing.T, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program, args...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = &p.log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	var ready struct {
		Ready bool
		URL   string
	}
	if err != nil || json.Unmarshal(line, &ready) != nil || !ready.Ready {
		p.end(syscall.SIGKILL)
		t.Fatalf("%v is not ready: %q %v\n%s", args, line, err, &p.log)
	}
	p.url = ready.URL
	return p
}

// end sends a signal and waits for the process; it returns its exit status, -1 if it was killed.
func (p *process) end(signal syscall.Signal) int {
	_ = p.cmd.Process.Signal(signal) // it may have ended by itself
	_ = p.cmd.Wait()                 // its state is what is asked for
	return p.cmd.ProcessState.ExitCode()
}

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "usage:"},
		{[]string{"dance"}, 2, "usage:"},
		{[]string{"serve", "-config", filepath.Join(t.TempDir(), "none.json")}, 1, "none.json"},
		{[]string{"serve", "-config", "a", "b"}, 1, `"b"`},
		{[]string{"serve", "-x"}, 1, "-x"},
		{[]string{"cards"}, 2, "usage:"},
		{[]string{"cards", "export"}, 2, "usage:"},
		{[]string{"cards", "import", "-config", filepath.Join(t.TempDir(), "none.json")}, 1, "none.json"},
		{[]string{"cards", "import", "-config", "a", "b"}, 1, `"b"`},
		{[]string{"backup"}, 1, "want 1"},
		{[]string{"backup", "-config", filepath.Join(t.TempDir(), "none.json"), "copy"}, 1, "none.json"},
		{[]string{"backup", "check"}, 1, "want one"},
		{[]string{"backup", "check", filepath.Join(t.TempDir(), "none.db")}, 1, "none.db"},
		{[]string{"audit", "-config", filepath.Join(t.TempDir(), "none.json")}, 1, "none.json"},
		{[]string{"audit", "copy"}, 1, "want 0"},
		{[]string{"migrate", "-config", filepath.Join(t.TempDir(), "none.json")}, 1, "none.json"},
		{[]string{"copy", "-from", "a"}, 1, "-to"},
		{[]string{"copy", "-from", filepath.Join(t.TempDir(), "none.json"), "-to", "b"}, 1, "none.json"},
		{[]string{"sandbox"}, 1, "state"},
		{[]string{"sandbox", "-x"}, 1, "-x"},
		{[]string{"help", "dance"}, 2, "usage:"},
		{[]string{"version", "x"}, 1, `"x"`},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), test.args, strings.NewReader(""), &stdout, &stderr); status != test.status || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%v: %d %q", test.args, status, &stderr)
		}
		if stdout.Len() > 0 {
			t.Errorf("%v writes %q to standard output", test.args, &stdout)
		}
	}
}

func TestPrintsVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"version"}, strings.NewReader(""), &stdout, &stderr); status != 0 || stdout.String() != eonay.Version+"\n" {
		t.Errorf("%d %q %q", status, &stdout, &stderr)
	}
}

// TestKilled kills the portal at a random moment while it judges and records a signature. When it is
// back, the act is there whole or not at all, and sending the same signature again ends well.
func TestKilled(t *testing.T) {
	drill(t)
	w := newWorld(t)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGKILL) }()
	began := time.Now()
	_, first := w.prepare(portal.url)
	posting := time.Now()
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", first, 200)
	span := time.Since(posting) // moments are drawn from it; it closes in on the one of the commit

	outcomes := map[string]int{}
	// One session is given thirty codes at most.
	for round := 0; round < 25 && time.Since(began) < 20*time.Second; round++ {
		reference, body := w.prepare(portal.url)
		answered := make(chan int, 1)
		go func() {
			status, _, err := w.do("POST", portal.url+"/nes/e-onay/imza", "application/json", body)
			if err != nil {
				status = 0
			}
			answered <- status
		}()
		moment := time.NewTimer(time.Duration(rand.Int64N(int64(span) + 1)))
		<-moment.C
		portal.end(syscall.SIGKILL)
		status := <-answered
		recorded := w.whole(reference)
		outcomes[fmt.Sprintf("answer %d, recorded %v", status, recorded)]++
		switch {
		case status == 200 && !recorded:
			t.Fatal("the portal said that it recorded what it had not")
		case status == 200:
			span = span * 3 / 4
		case !recorded:
			span = span*4/3 + time.Millisecond
		}

		portal = start(t, "serve", "-config", w.config)
		want := map[bool]int{true: 409, false: 200}[recorded]
		answer := w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, want)
		if !strings.Contains(answer, `"location":"/nes/e-onay/sonuc"`) || !w.whole(reference) {
			t.Fatalf("sent again: %s", answer)
		}
	}
	t.Logf("outcomes: %v", outcomes)
	if len(outcomes) < 2 {
		t.Errorf("every kill came at the same stage: %v", outcomes)
	}
}

// TestStopped tells the portal to stop while a request is under way: it is answered first.
func TestStopped(t *testing.T) {
	w := newWorld(t)
	portal := start(t, "serve", "-config", w.config)
	reference, body := w.prepare(portal.url)
	reader, writer := io.Pipe()
	reading := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	r, err := http.NewRequestWithContext(ctx, "POST", portal.url+"/nes/e-onay/imza", reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	r.AddCookie(&http.Cookie{Name: "oturum", Value: w.cookie})
	answered := make(chan error, 1)
	go func() {
		response, err := w.client.Do(r)
		if err == nil && response.StatusCode != 200 {
			err = fmt.Errorf("status %d", response.StatusCode)
		}
		answered <- err
	}()
	<-reading // the request is under way
	if err := portal.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(writer, body); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if status := portal.end(0); status != 0 {
		t.Errorf("the portal ended with %d\n%s", status, &portal.log)
	}
	if !w.whole(reference) {
		t.Error("the act is not on record")
	}
}

// TestBackup copies the database of a portal that runs, by the command, and opens the copy.
func TestBackup(t *testing.T) {
	w := newWorld(t)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGTERM) }()
	reference, body := w.prepare(portal.url)
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, args := range [][]string{{"backup", "-config", w.config, copied}, {"backup", "check", copied}} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), `"acts":1`) {
			t.Fatalf("%v: %d %s%s", args, status, &stdout, &stderr)
		}
	}
	w.database = copied
	if !w.whole(reference) {
		t.Error("the act is not in the copy")
	}
}

// TestImportsCards puts a card on record beside a portal that runs, as a program of its own.
func TestImportsCards(t *testing.T) {
	w := newWorld(t)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGTERM) }()
	line, err := json.Marshal(map[string]any{"serial": "0123456789ABCDEF", "citizen_number": ayse, "certificate": w.certificate.Raw, "puk": "87654321"})
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(os.Args[0], "cards", "import", "-config", w.config)
	program.Env = append(os.Environ(), asProgram+"=1")
	program.Stdin = bytes.NewReader(line)
	if out, err := program.Output(); err != nil || string(out) != "{\"cards\":1}\n" {
		t.Fatalf("%q, %v", out, err)
	}
	s := w.open()
	defer s.Close()
	if cards, err := s.Cards(t.Context(), ayse); err != nil || len(cards) != 1 || cards[0].Serial != "0123456789ABCDEF" {
		t.Errorf("on record are %+v, %v", cards, err)
	}
}

// TestVerifyStatus checks that the exit status of verify is its own, and not that of other verbs.
func TestVerifyStatus(t *testing.T) {
	file := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(file, []byte("no signature"), 0o600); err != nil {
		t.Fatal(err)
	}
	for status, args := range map[int][]string{2: {"verify"}, 3: {"verify", file}} {
		if got := run(t.Context(), args, nil, io.Discard, io.Discard); got != status {
			t.Errorf("%q: status %d, want %d", args, got, status)
		}
	}
}
