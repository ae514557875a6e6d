//go:build linux

package journal_test

import (
	"encoding/binary"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/test/testtpm"
)

// A chip is a TPM that refuses the commands that a test names.
type chip struct {
	*testtpm.TPM
	refuses map[tpm2.TPMCC]tpm2.TPMRC
}

func (c *chip) open() (device.Transport, error) {
	t, err := c.TPM.Open()
	return &way{t, c}, err
}

type way struct {
	device.Transport
	chip *chip
}

func (w *way) Send(command []byte) ([]byte, error) {
	code, refused := w.chip.refuses[tpm2.TPMCC(binary.BigEndian.Uint32(command[6:]))]
	if !refused {
		return w.Transport.Send(command)
	}
	answer := binary.BigEndian.AppendUint16(nil, uint16(tpm2.TPMSTNoSessions))
	answer = binary.BigEndian.AppendUint32(answer, 10)
	return binary.BigEndian.AppendUint32(answer, uint32(code)), nil
}

// withTPM is an installation whose key is in a TPM.
func withTPM(t *testing.T) (*installation, *chip) {
	t.Helper()
	tpm, err := testtpm.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpm.Stop)
	c := &chip{TPM: tpm, refuses: map[tpm2.TPMCC]tpm2.TPMRC{}}
	i := &installation{dir: t.TempDir()}
	i.options = device.Options{Path: filepath.Join(i.dir, "device.json"), TPM: c.open}
	if i.key, err = device.Make(t.Context(), i.options); err != nil {
		t.Fatal(err)
	}
	return i, c
}

// shows wants a state of the list, and how many entries of its own it has.
func (i *installation) shows(t *testing.T, state string, counted bool, warnings int) *journal.Page {
	t.Helper()
	p := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt)
	if p.State != state || p.Counted != counted || p.Warnings != warnings {
		t.Errorf("%s, counted %v, %d warnings; want %s, %v, %d; %v", p.State, p.Counted, p.Warnings, state, counted, warnings, p.Broken)
	}
	return p
}

// restore puts the journal's files back.
func (i *installation) restore(t *testing.T, old map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(i.journal()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(i.journal(), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range old {
		put(t, i.journal(), name, data)
	}
}

// An older state of all files is told from the newest, each time that it is put back, and the list says so for good.
func TestRollbackIsDetected(t *testing.T) {
	i, _ := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	i.shows(t, protocol.JournalEmpty, false, 0)
	states := map[string]map[string][]byte{"all gone": {}}
	for n := 1; n <= 4; n++ {
		appendAct(t, j, n)
		i.shows(t, protocol.JournalWhole, true, 0)
		states[string(rune('0'+n))] = files(t, i.journal())
	}
	newest := states["4"]
	delete(states, "4")
	for name, old := range states {
		t.Run(name, func(t *testing.T) {
			i.restore(t, old)
			i.shows(t, protocol.JournalOlder, len(old) > 0, 0)
			appendAct(t, j, 9)
			page := i.shows(t, protocol.JournalWhole, true, 1)
			if page.Entries[1].Kind != protocol.JournalRolledBack {
				t.Errorf("%+v", page.Entries[1])
			}
			i.restore(t, newest) // which is not the newest any more
			i.shows(t, protocol.JournalOlder, true, 0)
		})
	}
}

// A counter that is gone is told, and what was before it is still older than what comes after.
func TestCounterRemoved(t *testing.T) {
	i, c := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 3)
	old := files(t, i.journal())
	index, _, err := i.key.Counter().Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Undefine(tpm2.TPMHandle(index)); err != nil {
		t.Fatal(err)
	}
	i.shows(t, protocol.JournalOlder, false, 0)
	appendAct(t, j, 4)
	i.shows(t, protocol.JournalWhole, true, 1)
	i.restore(t, old)
	i.shows(t, protocol.JournalOlder, true, 0)
}

// A crash, or a TPM that does not count for a while, leaves the TPM one behind: that is no finding, and made up for.
func TestCounterIsBehind(t *testing.T) {
	i, c := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 2)
	c.refuses[tpm2.TPMCCNVIncrement] = tpm2.TPMRCNVRate
	fill(t, j, 2)
	i.shows(t, protocol.JournalWhole, true, 0)
	delete(c.refuses, tpm2.TPMCCNVIncrement)
	fill(t, j, 1)
	old := files(t, i.journal())
	fill(t, j, 1)
	i.shows(t, protocol.JournalWhole, true, 0)
	i.restore(t, old)
	i.shows(t, protocol.JournalOlder, true, 0)
}

// A TPM without a counter, or one that does not tell its number, does not prevent signing, and the page says that rollback is
// not detected.
func TestJournalWithoutACounter(t *testing.T) {
	i, c := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	c.refuses[tpm2.TPMCCNVDefineSpace] = tpm2.TPMRCNVSpace
	fill(t, j, 2)
	i.shows(t, protocol.JournalWhole, false, 0)
	delete(c.refuses, tpm2.TPMCCNVDefineSpace)
	fill(t, j, 1)
	i.shows(t, protocol.JournalWhole, false, 0) // this program has asked once
	var err error
	if i.key, err = device.Open(t.Context(), i.options); err != nil {
		t.Fatal(err)
	}
	j = journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 2)
	i.shows(t, protocol.JournalWhole, true, 0)
	c.refuses[tpm2.TPMCCNVReadPublic] = tpm2.TPMRCRetry
	fill(t, j, 2)
	i.shows(t, protocol.JournalWhole, false, 0)
	clear(c.refuses)
	fill(t, j, 2)
	i.shows(t, protocol.JournalWhole, true, 0)
}

// A counter that has begun for a list that was then not written, or not written to the end, is no finding.
func TestCounterBegins(t *testing.T) {
	i, c := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	c.refuses[tpm2.TPMCCSign] = tpm2.TPMRCRetry
	if _, err := j.Append(t.Context(), act(1)); err == nil {
		t.Fatal("written without a signature")
	}
	i.shows(t, protocol.JournalEmpty, false, 0)
	clear(c.refuses)
	c.refuses[tpm2.TPMCCNVIncrement] = tpm2.TPMRCNVRate
	appendAct(t, j, 1)
	i.shows(t, protocol.JournalWhole, false, 0)
	clear(c.refuses)
	if _, _, err := i.key.Counter().Begin(t.Context()); err != nil { // and then it was killed
		t.Fatal(err)
	}
	i.shows(t, protocol.JournalWhole, false, 0)
	appendAct(t, j, 2)
	i.shows(t, protocol.JournalWhole, true, 0)
	old := files(t, i.journal())
	appendAct(t, j, 3)
	i.restore(t, old)
	i.shows(t, protocol.JournalOlder, true, 0)
}

// A list that is set aside takes nothing from the counter, which goes on, and is not told as a rollback.
func TestSetAsideIsCounted(t *testing.T) {
	i, _ := withTPM(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 3)
	put(t, i.journal(), "head.json", []byte("{}"))
	i.shows(t, protocol.JournalBroken, false, 0)
	fill(t, j, 1)
	page := i.shows(t, protocol.JournalWhole, true, 1)
	if page.Entries[1].Kind != protocol.JournalSetAside {
		t.Errorf("%+v", page.Entries)
	}
	old := maps.Clone(files(t, i.journal()))
	fill(t, j, 1)
	i.restore(t, old)
	i.shows(t, protocol.JournalOlder, true, 1)
}
