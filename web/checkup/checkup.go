// Package checkup proves what a server needs before it is started: files, servers of others, the clock. It changes nothing.
package checkup

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Check is what is proven. Each has a name, and what to do where it fails, in internal/message.
type Check string

// The checks.
const (
	Settings     Check = "settings"
	Certificates Check = "certificates"
	Keys         Check = "keys"
	TLS          Check = "tls"
	Database     Check = "database"
	Files        Check = "files"
	Gateway      Check = "gateway"
	Revocation   Check = "revocation"
	TimeStamps   Check = "timestamps"
	Mail         Check = "mail"
	Courier      Check = "courier"
	Payment      Check = "payment"
	Clock        Check = "clock"
)

// Line is what one check has shown of one thing.
type Line struct {
	Check Check  `json:"check"`
	What  string `json:"what"` // a file, an address, or the like
	OK    bool   `json:"ok"`
	// Says is a fact, or the cause of the problem, in English.
	Says string `json:"says,omitempty"`
	fact fact
	// Do is what to do, where there is a problem, or where the first start will change something.
	Do *protocol.Sentence `json:"do,omitempty"`
}

// fact is a sentence of internal/message on what is as it must be, "" for none, with what is put into it.
type fact struct {
	key   string
	pairs []string
}

func (f fact) in(l message.Language) string {
	if f.key == "" {
		return ""
	}
	return message.Text(l, f.key, f.pairs...)
}

// Report is what all checks have shown.
type Report struct {
	lines []Line
	read  map[string][]*x509.Certificate // files of certificates that were looked at
}

// OK adds a thing that is as it must be, and the key of a sentence about it in internal/message; an empty key adds no sentence.
func (r *Report) OK(check Check, what, key string, pairs ...string) {
	f := fact{key, pairs}
	r.lines = append(r.lines, Line{Check: check, What: what, OK: true, Says: f.in(message.English), fact: f})
}

// Note adds what is as it must be, as OK does, with what to do all the same: the sentence "setup.note." and do.
func (r *Report) Note(do string, check Check, what, key string, pairs ...string) {
	r.OK(check, what, key, pairs...)
	sentence := message.Sentence("setup.note." + do)
	r.lines[len(r.lines)-1].Do = &sentence
}

// Problem adds what is not as it must be.
func (r *Report) Problem(check Check, what string, cause error) {
	do := message.Sentence("setup.do." + string(check))
	r.lines = append(r.lines, Line{Check: check, What: what, Says: cause.Error(), Do: &do})
}

// Judge adds what is as it must be, as OK does, or the problem where there is a cause.
func (r *Report) Judge(cause error, check Check, what, key string, pairs ...string) {
	if cause != nil {
		r.Problem(check, what, cause)
		return
	}
	r.OK(check, what, key, pairs...)
}

// DatabaseVersion adds what the version of a database means for a program that knows newest; 0 and fs.ErrNotExist are that of none.
func (r *Report) DatabaseVersion(what string, version, newest int, err error) {
	pairs := []string{"n", strconv.Itoa(version), "of", strconv.Itoa(newest)}
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && version == 0:
		r.Note("create", Database, what, "")
	case err != nil:
		r.Problem(Database, what, err)
	case version > newest:
		r.Problem(Database, what, errors.New(message.Text(message.English, "setup.fact.version", pairs...)))
	case version < newest:
		r.Note("migrate", Database, what, "setup.fact.version", pairs...)
	default:
		r.OK(Database, what, "setup.fact.version", pairs...)
	}
}

// Problems is how many lines are not as they must be.
func (r *Report) Problems() (n int) {
	for _, line := range r.lines {
		if !line.OK {
			n++
		}
	}
	return n
}

// Lines are all lines, in the order of the checks.
func (r *Report) Lines() []Line { return r.lines }

// WriteJSON writes the report as one object.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		OK    bool   `json:"ok"`
		Lines []Line `json:"lines"`
	}{r.Problems() == 0, r.lines})
}

// Write writes a line for each, and under those with something to do the cause and what to do.
func (r *Report) Write(w io.Writer, in message.Language) error {
	for _, line := range r.lines {
		key := "setup.problem"
		if line.OK {
			key = "setup.ok"
		}
		says := line.fact.in(in)
		if says != "" {
			says = " (" + says + ")"
		}
		text := fmt.Sprintf("%-6s %s: %s%s\n", message.Text(in, key), message.Text(in, "setup."+string(line.Check)), line.What, says)
		if !line.OK {
			text += fmt.Sprintf("       %s\n", line.Says)
		}
		if line.Do != nil {
			text += fmt.Sprintf("       %s\n", pick(line.Do, in))
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	n := r.Problems()
	if n == 0 {
		_, err := fmt.Fprintln(w, message.Text(in, "setup.all"))
		return err
	}
	_, err := fmt.Fprintln(w, message.Text(in, "setup.some", "n", fmt.Sprint(n)))
	return err
}

func pick(s *protocol.Sentence, in message.Language) string {
	if in == message.English {
		return s.EN
	}
	return s.TR
}
