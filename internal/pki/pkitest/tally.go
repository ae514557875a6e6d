package pkitest

import (
	"encoding/json"
	"os"
	"sync"
	"testing"
)

// Tally counts how a reader agrees with a suite of others. `make conformance` prints the tallies of all tests as one table
// (test/conformance); without the environment variable CONFORMANCE_TABLE, a file, nothing is kept. It is safe for concurrent use.
type Tally struct {
	mu  sync.Mutex
	row TallyRow
}

// TallyRow is one line of the file: a row of the table, JSON.
type TallyRow struct {
	Suite  string `json:"suite"`
	Reader string `json:"reader"`
	Agree  int    `json:"agree"`
	// Otherwise counts what is refused by name, or judged otherwise for a reason that the test knows, by the reason.
	Otherwise map[string]int `json:"otherwise"`
	// Failed says that the test has found something wrong.
	Failed bool `json:"failed"`
}

// NewTally begins the tally of a test, which is kept when the test ends.
func NewTally(t testing.TB, suite, reader string) *Tally {
	t.Helper()
	c := &Tally{row: TallyRow{Suite: suite, Reader: reader, Otherwise: map[string]int{}}}
	path := os.Getenv("CONFORMANCE_TABLE")
	if path == "" {
		return c
	}
	t.Cleanup(func() {
		c.row.Failed = t.Failed()
		line, err := json.Marshal(c.row)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.Write(append(line, '\n')); err != nil { // one write: packages are tested side by side
			t.Fatal(err)
		}
	})
	return c
}

// Judged counts one case: otherwise is "" where the reader agrees, or the known reason why it does not.
func (c *Tally) Judged(otherwise string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if otherwise == "" {
		c.row.Agree++
		return
	}
	c.row.Otherwise[otherwise]++
}
