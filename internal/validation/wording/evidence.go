package wording

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/validation"
)

// What a verdict rests on: coverage, time stamps, certificates, algorithms.

// coverage says what the signature is over, and what it is not over.
func (w Words) coverage(s *validation.SignatureReport) []Line {
	c := s.Covers
	covers := Line{Role: Coverage, Label: w.label("covers"), Text: w.covers(s)}
	if s.Intact && len(c.Parts) > 1 {
		key := "validation.covers.parts"
		if c.Content == "container" {
			key = "validation.covers.files"
		}
		covers.Text, covers.Lines = w.say(key, "n", strconv.Itoa(len(c.Parts))), w.parts(c.Parts)
	}
	out := []Line{covers}
	if tone, ok := map[validation.LaterChanges]Tone{
		validation.LaterSigned: Good, validation.LaterFilled: Caution, validation.LaterChanged: Caution,
	}[c.Later]; ok {
		out = append(out, Line{Role: Coverage, Tone: tone, Label: w.label("later"), Text: w.say("validation.later." + string(c.Later))})
	}
	if len(c.Uncovered) > 0 {
		names := w.names(c.Uncovered)
		out = append(out, Line{Role: Coverage, Tone: Caution, Label: w.label("uncovered"), Text: w.say("validation.uncovered", "n", strconv.Itoa(len(c.Uncovered))), Lines: names})
	}
	return out
}

// covers says it in one sentence. Of a signature that does not verify nothing is claimed.
func (w Words) covers(s *validation.SignatureReport) string {
	c := s.Covers
	switch {
	case c.Content == "signature":
		return w.say("validation.covers.signature")
	case c.Size == nil && len(c.Parts) == 0:
		return w.say("validation.covers.missing")
	case s.SubIndication == validation.HashFailure:
		return w.say("validation.covers.other")
	case !s.Intact:
		return w.say("validation.covers.unverified")
	case c.Size == nil:
		return w.say("validation.covers.missing")
	}
	size := w.Size(*c.Size)
	if c.Content == "element" && len(c.Parts) == 1 {
		return w.say("validation.covers.element", "name", Shown(c.Parts[0].Name), "size", size)
	}
	if c.Content == "container" && len(c.Parts) == 1 {
		return w.say("validation.covers.part", "name", Shown(c.Parts[0].Name), "size", size)
	}
	if c.Content != "revision" {
		return w.say("validation.covers."+c.Content, "size", size)
	}
	if c.Revision == c.Revisions {
		return w.say("validation.covers.whole", "size", size)
	}
	return w.say("validation.covers.revision", "revision", strconv.Itoa(c.Revision), "revisions", strconv.Itoa(c.Revisions), "size", size)
}

func (w Words) parts(parts []validation.PartReport) (out []Line) {
	for i, part := range parts {
		if i == maxNames {
			return append(out, Line{Role: Coverage, Text: w.say("validation.covers.more", "n", strconv.Itoa(len(parts)-maxNames))})
		}
		name := Shown(part.Name)
		if part.Name == "" {
			name = w.say("validation.covers.document")
		}
		text := w.say("validation.covers.part.missing", "name", name)
		if part.Size != nil {
			text = w.say("validation.covers.part", "name", name, "size", w.Size(*part.Size))
		}
		line := Line{Role: Coverage, Text: text}
		if part.Digest != "" {
			line.Standard = part.Hash + " " + part.Digest
		}
		out = append(out, line)
	}
	return out
}

var tones = map[validation.Indication]Tone{validation.Passed: Good, validation.Failed: Bad, validation.Indeterminate: Unknown}

func (w Words) stamp(t *validation.TimeStampReport) Line {
	verdict := w.say("validation.stampis." + string(t.Indication))
	out := Line{
		Role: TimeStamp, Tone: tones[t.Indication], Label: w.say("validation.stamp." + string(t.Kind)), Standard: standard(t.Indication, t.SubIndication),
		Text: w.say("validation.stamp", "date", w.optional(t.Time), "verdict", verdict), Lines: w.reasons(Reason, t.Reasons),
	}
	if t.Authority != nil {
		c := &pki.Certificate{Certificate: t.Authority.Certificate}
		out.Lines = append(out.Lines, Line{Role: TimeStamp, Label: w.label("authority"), Text: Shown(c.Holder())})
	}
	return out
}

// certificates are the path of the signer, or the certificate alone where there is none, and those of the time stamps' authorities.
func (w Words) certificates(s *validation.SignatureReport) (out []Line) {
	path := s.Path
	if len(path) == 0 && s.Signer != nil {
		path = []*validation.CertificateReport{s.Signer}
	}
	for i, c := range path {
		label := "ca"
		switch {
		case i == 0:
			label = "leaf"
		case i == len(path)-1:
			label = "anchor"
		}
		out = append(out, w.certificate(label, c))
	}
	told := map[[sha256.Size]byte]bool{}
	for _, stamp := range s.TimeStamps {
		authority := stamp.Authority
		if len(stamp.Path) > 0 {
			authority = stamp.Path[0] // with its status
		}
		if authority == nil || told[sha256.Sum256(authority.Certificate.Raw)] {
			continue
		}
		told[sha256.Sum256(authority.Certificate.Raw)] = true
		out = append(out, w.certificate("authority-leaf", authority))
	}
	return out
}

// certificate says what is in one. An anchor has no status: it is trusted by the policy.
func (w Words) certificate(label string, report *validation.CertificateReport) Line {
	c := report.Certificate
	named := &pki.Certificate{Certificate: c}
	fingerprint := sha256.Sum256(c.Raw)
	line := func(name, text string) Line {
		return Line{Role: Certificate, Label: w.label(name), Text: text}
	}
	code := func(name, text string) Line {
		return Line{Role: Algorithm, Label: w.label(name), Text: text}
	}
	out := Line{Role: Certificate, Label: w.label(label), Text: Shown(named.Holder()), Lines: []Line{
		line("issuer", Shown(named.IssuerName())),
		line("valid", w.say("validation.period", "from", w.Moment(c.NotBefore), "until", w.Moment(c.NotAfter))),
		code("serial", serial(c)),
		code("key", keyName(c.PublicKey)),
		code("fingerprint", hex.EncodeToString(fingerprint[:])),
	}}
	if label != "anchor" {
		status := line("status", w.status(report.Status))
		if report.Status != nil && report.Status.Revoked != nil {
			status.Tone = Bad
		}
		out.Lines = append(out.Lines, status)
	}
	return out
}

// serial writes a serial number in hexadecimal, as certificate viewers do.
func serial(c *x509.Certificate) string {
	if c.SerialNumber == nil {
		return "–"
	}
	text := c.SerialNumber.Text(16)
	if len(text) > maxText {
		return text[:maxText] + "…"
	}
	return text
}

func (w Words) status(s *validation.StatusReport) string {
	if s == nil {
		return w.say("validation.status.none")
	}
	by := w.say("validation.status." + s.By)
	if s.Revoked != nil {
		return w.say("validation.status.revoked", "date", w.Moment(*s.Revoked), "by", by)
	}
	return w.say("validation.status.good", "date", w.Moment(s.ThisUpdate), "by", by)
}

func (w Words) algorithms(s *validation.SignatureReport) (out []Line) {
	if s.Covers.Digest != "" {
		out = append(out, Line{Role: Algorithm, Label: w.label("algorithms"), Text: s.Covers.Hash + " " + s.Covers.Digest})
	}
	if s.Signer != nil {
		out = append(out, Line{Role: Algorithm, Label: w.label("key"), Text: keyName(s.Signer.Certificate.PublicKey)})
	}
	return out
}

func keyName(public any) string {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	}
	return "–"
}
