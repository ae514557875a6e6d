// Package checkup proves what a server needs before it is started: files, servers of others, the clock. It changes nothing.
package checkup

import (
	"encoding/json"
	"fmt"
	"io"

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
	Clock        Check = "clock"
)

// Line is what one check has shown of one thing.
type Line struct {
	Check Check  `json:"check"`
	What  string `json:"what"` // a file, an address, or the like
	OK    bool   `json:"ok"`
	// Says is a fact, or the cause of the problem, in English.
	Says string `json:"says,omitempty"`
	// Do is what to do, where there is a problem, or where the first start will change something.
	Do *protocol.Sentence `json:"do,omitempty"`
}

// Report is what all checks have shown.
type Report struct{ lines []Line }

// OK adds what is as it must be.
func (r *Report) OK(check Check, what, says string) {
	r.lines = append(r.lines, Line{Check: check, What: what, OK: true, Says: says})
}

// Note adds what is as it must be, with what to do all the same: the sentence "setup.note." and its key.
func (r *Report) Note(check Check, what, says, key string) {
	do := message.Sentence("setup.note." + key)
	r.lines = append(r.lines, Line{Check: check, What: what, OK: true, Says: says, Do: &do})
}

// Problem adds what is not as it must be.
func (r *Report) Problem(check Check, what string, cause error) {
	do := message.Sentence("setup.do." + string(check))
	r.lines = append(r.lines, Line{Check: check, What: what, Says: cause.Error(), Do: &do})
}

// Judge adds what says, or the problem where there is a cause.
func (r *Report) Judge(check Check, what, says string, cause error) {
	if cause != nil {
		r.Problem(check, what, cause)
		return
	}
	r.OK(check, what, says)
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
		key, fact := "setup.problem", ""
		if line.OK {
			key = "setup.ok"
		}
		if line.OK && line.Says != "" {
			fact = " (" + line.Says + ")"
		}
		text := fmt.Sprintf("%-6s %s: %s%s\n", message.Text(in, key), message.Text(in, "setup."+string(line.Check)), line.What, fact)
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
