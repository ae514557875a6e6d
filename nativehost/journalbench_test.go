//go:build linux

package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/test/testcard"
)

// years is how many acts a journal has that is nearly full.
const years = 100_000

// anAct is one as most are.
func anAct() journal.Act {
	return journal.Act{
		Kind: protocol.JournalSign, Outcome: "done", Origin: portal, Purpose: "E-Onay: Nitelikli elektronik sertifika başvurusu",
		Documents:   []journal.Document{{Name: "e-onay-taahhutname.txt", Digest: strings.Repeat("ab", sha256.Size)}},
		Certificate: strings.Repeat("cd", sha256.Size), Issuer: "Nitelikli Elektronik Sertifika Hizmet Sağlayıcısı", Serial: strings.Repeat("EF", 16),
	}
}

// fullJournal writes a journal of n acts that key has signed, as n calls of Append would, which take minutes.
func fullJournal(b *testing.B, dir string, key *device.Key, n int) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	var segment bytes.Buffer
	name, before, oldest, offset := "entries-000000000001.jsonl", "", "", 0
	write := func() {
		if err := os.WriteFile(filepath.Join(dir, name), segment.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for i := 1; i <= n; i++ {
		if int64(segment.Len()) >= journal.DefaultLimits.Segment {
			write()
			segment.Reset()
			name = fmt.Sprintf("entries-%012d.jsonl", i)
		}
		line, err := json.Marshal(journal.Entry{Number: uint64(i), Time: time.Now().UTC(), Act: anAct(), Before: before})
		if err != nil {
			b.Fatal(err)
		}
		sum := sha256.Sum256(line)
		if before, offset = hex.EncodeToString(sum[:]), segment.Len(); i == 1 {
			oldest = before
		}
		segment.Write(append(line, '\n'))
	}
	write()
	public, err := key.Public().Signing.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	statement := fmt.Appendf(nil, "tr.eonay.journal v2\n1\n%s\n%d\n%s\n%d\n0\n0\n0\n0\n0\n%x\n", oldest, n, before, offset, public)
	signature, err := key.Sign(b.Context(), statement)
	if err != nil {
		b.Fatal(err)
	}
	head := fmt.Appendf(nil, `{"version":2,"first":{"number":1,"digest":%q},"number":%d,"digest":%q,"offset":%d,"key":%q,"signature":%q}`, oldest, n, before, offset,
		base64.StdEncoding.EncodeToString(public), base64.StdEncoding.EncodeToString(signature))
	if err := os.WriteFile(filepath.Join(dir, "head.json"), head, 0o600); err != nil {
		b.Fatal(err)
	}
}

// longUsed is a machine with a nearly full journal.
func longUsed(b *testing.B) (*machine, *device.Key) {
	b.Helper()
	m, _, _ := oneCard(b, testcard.P256)
	key, err := device.Make(b.Context(), m.deviceKey())
	if err != nil {
		b.Fatal(err)
	}
	fullJournal(b, m.journalDir(), key, years)
	return m, key
}

// One more act in a journal of 100,000, by a key in a file and by one in a (software) TPM.
func BenchmarkJournalAppend(b *testing.B) {
	appends := func(b *testing.B, dir string, key *device.Key) {
		fullJournal(b, dir, key, years)
		j := journal.New(dir, key, journal.DefaultLimits)
		for b.Loop() {
			if _, err := j.Append(b.Context(), anAct()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("file", func(b *testing.B) {
		dir := b.TempDir()
		key, err := device.Make(b.Context(), device.Where{Path: filepath.Join(dir, "device.json"), TPM: device.NoTPM}.Options())
		if err != nil {
			b.Fatal(err)
		}
		appends(b, dir, key)
	})
	b.Run("TPM", func(b *testing.B) {
		dir := b.TempDir()
		key, err := device.Make(b.Context(), device.Where{Path: filepath.Join(dir, "device.json"), TPM: startTPM(b, b.TempDir()).Socket()}.Options())
		if err != nil {
			b.Fatal(err)
		}
		appends(b, dir, key)
	})
}

// What the settings page waits for, and the most memory that the host has held: each page proves 100,000 entries.
func BenchmarkJournalPage(b *testing.B) {
	m, _ := longUsed(b)
	for name, want := range map[string]protocol.HostJournalBody{
		"newest":      {Limit: protocol.MaxJournalPage},
		"oldest":      {Limit: protocol.MaxJournalPage, Before: protocol.MaxJournalPage + 1},
		"search":      {Limit: protocol.MaxJournalPage, Search: "BAŞVURUSU"},
		"search none": {Limit: protocol.MaxJournalPage, Search: "nowhere"},
	} {
		b.Run(name, func(b *testing.B) {
			w := m.open(b)
			w.hello()
			for b.Loop() {
				if page := w.page(want); page.State != protocol.JournalWhole || page.Total != years {
					b.Fatalf("%+v", page)
				}
			}
			b.ReportMetric(float64(statusKiB(b, w.cmd.Process.Pid, "VmHWM:")), "KiB-at-most")
		})
	}
}

// The whole of it in a terminal.
func BenchmarkJournalCommand(b *testing.B) {
	m, _ := longUsed(b)
	for b.Loop() {
		if stdout, _, status := m.command(b, "journal", "--json"); status != 0 || !strings.Contains(stdout, `"total":`+strconv.Itoa(years)) {
			b.Fatalf("status %d", status)
		}
	}
}
