package settings

import (
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// diagnosis is the section in which the host says what it finds on the machine, for the person and for a help desk.
type diagnosis struct {
	page   *shared
	made   bool
	result protocol.Diagnosis
	copied CopyState
}

// CopyState is what became of a copy.
type CopyState string

// Copies.
const (
	CopyNone   CopyState = ""
	CopyDone   CopyState = "done"
	CopyFailed CopyState = "failed"
)

// maxChecks bounds a diagnosis.
const maxChecks = 256

// Diagnose has the host look at everything, CopyDiagnosis copies what it found, Copied says whether that worked.
type (
	Diagnose      struct{}
	CopyDiagnosis struct{}
	Copied        struct{ OK bool }
)

func (Diagnose) IsEvent()      {}
func (CopyDiagnosis) IsEvent() {}
func (Copied) IsEvent()        {}

func (d *diagnosis) handleInput(event loop.Event) {
	switch event.(type) {
	case Diagnose:
		if !d.page.client.InFlight(protocol.HostDiagnose) {
			d.copied = CopyNone
			d.page.client.Ask(&hostclient.Request{Kind: protocol.HostDiagnose})
		}
	case CopyDiagnosis:
		d.page.do(Copy{d.report()})
	}
}

func (d *diagnosis) noteCopy(ok bool) {
	d.copied = CopyFailed
	if ok {
		d.copied = CopyDone
	}
}

func (d *diagnosis) handleAnswer(_ *hostclient.Request, answer protocol.HostEnvelope) error {
	var result protocol.Diagnosis
	if err := wire.Body(answer, &result); err != nil {
		return err
	}
	if len(result.Checks) > maxChecks || len(result.Modules) > maxChecks || !wire.IsTime(result.Time) {
		return wire.Invalid("more than a diagnosis may hold")
	}
	d.result, d.made = result, true
	return nil
}

func (d *diagnosis) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	d.page.warn(f.Code)
	return nil
}

// forget drops what a host has said that is gone.
func (d *diagnosis) forget() { d.made = false }

// libraries are the person's own, as far as the host has told.
func (d *diagnosis) libraries() []string {
	if !d.made {
		return nil
	}
	return d.result.Modules
}

// DiagnosisView is what the host says of the machine.
type DiagnosisView struct {
	screen.Sentences
	Working bool
	Made    bool
	When    string // it was made
	Parts   []PartView
	Report  string // for a help desk
	Copied  CopyState
}

// PartView is a part of a diagnosis.
type PartView struct {
	Part   protocol.CheckPart
	Checks []CheckView
}

// CheckView is one check.
type CheckView struct {
	Level string // "ok", "warn" or "fail"
	Text  string
}

func (d *diagnosis) view() DiagnosisView {
	v := DiagnosisView{Sentences: d.page.sentences(), Working: d.page.client.InFlight(protocol.HostDiagnose), Made: d.made, Copied: d.copied}
	if d.made {
		v.When, v.Parts, v.Report = d.when(), d.parts(), d.report()
	}
	return v
}

// parts groups the checks.
func (d *diagnosis) parts() []PartView {
	language := d.page.sentences().Language
	var out []PartView
	for _, part := range []protocol.CheckPart{protocol.PartProgram, protocol.PartReader, protocol.PartModule, protocol.PartToken} {
		v := PartView{Part: part}
		for _, c := range d.result.Checks {
			if c.Part == part {
				v.Checks = append(v.Checks, CheckView{Level: level(c.Level), Text: plaintext.Visible(screen.Sentence(language, c.Text))})
			}
		}
		if len(v.Checks) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// when says when the diagnosis was made.
func (d *diagnosis) when() string {
	words := d.page.sentences()
	return words.T("manage.diagnosis.made", "when", d.page.local(d.result.Time).Text(words.Language))
}

// report is the diagnosis for a help desk, in the person's language.
func (d *diagnosis) report() string {
	words := d.page.sentences()
	var b strings.Builder
	b.WriteString(d.when() + "\n")
	for _, c := range d.result.Checks {
		b.WriteString(words.T("manage.check."+level(c.Level)) + "  " + plaintext.Visible(screen.Sentence(words.Language, c.Shared)) + "\n")
	}
	return b.String()
}

// level is a check's, the worst for one that is not known.
func level(l protocol.CheckLevel) string {
	switch l {
	case protocol.CheckOK, protocol.CheckWarn:
		return string(l)
	}
	return string(protocol.CheckFail)
}
