package verify

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the time of Turkey on machines without a time zone database

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/validation"
)

// istanbul is the time of Turkey.
var istanbul = func() *time.Location {
	location, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return location
}()

// text writes reports for people. The citizen number is masked, as in the window; whoever needs it has the certificate in the JSON.
type text struct {
	strings.Builder
	in message.Language
}

func writeText(w io.Writer, in message.Language, reports []fileReport) error {
	t := &text{in: in}
	for i, r := range reports {
		if i > 0 {
			t.WriteString("\n")
		}
		t.file(r)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *text) say(key string, pairs ...string) string { return message.Text(t.in, key, pairs...) }

// line writes one sentence, indented by levels.
func (t *text) line(level int, sentence string) {
	fmt.Fprintf(t, "%s%s\n", strings.Repeat("  ", level), sentence)
}

func (t *text) moment(at *time.Time) string {
	if at == nil {
		return "–"
	}
	return at.In(istanbul).Format("02.01.2006 15:04:05 -07:00")
}

func (t *text) file(r fileReport) {
	if r.Report == nil {
		t.line(0, t.say("validation.unreadable", "name", visible(r.File)))
		if r.Error != "" && r.Error != fault.Unsupported {
			t.line(1, t.say("error."+string(r.Error)))
		}
		return
	}
	t.line(0, visible(r.File))
	t.line(1, t.say("validation.moment", "date", t.moment(&r.Report.Moment)))
	for _, s := range r.Report.Signatures {
		t.signature(1, "validation.signature", s)
	}
}

func (t *text) signature(level int, key string, s *validation.SignatureReport) {
	verdict := t.say("validation.indication." + string(s.Indication))
	names := string(s.Indication)
	if s.SubIndication != "" {
		names += ", " + string(s.SubIndication)
	}
	t.line(level, t.say(key, "id", s.ID)+": "+verdict+" ("+names+")")
	level++
	for _, r := range s.Reasons {
		t.line(level, "– "+t.reason(r))
	}
	t.signer(level, s)
	if s.Intact {
		t.line(level, t.say("validation.intact"))
	}
	if s.Claimed != nil {
		t.line(level, t.say("validation.claimed", "date", t.moment(s.Claimed)))
	} else {
		t.line(level, t.say("validation.claimed.none"))
	}
	if s.Proven != nil {
		t.line(level, t.say("validation.proven", "date", t.moment(s.Proven)))
	} else {
		t.line(level, t.say("validation.proven.none"))
	}
	if name := levelName(s); name != "" {
		t.line(level, t.say("validation.level", "level", name))
	}
	t.covers(level, s.Covers)
	if p := s.Policy; p != nil && p.OID != "" {
		uri := visible(p.URI)
		if uri == "" {
			uri = t.say("validation.policy.none")
		}
		t.line(level, t.say("validation.policy", "oid", p.OID, "digest", p.Hash+" "+p.Digest, "uri", uri))
	}
	t.profile(level, s)
	for _, stamp := range s.TimeStamps {
		t.line(level, t.say("validation.stamp."+string(stamp.Kind), "date", t.moment(stamp.Time))+", "+t.say("validation.stampis."+string(stamp.Indication)))
		for _, r := range stamp.Reasons {
			t.line(level+1, "– "+t.reason(r))
		}
	}
	for _, r := range s.Notes {
		t.line(level, "– "+t.reason(r))
	}
	for _, counter := range s.CounterSignatures {
		t.signature(level, "validation.counter", counter)
	}
}

func (t *text) signer(level int, s *validation.SignatureReport) {
	if s.Signer == nil {
		return
	}
	c := &pki.Certificate{Certificate: s.Signer.Certificate}
	if number := c.MaskedCitizenNumber(); number != "" {
		t.line(level, t.say("validation.signer.number", "name", c.Holder(), "number", number))
	} else {
		t.line(level, t.say("validation.signer", "name", c.Holder()))
	}
	t.line(level, t.say("validation.issuer", "name", c.IssuerName()))
	switch s.Qualified {
	case "":
		t.line(level, t.say("validation.qualified.none"))
	case "5070":
		t.line(level, t.say("validation.qualified.5070"))
	default:
		t.line(level, t.say("validation.qualified.other", "name", s.Qualified))
	}
}

func levelName(s *validation.SignatureReport) string {
	switch {
	case s.Level != "" && s.Form != "":
		return s.Format + "-BASELINE-" + s.Level + " (" + s.Format + "-" + s.Form + ")"
	case s.Level != "":
		return s.Format + "-BASELINE-" + s.Level
	case s.Form != "":
		return s.Format + "-" + s.Form
	}
	return ""
}

func (t *text) covers(level int, c validation.CoverageReport) {
	switch {
	case c.Content == "signature":
		t.line(level, t.say("validation.covers.signature"))
	case c.Size == nil:
		t.line(level, t.say("validation.covers.missing"))
	default:
		t.line(level, t.say("validation.covers."+c.Content, "size", strconv.FormatInt(*c.Size, 10)))
	}
}

// profile says nothing of P1 where a signature is of nobody whom the guide is for: all that name no policy claim it.
func (t *text) profile(level int, s *validation.SignatureReport) {
	p := s.Profile
	switch {
	case p == nil, p.Name == "P1" && !p.Keeps() && s.Qualified == "":
	case p.Keeps():
		t.line(level, t.say("validation.profile.kept", "name", p.Name))
	default:
		t.rules(level, "validation.profile.broken", p, func(r validation.RuleReport) bool { return !r.Kept && !r.Unknown })
		t.rules(level, "validation.profile.unknown", p, func(r validation.RuleReport) bool { return r.Unknown })
	}
}

// rules lists those rules of a profile, if there are any.
func (t *text) rules(level int, key string, p *validation.ProfileReport, isListed func(validation.RuleReport) bool) {
	titled := false
	for _, rule := range p.Rules {
		if !isListed(rule) {
			continue
		}
		if !titled {
			t.line(level, t.say(key, "name", p.Name)+":")
			titled = true
		}
		t.line(level+1, "– "+t.say("validation.rule."+rule.Rule))
	}
}

func (t *text) reason(r validation.Reason) string {
	subject := visible(r.Subject)
	if subject == "" {
		subject = "–"
	}
	return t.say("validation.reason."+string(r.Code), "subject", subject, "date", t.moment(r.Time))
}

// visible replaces what a terminal would not show as text: a file's name may have anything in it.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
}
