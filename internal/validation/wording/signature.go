package wording

import (
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/validation"
)

// section gives the account of one signature.
func (w Words) section(s *validation.SignatureReport, isCounter bool) *Section {
	out := &Section{ID: s.ID, Counter: isCounter, Title: w.say("validation.signature", "id", s.ID)}
	if isCounter {
		out.Title = w.say("validation.counter", "id", s.ID)
	}
	key, tone := verdict(s)
	out.Lines = append(out.Lines,
		Line{Role: Verdict, Tone: tone, Text: w.say("validation.verdict." + key), Standard: standard(s.Indication, s.SubIndication)},
		Line{Role: Meaning, Text: w.say("validation.meaning." + key)})
	out.Lines = append(out.Lines, w.reasons(Reason, s.Reasons)...)
	out.Lines = append(out.Lines, w.signer(s)...)
	if s.Intact {
		text := "validation.intact"
		switch {
		case s.Covers.Content == "signature":
			text = "validation.intact.counter"
		case s.Covers.Later == validation.LaterChanged, s.Covers.Later == validation.LaterFilled:
			text = "validation.intact.revision"
		}
		out.Lines = append(out.Lines, Line{Role: Integrity, Tone: Good, Label: w.label("integrity"), Text: w.say(text)})
	}
	out.Lines = append(out.Lines, w.times(s)...)
	out.Lines = append(out.Lines, w.coverage(s)...)
	if name := levelName(s); name != "" {
		out.Lines = append(out.Lines, Line{Role: Level, Label: w.label("level"), Text: name})
	}
	out.Lines = append(out.Lines, w.policy(s.Policy)...)
	out.Lines = append(out.Lines, w.profile(s)...)
	for _, stamp := range s.TimeStamps {
		out.Lines = append(out.Lines, w.stamp(stamp))
	}
	out.Lines = append(out.Lines, w.certificates(s)...)
	out.Lines = append(out.Lines, w.algorithms(s)...)
	out.Lines = append(out.Lines, w.reasons(Note, s.Notes)...)
	for _, counter := range s.CounterSignatures {
		out.CounterSignatures = append(out.CounterSignatures, w.section(counter, true))
	}
	return out
}

// verdict returns the keys of the sentences on a signature, and how good it is what they say.
func verdict(s *validation.SignatureReport) (key string, tone Tone) {
	isStampAlone := func(r validation.Reason) bool { return r.Code == validation.ReasonStampAlone }
	if slices.ContainsFunc(s.Reasons, isStampAlone) {
		return "stamp-alone", Unknown
	}
	switch s.Indication {
	case validation.Passed:
		switch {
		case s.Covers.Content == "signature":
			return "passed-counter", Good
		case len(s.Covers.Uncovered) > 0 && s.Covers.Content != "detached" && s.Covers.Content != "container":
			return "passed-part", Caution
		case len(s.Covers.Uncovered) > 0:
			return "passed-uncovered", Caution
		case s.Covers.Later == validation.LaterFilled:
			return "passed-filled", Caution
		}
		return "passed", Good
	case validation.Failed:
		if s.SubIndication == validation.HashFailure && s.Covers.Content == "detached" {
			return "HASH_FAILURE-detached", Bad
		}
		return string(s.SubIndication), Bad
	}
	if len(s.Reasons) > 0 && s.Reasons[0].Code == validation.ReasonLaterChanged {
		return "changed", Unknown
	}
	return string(s.SubIndication), Unknown
}

func standard(indication validation.Indication, sub validation.SubIndication) string {
	if sub == "" {
		return string(indication)
	}
	return string(indication) + ", " + string(sub)
}

func (w Words) reasons(role Role, list []validation.Reason) (out []Line) {
	for _, r := range list {
		text := w.say("validation.reason."+string(r.Code), "subject", Shown(r.Subject), "date", w.optional(r.Time))
		out = append(out, Line{Role: role, Text: text, Standard: string(r.Code)})
	}
	return out
}

func (w Words) optional(at *time.Time) string {
	if at == nil {
		return "–"
	}
	return w.Moment(*at)
}

// signer says whose certificate it is: as a fact only where the signature verifies with it and its path leads to an anchor.
func (w Words) signer(s *validation.SignatureReport) []Line {
	if s.Signer == nil {
		return nil
	}
	c := &pki.Certificate{Certificate: s.Signer.Certificate}
	holder, issuer, label := Shown(c.Holder()), Shown(c.IssuerName()), "signer"
	isVouchedFor := s.Intact && len(s.Path) > 0
	if !isVouchedFor {
		label = "named"
	}
	if len(s.Path) == 0 {
		issuer = w.say("validation.issuer.unknown", "name", issuer)
	}
	if number := c.MaskedCitizenNumber(); number != "" {
		holder = w.say("validation.signer.number", "name", holder, "number", number)
	}
	return []Line{
		{Role: Signer, Label: w.label(label), Text: holder},
		{Role: Signer, Label: w.label("issuer"), Text: issuer},
		{Role: Signer, Label: w.label("kind"), Text: w.qualification(s.Qualified, isVouchedFor)},
	}
}

func (w Words) qualification(name string, isVouchedFor bool) string {
	switch {
	case name == "":
		return w.say("validation.qualified.none")
	case !isVouchedFor:
		return w.say("validation.qualified.claimed")
	case name == "5070":
		return w.say("validation.qualified.5070")
	}
	return w.say("validation.qualified.other", "name", Shown(name))
}

func (w Words) times(s *validation.SignatureReport) []Line {
	claimed, proven := w.say("validation.claimed.none"), w.say("validation.proven.none")
	if s.Claimed != nil {
		claimed = w.say("validation.claimed", "date", w.Moment(*s.Claimed))
	}
	if s.Proven != nil {
		proven = w.say("validation.proven", "date", w.Moment(*s.Proven))
	}
	out := []Line{{Role: Time, Label: w.label("claimed"), Text: claimed}, {Role: Time, Label: w.label("proven"), Text: proven}}
	if s.Lasts != nil {
		out = append(out, Line{Role: Lasting, Label: w.label("lasts"), Text: w.say("validation.lasts", "date", w.Moment(*s.Lasts))})
	}
	return out
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

func (w Words) policy(p *validation.PolicyReport) []Line {
	if p == nil || p.OID == "" {
		return nil
	}
	uri := shown(p.URI)
	if uri == "" {
		uri = w.say("validation.policy.none")
	}
	key := "validation.policy"
	if p.Name != "" {
		key = "validation.policy.named"
	}
	text := w.say(key, "name", shown(p.Name), "oid", p.OID, "digest", p.Hash+" "+p.Digest, "uri", uri)
	return []Line{{Role: Policy, Label: w.label("policy"), Text: text}}
}

// profile says nothing of P1 where the certificate is not qualified: every signature that names no policy claims it.
func (w Words) profile(s *validation.SignatureReport) []Line {
	p := s.Profile
	if p == nil || p.Name == "P1" && !p.Keeps() && s.Qualified == "" {
		return nil
	}
	out := Line{Role: Profile, Tone: Good, Label: w.label("profile", "name", p.Name), Text: w.say("validation.profile.kept")}
	for _, rule := range p.Rules {
		line := Line{Role: Profile, Tone: Good, Text: w.say("validation.rule." + rule.Rule), Standard: rule.Rule}
		switch {
		case rule.Unknown:
			line.Tone = Unknown
		case !rule.Kept:
			line.Tone = Bad
		}
		out.Tone = worse(out.Tone, line.Tone)
		out.Lines = append(out.Lines, line)
	}
	switch out.Tone {
	case Bad:
		out.Text = w.say("validation.profile.broken")
	case Unknown:
		out.Text = w.say("validation.profile.unknown")
	}
	return []Line{out}
}
