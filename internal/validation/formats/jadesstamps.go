package formats

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/validation"
)

// maxAttributeValue is the largest certificate, list, answer or token of an unsigned component, in bytes.
const maxAttributeValue = 8 << 20

// unsignedComponent is an element of etsiU (TS 119 182-1, 5.3.1).
type unsignedComponent struct {
	name  string
	value jsontext.Value
	// forms are the bytes that time stamps cover: the base64url as received, or for a clear component each form in which programs
	// write it.
	forms [][]byte
}

// jadesTokens are time-stamp tokens (5.4.3.3).
type jadesTokens struct {
	Tokens []struct {
		Value string `json:"val"`
	} `json:"tstTokens"`
	TimeStamped string `json:"timeStamped"`
}

func (t jadesTokens) values() (all []string) {
	for _, token := range t.Tokens {
		all = append(all, token.Value)
	}
	return all
}

// jadesValues are certificates and revocation data (5.3.5.2, 5.3.5.3).
type jadesValues struct {
	Certificates []struct {
		X509 struct {
			Value string `json:"val"`
		} `json:"x509Cert"`
	} `json:"xVals"`
	Revocations struct {
		CRLs  []jadesObject `json:"crlVals"`
		OCSPs []jadesObject `json:"ocspVals"`
	} `json:"rVals"`
}

type jadesObject struct {
	Value string `json:"val"`
}

// data decodes them. What is no certificate, list or answer is left out.
func (v jadesValues) data() (out validation.Data) {
	for _, c := range v.Certificates[:min(len(v.Certificates), maxValues)] {
		if der, err := fromBase64(c.X509.Value, pki.MaxCertificate); err == nil {
			if c, err := parseCertificate(der); err == nil {
				out.Certificates = append(out.Certificates, c)
			}
		}
	}
	for _, o := range v.Revocations.CRLs[:min(len(v.Revocations.CRLs), maxValues)] {
		if der, err := fromBase64(o.Value, maxAttributeValue); err == nil {
			out.CRLs = append(out.CRLs, der)
		}
	}
	for _, o := range v.Revocations.OCSPs[:min(len(v.Revocations.OCSPs), maxValues)] {
		if der, err := fromBase64(o.Value, maxAttributeValue); err == nil {
			if response, ok := asOCSPResponse(der); ok {
				out.OCSPs = append(out.OCSPs, response)
			}
		}
	}
	return out
}

// readComponents reads etsiU: all elements are base64url, or all are clear.
func readComponents(raw jsontext.Value) ([]unsignedComponent, error) {
	var elements []jsontext.Value
	if raw == nil {
		return nil, nil
	}
	if err := strictjson.UnmarshalKnown(raw, &elements); err != nil || len(elements) > maxUnsigned {
		return nil, errors.New("etsiU is no array, or too long")
	}
	var out []unsignedComponent
	for _, element := range elements {
		var c unsignedComponent
		text := []byte(element)
		if element.Kind() != elements[0].Kind() {
			return nil, errors.New("etsiU of clear and encoded elements")
		}
		if element.Kind() == '"' {
			var encoded string
			if err := strictjson.UnmarshalKnown(element, &encoded); err != nil {
				return nil, errors.New("an element of etsiU that is no text")
			}
			var err error
			if text, err = fromBase64URL(encoded, len(encoded)); err != nil {
				return nil, errors.New("an element of etsiU that is no base64url")
			}
			c.forms = [][]byte{[]byte(encoded)}
		} else {
			c.forms = clearForms(element)
		}
		var members map[string]jsontext.Value
		if err := strictjson.UnmarshalKnown(text, &members); err != nil || len(members) != 1 {
			return nil, errors.New("an element of etsiU that is no object of one member")
		}
		for c.name, c.value = range members {
		}
		out = append(out, c)
	}
	return out, nil
}

// clearForms are the forms of a clear component: canonical (RFC 8785), without spaces, and as received. The standard leaves the
// canonicalization to canonAlg and names none; each form says the same.
func clearForms(element jsontext.Value) [][]byte {
	canonical, compact := element.Clone(), element.Clone()
	forms := [][]byte{nil, nil, element}
	if canonical.Canonicalize() == nil {
		forms[0] = canonical
	}
	if compact.Compact() == nil {
		forms[1] = compact
	}
	for i := range forms {
		if forms[i] == nil {
			forms[i] = element
		}
	}
	return forms
}

// references are the components that time stamps of references cover.
var jadesReferences = []string{"xRefs", "rRefs", "axRefs", "arRefs"}

// jadesStamps reads the unsigned components of one signature.
type jadesStamps struct {
	*jadesSigner
	out        *validation.Signature
	components []unsignedComponent
	before     []validation.Object // in the components that were read

	mu       sync.Mutex // of archives, which validation asks for
	archives map[crypto.Hash]map[int][][]byte
}

// readUnsigned reads etsiU, and the content time stamps, which are signed. The error is that of reading a document.
func (s *jadesSigner) readUnsigned(out *validation.Signature, raw jsontext.Value, depth int) (err error) {
	r := &jadesStamps{jadesSigner: s, out: out, archives: map[crypto.Hash]map[int][][]byte{}}
	s.file.stampsOf[out] = r
	for _, value := range s.header.contentStamp {
		r.add("adoTst", validation.ContentStamp, value, func(t *validation.TimeStamp) { t.Imprint = oneImprint(r.contentDigest) })
	}
	if r.components, err = readComponents(raw); err != nil {
		malformed(out, "etsiU", err)
		return nil
	}
	r.before = append(objects(validation.Data{Certificates: s.header.certificates}), out.Value)
	for i, c := range r.components {
		if err := r.component(i, c, depth); err != nil {
			return err
		}
	}
	return nil
}

// component reads one component. Those that it does not know say nothing, and are covered by time stamps all the same.
func (r *jadesStamps) component(i int, c unsignedComponent, depth int) (err error) {
	a := &r.out.Attributes
	isRead := true
	switch c.name {
	case "sigTst", "arcTst", "sigRTst", "rfsTst":
		isRead = r.stamps(i, c)
	case "xVals", "rVals":
		isRead = r.values(slices.Concat([]byte(`{"`+c.name+`":`), c.value, []byte("}")))
		a.CertificateValues = a.CertificateValues || c.name == "xVals"
		a.RevocationValues = a.RevocationValues || c.name == "rVals"
	case "tstVD", "anyValData":
		isRead = r.values(c.value)
	case "xRefs":
		a.CompleteCertificates = true
	case "rRefs":
		a.CompleteRevocations = true
	case "cSig":
		isRead, err = r.counterSignature(c.value, depth)
	case "sigEr", "evidenceRecord":
		a.EvidenceRecords = true
	}
	if !isRead {
		malformed(r.out, c.name, nil)
	}
	return err
}

func (r *jadesStamps) values(raw []byte) bool {
	var v jadesValues
	if err := strictjson.UnmarshalKnown(raw, &v); err != nil {
		return false
	}
	d := v.data()
	r.before = append(r.before, objects(d)...)
	r.out.Data.Certificates = slices.Concat(r.out.Data.Certificates, d.Certificates)
	r.out.Data.CRLs, r.out.Data.OCSPs = append(r.out.Data.CRLs, d.CRLs...), append(r.out.Data.OCSPs, d.OCSPs...)
	return true
}

// counterSignature reads cSig: a compact JWS in a string, or one in JSON.
func (r *jadesStamps) counterSignature(raw jsontext.Value, depth int) (isRead bool, err error) {
	text := []byte(raw)
	if raw.Kind() == '"' {
		var inside string
		if err := strictjson.UnmarshalKnown(raw, &inside); err != nil {
			return false, nil
		}
		text = []byte(inside)
	}
	jws, err := parseJWS(bytes.TrimSpace(text))
	if err != nil {
		return false, nil
	}
	for _, entry := range jws.Signatures {
		if depth == maxCounterDepth || r.file.count == maxJWS {
			c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, "cSig", nil))
			r.out.Malformed = &c
			return true, nil
		}
		id := fmt.Sprintf("%s.%d", r.out.ID, len(r.out.CounterSignatures)+1)
		one, err := r.file.signature(id, entry, jws.Payload, r.jadesSigner, depth+1)
		if err != nil {
			return true, err
		}
		r.out.CounterSignatures = append(r.out.CounterSignatures, one)
		r.before = append(r.before, one.Value)
	}
	return true, nil
}

// stamps reads a component of time stamps.
func (r *jadesStamps) stamps(i int, c unsignedComponent) bool {
	var tokens jadesTokens
	if err := strictjson.UnmarshalKnown(c.value, &tokens); err != nil || len(tokens.Tokens) == 0 {
		return false
	}
	before := r.before[:len(r.before):len(r.before)]
	for _, value := range tokens.values() {
		switch {
		case c.name == "sigTst":
			r.add(c.name, validation.SignatureStamp, value, func(t *validation.TimeStamp) {
				t.Covers, t.Imprint = []validation.Object{r.out.Value}, oneImprint(digestOf([]byte(r.encoded)))
			})
		case c.name == "arcTst" && tokens.TimeStamped != "" && tokens.TimeStamped != "all":
			r.add(c.name, validation.ArchiveStamp, value, unsupported)
		case c.name == "arcTst":
			r.add(c.name, validation.ArchiveStamp, value, func(t *validation.TimeStamp) {
				t.Covers = before
				t.Imprint = func(by crypto.Hash) ([][]byte, error) { return r.archive(by, i) }
			})
		default:
			r.add(c.name, validation.ReferencesStamp, value, func(t *validation.TimeStamp) { r.referencesImprint(t, i, c.name == "sigRTst") })
		}
	}
	return true
}

// add adds one time stamp; describe sets its imprint and what it covers, where the token can be read.
func (r *jadesStamps) add(name string, kind validation.StampKind, value string, describe func(*validation.TimeStamp)) {
	count := 0
	for _, t := range r.out.TimeStamps {
		if t.Kind == validation.ReferencesStamp {
			count++
		}
	}
	if len(r.out.TimeStamps) == validation.MaxTimeStamps || r.file.stamps == validation.MaxAllTimeStamps ||
		kind == validation.ReferencesStamp && count == maxReferenceStamps {
		c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, name, nil))
		r.out.Malformed = &c
		return
	}
	r.file.stamps++
	var read token
	der, err := fromBase64(value, maxAttributeValue)
	if read.err = err; err == nil {
		read = readToken(der)
	}
	stamp := read.stamp(kind, name)
	if stamp.Problem == nil {
		describe(stamp)
		r.before = append(append(r.before, validation.ObjectOf(stamp.Token.DER)), objects(stamp.Data)...)
	}
	r.out.TimeStamps = append(r.out.TimeStamps, stamp)
}

// contentDigest is the imprint of a content time stamp (5.2.6).
func (r *jadesStamps) contentDigest(by crypto.Hash) ([]byte, error) {
	h, err := r.begin(by)
	if err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// begin is a hash of the content, as it is covered.
func (r *jadesStamps) begin(by crypto.Hash) (hash.Hash, error) {
	switch {
	case !known(by):
		return nil, fmt.Errorf("hash %d", by)
	case r.writeContent == nil:
		return nil, errNoContent
	}
	h := by.New()
	return h, r.writeContent(h)
}

// beginArchive is a hash of what all archive time stamps cover before components.
func (r *jadesStamps) beginArchive(by crypto.Hash) (hash.Hash, error) {
	h, err := r.begin(by)
	if err == nil {
		io.WriteString(h, "."+r.protected+"."+r.encoded+".")
	}
	return h, err
}

// archive is the imprint of the archive time stamps in component i (5.3.6.3): content, header and value with points between them, and
// all components before it. All archive time stamps of one hash are computed at once, since each covers those before it.
func (r *jadesStamps) archive(by crypto.Hash, i int) ([][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if all := r.archives[by]; all != nil {
		return all[i], nil
	}
	all := map[int][][]byte{}
	for form := range r.forms() {
		h, err := r.beginArchive(by)
		if err != nil {
			return nil, err
		}
		for j, c := range r.components {
			if c.name == "arcTst" {
				all[j] = append(all[j], h.Sum(nil))
			}
			h.Write(c.forms[form])
		}
	}
	r.archives[by] = all
	return all[i], nil
}

// forms is how many forms the components have.
func (r *jadesStamps) forms() int {
	if len(r.components) == 0 {
		return 0
	}
	return len(r.components[0].forms)
}

// referencesImprint is that of sigRTst (A.1.5.1): the value, a point, and the time stamps of the signature and the references before it;
// or of rfsTst (A.1.5.2), all references.
func (r *jadesStamps) referencesImprint(t *validation.TimeStamp, i int, withSignature bool) {
	names, until := jadesReferences, len(r.components)
	if withSignature {
		names, until = append([]string{"sigTst"}, names...), i
		t.Covers = append(t.Covers, r.out.Value)
	}
	t.Imprint = func(by crypto.Hash) (all [][]byte, err error) {
		if !known(by) {
			return nil, fmt.Errorf("hash %d", by)
		}
		for form := range r.forms() {
			h := by.New()
			if withSignature {
				io.WriteString(h, r.encoded+".")
			}
			for _, c := range r.components[:until] {
				if slices.Contains(names, c.name) {
					h.Write(c.forms[form])
				}
			}
			all = append(all, h.Sum(nil))
		}
		return all, nil
	}
}

// level is what the signature has, in the words of TS 119 182-1, 6: "B", "T", "LT", "LTA", or "" for what is no baseline signature.
// It says nothing of whether it is good.
func (s *jadesSigner) level(out *validation.Signature) string {
	a := out.Attributes
	has := func(kind validation.StampKind) bool {
		return slices.ContainsFunc(out.TimeStamps, func(t *validation.TimeStamp) bool { return t.Kind == kind })
	}
	switch {
	case out.Malformed != nil || !a.SigningTime || s.header.references != 1:
		return ""
	case !has(validation.SignatureStamp):
		return "B"
	case !a.RevocationValues:
		return "T"
	case !has(validation.ArchiveStamp):
		return "LT"
	}
	return "LTA"
}
