package signature

import (
	"crypto"
	"errors"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/xades"
)

// Forms that verify does not tell. A file that was signed before may hold signatures of others, which a format's strict reader
// does not read; and the document that was given is the file before, not what its signatures are over. A signature of one
// element is not over the document.

func prepareCAdES(r Request) (ades.Prepared, error) {
	return cades.PrepareDocuments(r.Signer, r.Documents, r.Options.CAdES)
}

// rereadCAdES reads also a file of signatures to which one was added.
func rereadCAdES(f Format, r Request, signed io.ReaderAt, size int64) error {
	form := r.Options.CAdES.Form
	if form != cades.Parallel && form != cades.CounterSignature {
		return verify(f, r, signed, size)
	}
	file, err := cms.Read(signed, size)
	if err != nil {
		return err
	}
	var detached func(crypto.Hash) ([]byte, error)
	if len(r.Documents) > 1 {
		detached = r.Documents[0].Digest
	}
	digests, err := file.Digests(detached, r.Hash)
	if err != nil {
		return err
	}
	verdicts := file.Verify(digests)
	if form == cades.CounterSignature {
		verdicts = verdicts[r.Options.CAdES.Signer].CounterSignatures
	}
	for _, v := range verdicts {
		policy, err := cades.PolicyOf(v.Signer.Signed)
		if err == nil && v.State == cms.Holds && r.Certificate.Equal(v.Certificate) && f.Profile.Accepts(policy) {
			return nil
		}
	}
	return errors.New("no signature of the profile that holds with the certificate")
}

// rereadASiC reads also a container to which a signature was added: it is over the files in it.
func rereadASiC(f Format, r Request, signed io.ReaderAt, size int64) error {
	if r.Options.ASiC.Further {
		r.Documents = nil
	}
	return verify(f, r, signed, size)
}

// rereadXAdES reads also a signature of one element: it must be over that element and nothing else.
func rereadXAdES(f Format, r Request, signed io.ReaderAt, size int64) error {
	id := r.Options.XAdES.Element
	if id == "" {
		return verify(f, r, signed, size)
	}
	parse := f.Parse
	f.Parse = func(signed io.ReaderAt, size int64) (covering []ades.Parsed, err error) {
		all, err := parse(signed, size)
		for _, s := range all {
			if elements := s.(*xades.Signature).Elements(); len(elements) == 1 && elements[0].HasID(id) {
				covering = append(covering, s)
			}
		}
		return covering, err
	}
	r.Documents = nil
	return verify(f, r, signed, size)
}
