package eyp

import (
	"bytes"
	"crypto"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/fault"
)

// Signature is a signature in a package, whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	Role eyazisma.Role
	// Foreign says that the signature is not of the form that this project makes.
	Foreign bool

	read   *eyazisma.Package
	claims ades.Claims
	state  cms.State
	err    error // why the signature does not hold over its list
}

// Parse reads the signatures of a package, those over PaketOzeti first. Problems of the package are no error here: Verify has them.
// Errors are those of eyazisma.Read, and fault.SignatureMalformed for a part that holds no signature.
func Parse(signed io.ReaderAt, size int64) ([]*Signature, error) {
	p, err := eyazisma.Read(signed, size)
	if err != nil {
		return nil, err
	}
	return Signatures(p)
}

// Signatures is Parse for a package that has been read.
func Signatures(p *eyazisma.Package) ([]*Signature, error) {
	var out []*Signature
	for role, l := range p.Lists {
		if l == nil || l.Signature == nil {
			continue
		}
		signatures, err := read(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Signature.Name, err)
		}
		for _, s := range signatures {
			s.Role, s.read = eyazisma.Role(role), p
		}
		out = append(out, signatures...)
	}
	return out, nil
}

// read reads the part with the signatures over a list.
func read(l *eyazisma.List) ([]*Signature, error) {
	data, err := l.Part.ReadAll(maxList)
	if err != nil {
		return nil, err
	}
	file, err := l.Signature.ReadAll(maxSignature)
	if err != nil {
		return nil, err
	}
	list := ades.NewDocument("", "", data)
	own, err := cades.ParseFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return readForeign(file, list)
	}
	var out []*Signature
	for _, s := range own {
		state, err := cms.Holds, s.Verify([]ades.Document{list})
		if err != nil {
			state = cms.Fails
		}
		out = append(out, &Signature{claims: s.Claims(), state: state, err: err})
	}
	return out, nil
}

// readForeign reads signatures of other programs.
func readForeign(file []byte, list ades.Document) ([]*Signature, error) {
	data, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	digests, err := data.Digests(func(h crypto.Hash) ([]byte, error) { return list.Digest(h) }, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	// A signature that holds its content must hold the list itself.
	want, err := list.Digest(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var other error
	if !bytes.Equal(want, digests[crypto.SHA256]) {
		other = fault.Errorf(fault.SignatureInvalid, "e-Yazışma: the signature holds another content than its list")
	}
	var out []*Signature
	for _, v := range data.Verify(digests) {
		s := &Signature{Foreign: true, state: v.State, err: v.Err}
		s.claims = ades.Claims{Certificate: v.Certificate, Certificates: data.Certificates, SigningTime: v.SigningTime}
		if v.State == cms.Holds && other != nil {
			s.state, s.err = cms.Fails, other
		}
		out = append(out, s)
	}
	return out, nil
}

// Claims returns what the signature says of itself. Of a foreign one the certificate may be missing, and hash, algorithm and policy are
// not told.
func (s *Signature) Claims() ades.Claims { return s.claims }

// State returns what is known of the signature over its list, whatever else is wrong with the package. A signature of which it could not be told
// is not called one that fails: it may be over a time when other algorithms were good.
func (s *Signature) State() cms.State { return s.state }

// Verify checks that the package has no problem and that the signature holds over its list. The one document, if there is
// one, is the package before it was signed: its list is the same.
func (s *Signature) Verify(documents []ades.Document) error {
	if err := s.read.Sound(); err != nil {
		return fault.New(fault.SignatureInvalid, err)
	}
	if s.err != nil {
		return fault.New(fault.SignatureInvalid, s.err)
	}
	switch len(documents) {
	case 0:
		return nil
	case 1:
		return s.compare(documents[0])
	}
	return fault.Errorf(fault.SignatureInvalid, "e-Yazışma: the signature is in one package, not in %d", len(documents))
}

// compare finds the signed list in a document that is a package without problems. Then the parts are the same too.
func (s *Signature) compare(d ades.Document) error {
	if d.Content == nil {
		return fmt.Errorf("a package whose content is not at hand")
	}
	p, err := eyazisma.Read(d.Content, d.Size)
	if err == nil {
		err = p.Sound()
	}
	if err != nil {
		return fault.New(fault.SignatureInvalid, err)
	}
	theirs := p.Lists[s.Role]
	if theirs == nil {
		return fault.Errorf(fault.SignatureInvalid, "e-Yazışma: the document has no such list")
	}
	a, err := s.read.Lists[s.Role].Part.ReadAll(maxList)
	if err != nil {
		return err
	}
	b, err := theirs.Part.ReadAll(maxList)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fault.Errorf(fault.SignatureInvalid, "e-Yazışma: the signature is over another list")
	}
	return nil
}
