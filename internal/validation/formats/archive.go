package formats

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
)

// maxHashIndex is how many digests an ats-hash-index may have.
const maxHashIndex = 2048

// hashIndex is an ATSHashIndex (EN 319 122-1, 5.5.2; TS 101 733, 6.4.2): digests of what an archive time stamp covers.
type hashIndex struct {
	der                              []byte
	hash                             crypto.Hash
	certificates, revocations, attrs map[string]bool // by digest; true once the object was found
	byValue                          bool            // digests of attributes are of type and one value, as in ats-hash-index-v3
}

// readHashIndex reads the attribute that a token of archive-time-stamp-v3 has.
func readHashIndex(token *cms.Signer) (*hashIndex, error) {
	for _, oid := range []asn1.ObjectIdentifier{oidHashIndexV3, oidHashIndex} {
		all := values(token.Unsigned, oid)
		if len(all) == 0 {
			continue
		}
		if len(all) > 1 {
			return nil, errors.New("ats-hash-index is there twice")
		}
		return parseHashIndex(all[0], oid.Equal(oidHashIndexV3))
	}
	return nil, errors.New("no ats-hash-index")
}

func parseHashIndex(der []byte, byValue bool) (*hashIndex, error) {
	out := &hashIndex{der: der, hash: crypto.SHA256, byValue: byValue}
	input := cryptobyte.String(der)
	var s, algorithm, list cryptobyte.String
	malformed := errors.New("ats-hash-index is not one")
	if !input.ReadASN1(&s, cbasn1.SEQUENCE) || !input.Empty() {
		return nil, malformed
	}
	lists := s
	// hashIndAlgorithm is left out for SHA-256. An AlgorithmIdentifier begins with an identifier, a list of digests does not.
	if probe := s; probe.ReadASN1(&algorithm, cbasn1.SEQUENCE) && algorithm.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) {
		var identifier cryptobyte.String
		lists.ReadASN1Element(&identifier, cbasn1.SEQUENCE)
		var err error
		if out.hash, err = cms.HashOf(identifier); err != nil {
			return nil, err
		}
	}
	count := 0
	for _, to := range []*map[string]bool{&out.certificates, &out.revocations, &out.attrs} {
		*to = map[string]bool{}
		if !lists.ReadASN1(&list, cbasn1.SEQUENCE) {
			return nil, malformed
		}
		for !list.Empty() {
			var digest []byte
			if count++; count > maxHashIndex || !list.ReadASN1Bytes(&digest, cbasn1.OCTET_STRING) {
				return nil, malformed
			}
			(*to)[string(digest)] = false
		}
	}
	if !lists.Empty() {
		return nil, malformed
	}
	return out, nil
}

// finds reports whether an object is in a list, and notes that it was found.
func finds(list map[string]bool, digest string) bool {
	if _, there := list[digest]; !there {
		return false
	}
	list[digest] = true
	return true
}

// elementDigests are the digests by one hash of everything that a hash index may list: time stamps of one file mostly have the
// same hash, and a hostile file has many.
type elementDigests struct {
	certificates, revocations []string
	attributes                []attributeDigests
}

type attributeDigests struct {
	cms.Attribute
	whole  string   // of the attribute as received
	values []string // of its type and one value each
}

func (r *stampReader) digestsBy(hash crypto.Hash) *elementDigests {
	if known := r.listed[hash]; known != nil {
		return known
	}
	sum := func(parts ...[]byte) string {
		h := hash.New()
		for _, part := range parts {
			h.Write(part)
		}
		return string(h.Sum(nil))
	}
	out := new(elementDigests)
	for _, raw := range r.RawCertificates() {
		out.certificates = append(out.certificates, sum(raw))
	}
	for _, raw := range r.RawRevocations() {
		out.revocations = append(out.revocations, sum(raw))
	}
	for _, raw := range r.signer.RawUnsigned() {
		a, ok := cms.ReadAttribute(raw)
		if !ok {
			continue
		}
		one := attributeDigests{Attribute: a, whole: sum(raw)}
		if oid, err := asn1.Marshal(a.Type); err == nil {
			for _, value := range a.Values {
				one.values = append(one.values, sum(oid, value))
			}
		}
		out.attributes = append(out.attributes, one)
	}
	r.listed[hash] = out
	return out
}

// missing reports whether a list names what was not found.
func missing(list map[string]bool) bool {
	for _, found := range list {
		if !found {
			return true
		}
	}
	return false
}

// archiveV3 reads what an archive-time-stamp-v3 covers (EN 319 122-1, 5.5.3): the type of the content and its digest, the signer without
// unsigned attributes, and what its hash index lists. A list that names what is not there any more makes the time stamp prove nothing.
func (r *stampReader) archiveV3(out *validation.TimeStamp) {
	if r.isCounter { // the standard does not say over what
		unsupported(out)
		return
	}
	index, err := readHashIndex(out.Token.Signer)
	if err != nil {
		c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonStampMalformed, out.Name, err))
		out.Problem = &c
		return
	}
	out.Hashes = append(out.Hashes, index.hash)
	out.Covers = append(out.Covers, r.value)
	there := r.digestsBy(index.hash)
	for i, raw := range r.RawCertificates() {
		if finds(index.certificates, there.certificates[i]) {
			out.Covers = append(out.Covers, validation.ObjectOf(raw))
		}
	}
	for i, raw := range r.RawRevocations() {
		if !finds(index.revocations, there.revocations[i]) {
			continue
		}
		crl, ocsp := cms.ReadRevocation(raw)
		for _, der := range [][]byte{crl, ocsp} {
			if der != nil {
				out.Covers = append(out.Covers, validation.ObjectOf(der))
			}
		}
	}
	for _, a := range there.attributes {
		out.Covers = append(out.Covers, r.indexed(index, a)...)
	}
	for _, list := range []struct {
		name string
		of   map[string]bool
	}{{"certificates", index.certificates}, {"revocation data", index.revocations}, {"unsigned attributes", index.attrs}} {
		if missing(list.of) {
			c := validation.Indetermined(validation.SigConstraintsFailure,
				validation.Because(validation.ReasonStampPartial, out.Name, errors.New(list.name+" in the hash index that are not there")))
			out.Problem = &c
		}
	}
	out.Imprint = oneImprint(func(by crypto.Hash) ([]byte, error) {
		content, err := r.content.of(by)
		if err != nil {
			return nil, err
		}
		return digestOf(r.contentType(), content, r.signer.WithoutUnsigned(), index.der)(by)
	})
}

// indexed are the objects of an unsigned attribute that the hash index lists.
func (r *stampReader) indexed(index *hashIndex, a attributeDigests) (all []validation.Object) {
	if !index.byValue {
		if finds(index.attrs, a.whole) {
			return r.covered(a.Attribute)
		}
		return nil
	}
	for i, digest := range a.values {
		if finds(index.attrs, digest) {
			all = append(all, r.covered(cms.Attribute{Type: a.Type, Values: a.Values[i : i+1]})...)
		}
	}
	return all
}

// contentType is eContentType in DER.
func (r *stampReader) contentType() []byte {
	oid, err := asn1.Marshal(r.ContentType)
	if err != nil {
		return nil
	}
	return oid
}

// archiveV2 reads what an archive-time-stamp-v2 covers (TS 101 733 V1.8.3, 6.4.1): encapContentInfo, content that is elsewhere, the fields
// certificates and crls, and all of the signer but archive time stamps that are not older. Programs do not agree on whether the
// unsigned attributes have their tag and length, so either will do. What was added later and is no archive time stamp makes it fail.
func (r *stampReader) archiveV2(out *validation.TimeStamp) {
	if r.isCounter { // the standard does not say over what
		unsupported(out)
		return
	}
	out.Covers = append(objects(r.data), r.value)
	var attributes [][]byte
	for _, raw := range r.signer.RawUnsigned() {
		a, ok := cms.ReadAttribute(raw)
		if !ok || r.isNotOlder(a, out.Token) {
			continue
		}
		attributes = append(attributes, raw)
		out.Covers = append(out.Covers, r.covered(a)...)
	}
	out.Imprint = func(by crypto.Hash) ([][]byte, error) {
		begun, err := r.begin(by)
		if err != nil {
			return nil, err
		}
		var all [][]byte
		whole := bytes.Join(attributes, nil)
		for _, head := range [][]byte{nil, cms.AppendHeader(nil, 0xa1, int64(len(whole)))} {
			h, err := begun.Clone()
			if err != nil {
				return nil, err
			}
			h.Write(head)
			h.Write(whole)
			all = append(all, h.Sum(nil))
		}
		return all, nil
	}
}

// isNotOlder reports whether an attribute is an archive time stamp of the time of token, or later.
func (r *stampReader) isNotOlder(a cms.Attribute, of *timestamp.Token) bool {
	if !a.Type.Equal(oidArchiveStamp) && !a.Type.Equal(oidArchiveStampV2) && !a.Type.Equal(oidArchiveStampV3) || len(a.Values) == 0 {
		return false
	}
	t := r.token(a.Values[0])
	return t.err == nil && !t.Time.Before(of.Time)
}

// begin is the digest, not finished, of everything before the unsigned attributes. The content may be large: it is read once for
// all time stamps of one hash.
func (r *stampReader) begin(by crypto.Hash) (hash.Cloner, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if begun := r.begun[by]; begun != nil {
		return begun, nil
	}
	if !known(by) {
		return nil, fmt.Errorf("hash %d", by)
	}
	h, ok := by.New().(hash.Cloner)
	if !ok {
		return nil, fmt.Errorf("hash %v", by)
	}
	if _, err := io.Copy(h, r.Encapsulated()); err != nil {
		return nil, err
	}
	if r.Content == nil {
		if r.content == nil || r.content.open == nil {
			return nil, errNoContent
		}
		if err := r.content.copyTo(costOf(by), h); err != nil {
			return nil, err
		}
	}
	certificates, crls := r.RawFields()
	for _, part := range [][]byte{certificates, crls, r.signer.WithoutUnsigned()} {
		h.Write(part)
	}
	r.begun[by] = h
	return h, nil
}
