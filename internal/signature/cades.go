package signature

import (
	"errors"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
)

// CAdES is a detached signature of one document, in a file of its own: CMS with the attributes of ETSI EN 319 122-1, baseline
// level B (profile P1, BES), and nothing else. It is for what must have this form; Lookup's reads files of signatures.
var CAdES = Format{
	Name:    "cades",
	Profile: ades.Profiles[0],
	Prepare: func(r Request) (ades.Prepared, error) {
		if len(r.Documents) != 1 {
			return nil, errors.New("a detached signature covers one document")
		}
		digest, err := r.Documents[0].Digest(r.Hash)
		if err != nil {
			return nil, err
		}
		u, err := cades.Prepare(cades.Request{Signer: r.Signer, ContentDigest: digest})
		if err != nil {
			return nil, err
		}
		return preparedCAdES{u}, nil
	},
	Parse: func(signed io.ReaderAt, size int64) ([]ades.Parsed, error) {
		if size > cades.MaxSignature {
			return nil, fault.Errorf(fault.SignatureMalformed, "%d bytes, over the limit of %d", size, cades.MaxSignature)
		}
		der, err := io.ReadAll(io.NewSectionReader(signed, 0, size))
		if err != nil {
			return nil, err
		}
		s, err := cades.Parse(der)
		if err != nil {
			return nil, err
		}
		return []ades.Parsed{parsedCAdES{s}}, nil
	},
}

type preparedCAdES struct{ *cades.Unsigned }

func (p preparedCAdES) Complete(cardSignature []byte) (ades.Pieces, error) {
	der, err := p.Unsigned.Complete(cardSignature)
	if err != nil {
		return nil, err
	}
	return ades.Pieces{{Bytes: der}}, nil
}

type parsedCAdES struct{ *cades.Signature }

func (s parsedCAdES) Claims() ades.Claims {
	return ades.Claims{
		Certificate:  s.Certificate,
		Certificates: s.Certificates,
		SigningTime:  s.SigningTime,
		Hash:         s.Hash,
		Algorithm:    s.SignatureAlgorithm,
	}
}

func (s parsedCAdES) Verify(documents []ades.Document) error {
	if len(documents) != 1 {
		return fault.Errorf(fault.SignatureInvalid, "a detached signature of %d documents", len(documents))
	}
	digest, err := documents[0].Digest(s.Hash)
	if err != nil {
		return err
	}
	return s.VerifyDigest(digest)
}
