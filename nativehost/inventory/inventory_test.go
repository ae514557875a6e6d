//go:build linux

package inventory_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
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
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pinstate"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
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

// An opened inventory has libraries, each with its time limit for a list, and no PC/SC service. changed has the events that
// it has told.
type opened struct {
	*inventory.Inventory
	changed chan bool
}

func open(t *testing.T, limits map[string]time.Duration, rounds ...[]module.Library) opened {
	t.Helper()
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(os.DevNull, "none") // in which nothing can be made
	log := slog.New(slog.DiscardHandler)
	changed := make(chan bool, 100)
	ctx, cancel := context.WithCancel(t.Context())
	i := inventory.New(ctx, inventory.Config{
		Select: func([][]byte) module.Selection { return module.Selection{Rounds: rounds} },
		Start: func(l module.Library) *worker.Client {
			return worker.New(executable, l.Path, worker.Limits{List: limits[l.Path]})
		},
		States:    pinstate.New(keypins.File{Path: nowhere}, pukrefusals.File{Path: nowhere}, log),
		HashSites: hashsites.File{Path: nowhere},
		Changed:   func() { changed <- true },
		Now:       time.Now, Log: log,
	})
	t.Cleanup(func() {
		cancel()
		i.WaitForLate()
		i.Close()
	})
	return opened{i, changed}
}

// list returns what the inventory lists, which must fit a message to the window.
func (o opened) list(t *testing.T) *protocol.CertificateList {
	t.Helper()
	list, err := o.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := messaging.NewWriter(io.Discard).Write(list); err != nil {
		t.Fatalf("the browser would not take the list: %v", err)
	}
	return list
}

// A library that hangs costs its time limit once, hides nothing of another's card, and is listed again
// as soon as it answers.
func TestLateLibrary(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "late.so")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const limit = 3 * time.Second
	good := library(t, token)
	i := open(t, map[string]time.Duration{pipe: limit, good: time.Minute}, []module.Library{{Path: pipe}, {Path: good}})
	first := i.list(t)
	if len(first.Tokens) != 1 || len(first.Findings) < 1 || !timedOut(first) {
		t.Fatalf("first list %+v", first)
	}
	start := time.Now()
	if again := i.list(t); len(again.Tokens) != 1 || !timedOut(again) || time.Since(start) >= limit {
		t.Fatalf("second list after %v: %+v", time.Since(start), again)
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i.list(t) // asks again, should the machine be so slow that the last attempt was late too
	<-i.changed
	if last := i.list(t); len(last.Tokens) != 1 || timedOut(last) {
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
	path := library(t, token,
		certificate(func(c *x509.Certificate) { c.SerialNumber = new(big.Int).Lsh(big.NewInt(1), 8*10_000) }),
		certificate(func(c *x509.Certificate) { c.NotBefore = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }),
		certificate(func(c *x509.Certificate) { c.NotAfter = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }),
		certificate(func(*x509.Certificate) {}),
	)
	list := open(t, map[string]time.Duration{path: time.Minute}, []module.Library{{Path: path}}).list(t)
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
		list := open(t, map[string]time.Duration{first.Path: time.Minute, second.Path: time.Minute}, round).list(t)
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
	path := library(t, replies...)
	list := open(t, map[string]time.Duration{path: time.Minute}, []module.Library{{Path: path}}).list(t)
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

func timedOut(l *protocol.CertificateList) bool {
	for _, f := range l.Findings {
		if f.Code == fault.ModuleTimeout && f.Subject == "late.so" {
			return true
		}
	}
	return false
}
