package portal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/lasting"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// AuditOptions name what an audit looks at, beside the settings.
type AuditOptions struct {
	// Database is a copy, an SQLite file, that nothing else uses; empty means the database of the settings, which portals may be using.
	Database string
	// Heads is a file of published heads. Empty means that of the settings, unless there is a Database: later heads than a
	// copy are findings.
	Heads string
	// Keys are PEM files with public keys that have signed heads; none means the key of the settings.
	Keys []string
	// Anchors are PEM files with anchors that the settings named once.
	Anchors []string
}

// AuditReport is what an audit has seen.
type AuditReport struct {
	record.Contents
	Waiting   int    `json:"waiting"` // rows from before the chain that are not entered yet
	Heads     int    `json:"heads"`
	Copies    int    `json:"copies"`         // lasting copies of acts
	Published int    `json:"published"`      // heads in the file
	Link      string `json:"link,omitempty"` // of the newest entry, whose number is Entries
	Findings  int    `json:"findings"`
	// First are the first findings.
	First []record.Finding `json:"first,omitempty"`
}

// maxFindings is how many findings are listed.
const maxFindings = 100

// auditor proves one database.
type auditor struct {
	auditedDatabase
	verifier  *relyingparty.Verifier
	logins    login.Cards
	lasting   *validation.Policy
	keys      []*ecdsa.PublicKey
	heads     io.Reader // nil for none
	published bool      // the settings name a file of heads, which belongs to this database
	report    AuditReport
}

// Audit proves all that the portal has on record: pages, schema, chain and heads, and each signature again by its evidence, as of
// its time and without the network. An error means that it could not come to an end.
func Audit(ctx context.Context, settings *Settings, o AuditOptions) (report AuditReport, err error) {
	a := &auditor{published: settings.EvidenceHeads != "" && o.Database == ""}
	if err := a.load(settings, o); err != nil {
		return a.report, err
	}
	// What is published was in the database before: so the file's end is looked up first.
	file, err := openPublished(settings, o)
	if err != nil {
		return a.report, err
	}
	if file != nil {
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return a.report, fmt.Errorf("audit: %w", err)
		}
		a.heads = io.LimitReader(file, info.Size())
	}
	if a.auditedDatabase, err = openAudited(ctx, settings, o.Database, a.found); err != nil {
		return a.report, fmt.Errorf("audit: %w", err)
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.prove(ctx); err != nil {
		return a.report, fmt.Errorf("audit: %w", err)
	}
	return a.report, nil
}

func (a *auditor) found(f record.Finding) {
	a.report.Findings++
	if len(a.report.First) < maxFindings {
		a.report.First = append(a.report.First, f)
	}
}

// load reads what signatures are judged by.
func (a *auditor) load(settings *Settings, o AuditOptions) (err error) {
	if a.verifier, err = LoadVerifier(settings); err != nil {
		return err
	}
	a.verifier.MaxAge = maxCodeLifetime*time.Second + 2*verification.ClockTolerance // codes may have lived for another time then
	if a.logins, err = LoadCardLogins(settings); err != nil {
		return err
	}
	var former []*x509.Certificate
	for _, path := range o.Anchors {
		more, err := readCertificates(path)
		if err != nil {
			return fmt.Errorf("audit: anchors: %w", err)
		}
		former = append(former, more...)
		a.verifier.Anchors = append(a.verifier.Anchors, more...)
		for _, l := range a.logins {
			l.Verifier.Anchors = append(l.Verifier.Anchors, more...)
		}
	}
	if a.lasting, _, err = lastingPolicy(settings, former...); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, path := range o.Keys {
		key, err := readPublicKey(path)
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		a.keys = append(a.keys, key)
	}
	if len(a.keys) == 0 && settings.EvidenceKeyFile != "" {
		key, err := readP256Key(settings.EvidenceKeyFile)
		if err != nil {
			return fmt.Errorf("audit: evidence key %w", err)
		}
		a.keys = append(a.keys, &key.PublicKey)
	}
	return nil
}

// readPublicKey reads a file with a public key on P-256, in PEM.
func readPublicKey(path string) (*ecdsa.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("%q holds no public key", path)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%q holds no public key on P-256", path)
	}
	return key, nil
}

// openPublished opens the file of published heads, nil if there is none to read.
func openPublished(settings *Settings, o AuditOptions) (*os.File, error) {
	path := o.Heads
	if path == "" && o.Database == "" {
		path = settings.EvidenceHeads
	}
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if o.Heads == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil // before the first head; prove finds it missing after that
	}
	if err != nil {
		return nil, fmt.Errorf("audit: heads: %w", err)
	}
	return file, nil
}

func (a *auditor) prove(ctx context.Context) (err error) {
	if a.report.Contents, err = a.Whole(ctx); err != nil {
		return err
	}
	newest, err := a.Chain(ctx, func(e record.Entry) error { return a.proveEntry(ctx, e) })
	if err != nil {
		return err
	}
	if newest.Number > 0 {
		a.report.Link = hex.EncodeToString(newest.Link[:])
	}
	if a.report.Waiting, err = a.Waiting(ctx); err != nil {
		return err
	}
	if err := a.Applications(ctx); err != nil {
		return err
	}
	if err := a.Payments(ctx); err != nil {
		return err
	}
	if err := a.auditedDatabase.Copies(ctx, func(c store.Copy) error { return a.proveCopy(ctx, c) }); err != nil {
		return err
	}
	if err := a.auditedDatabase.Heads(ctx, a.proveHead); err != nil {
		return err
	}
	if a.published && a.heads == nil && a.report.Heads > 0 {
		a.found(record.Finding{Kind: "head", What: "the file of heads that the settings name is not there"})
	}
	return a.provePublished(ctx)
}

// proveCopy proves a lasting copy by itself.
func (a *auditor) proveCopy(ctx context.Context, c store.Copy) error {
	a.report.Copies++
	_, e, err := a.Act(ctx, c.Reference)
	if err == nil {
		err = lasting.Prove(a.lasting, c, e)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		a.found(record.Finding{Kind: "lasting", Reference: c.Reference, What: fmt.Sprintf("version %d cannot be proven: %.300v", c.Version, err)})
	}
	return nil
}

// proveHead finds fault with a head that none of the keys has signed.
func (a *auditor) proveHead(h store.Head) {
	a.report.Heads++
	if !verifyHead(h, a.keys) {
		a.found(record.Finding{Kind: "head", Reference: fmt.Sprint(h.Number), What: "its signature is of none of the keys"})
	}
}

// provePublished holds the chain against the heads that are elsewhere.
func (a *auditor) provePublished(ctx context.Context) error {
	if a.heads == nil {
		return nil
	}
	return readHeads(a.heads, func(n int, h store.Head, err error) error {
		if err != nil {
			a.found(record.Finding{Kind: "head", What: fmt.Sprintf("line %d of the file of heads cannot be read", n)})
			return nil
		}
		a.report.Published++
		if !verifyHead(h, a.keys) {
			a.found(record.Finding{Kind: "head", Reference: fmt.Sprint(h.Number), What: fmt.Sprintf("published in line %d; its signature is of none of the keys", n)})
		}
		_, err = a.LeadsTo(ctx, h.Entry)
		return err
	})
}

// provers judge what an entry is about beyond its rows, by the entry's kind.
var provers = map[string]func(a *auditor, ctx context.Context, reference string) error{
	record.Act:         (*auditor).proveAct,
	record.Approval:    (*auditor).proveAct,
	record.Refusal:     (*auditor).proveRefusal,
	record.Release:     (*auditor).proveRelease,
	record.Report:      (*auditor).proveReport,
	record.Login:       (*auditor).proveLogin,
	record.Application: (*auditor).proveApplication,
	record.DecisionEnd: (*auditor).proveDecision,
	record.Decision:    (*auditor).nothingMore,
	record.Payment:     (*auditor).nothingMore,
	record.Role:        (*auditor).nothingMore,
	record.Institution: (*auditor).nothingMore,
	record.Officer:     (*auditor).nothingMore,
}

// proveEntry judges what an entry is about, and finds fault with what cannot be proven.
func (a *auditor) proveEntry(ctx context.Context, e record.Entry) error {
	prove := provers[e.Kind]
	if prove == nil {
		a.found(record.Finding{Kind: e.Kind, Reference: e.Reference, What: "is of no kind that is known"})
		return nil
	}
	err := prove(a, ctx, e.Reference)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		a.found(record.Finding{Kind: e.Kind, Reference: e.Reference, What: fmt.Sprintf("cannot be proven: %.300v", err)})
	}
	return nil
}

// nothingMore is for rows that say nothing beyond themselves.
func (*auditor) nothingMore(context.Context, string) error { return nil }

// proveDecision finds fault with a decision that was not confirmed by another person in time.
func (a *auditor) proveDecision(ctx context.Context, reference string) error {
	d, err := a.Decision(ctx, reference)
	if err != nil {
		return err
	}
	if e := d.End; e.Outcome == store.Confirmed && (e.By == d.AskedBy || e.By == d.Person || !e.At.Before(d.Until)) {
		return errors.New("no other person has confirmed it in time")
	}
	return nil
}

// errAnother means that something proves what another person did.
var errAnother = errors.New("it is another person's, or of another time, than the record says")

func (a *auditor) proveAct(ctx context.Context, reference string) error {
	act, e, err := a.Act(ctx, reference)
	if err != nil {
		return err
	}
	var again *relyingparty.Evidence
	if kept := keptOf(e, act.ReceivedAt); act.Kind == store.Approval {
		again, err = a.verifier.ReverifyFile(ctx, verification.SignedPDF(e.Signature, e.Document), kept)
	} else {
		again, err = a.verifier.Reverify(ctx, e.Signature, e.Document, kept)
	}
	if err != nil {
		return err
	}
	if again.CitizenNumber != act.CitizenNumber || !again.SigningTime.Truncate(time.Millisecond).Equal(e.SigningTime) {
		return errAnother
	}
	return nil
}

// keptOf is evidence as the store has it, of what arrived at a time.
func keptOf(e store.Evidence, received time.Time) relyingparty.Kept {
	answers := func(list []store.Answer) (kept []relyingparty.KeptAnswer) {
		for _, a := range list {
			kept = append(kept, relyingparty.KeptAnswer(a))
		}
		return kept
	}
	return relyingparty.Kept{
		Path: e.Path, CRLSigners: e.CRLSigners, OCSP: answers(e.OCSP), CRLs: answers(e.CRLs), ReceivedAt: received, VerifiedAt: e.VerifiedAt,
	}
}

// proveRefusal proves that a signature was one of the person's: why it was refused is not proven by what is kept.
func (a *auditor) proveRefusal(ctx context.Context, number string) error {
	r, document, err := a.Refused(ctx, number)
	if err != nil {
		return err
	}
	var e *relyingparty.Evidence
	if r.Kind == store.Approval {
		e, err = a.verifier.CheckFileAt(verification.SignedPDF(r.Signature, document), r.ReceivedAt)
	} else {
		e, err = a.verifier.CheckAt(r.Signature, document, r.ReceivedAt)
	}
	if err != nil {
		return err
	}
	return e.Of(r.CitizenNumber)
}

func (a *auditor) proveRelease(ctx context.Context, reference string) error {
	r, err := a.Released(ctx, reference)
	if err != nil {
		return err
	}
	claim, err := release.ReadClaim(r.Claim, r.Signature)
	if err != nil {
		return err
	}
	holder, err := pki.Parse(claim.Certificate)
	if err != nil {
		return err
	}
	if claim.Act != r.Reference || claim.Card != r.Card || claim.Device.ID() != r.Machine || holder.CitizenNumber() != r.CitizenNumber {
		return errAnother
	}
	if len(r.CardSignature) == 0 {
		return nil
	}
	s, err := cades.Parse(r.CardSignature)
	if err != nil {
		return err
	}
	if !bytes.Equal(s.Certificate.Raw, claim.Certificate) {
		return errAnother
	}
	return s.Verify(r.Claim)
}

func (a *auditor) proveReport(ctx context.Context, reference string) error {
	r, err := a.Released(ctx, reference)
	if err != nil {
		return err
	}
	claim, err := release.ReadClaim(r.Claim, r.Signature)
	if err != nil {
		return err
	}
	report, err := release.ReadReport(r.Report, r.ReportSignature, r.Claim, claim.Device)
	if err == nil && report.Outcome != r.Outcome {
		err = errAnother
	}
	return err
}

// proveApplication proves that the act by which an application was approved gave E-Onay, or is a signature for this application as it
// was then, and was the same person's; a person who was erased is not known any more. Of other changes the chain alone tells.
func (a *auditor) proveApplication(ctx context.Context, reference string) error {
	c, citizenNumber, err := a.Change(ctx, reference)
	kind := map[application.Way]store.Kind{application.ByConsent: store.Give, application.BySignature: store.Approval}[c.Way]
	if err != nil || kind == "" {
		return err
	}
	act, _, err := a.Act(ctx, c.Basis)
	if err != nil {
		return err
	}
	if act.Kind != kind || citizenNumber != "" && act.CitizenNumber != citizenNumber {
		return errAnother
	}
	if kind == store.Approval {
		return a.proveSubject(ctx, c.Basis, reference)
	}
	return nil
}

// proveSubject proves that an approval is about the version of an application before a change.
func (a *auditor) proveSubject(ctx context.Context, approval, change string) error {
	subject, err := a.Subject(ctx, approval)
	if err != nil {
		return err
	}
	ref, text, _ := strings.Cut(change, "/")
	version, err := strconv.Atoi(text)
	if err == nil && subject != store.SubjectOf(application.Application{Reference: ref, Version: version - 1}) {
		err = errAnother
	}
	return err
}

func (a *auditor) proveLogin(ctx context.Context, reference string) error {
	l, err := a.Login(ctx, reference)
	if err != nil {
		return err
	}
	judge, ok := a.logins[l.Way]
	if !ok {
		return fmt.Errorf("the settings do not offer %.40q, and so name no anchors for it", l.Way)
	}
	judge.Origin = l.Origin
	e, err := judge.Reverify(ctx, l.Nonce, l.Token, keptOf(l.Evidence, l.ReceivedAt))
	if err != nil {
		return err
	}
	return e.Of(l.CitizenNumber)
}
