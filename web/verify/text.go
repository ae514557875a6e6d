package verify

import (
	"fmt"
	"io"
	"strings"
	"time"
	_ "time/tzdata" // the time of Turkey on machines without a time zone database

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/validation/wording"
)

// istanbul is the time of Turkey.
var istanbul = func() *time.Location {
	location, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return location
}()

func moment(at time.Time) string { return at.In(istanbul).Format("02.01.2006 15:04:05 -07:00") }

// text lays out accounts for a terminal, a line for each of theirs. Certificates are left out: the JSON has them.
type text struct{ strings.Builder }

func writeText(w io.Writer, in message.Language, reports []fileReport) error {
	t, words := &text{}, wording.Words{Language: in, Moment: moment}
	for i, r := range reports {
		if i > 0 {
			t.WriteString("\n")
		}
		t.line(0, wording.Shown(r.File))
		if r.Report == nil {
			t.file(1, words.Unreadable(r.Error))
		} else {
			t.file(1, words.Report(r.Report))
		}
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// line writes one sentence, indented by levels.
func (t *text) line(level int, sentence string) {
	fmt.Fprintf(t, "%s%s\n", strings.Repeat("  ", level), sentence)
}

// file writes the verdict on the file where it is not that of its only signature.
func (t *text) file(level int, a *wording.Account) {
	if len(a.Sections) != 1 || len(a.Sections[0].CounterSignatures) > 0 {
		t.line(level, withStandard(a.Verdict))
		t.line(level, a.Meaning.Text)
	}
	for _, s := range a.Sections {
		t.section(level, s)
	}
	for _, l := range a.Lines {
		t.line(level, labelled(l))
	}
}

func (t *text) section(level int, s *wording.Section) {
	t.line(level, s.Title+": "+withStandard(s.Verdict()))
	for _, l := range s.Lines[1:] {
		t.account(level+1, l)
	}
	for _, counter := range s.CounterSignatures {
		t.section(level+1, counter)
	}
}

// account writes a line and those below it. Of the rules of a profile it has those that are not kept.
func (t *text) account(level int, l wording.Line) {
	switch l.Role {
	case wording.Certificate:
		return
	case wording.Reason, wording.Note:
		t.line(level, "– "+l.Text)
	default:
		t.line(level, labelled(l))
	}
	for _, below := range l.Lines {
		if l.Role == wording.Profile && below.Tone == wording.Good {
			continue
		}
		if below.Label == "" {
			below.Text = "– " + below.Text
		}
		t.line(level+1, labelled(below))
	}
}

func labelled(l wording.Line) string {
	if l.Label == "" {
		return l.Text
	}
	return l.Label + ": " + l.Text
}

func withStandard(l wording.Line) string {
	if l.Standard == "" {
		return l.Text
	}
	return l.Text + " (" + l.Standard + ")"
}
