//go:build linux

package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/test/testcard"
)

const (
	pin      = "246810"
	soPIN    = "87654321"
	origin   = "chrome-extension://" + protocol.ChromiumExtensionID + "/"
	patience = 45 * time.Second // for anything that must happen at all: longer than a library may take to log in
	atOnce   = 15 * time.Second // for what waits for no library, which may take 20 s to sign: a busy machine needs seconds
)

// program is the real program, built once.
var program string

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == hurriedCommand {
		os.Exit(hurriedHost(os.Args[2], os.Args[3]))
	}
	dir, err := os.MkdirTemp("", "eonay-host-test")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "eonay-host")
	build := exec.Command("go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the host: %v\n%s", err, out)
		os.Exit(1)
	}
	os.Unsetenv("OPENSC_CONF") // what whoever runs the tests has set is of no machine's
	// The tests wait for cards, for the smart card service and for libraries that hang, more than for a processor.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// sources opens the folders of the program's sources: Go takes a test's earlier result for as long as what the test has
// opened is as it was, and does not see what TestMain builds.
var sources = sync.OnceValue(func() error {
	for _, folder := range []string{".", "../internal"} {
		err := filepath.WalkDir(folder, func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	return nil
})

// A machine is a person's machine: a home with a host configuration, and a set of tokens.
type machine struct {
	home string
	hsm  *testcard.SoftHSM
	more []string // of the environment, for another library
}

// newMachine configures the given libraries and nothing else. No test ever meets a PC/SC service, a TPM or a keyring
// of the real machine.
func newMachine(t testing.TB, modules ...string) *machine {
	t.Helper()
	m := &machine{home: t.TempDir()}
	err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if m.hsm, err = testcard.NewSoftHSM(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"modules": modules, "search": false, "tpm": device.NoTPM, "keyring": false})
	if err != nil {
		t.Fatal(err)
	}
	m.configure(t, string(config))
	return m
}

// withSoftHSM is a machine with SoftHSM2 itself for its library.
func withSoftHSM(t testing.TB) *machine {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	return newMachine(t, module)
}

// installed returns the path of a library of Debian's.
func installed(t testing.TB, name string) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/*-linux-gnu/" + name)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s is not installed (%v)", name, err)
	}
	return found[0]
}

// withFault is a machine whose library misbehaves.
func withFault(t testing.TB, fault testcard.Fault) (*machine, *testcard.Faulty) {
	t.Helper()
	faulty := newFaulty(t, fault)
	return newMachine(t, faulty.Path), faulty
}

func newFaulty(t testing.TB, fault testcard.Fault) *testcard.Faulty {
	t.Helper()
	faulty, err := testcard.NewFaulty(t.TempDir(), fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { faulty.Close() })
	return faulty
}

func (m *machine) configure(t testing.TB, config string) {
	t.Helper()
	path := filepath.Join(m.home, ".config", "e-onay", "host.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) env() []string {
	return append(append(os.Environ(), m.more...),
		"HOME="+m.home, "XDG_CONFIG_HOME="+filepath.Join(m.home, ".config"), "XDG_CACHE_HOME="+filepath.Join(m.home, ".cache"),
		"LC_ALL=", "LC_MESSAGES=", "LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(m.home, "none"), testcard.PCSCEnv(m.home), m.hsm.Env())
}

// command runs a command for people and returns what it printed.
func (m *machine) command(t testing.TB, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = m.env()
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// commandIn runs a command with one more environment variable and returns its standard error.
func (m *machine) commandIn(t testing.TB, variable string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(m.env(), variable)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stderr.String()
}

// A window is the browser's side of one session with the real program.
type window struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  *os.File
	stdout *os.File
	in     *messaging.Reader
	stderr *bytes.Buffer
	last   uint32
	events []protocol.HostEnvelope
	parts  []protocol.HostSignatureBody // of signed files, since the last request
}

// signedFiles is what became of a request for signatures: the files that were signed, in the documents' order.
type signedFiles struct {
	Signatures []signedFile
	Outcomes   []protocol.Outcome
}

// A signedFile is a file that was signed; nil where there is none. Data are all its bytes, where they are all new; Parts are
// the parts that it came in.
type signedFile struct {
	Data  []byte
	Parts []protocol.SignaturePart
}

// whole puts the file together with the documents of the request.
func (f signedFile) whole(documents [][]byte) (whole []byte) {
	for _, part := range f.Parts {
		whole = append(whole, part.Data...)
		if part.Span.Length > 0 {
			whole = append(whole, documents[part.Span.Document][part.Span.Offset:part.Span.Offset+part.Span.Length]...)
		}
	}
	return whole
}

// open starts the session of a window. The program must end by itself, in time, when the test does.
func (m *machine) open(t testing.TB) *window { return m.run(t, "serve", origin) }

// run starts the program for a window.
func (m *machine) run(t testing.TB, args ...string) *window {
	t.Helper()
	return m.start(t, exec.Command(program, args...))
}

// start is open with another program, and with more environment variables.
func (m *machine) start(t testing.TB, cmd *exec.Cmd, variables ...string) *window {
	t.Helper()
	childIn, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, cmd: cmd, stdin: stdin, stdout: stdout, in: messaging.NewReader(stdout), stderr: new(bytes.Buffer)}
	w.cmd.Env = append(m.env(), variables...)
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = childIn, childOut, w.stderr
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	childIn.Close()
	childOut.Close()
	t.Cleanup(func() {
		w.close()
		for _, secret := range []string{pin, "999999", testCitizen, puk, freshPIN} {
			if strings.Contains(w.stderr.String(), secret) {
				t.Errorf("the log holds a secret")
			}
		}
	})
	return w
}

// close closes the window as a browser does, which reads nothing more either, and returns the program's exit status.
func (w *window) close() int {
	w.stdout.Close()
	w.stdin.Close()
	late := time.AfterFunc(patience, func() { w.cmd.Process.Kill() })
	defer late.Stop()
	_ = w.cmd.Wait() // a second Wait is an error that says nothing
	return w.cmd.ProcessState.ExitCode()
}

// raw sends bytes as they are.
func (w *window) raw(b []byte) {
	w.t.Helper()
	if _, err := w.stdin.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// ask sends a request and returns its number.
func (w *window) ask(kind protocol.HostType, body any) uint32 {
	w.t.Helper()
	w.last++
	w.parts = nil
	e := protocol.HostEnvelope{ID: w.last, Type: kind}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		e.Body = raw
	}
	if err := messaging.NewWriter(w.stdin).Write(e); err != nil {
		w.t.Fatal(err)
	}
	return w.last
}

// read returns the next message.
func (w *window) read() (e protocol.HostEnvelope) {
	w.t.Helper()
	if err := w.stdout.SetReadDeadline(time.Now().Add(patience)); err != nil {
		w.t.Fatal(err)
	}
	frame, err := w.in.Read()
	if err != nil {
		w.t.Fatalf("no message: %v\n%s", err, w.stderr)
	}
	if err := messaging.Decode(frame, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// next returns the next message that is not an event.
func (w *window) next() protocol.HostEnvelope {
	w.t.Helper()
	for {
		e := w.read()
		if e.Type == protocol.HostSignature {
			w.keepPart(e)
			continue
		}
		if e.ID == 0 && e.Type != protocol.HostError {
			w.events = append(w.events, e)
			continue
		}
		return e
	}
}

// keepPart keeps a part of a signed file.
func (w *window) keepPart(e protocol.HostEnvelope) {
	w.t.Helper()
	var part protocol.HostSignatureBody
	if err := json.Unmarshal(e.Body, &part); err != nil || e.ID != 0 {
		w.t.Fatalf("%d %s: %v", e.ID, e.Type, err)
	}
	w.parts = append(w.parts, part)
}

// answer waits for the answer to request id, of the given kind, and decodes it.
func (w *window) answer(id uint32, kind protocol.HostType, body any) {
	w.t.Helper()
	e := w.next()
	if e.ID != id || e.Type != kind {
		w.t.Fatalf("answer %d %s %s, want %d %s", e.ID, e.Type, e.Body, id, kind)
	}
	if files, ok := body.(*signedFiles); ok {
		w.decodeSigned(e, files)
	} else if body != nil {
		if err := json.Unmarshal(e.Body, body); err != nil {
			w.t.Fatal(err)
		}
	}
}

// decodeSigned puts the parts together that have come before the answer.
func (w *window) decodeSigned(e protocol.HostEnvelope, files *signedFiles) {
	w.t.Helper()
	var result protocol.SignResult
	if err := json.Unmarshal(e.Body, &result); err != nil {
		w.t.Fatal(err)
	}
	*files = signedFiles{make([]signedFile, len(result.Outcomes)), result.Outcomes}
	whole := make([]bool, len(result.Outcomes))
	at := 0
	for _, part := range w.parts {
		d := part.Document
		if part.Request != e.ID || d < at || d >= len(whole) || whole[d] || d > at && len(files.Signatures[at].Parts) > 0 && !whole[at] || (len(part.Data) == 0) == (part.Span.Length == 0) {
			w.t.Fatalf("part %+v of request %d, answer %s", part, part.Request, e.Body)
		}
		at, whole[d] = d, part.Last
		files.Signatures[d].Data = append(files.Signatures[d].Data, part.Data...)
		files.Signatures[d].Parts = append(files.Signatures[d].Parts, part.SignaturePart)
	}
	for i, o := range result.Outcomes {
		if whole[i] != (o.Code == "") {
			w.t.Fatalf("document %d: outcome %q, whole: %v", i, o.Code, whole[i])
		}
	}
}

// refused waits for the refusal of request id with the given code.
func (w *window) refused(id uint32, code fault.Code) protocol.HostFailure {
	w.t.Helper()
	var f protocol.HostFailure
	w.answer(id, protocol.HostError, &f)
	if f.Code != code {
		w.t.Fatalf("request %d refused with %s (%s), want %s", id, f.Code, f.Detail, code)
	}
	return f
}

func (w *window) hello() {
	w.t.Helper()
	w.answer(w.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version}), protocol.HostWelcome, nil)
}

func (w *window) list() protocol.CertificateList {
	w.t.Helper()
	var list protocol.CertificateList
	w.answer(w.ask(protocol.HostCertificates, nil), protocol.HostCertificateList, &list)
	return list
}

// deliver sends documents in chunks of the size that suits an awkward browser.
func (w *window) deliver(documents ...[]byte) (shown [][]byte) {
	w.t.Helper()
	for i, d := range documents {
		w.answer(w.ask(protocol.HostDocument, textDocument(i, len(d))), protocol.HostReady, nil)
		offset := int64(0)
		for chunk := range slices.Chunk(d, 300_001) {
			w.answer(w.ask(protocol.HostChunk, protocol.HostChunkBody{Document: i, Offset: offset, Data: chunk}), protocol.HostReady, nil)
			offset += int64(len(chunk))
		}
		sum := sha256.Sum256(d)
		shown = append(shown, sum[:])
	}
	return shown
}

// send announces a document of any kind, and sends it; it is kept.
func (w *window) send(place int, name, mediaType string, content []byte) (shown []byte) {
	w.t.Helper()
	body := protocol.HostDocumentBody{Document: place, Name: name, MediaType: mediaType, Size: int64(len(content)), Keep: true}
	w.answer(w.ask(protocol.HostDocument, body), protocol.HostReady, nil)
	offset := int64(0)
	for chunk := range slices.Chunk(content, protocol.ChunkSize) {
		w.answer(w.ask(protocol.HostChunk, protocol.HostChunkBody{Document: place, Offset: offset, Data: chunk}), protocol.HostReady, nil)
		offset += int64(len(chunk))
	}
	sum := sha256.Sum256(content)
	return sum[:]
}

func textDocument(i, size int) protocol.HostDocumentBody {
	return protocol.HostDocumentBody{Document: i, Name: "onay.txt", MediaType: protocol.MediaTypeText, Size: int64(size)}
}

// signRequest is a correct one.
func signRequest(certificate protocol.Certificate, pin string, shown [][]byte) protocol.HostSignBody {
	return protocol.HostSignBody{
		Certificate: certificate.ID, PIN: []byte(pin), SignatureOptions: protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1}, Shown: shown,
	}
}

// ready is a window with its session open, its documents delivered and its certificates listed.
func (m *machine) ready(t testing.TB, documents ...[]byte) (*window, protocol.CertificateList, [][]byte) {
	t.Helper()
	w := m.open(t)
	w.hello()
	list := w.list()
	return w, list, w.deliver(documents...)
}

// softHSMFile returns where the library of SoftHSM2 is, and what is in it.
func softHSMFile(t testing.TB) (path string, content []byte) {
	t.Helper()
	path, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	content, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}
