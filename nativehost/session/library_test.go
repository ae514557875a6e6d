//go:build linux

package session_test

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/session"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// The test's own program is the worker. A "library" is a file with its replies to list, one a line; one
// that is a pipe hangs until somebody opens the pipe for writing.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "worker" {
		work(os.Args[2])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func work(library string) {
	in, out := messaging.NewReader(os.Stdin), messaging.NewWriter(os.Stdout)
	_ = out.WriteRaw([]byte(`{"hello":true}`))
	for {
		if _, err := in.Read(); err != nil {
			return
		}
		f, err := os.Open(library)
		if err != nil {
			return
		}
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			for lines := bufio.NewScanner(f); lines.Scan(); {
				_ = out.WriteRaw(lines.Bytes())
			}
		}
		f.Close()
		_ = out.WriteRaw([]byte(`{"done":true}`))
	}
}

// library writes one that replies what it is told.
func library(t *testing.T, replies ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "good.so")
	if err := os.WriteFile(path, []byte(strings.Join(replies, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const token = `{"token":{"slot":1,"label":"Kart","pin":{"state":"ready"},"puk":"ready"}}`

// using is a session's configuration with libraries, each with its time limit for a list.
func using(t *testing.T, libraries map[string]time.Duration) session.Config {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := config(io.Discard)
	var round []module.Library
	for path := range libraries {
		round = append(round, module.Library{Path: path})
	}
	c.Select = func([][]byte) module.Selection { return module.Selection{Rounds: [][]module.Library{round}} }
	c.Start = func(l module.Library) *worker.Client {
		return worker.New(executable, l.Path, worker.Limits{List: libraries[l.Path]})
	}
	return c
}

// serve begins a session and returns the answer to its hello.
func serve(t *testing.T, c session.Config) (*peer, protocol.HostEnvelope) {
	t.Helper()
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	window, host := io.Pipe()
	hostIn, windowOut := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- session.Serve(t.Context(), hostIn, host, c) }()
	t.Cleanup(func() {
		windowOut.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	p := &peer{t: t, in: messaging.NewReader(window), out: messaging.NewWriter(windowOut)}
	p.ask(`{"id":1,"type":"hello","body":{"protocol":1}}`)
	return p, p.next()
}

// A library that hangs costs its time limit once, hides nothing of another's card, and is listed again
// as soon as it answers.
func TestLateLibrary(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "late.so")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const limit = 3 * time.Second
	p, _ := serve(t, using(t, map[string]time.Duration{pipe: limit, library(t, token): time.Minute}))
	first := p.list(2)
	if len(first.Tokens) != 1 || len(first.Findings) < 1 || !timedOut(first) {
		t.Fatalf("first list %+v", first)
	}
	start := time.Now()
	if again := p.list(3); len(again.Tokens) != 1 || !timedOut(again) || time.Since(start) >= limit {
		t.Fatalf("second list after %v: %+v", time.Since(start), again)
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p.list(4) // asks again, should the machine be so slow that the last attempt was late too
	for p.events == 0 {
		p.next()
	}
	if last := p.list(5); len(last.Tokens) != 1 || timedOut(last) {
		t.Fatalf("list after the event: %+v", last)
	}
}

// What would make the window refuse the whole list is left out of it, and told.
func TestOddCertificates(t *testing.T) {
	authority := pkitest.Root(t, "Kök")
	certificate := func(edit pkitest.Edit) string {
		der := authority.Issue(t, pkitest.Key(t, "P-256 kart").Public(), edit).Raw
		return fmt.Sprintf(`{"certificate":{"slot":1,"der":%q}}`, base64.StdEncoding.EncodeToString(der))
	}
	p, _ := serve(t, using(t, map[string]time.Duration{library(t, token,
		certificate(func(c *x509.Certificate) { c.SerialNumber = new(big.Int).Lsh(big.NewInt(1), 8*10_000) }),
		certificate(func(c *x509.Certificate) { c.NotBefore = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }),
		certificate(func(c *x509.Certificate) { c.NotAfter = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }),
		certificate(func(*x509.Certificate) {}),
	): time.Minute}))
	list := p.list(2)
	if len(list.Certificates) != 1 || len(list.Findings) != 1 || list.Findings[0].Code != fault.CertificateMalformed ||
		list.Findings[0].Subject != "Kart" || !strings.HasPrefix(list.Findings[0].Detail, "serial number of 80001 bits") {
		t.Fatalf("%d certificates, findings %+v", len(list.Certificates), list.Findings)
	}
}

// A library with as much as it may show, in the longest words, leaves room for the card of another, and the list is one
// that the browser takes. What it leaves out is one finding of each token.
func TestListIsShared(t *testing.T) {
	long := strings.Repeat("<", 64) // six bytes each in JSON
	authority := pkitest.Root(t, long)
	key := pkitest.Key(t, "P-256 kart").Public()
	certificate := func(slot int, name string) string {
		der := authority.Issue(t, key, func(c *x509.Certificate) { c.Subject.CommonName = name }).Raw
		return fmt.Sprintf(`{"certificate":{"slot":%d,"der":%q}}`, slot, base64.StdEncoding.EncodeToString(der))
	}
	var greedy []string
	for slot := range 32 {
		greedy = append(greedy, fmt.Sprintf(`{"token":{"slot":%d,"serial":"%d","label":"%02d%s","reader":"%s","pin":{"state":"ready"},"puk":"ready"}}`, slot, slot, slot, long, long))
		for range 8 {
			greedy = append(greedy, certificate(slot, strings.Repeat("<", 100)))
		}
		greedy = append(greedy, fmt.Sprintf(`{"finding":{"code":"token_error","subject":"%02d%s"}}`, slot, long))
	}
	first, second := module.Library{Path: library(t, greedy...)}, module.Library{Path: library(t, token, certificate(1, "Ayşe Yılmaz"))}
	for _, round := range [][]module.Library{{first, second}, {second, first}} {
		c := using(t, map[string]time.Duration{first.Path: time.Minute, second.Path: time.Minute})
		c.Select = func([][]byte) module.Selection { return module.Selection{Rounds: [][]module.Library{round}} }
		p, _ := serve(t, c)
		list := p.list(2)
		left := 0
		for _, f := range list.Findings {
			if f.Code == fault.CertificatesLeftOut {
				left++
			}
		}
		holders := func(c protocol.Certificate) bool { return c.Holder == "Ayşe Yılmaz" }
		if !slices.ContainsFunc(list.Certificates, holders) || len(list.Certificates) != 64 || len(list.Tokens) != 33 || len(list.Findings) != 64 || left != 32 {
			t.Errorf("%d certificates of %d tokens, %d findings, %d of what is left out", len(list.Certificates), len(list.Tokens), len(list.Findings), left)
		}
	}
}

// Of a token with more than there is room for, those that can be used are listed.
func TestUsableAreListed(t *testing.T) {
	authority := pkitest.Root(t, "Kök")
	replies := []string{token}
	for i := range protocol.MaxCertificates {
		der := authority.Issue(t, pkitest.Key(t, "P-256 kart").Public(), func(c *x509.Certificate) {
			if i < protocol.MaxCertificates-1 {
				c.NotAfter = time.Now().Add(-time.Hour)
			}
		}).Raw
		replies = append(replies, fmt.Sprintf(`{"certificate":{"slot":1,"der":%q}}`, base64.StdEncoding.EncodeToString(der)))
	}
	other := authority.Issue(t, pkitest.Key(t, "P-256 başka").Public()).Raw
	second := fmt.Sprintf(`{"certificate":{"slot":2,"der":%q}}`, base64.StdEncoding.EncodeToString(other))
	replies = append(replies, strings.Replace(token, `"slot":1`, `"slot":2`, 1), second)
	p, _ := serve(t, using(t, map[string]time.Duration{library(t, replies...): time.Minute}))
	list := p.list(2)
	usable := 0
	for _, c := range list.Certificates {
		if c.Problem == "" {
			usable++
		}
	}
	want := []protocol.Finding{{Code: fault.CertificatesLeftOut, Subject: "Kart"}}
	if len(list.Certificates) != protocol.MaxCertificates || usable != 2 || !slices.Equal(list.Findings, want) {
		t.Errorf("%d certificates, %d of them usable, findings %+v", len(list.Certificates), usable, list.Findings)
	}
}

// An answer that the browser would not take is a failure, not silence.
func TestAnswerTooLarge(t *testing.T) {
	c := config(io.Discard)
	c.Version = strings.Repeat("1", protocol.MaxHostMessage)
	_, answer := serve(t, c)
	var failure protocol.HostFailure
	if err := json.Unmarshal(answer.Body, &failure); err != nil || answer.ID != 1 || failure.Code != fault.MessageTooLarge {
		t.Fatalf("%v, %d %s %+v", err, answer.ID, answer.Type, failure)
	}
}

func timedOut(l protocol.CertificateList) bool {
	for _, f := range l.Findings {
		if f.Code == fault.ModuleTimeout && f.Subject == "late.so" {
			return true
		}
	}
	return false
}

// A peer is the window's side of a session.
type peer struct {
	t      *testing.T
	in     *messaging.Reader
	out    *messaging.Writer
	events int // tokens-changed
}

func (p *peer) ask(request string) {
	p.t.Helper()
	if err := p.out.WriteRaw([]byte(request)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) next() protocol.HostEnvelope {
	p.t.Helper()
	frame, err := p.in.Read()
	if err != nil {
		p.t.Fatal(err)
	}
	var e protocol.HostEnvelope
	if err := messaging.Decode(frame, &e); err != nil {
		p.t.Fatal(err)
	}
	if e.Type == protocol.HostTokensChanged {
		p.events++
	}
	return e
}

// list asks for the certificates under the number id, a digit.
func (p *peer) list(id uint32) (list protocol.CertificateList) {
	p.t.Helper()
	p.ask(strings.Replace(`{"id":N,"type":"certificates"}`, "N", string('0'+rune(id)), 1))
	for {
		e := p.next()
		if e.ID != id {
			continue
		}
		if err := json.Unmarshal(e.Body, &list); err != nil {
			p.t.Fatal(err)
		}
		return list
	}
}
