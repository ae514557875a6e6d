package formats

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/evidencerecord"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
)

// recordName is the name of the time stamps of an evidence record, and the subject of a note on one that was not judged.
const recordName = "evidence-record"

// Limits on the evidence records of a file.
const (
	maxRecords = 4
	maxPasses  = 16 // times that the file is digested for them
)

// record is an evidence record with its time stamps read.
type record struct {
	*evidencerecord.Record
	tokens  [][]token // of each chain
	problem *validation.Conclusion
}

// readRecord reads a record. read reads a token. The time stamps must be in the order of time (RFC 4998, 5.1).
func readRecord(ber []byte, read func(der []byte) token) (*record, error) {
	r, err := evidencerecord.Parse(ber)
	if err != nil {
		return nil, err
	}
	out := &record{Record: r}
	var last *timestamp.Token
	for _, chain := range r.Chains {
		var tokens []token
		for _, one := range chain.TimeStamps {
			t := read(one.Token)
			tokens = append(tokens, t)
			if t.err != nil {
				continue
			}
			if last != nil && t.Time.Add(t.Accuracy).Before(last.Time) && out.problem == nil {
				c := validation.Indetermined(validation.TimestampOrderFailure, validation.Because(validation.ReasonStampOrder, recordName, nil))
				out.problem = &c
			}
			last = t.Token
		}
		out.tokens = append(out.tokens, tokens)
	}
	return out, nil
}

// begun is the time of the first time stamp, zero where it cannot be read.
func (r *record) begun() time.Time {
	if t := r.tokens[0][0]; t.err == nil {
		return t.Time
	}
	return time.Time{}
}

// stamps are the time stamps of a record that is of all objects of, and proves that what covers names existed. The first of each
// chain is over these, that of a later chain over all earlier tokens too, and any other over the token before it.
func (r *record) stamps(covers []validation.Object, of ...evidencerecord.Object) (all []*validation.TimeStamp) {
	var earlier []validation.Object // tokens of earlier chains
	for i, tokens := range r.tokens {
		older := slices.Concat(covers, earlier)
		for j, t := range tokens {
			out := t.stamp(validation.ArchiveStamp, recordName)
			all = append(all, out)
			out.Covers = older
			older = nil
			if t.err == nil {
				older = append([]validation.Object{validation.ObjectOf(t.DER)}, objects(t.data)...)
				earlier = append(earlier, older...)
			}
			if out.Problem == nil {
				out.Problem = r.judge(i, j)
			}
			out.Imprint = func(by crypto.Hash) ([][]byte, error) { return r.Imprints(i, j, by, of...) }
		}
	}
	return all
}

// judge says why a time stamp proves nothing, whatever it is over; nil where there is no such reason.
func (r *record) judge(chain, stamp int) *validation.Conclusion {
	if r.problem != nil {
		return r.problem
	}
	t := r.tokens[chain][stamp]
	err := r.Chains[chain].TimeStamps[stamp].Check(t.Hash)
	if first := r.tokens[chain][0]; err == nil && first.err == nil && first.Hash != t.Hash {
		err = errors.New("a chain by several hashes")
	}
	if err == nil || t.Hash == 0 { // which the engine tells
		return nil
	}
	c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonStampMalformed, recordName, err))
	return &c
}

// isRecord reports whether an attribute is an evidence record, and whether that is of the content as another document too.
func isRecord(oid asn1.ObjectIdentifier) (is, isExternal bool) {
	isExternal = oid.Equal(oidEvidenceRecordExtern)
	return isExternal || oid.Equal(oidEvidenceRecord), isExternal
}

// attributeRecord is an evidence record in an unsigned attribute (RFC 4998, appendix A).
type attributeRecord struct {
	*record
	signer, attribute int
	isExternal        bool
}

// readRecords reads the records of all signers, in the order of time. ok says that all were read.
func (f *cades) readRecords() (all []attributeRecord, ok bool) {
	ok = true
	for i, s := range f.Signers {
		for j, raw := range s.RawUnsigned() {
			a, readable := cms.ReadAttribute(raw)
			is, isExternal := isRecord(a.Type)
			if !readable || !is {
				continue
			}
			values, err := valuesOf(raw)
			ok = ok && err == nil
			for _, value := range values {
				r, err := readRecord(value, f.readers[s].token)
				if err != nil || len(all) == maxRecords {
					ok = false
					continue
				}
				all = append(all, attributeRecord{r, i, j, isExternal})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b attributeRecord) int { return a.begun().Compare(b.begun()) })
	return all, ok
}

// valuesOf returns the values of an attribute as received.
func valuesOf(attribute []byte) ([][]byte, error) {
	fields, err := cms.Elements(attribute, 2)
	if err != nil {
		return nil, err
	}
	return cms.Elements(fields[len(fields)-1], maxRecords)
}

// addRecords adds the time stamps of evidence records to all signatures of the file: a record is of the file as it was before it
// (RFC 4998, appendix A), and in the attribute of any signer. What it proves of other records is not told.
func (f *cades) addRecords(signatures []*validation.Signature) {
	records, ok := f.readRecords()
	if len(records) == 0 {
		return
	}
	passes := &passes{left: maxPasses}
	for i, r := range records {
		objects := []evidencerecord.Object{f.before(records, i, passes)}
		if r.isExternal {
			objects = append(objects, oneImprint(f.content.of))
		}
		for place, s := range signatures {
			stamps := r.stamps(f.readers[f.Signers[place]].all(), objects...)
			if *f.stamps += len(stamps); len(s.TimeStamps)+len(stamps) > validation.MaxTimeStamps || *f.stamps > validation.MaxAllTimeStamps {
				c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, recordName, nil))
				s.Malformed = &c
				return
			}
			s.TimeStamps = append(s.TimeStamps, stamps...)
		}
	}
	isExpected := func(r attributeRecord) bool { return r.isExternal == (f.Content == nil) }
	for _, s := range signatures {
		s.Attributes.EvidenceRecords = !ok
		s.Attributes.EmbeddedRecords = ok && !slices.ContainsFunc(records, func(r attributeRecord) bool { return !isExpected(r) })
		s.Level, s.Form = cadesLevel(s)
	}
}

// passes counts how often a file is digested for its records.
type passes struct {
	mu   sync.Mutex
	left int
}

func (p *passes) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left--
	return p.left >= 0
}

// before returns the digests of the file as it was before a record: without that and all that begin later, or, where archives have made
// several beside each other, without any.
func (f *cades) before(records []attributeRecord, place int, passes *passes) evidencerecord.Object {
	known := map[crypto.Hash][][]byte{}
	var mu sync.Mutex
	return func(by crypto.Hash) ([][]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if all := known[by]; all != nil {
			return all, nil
		}
		added := [][]attributeRecord{records[place:]}
		if place > 0 {
			added = append(added, records)
		}
		var all [][]byte
		for _, added := range added {
			forms, err := f.WithoutAttributes(func(signer, attribute int) bool {
				return slices.ContainsFunc(added, func(r attributeRecord) bool { return r.signer == signer && r.attribute == attribute })
			})
			if err != nil {
				return nil, err
			}
			for _, form := range forms {
				if !passes.take() {
					return nil, errTooMuch
				}
				h := by.New()
				if _, err := io.Copy(h, form()); err != nil {
					return nil, err
				}
				all = append(all, h.Sum(nil))
			}
		}
		known[by] = all
		return all, nil
	}
}

// all are the objects of the file that count for a signature: what it embeds, its value, and what its unsigned attributes hold.
func (r *stampReader) all() []validation.Object {
	out := append(objects(r.data), r.value)
	for _, raw := range r.signer.RawUnsigned() {
		if a, ok := cms.ReadAttribute(raw); ok {
			out = append(out, r.covered(a)...)
		}
	}
	return out
}
