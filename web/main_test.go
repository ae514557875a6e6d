package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
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

// world is a sandbox, a portal's settings for it, and one person with a card.
type world struct {
	t           *testing.T
	sandbox     string // its address
	config      string
	database    string
	postgres    string // connection string of the database in its place; empty for none
	number      string // the person's
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	client      http.Client
	cookie      string
}

// The synthetic people of the tests.
const (
	ayse   = "10000000146"
	mehmet = "11111111110"
	fatma  = "11111111101"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, thisProgram)
}

// newWorldOf is newWorld with the sandbox, and so the settings, of another version's program.
func newWorldOf(t *testing.T, program string) *world {
	t.Helper()
	dir := t.TempDir()
	box := startOf(t, program, "sandbox", "-state", dir, "-portal", fmt.Sprintf("http://localhost:%d", fixedPort(t)))
	t.Cleanup(func() {
		if status := box.end(syscall.SIGTERM); status != 0 {
			t.Errorf("the sandbox ended with %d\n%s", status, &box.log)
		}
	})
	w := &world{t: t, sandbox: box.url, number: ayse, config: filepath.Join(dir, "portal.json"), database: filepath.Join(dir, "portal.db"), cookie: crand.Text()}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.client.Transport = &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}
	w.issue()
	w.logIn()
	return w
}

// fixedPort returns a free port for a portal that comes back at the same place after each crash. It is below those that systems
// give to outgoing connections (from 32768 on): one of these could have it while the portal is down.
func fixedPort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 12000 + rand.IntN(8000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no free port")
	return 0
}

// person is somebody else in the same world, who is not logged in.
func (w *world) person(number string) *world {
	w.t.Helper()
	other := *w
	other.number = number
	other.issue()
	return &other
}

func (w *world) issue() {
	w.t.Helper()
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), crand.Reader); err != nil {
		w.t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(w.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"publicKey": public, "name": "Ayşe Yılmaz", "citizenNumber": w.number, "kind": "valid"})
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.Post(w.sandbox+"/ca/issue", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var issued struct{ Certificate []byte }
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		w.t.Fatal(err)
	}
	if w.certificate, err = x509.ParseCertificate(issued.Certificate); err != nil {
		w.t.Fatal(err)
	}
}

// open opens the portal's database beside the portal.
func (w *world) open() store.Store {
	w.t.Helper()
	s, err := w.tryOpen()
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) tryOpen() (store.Store, error) {
	if w.postgres != "" {
		return postgres.Open(context.Background(), w.postgres, false)
	}
	return sqlite.Open(context.Background(), w.database)
}

func (w *world) logIn() {
	w.t.Helper()
	if err := w.tryLogIn(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryLogIn() error {
	now := time.Now()
	if w.postgres != "" { // by a statement, since the database may have the schema of a version before
		db, err := sql.Open("pgx", w.postgres)
		if err != nil {
			return err
		}
		id := store.HashOf(w.cookie)
		_, err = db.ExecContext(w.t.Context(), `INSERT INTO eonay.session (id, citizen_number, name, acr, amr, device, created_at, seen_at, expires_at)
			VALUES ($1, $2, 'Ayşe Yılmaz', '', '', '', $3, $3, $4)`, id[:], w.number, now.UnixMilli(), now.Add(time.Hour).UnixMilli())
		return errors.Join(err, db.Close())
	}
	s, err := w.tryOpen()
	if err != nil {
		return err
	}
	err = s.CreateSession(w.t.Context(), store.Session{
		ID: store.HashOf(w.cookie), CitizenNumber: w.number, Name: "Ayşe Yılmaz",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	})
	return errors.Join(err, s.Close())
}

// do returns status and body, or an error when the portal is gone.
func (w *world) do(method, target, mediaType, body string) (int, string, error) {
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.AddCookie(&http.Cookie{Name: "oturum", Value: w.cookie})
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := w.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func (w *world) must(method, target, mediaType, body string, want int) string {
	w.t.Helper()
	status, answer, err := w.do(method, target, mediaType, body)
	if err != nil || status != want {
		w.t.Fatalf("%s %s: %d %v, want %d\n%s", method, target, status, err, want, answer)
	}
	return answer
}

var (
	field = regexp.MustCompile(`name="(islem|metin)" value="([^"]*)"`)
	actID = regexp.MustCompile(`data-act="([0-9A-Z-]{19})"`)
)

// prepare goes to screen 2/2 and signs; it returns the act and the request that records it.
func (w *world) prepare(portal string) (reference, body string) {
	w.t.Helper()
	form := url.Values{"onay": {"evet"}}
	for _, m := range field.FindAllStringSubmatch(w.must("GET", portal+"/nes/e-onay", "", "", 200), -1) {
		form.Set(m[1], m[2])
	}
	w.must("POST", portal+"/nes/e-onay", "application/x-www-form-urlencoded", form.Encode(), 303)
	m := actID.FindStringSubmatch(w.must("GET", portal+"/nes/e-onay/imza", "", "", 200))
	if m == nil {
		w.t.Fatal("screen 2/2 names no act")
	}
	return m[1], w.sign(m[1], w.must("GET", portal+"/nes/e-onay/imza/belge", "", "", 200))
}

// sign returns the request with a signature over an act's document.
func (w *world) sign(reference, document string) (body string) {
	w.t.Helper()
	hash, err := ades.HashFor(w.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	digest := hash.New()
	digest.Write([]byte(document))
	request := cades.Request{Signer: ades.Signer{Certificate: w.certificate, Hash: hash, Time: time.Now()}, ContentDigest: digest.Sum(nil)}
	signature, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return w.key.Sign(crand.Reader, digest, hash) })
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"act": reference, "signature": signature})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// whole checks that an act is on record with all its evidence, or not at all.
func (w *world) whole(reference string) (recorded bool) {
	w.t.Helper()
	s := w.open()
	defer s.Close()
	act, errAct := s.Act(context.Background(), reference)
	evidence, errEvidence := s.Evidence(context.Background(), reference)
	challenge, err := s.Challenge(context.Background(), reference)
	if err != nil {
		w.t.Fatal(err)
	}
	recorded = errAct == nil
	if recorded != (errEvidence == nil) || recorded != challenge.Used {
		w.t.Fatalf("half an act: %v, %v, used %v", errAct, errEvidence, challenge.Used)
	}
	if recorded && (len(evidence.Document) == 0 || len(evidence.Signature) == 0 || len(evidence.Path) != 3 ||
		len(evidence.OCSP) != 1 || len(evidence.CRLs) != 1 || act.Kind != challenge.Kind) {
		w.t.Fatalf("an act without all its evidence: %+v", act)
	}
	return recorded
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
