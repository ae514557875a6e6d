package formats

import (
	"crypto"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/validation"
)

// JWS is one signature of a JWS in JSON, for who adds to it.
type JWS struct{ stamps *jadesStamps }

// ReadJWS reads the signatures of a JWS as Read does, but no counter-signatures. One that is malformed is nil.
func ReadJWS(file Content, documents []Document) ([]*JWS, error) {
	f, all, err := openJAdES(file, documents)
	if err != nil {
		return nil, err
	}
	out := make([]*JWS, len(all))
	for i, s := range all {
		if r := f.stampsOf[s]; r != nil && s.Malformed == nil {
			out[i] = &JWS{r}
		}
	}
	return out, nil
}

// Value is the signature value in base64url, as it stands in the file: what sigTst is over (TS 119 182-1, 5.3.4).
func (j *JWS) Value() string { return j.stamps.encoded }

// Components are the names of the components of etsiU, in their order.
func (j *JWS) Components() (names []string) {
	for _, c := range j.stamps.components {
		names = append(names, c.name)
	}
	return names
}

// IsClear reports whether the components are clear, and not in base64url. Without any it is false.
func (j *JWS) IsClear() bool { return len(j.stamps.components) > 0 && j.stamps.forms() > 1 }

// Embedded are the certificates and revocation data that the signature and its time stamps have.
func (j *JWS) Embedded() validation.Data {
	out := j.stamps.out.Data
	for _, t := range j.stamps.out.TimeStamps {
		out.Certificates = slices.Concat(out.Certificates, t.Data.Certificates)
		out.CRLs, out.OCSPs = slices.Concat(out.CRLs, t.Data.CRLs), slices.Concat(out.OCSPs, t.Data.OCSPs)
	}
	return out
}

// SumArchive is the imprint of an arcTst behind all components (5.3.6.3); clear ones are covered in the form of RFC 8785. The content must
// be at hand.
func (j *JWS) SumArchive(by crypto.Hash) ([]byte, error) {
	if j.stamps.writeContent == nil {
		return nil, errors.New("the content of the signature is not at hand")
	}
	h, err := j.stamps.beginArchive(by)
	if err != nil {
		return nil, err
	}
	for _, c := range j.stamps.components {
		h.Write(c.forms[0])
	}
	return h.Sum(nil), nil
}
