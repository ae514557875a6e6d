package inspection

import (
	"crypto/x509"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// signature is a signature that is in a document already. Whether its certificate is to be trusted nobody has judged.
type signature struct {
	by          string    // the holder of the certificate; "" where that is not there
	at          time.Time // when, as the signer claims; zero where they do not
	isTimestamp bool      // of a service, and no person's
	role        string    // key of a sentence; "" for the usual one
	state       cms.State
	later       string // key of the sentence on what came after it; "" where that is nothing to speak of
	isChanged   bool   // and it was more than signatures
	isElsewhere bool   // what it is over is not at hand
	number      int    // in a file of signatures, the first being 1; 0 of a counter-signature and of others
	depth       int    // of a counter-signature: 1 and more
	of          string // the holder whose signature a counter-signature is over; "" where that is not known
}

// holder is the name of a certificate's holder, without what cannot be seen; "" where there is no certificate.
func holder(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	return short((&pki.Certificate{Certificate: c}).Holder())
}

// signed lists signatures under a heading; nothing where there are none.
func signed(title string, all []signature) []report.Section {
	if len(all) == 0 {
		return nil
	}
	list := report.Section{Title: title, Note: "report.signed.trust"}
	for _, s := range all {
		list.Entries = append(list.Entries, s.entry())
	}
	return []report.Section{list}
}

func (s signature) entry() report.Entry {
	e := report.Entry{Name: s.by, Look: s.state == cms.Fails || s.isChanged, Depth: s.depth, Signature: s.number}
	switch {
	case s.isTimestamp:
		e = report.Entry{Key: "report.signed.timestamp", Look: e.Look}
	case s.by == "":
		e.Key = "report.signed.nobody"
	}
	switch {
	case s.depth > 0 && s.of == "":
		e.Lines = append(e.Lines, report.Line{Key: "report.signatures.counter_of_nobody"})
	case s.depth > 0:
		e.Lines = append(e.Lines, report.Line{Key: "report.signatures.counter", Text: s.of})
	}
	if at := s.at.Unix(); at > 0 {
		e.Lines = append(e.Lines, report.Line{Key: "report.signed.when", At: at})
	}
	if s.role != "" {
		e.Lines = append(e.Lines, report.Line{Key: s.role})
	}
	state := states[s.state]
	if s.isElsewhere {
		state = "elsewhere"
	}
	e.Lines = append(e.Lines, report.Line{Key: "report.signed.state." + state})
	if s.later != "" {
		e.Lines = append(e.Lines, report.Line{Key: s.later})
	}
	return e
}

// states are the ends of the sentences on a signature's state.
var states = map[cms.State]string{cms.Holds: "holds", cms.Fails: "fails", cms.Unknown: "unknown"}
