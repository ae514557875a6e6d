package service

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// evidence is relyingparty.Evidence as JSON. Certificates and answers are DER, in base64.
type evidence struct {
	Holder              string `json:"holder"`
	CitizenNumber       string `json:"citizen_number"`
	MaskedCitizenNumber string `json:"masked_citizen_number"`

	SigningTime        *time.Time `json:"signing_time,omitempty"` // not of a login
	VerifiedAt         time.Time  `json:"verified_at"`
	SignatureAlgorithm string     `json:"signature_algorithm,omitempty"`
	DigestAlgorithm    string     `json:"digest_algorithm,omitempty"`
	Digest             string     `json:"digest,omitempty"` // hexadecimal

	Path       [][]byte         `json:"path"`
	OCSP       *answer          `json:"ocsp,omitempty"`
	CRL        *answer          `json:"crl,omitempty"`
	CRLs       []*answer        `json:"crls,omitempty"`
	CRLSigners [][]byte         `json:"crl_signers,omitempty"`
	Others     []otherSignature `json:"others,omitempty"`
}

// answer is relyingparty.Answer as JSON.
type answer struct {
	DER        []byte     `json:"der"`
	URL        string     `json:"url"`
	ThisUpdate time.Time  `json:"this_update"`
	NextUpdate *time.Time `json:"next_update,omitempty"`
}

type otherSignature struct {
	Certificate []byte     `json:"certificate,omitempty"`
	SigningTime *time.Time `json:"signing_time,omitempty"`
}

func evidenceOf(e *relyingparty.Evidence) evidence {
	out := evidence{
		Holder: e.Holder, CitizenNumber: e.CitizenNumber, MaskedCitizenNumber: relyingparty.MaskCitizenNumber(e.CitizenNumber),
		SigningTime: optional(e.SigningTime), VerifiedAt: e.VerifiedAt.UTC(),
		Path: ders(e.Path), OCSP: answerOf(e.OCSP), CRL: answerOf(e.CRL), CRLSigners: ders(e.CRLSigners),
	}
	if e.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		out.SignatureAlgorithm = e.SignatureAlgorithm.String()
	}
	if e.DigestAlgorithm != crypto.Hash(0) {
		out.DigestAlgorithm, out.Digest = e.DigestAlgorithm.String(), hex.EncodeToString(e.Digest)
	}
	for _, a := range e.CRLs {
		out.CRLs = append(out.CRLs, answerOf(a))
	}
	for _, o := range e.Others {
		other := otherSignature{SigningTime: optional(o.SigningTime)}
		if o.Certificate != nil {
			other.Certificate = o.Certificate.Raw
		}
		out.Others = append(out.Others, other)
	}
	return out
}

func answerOf(a *relyingparty.Answer) *answer {
	if a == nil {
		return nil
	}
	return &answer{DER: a.DER, URL: a.URL, ThisUpdate: a.ThisUpdate.UTC(), NextUpdate: optional(a.NextUpdate)}
}

func ders(certificates []*x509.Certificate) (all [][]byte) {
	for _, c := range certificates {
		all = append(all, c.Raw)
	}
	return all
}

// optional returns nil for a time that is not set.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
