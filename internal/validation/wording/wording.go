// Package wording turns a validation report into an account for people: a small tree of sections and lines, in Turkish or English, which a
// command line or a page then lays out. Its sentences are in internal/message; internal/validation has none.
//
// # What an account must not let people misread
//
//   - The first line of an account is its verdict, a sentence without terms. The standard's words stand behind it, in Line.Standard.
//   - A signature that is intact, but whose certificate leads to no anchor, has no signer: the name is labelled as what the
//     certificate says, and the verdict says that the authority is not recognised.
//   - A signature over a PDF that was changed afterwards has a verdict of its own, which says that what is seen today may be something else.
//   - A signature that is TOTAL-PASSED over a document that was filled in afterwards, or beside parts and files that it does not
//     cover, has a verdict and a tone of its own (Caution).
//   - A claimed time is called one, and a statement of the certificate that nobody vouches for is not repeated as a fact.
//
// # Text from files
//
// Names in a Line come from certificates and files of anybody. They have no control characters and no directional overrides, text that is
// written from right to left is isolated, citizen numbers are masked, and each is of at most 200 characters. They are not escaped for any
// markup. Lists of names end after 20, with how many there are beside.
//
// Everything is safe for concurrent use.
package wording

import (
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/validation"
)

// Role is what a line is about.
type Role string

// Roles, in the order in which lines come.
const (
	Verdict     Role = "verdict"     // what it is worth, one sentence
	Meaning     Role = "meaning"     // what that means for whoever holds the file
	Reason      Role = "reason"      // why, each one that counts
	Signer      Role = "signer"      // who: holder, issuer, kind of certificate
	Integrity   Role = "integrity"   // whether the content is what was signed
	Time        Role = "time"        // when: claimed, proven
	Lasting     Role = "lasting"     // until when what is there will do
	Coverage    Role = "coverage"    // what it is over, and what it is not over
	Level       Role = "level"       // of the baseline or extended signature
	Policy      Role = "policy"      // the signature policy
	Profile     Role = "profile"     // of the Turkish guide; its Lines are rules
	TimeStamp   Role = "time-stamp"  // its Lines are reasons and the authority
	Certificate Role = "certificate" // one of a path; its Lines are what is in it, and its status
	Algorithm   Role = "algorithm"   // digests, keys, numbers: what is compared and not read
	Note        Role = "note"        // what is there and was not judged
	Moment      Role = "moment"      // of the account: the time it is for, and the validation policy
)

// Tone says how good it is what a line says; "" where it is a plain fact.
type Tone string

// Tones, the best first.
const (
	Good    Tone = "good"
	Caution Tone = "caution" // good, and something beside it must be known
	Unknown Tone = "unknown"
	Bad     Tone = "bad"
)

// worse returns the worse of two tones.
func worse(a, b Tone) Tone {
	rank := map[Tone]int{Good: 0, Caution: 1, Unknown: 2, Bad: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Line is one thing that is said.
type Line struct {
	Role Role
	Tone Tone
	// Label is a short heading for Text, "" where Text is a sentence that needs none.
	Label string
	Text  string
	// Standard are the standard's own words for it, as in "TOTAL-FAILED, HASH_FAILURE".
	Standard string
	Lines    []Line
}

// Section is the account of one signature. Its first line has the role Verdict.
type Section struct {
	ID      string
	Title   string
	Counter bool // a counter-signature
	Lines   []Line
	// CounterSignatures are over this signature.
	CounterSignatures []*Section
}

// Verdict returns the section's first line.
func (s *Section) Verdict() Line { return s.Lines[0] }

// Of returns the lines of these roles, in their order.
func (s *Section) Of(roles ...Role) (out []Line) {
	for _, line := range s.Lines {
		for _, role := range roles {
			if line.Role == role {
				out = append(out, line)
			}
		}
	}
	return out
}

// Account is what is said of one file.
type Account struct {
	// Verdict is about the whole file: that of its only signature, or a summary of several.
	Verdict Line
	// Meaning says what the verdict means, or what to do.
	Meaning Line
	// Lines are the moment and the policy of the validation; none where there was nothing to validate.
	Lines    []Line
	Sections []*Section
}

// Words says how an account is written. Both fields are required.
type Words struct {
	Language message.Language
	// Moment writes a time with its seconds.
	Moment func(time.Time) string
}

func (w Words) say(key string, pairs ...string) string {
	return message.Text(w.Language, key, pairs...)
}

func (w Words) label(name string, pairs ...string) string {
	return w.say("validation.label."+name, pairs...)
}

// Report gives the account of a report.
func (w Words) Report(r *validation.Report) *Account {
	out := &Account{Lines: []Line{
		{Role: Moment, Label: w.label("moment"), Text: w.Moment(r.Moment)},
		{Role: Moment, Label: w.label("by"), Text: shown(r.Policy)},
	}}
	for _, s := range r.Signatures {
		out.Sections = append(out.Sections, w.section(s, false))
	}
	switch len(out.Sections) {
	case 0:
		out.Verdict, out.Meaning = w.summary("none", Unknown, 0, 0)
	case 1:
		only := out.Sections[0]
		if len(only.CounterSignatures) == 0 {
			out.Verdict, out.Meaning = only.Verdict(), only.Of(Meaning)[0]
			break
		}
		fallthrough
	default:
		out.Verdict, out.Meaning = w.several(out.Sections)
	}
	return out
}

// Unreadable gives the account of a file that formats.Read refused with code.
func (w Words) Unreadable(code fault.Code) *Account {
	key := "unread"
	switch code {
	case fault.Unsupported:
		key = "none"
	case fault.SignatureMalformed:
		key = "broken"
	case fault.PDFMalformed:
		key = "pdf-broken"
	case fault.PDFEncrypted:
		key = "pdf-encrypted"
	case fault.PDFUnsigned:
		key = "pdf-unsigned"
	case fault.PDFOnlyStamped:
		key = "pdf-stamped"
	case fault.ContainerMalformed, fault.PackageMalformed:
		key = "container"
	}
	out := &Account{}
	out.Verdict, out.Meaning = w.summary(key, Unknown, 0, 0)
	out.Verdict.Standard = string(code)
	if key == "none" {
		out.Verdict.Standard = ""
	}
	return out
}

// several sums up signatures, counter-signatures among them: the worst tone, and how many have it.
func (w Words) several(sections []*Section) (verdict, meaning Line) {
	counts, worst := map[Tone]int{}, Good
	var count func([]*Section)
	count = func(all []*Section) {
		for _, s := range all {
			tone := s.Verdict().Tone
			counts[tone]++
			worst = worse(worst, tone)
			count(s.CounterSignatures)
		}
	}
	count(sections)
	total := counts[Good] + counts[Caution] + counts[Unknown] + counts[Bad]
	key := map[Tone]string{Good: "passed", Caution: "caution", Unknown: "unknown", Bad: "failed"}[worst]
	if counts[worst] == total && (worst == Unknown || worst == Bad) {
		key += "-all"
	}
	return w.summary(key, worst, total, counts[worst])
}

// summary has the verdict on a file of n signatures, of which k decide it, and what it means.
func (w Words) summary(key string, tone Tone, n, k int) (verdict, meaning Line) {
	text := w.say("validation.summary."+key, "n", strconv.Itoa(n), "k", strconv.Itoa(k))
	next := "each"
	if n == 0 {
		next = key
	}
	return Line{Role: Verdict, Tone: tone, Text: text}, Line{Role: Meaning, Text: w.say("validation.next." + next)}
}

// Size writes a number of bytes with the digits in groups: sizes of evidence are exact.
func (w Words) Size(n int64) string {
	digits, separator := strconv.FormatInt(n, 10), "."
	if w.Language == message.English {
		separator = ","
	}
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(separator)
		}
		out.WriteRune(d)
	}
	return w.say("validation.bytes", "n", out.String())
}
