package signature

import "github.com/e-onay/e-onay/internal/cades"

// CAdES is a detached CMS signature with the attributes of ETSI EN 319 122-1, baseline level B (profile P1, BES).
var CAdES = Format{
	Name:    "cades",
	Profile: "P1",
	Prepare: func(r Request) (Prepared, error) {
		u, err := cades.Prepare(cades.Request(r))
		if err != nil {
			return nil, err
		}
		return u, nil
	},
	Parse: func(der []byte) (Parsed, error) {
		s, err := cades.Parse(der)
		if err != nil {
			return nil, err
		}
		return parsedCAdES{s}, nil
	},
}

type parsedCAdES struct{ *cades.Signature }

func (s parsedCAdES) Claims() Claims {
	return Claims{
		Certificate:  s.Certificate,
		Certificates: s.Certificates,
		SigningTime:  s.SigningTime,
		Hash:         s.Hash,
		Digest:       s.MessageDigest,
		Algorithm:    s.SignatureAlgorithm,
	}
}
