package validation

import (
	"crypto/x509"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
)

// Report is what Validate found. Its JSON is documented in docs/validation.md.
type Report struct {
	// Moment is the time of validation, in UTC.
	Moment time.Time `json:"moment"`
	// Policy is the name of the validation policy.
	Policy     string             `json:"policy"`
	Signatures []*SignatureReport `json:"signatures"`
}

// SignatureReport is what was found about one signature.
type SignatureReport struct {
	ID            string        `json:"id"`
	Format        string        `json:"format"`
	Indication    Indication    `json:"indication"`
	SubIndication SubIndication `json:"sub_indication,omitempty"`
	// Reasons say why; those of the sub-indication come first.
	Reasons []Reason `json:"reasons,omitempty"`
	// Notes say what is there and was not judged.
	Notes []Reason `json:"notes,omitempty"`
	// Intact says that the signature verifies over its content with the key of the certificate that it names, whoever's that is.
	Intact bool `json:"intact"`

	// Level and Form are what the signature has, whether it counts or not: "B", "T", "LT", "LTA" of EN 319 122-1, or ""; and "BES",
	// "EPES", "T", "C", "X", "XL", "A" of TS 101 733, "ERS" of EN 319 122-2.
	Level string `json:"level,omitempty"`
	Form  string `json:"form,omitempty"`

	// Signer is nil where the signer's certificate is not known.
	Signer *CertificateReport `json:"signer,omitempty"`
	// Qualified is the name of the statements by which the certificate says that it is qualified, "" where it does not. It counts
	// only with TOTAL-PASSED.
	Qualified string `json:"qualified,omitempty"`
	// Path leads from the signer's certificate to the anchor; empty where none was found.
	Path []*CertificateReport `json:"path,omitempty"`

	// Claimed is the signer's own time, Proven the earliest at which the signature is proven to have existed.
	Claimed *time.Time `json:"claimed,omitempty"`
	Proven  *time.Time `json:"proven,omitempty"`
	// Lasts is until when what is there will do, as far as dates say that today: before it another time stamp must cover everything.
	// It is nil where the signature has not passed, or nothing ends.
	Lasts *time.Time `json:"lasts,omitempty"`

	Covers            CoverageReport     `json:"covers"`
	Policy            *PolicyReport      `json:"signature_policy,omitempty"`
	Profile           *ProfileReport     `json:"profile,omitempty"`
	TimeStamps        []*TimeStampReport `json:"time_stamps,omitempty"`
	CounterSignatures []*SignatureReport `json:"counter_signatures,omitempty"`
}

// CertificateReport is a certificate with what counted of its status.
type CertificateReport struct {
	Certificate *x509.Certificate `json:"-"`
	DER         []byte            `json:"certificate"`
	Status      *StatusReport     `json:"status,omitempty"`
	// Statuses is everything genuine that was at hand on a certificate of a path, in no order; Status is one of them.
	Statuses []*StatusReport `json:"-"`
}

// StatusReport is the revocation data that counted.
type StatusReport struct {
	By         string     `json:"by"` // "ocsp", "crl"
	ThisUpdate time.Time  `json:"this_update"`
	NextUpdate *time.Time `json:"next_update,omitempty"`
	Revoked    *time.Time `json:"revoked,omitempty"`
	Reason     int        `json:"reason,omitempty"` // CRLReason
	// IsGood says that the certificate is neither revoked nor on hold nor unknown to who says so.
	IsGood bool `json:"-"`
	// Data is the OCSPResponse or CertificateList, in DER, and Signer the certificate whose key signed it.
	Data   []byte            `json:"-"`
	Signer *x509.Certificate `json:"-"`
}

// CoverageReport says what the signature is over.
type CoverageReport struct {
	Content string `json:"content"`        // "attached", "detached", "container", "revision", "element", "signature"
	Size    *int64 `json:"size,omitempty"` // in bytes, where the content is at hand
	Hash    string `json:"hash,omitempty"`
	Digest  string `json:"digest,omitempty"` // hexadecimal

	Parts     []PartReport `json:"parts,omitempty"`     // of a signature over several things
	Uncovered []string     `json:"uncovered,omitempty"` // files of its container of which it says nothing
	Revision  int          `json:"revision,omitempty"`  // of a PDF, from 1 on
	Revisions int          `json:"revisions,omitempty"` // that the PDF has
	Later     LaterChanges `json:"later,omitempty"`     // what revisions after it have done
}

// PartReport is one of several things that a signature covers.
type PartReport struct {
	Name   string `json:"name"`
	Size   *int64 `json:"size,omitempty"` // in bytes, where it is at hand
	Hash   string `json:"hash,omitempty"`
	Digest string `json:"digest,omitempty"` // hexadecimal
}

// PolicyReport is the signature policy that is named.
type PolicyReport struct {
	OID    string `json:"oid,omitempty"`
	Hash   string `json:"hash,omitempty"`
	Digest string `json:"digest,omitempty"` // hexadecimal
	URI    string `json:"uri,omitempty"`
	Name   string `json:"name,omitempty"` // "" where it is not known
	Known  bool   `json:"digest_known"`
}

// TimeStampReport is what was found about one time stamp.
type TimeStampReport struct {
	Kind          StampKind            `json:"kind"`
	Name          string               `json:"name"`
	Indication    Indication           `json:"indication"`
	SubIndication SubIndication        `json:"sub_indication,omitempty"`
	Reasons       []Reason             `json:"reasons,omitempty"`
	Time          *time.Time           `json:"time,omitempty"`
	Authority     *CertificateReport   `json:"authority,omitempty"`
	Path          []*CertificateReport `json:"path,omitempty"`
	// Lasts is as that of the signature, for this time stamp alone.
	Lasts *time.Time `json:"lasts,omitempty"`
}

// signature judges one signature. of is the run of the signature that it countersigns, or nil: what is proven there counts here too.
func (p *pool) signature(s *Signature, of *run) *SignatureReport {
	r := &run{p, &proofs{p.moment, map[Object]time.Time{}}}
	if of != nil {
		r.proofs.known = maps.Clone(of.proofs.known)
	}
	out := &SignatureReport{ID: s.ID, Format: s.Format, Covers: s.Covers.report(), Policy: p.policy.report(s.Policy)}
	out.Level, out.Form = s.Level, s.Form
	if !s.Claimed.IsZero() {
		out.Claimed = utc(s.Claimed)
	}
	signer, verified, bound := s.bound(p)
	stamps := r.stamps(s)
	for _, t := range stamps {
		out.TimeStamps = append(out.TimeStamps, p.stampReport(t))
	}
	result, c := bound, chain{}
	if signer != nil {
		out.Intact = verified.passed()
		r.proofs.add(r.proofs.at(s.Value), ObjectOf(signer.Raw)) // the signature covers the certificate's digest
		result, c = r.overTime(subject{certificate: signer, algorithms: s.Algorithms, object: s.Value, notBefore: notBefore(stamps)}, combine(bound, order(stamps)))
		out.Signer, out.Qualified = certificateReport(signer, nil), p.policy.qualification(signer)
		out.Path = p.chainReport(c)
	}
	if p.tooMany && !result.passed() {
		result.Reasons = append(result.Reasons, Because(ReasonTooMany, "", nil))
	}
	out.Indication, out.SubIndication, out.Reasons = result.Indication, result.SubIndication, result.Reasons
	if proven := r.proofs.at(s.Value); proven.Before(p.moment) {
		out.Proven = utc(proven)
	}
	if s.Attributes.EvidenceRecords {
		out.Notes = append(out.Notes, Because(ReasonUnsupported, "evidence-record", nil))
	}
	if result.passed() {
		out.Lasts = p.lasts(s, stamps, c)
	}
	out.Profile = p.profile(s, stamps, c, signer)
	for _, counter := range s.CounterSignatures {
		out.CounterSignatures = append(out.CounterSignatures, p.signature(counter, r))
	}
	return out
}

func utc(t time.Time) *time.Time {
	t = t.UTC()
	return &t
}

func certificateReport(c *x509.Certificate, s *revocation.Statement) *CertificateReport {
	return &CertificateReport{Certificate: c, DER: c.Raw, Status: statusReport(s)}
}

func statusReport(s *revocation.Statement) *StatusReport {
	if s == nil {
		return nil
	}
	out := &StatusReport{By: "ocsp", ThisUpdate: s.ThisUpdate.UTC(), IsGood: s.Status == revocation.Good, Data: s.DER, Signer: s.Signer}
	if s.IsCRL {
		out.By = "crl"
	}
	if !s.NextUpdate.IsZero() {
		out.NextUpdate = utc(s.NextUpdate)
	}
	if s.Status == revocation.Revoked || s.Status == revocation.OnHold {
		out.Revoked, out.Reason = utc(s.Since), s.Reason
	}
	return out
}

func (p *pool) chainReport(c chain) (out []*CertificateReport) {
	for i, one := range c.path {
		report := certificateReport(one, c.statements[i])
		if i < len(c.path)-1 {
			all, _ := p.about(one, c.path[i+1])
			for _, s := range all {
				report.Statuses = append(report.Statuses, statusReport(s))
			}
		}
		out = append(out, report)
	}
	return out
}

func (c Coverage) report() CoverageReport {
	whole := Part{Size: c.Size, Hash: c.Hash, Digest: c.Digest}.report()
	out := CoverageReport{
		Content: c.Content, Size: whole.Size, Hash: whole.Hash, Digest: whole.Digest,
		Uncovered: c.Uncovered, Revision: c.Revision, Revisions: c.Revisions, Later: c.Later,
	}
	for _, part := range c.Parts {
		out.Parts = append(out.Parts, part.report())
	}
	return out
}

func (p Part) report() PartReport {
	out := PartReport{Name: p.Name}
	if p.Digest != nil {
		out.Hash, out.Digest = p.Hash.String(), hex.EncodeToString(p.Digest)
	}
	if p.Size >= 0 {
		out.Size = &p.Size
	}
	return out
}

func (p *Policy) report(named *SignaturePolicy) *PolicyReport {
	if named == nil {
		return nil
	}
	out := &PolicyReport{URI: named.URI, Digest: hex.EncodeToString(named.Digest)}
	if !named.Implied {
		out.OID = named.OID.String()
		out.Name, out.Known = p.known(named)
	}
	if named.Hash != 0 {
		out.Hash = named.Hash.String()
	}
	return out
}

func (p *pool) stampReport(t *stamp) *TimeStampReport {
	out := &TimeStampReport{
		Kind: t.Kind, Name: t.Name, Indication: t.Indication, SubIndication: t.SubIndication,
		Reasons: slices.Concat(t.Reasons, t.Incomplete), Path: p.chainReport(t.chain),
	}
	if t.Token != nil {
		out.Time = utc(t.Token.Time)
	}
	if t.authority != nil {
		out.Authority = certificateReport(t.authority, nil)
	}
	if t.passed() {
		out.Lasts = orNil(p.stampLasts(t))
	}
	return out
}
