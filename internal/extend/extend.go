package extend

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// Level is what a signature is to have.
type Level string

// Levels of the baseline standards (EN 319 122-1 and its sisters), of the Turkish guide, and CAdES-X-Long without type.
const (
	T   Level = "T"   // a time stamp of the signature value
	LT  Level = "LT"  // T, and everything that the verdict rests on
	LTA Level = "LTA" // LT, and an archive time stamp; of what has one, another one
	P2  Level = "P2"  // T within two hours
	P3  Level = "P3"  // XL by a list of a day after the time stamp
	P4  Level = "P4"  // XL by an OCSP answer
	XL  Level = "XL"  // T, complete references and values
)

// Levels are all levels.
var Levels = []Level{T, LT, LTA, P2, P3, P4, XL}

// MaxSignatures is how many signatures of a file are extended at once: each costs time stamps.
const MaxSignatures = 64

// Margin is the usual one of Due.
const Margin = 90 * 24 * time.Hour

// Options are what Extend is done with.
type Options struct {
	// Policy is the validation policy.
	Policy *validation.Policy
	// Stamp gives time stamps; nil gives none.
	Stamp Stamper
	// Source is asked for revocation data; Lists in its place for P2 and P3, which want lists. Either may be nil.
	Source, Lists validation.Source
	// Data is at hand beside what the file embeds.
	Data validation.Data
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Signature is the ID of the only signature to extend; "" means all but counter-signatures.
	Signature string
}

// Result is what Extend has made.
type Result struct {
	// File is the file with what was added. It reads the one that was given.
	File formats.Content
	// Changed says that something was added.
	Changed bool
	// Wait is when the level can be reached, or for P2 judged, by calling Extend again with File; zero where it has been. Then only
	// the time stamp of P2 or P3 was added.
	Wait time.Time
	// Before and After are the reports on both files, by the same policy and data.
	Before, After *validation.Report
}

// TooEarly is the cause of an error with fault.ExtendEarly.
type TooEarly struct {
	// Until is when to try again.
	Until time.Time
}

func (e *TooEarly) Error() string { return "wait until " + e.Until.UTC().Format(time.RFC3339) }

// Due returns when a signature that has passed needs its next time stamp: a margin before what it has fades. It returns false where nothing
// is known to end.
func Due(s *validation.SignatureReport, margin time.Duration) (time.Time, bool) {
	if s.Lasts == nil {
		return time.Time{}, false
	}
	return s.Lasts.Add(-margin), true
}

// Extend adds to the signatures of a file what a level wants and they do not have. documents are what they cover beside the file. Attached
// content and documents are read where they lie, and never held in memory; a file in PEM gives one in DER.
//
// Each signature is validated first, before any authority is asked for a time stamp, then after each step, and the whole file at the end. An
// error leaves nothing: fault.ExtendEarly is a TooEarly, and what other codes mean is in internal/fault.
func Extend(ctx context.Context, file formats.Content, documents []formats.Document, level Level, o Options) (*Result, error) {
	if !slices.Contains(Levels, level) {
		return nil, fault.Errorf(fault.Internal, "level %q", level)
	}
	file, err := formats.Binary(file)
	if err != nil {
		return nil, err
	}
	x := &extension{ctx: ctx, level: level, Options: o, file: file, documents: documents, data: o.Data}
	if x.Now == nil {
		x.Now = time.Now
	}
	if err := x.validate(); err != nil {
		return nil, err
	}
	out := &Result{Before: x.report}
	ids, err := x.chosen()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := x.check(x.of(id)); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		if err := x.extend(id); err != nil {
			return nil, err
		}
	}
	if err := notWorse(out.Before.Signatures, x.report.Signatures); err != nil {
		return nil, err
	}
	out.File, out.Changed, out.Wait, out.After = x.file, x.changed, x.wait, x.report
	return out, nil
}

// extension is one Extend.
type extension struct {
	Options
	ctx       context.Context
	level     Level
	documents []formats.Document

	file       formats.Content // with what was added so far
	signatures []*validation.Signature
	report     *validation.Report // on file
	data       validation.Data    // at hand, with what the sources gave
	asked      map[validation.Object]bool
	stamped    time.Time   // the latest time stamp that was added
	archived   []time.Time // archive time stamps that were added
	changed    bool
	wait       time.Time
}

// validate judges the file as it is, by all data.
func (x *extension) validate() (err error) {
	if x.signatures, err = formats.Read(x.file, x.documents...); err != nil {
		return err
	}
	x.report = validation.Validate(validation.Input{
		Signatures: x.signatures, Policy: x.Policy, Moment: x.moment(), Data: x.data, Source: (*source)(x),
	})
	return x.ctx.Err()
}

// offline judges a signature by what it embeds alone: what another signature of the file embeds is not there for a program that reads
// this one.
func (x *extension) offline(id string) *validation.SignatureReport {
	own := []*validation.Signature{x.signature(id)}
	return validation.Validate(validation.Input{Signatures: own, Policy: x.Policy, Moment: x.moment()}).Signatures[0]
}

// signature returns a signature that is there.
func (x *extension) signature(id string) *validation.Signature {
	return x.signatures[slices.IndexFunc(x.signatures, func(s *validation.Signature) bool { return s.ID == id })]
}

// moment is the present, or just after the last time stamp that was made, whose authority's clock may be ahead.
func (x *extension) moment() time.Time {
	if now := x.Now(); x.stamped.IsZero() || now.After(x.stamped) {
		return now
	}
	return x.stamped.Add(time.Second)
}

func find(report *validation.Report, id string) *validation.SignatureReport {
	for _, s := range report.Signatures {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// of returns what is known of a signature that is there.
func (x *extension) of(id string) *validation.SignatureReport { return find(x.report, id) }

// chosen are the IDs of the signatures to extend.
func (x *extension) chosen() (ids []string, err error) {
	for _, s := range x.report.Signatures {
		if x.Signature != "" && s.ID != x.Signature {
			continue
		}
		if s.Covers.Content == "container" {
			return nil, fault.Errorf(fault.Unsupported, "a signature in a container")
		}
		ids = append(ids, s.ID)
	}
	switch {
	case len(ids) == 0:
		return nil, fault.Errorf(fault.Unsupported, "no signature %q to extend", x.Signature)
	case len(ids) > MaxSignatures:
		return nil, fault.Errorf(fault.RequestTooLarge, "%d signatures, over the limit of %d", len(ids), MaxSignatures)
	}
	return ids, nil
}

// source asks the source of the level, once for each certificate, and remembers its answers for the validations to come.
type source extension

func (x *source) Revocation(subject, issuer *x509.Certificate) validation.Data {
	return (*extension)(x).ask(subject, issuer)
}

// wantsLists reports whether the level's revocation data are lists.
func (x *extension) wantsLists() bool { return x.level == P2 || x.level == P3 }

func (x *extension) ask(subject, issuer *x509.Certificate) (data validation.Data) {
	from := x.Source
	if x.wantsLists() && x.Lists != nil {
		from = x.Lists
	}
	name := validation.ObjectOf(subject.Raw)
	if from == nil || x.asked[name] {
		return data
	}
	if x.asked == nil {
		x.asked = map[validation.Object]bool{}
	}
	x.asked[name] = true
	data = from.Revocation(subject, issuer)
	if x.wantsLists() {
		data.OCSPs = nil
	}
	x.data.Certificates = append(x.data.Certificates, data.Certificates...)
	x.data.CRLs, x.data.OCSPs = append(x.data.CRLs, data.CRLs...), append(x.data.OCSPs, data.OCSPs...)
	return data
}

// edit has an editor do something to a signature, and judges the result.
func (x *extension) edit(id string, do func(Editor) error) error {
	s := x.signature(id)
	var wanted crypto.Hash
	if len(s.Algorithms) > 0 {
		wanted = s.Algorithms[0].Hash
	}
	hash := x.Policy.HashFor(wanted, x.moment())
	if hash == 0 {
		return fault.Errorf(fault.SignatureAlgorithm, "the policy has no hash that counts today")
	}
	e, err := open(s.Format, Target{File: x.file, Documents: x.documents, ID: id, Hash: hash})
	if err != nil {
		return err
	}
	if err := do(e); err != nil {
		return err
	}
	file, err := e.File()
	if err != nil {
		return err
	}
	x.file, x.changed = file, true
	if err := x.validate(); err != nil {
		return err
	}
	if x.of(id) == nil {
		return fault.Errorf(fault.ExtendWorse, "signature %s is gone", id)
	}
	return nil
}

// stamper asks for a time stamp, and notes its time.
func (x *extension) stamper(isArchive bool) Stamper {
	if x.Stamp == nil {
		return nil
	}
	return func(ctx context.Context, hash crypto.Hash, digest []byte) ([]byte, error) {
		der, err := x.Stamp(ctx, hash, digest)
		if err != nil {
			return nil, err
		}
		token, err := timestamp.Parse(der)
		if err != nil {
			return nil, err
		}
		if token.Time.After(x.Now().Add(timestamp.DefaultSkew)) {
			return nil, fault.Errorf(fault.TimestampInvalid, "the time stamp is of %v", token.Time)
		}
		if token.Time.After(x.stamped) {
			x.stamped = token.Time
		}
		if isArchive {
			x.archived = append(x.archived, token.Time)
		}
		return der, nil
	}
}

// notWorse compares the reports on a file before and after: it fails if any signature or counter-signature had a better result before.
func notWorse(before, after []*validation.SignatureReport) error {
	if len(before) != len(after) {
		return fault.Errorf(fault.ExtendWorse, "%d signatures, and %d before", len(after), len(before))
	}
	worth := map[validation.Indication]int{validation.Indeterminate: 1, validation.Passed: 2}
	for i, s := range after {
		if worth[s.Indication] < worth[before[i].Indication] {
			return fault.Errorf(fault.ExtendWorse, "signature %s becomes %s %s: %s", s.ID, s.Indication, s.SubIndication, reasons(s.Reasons))
		}
		if err := notWorse(before[i].CounterSignatures, s.CounterSignatures); err != nil {
			return err
		}
	}
	return nil
}

// reasons are codes of reasons, for the log: subjects name people.
func reasons(all []validation.Reason) string {
	var codes []string
	for _, r := range all {
		codes = append(codes, fmt.Sprintf("%s %s", r.Code, r.Detail))
	}
	return strings.Join(codes, ", ")
}
