// Package eyp puts signatures into packages of e-Yazışma (version 2.0), and reads those that are there: the initials over
// ParafOzeti, the signature over PaketOzeti, the institution's seal over NihaiOzet. Each is a CAdES signature over the bytes of
// that one part, in a part of its own (.imz). The package gets the new part, the relationship to it and where needed its
// content type; every other part stays byte for byte. Packages of version 1.x are read.
//
// internal/eyazisma reads the packages themselves. What a signature says is no more than the list of digests under it, so
// nothing is prepared, and nothing verifies, in a package that has a problem.
//
// # Whose signatures are read
//
// Those of this project by the strict reader of internal/cades. Those of others, who add time stamps and revocation values
// (CAdES-X-Long), by internal/cms; [Signature.Foreign] tells them apart.
package eyp

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipwriter"
)

// MediaType is that of a package.
const MediaType = "application/eyazisma"

// maxList bounds a list of digests, and maxSignature a part with signatures, in bytes.
const (
	maxList      = 4 << 20
	maxSignature = 10 << 20
)

// Options say who signs. The zero value is the signature over PaketOzeti, detached from it.
type Options struct {
	Role eyazisma.Role
	// Attached has the signature hold the list. Which of the two a receiver expects is a setting: both are met.
	Attached bool
	// Further puts the signature beside the one that is there, into the same part. Attached is then as it is there.
	Further bool
}

// Prepare reads the one document, a package. It refuses what Package.Ready does, and a package in which a signature does not hold, before
// a card is asked.
func Prepare(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if len(documents) != 1 || documents[0].Content == nil || o.Role < eyazisma.Sign || o.Role > eyazisma.Seal {
		return nil, fault.Errorf(fault.RequestInvalid, "e-Yazışma: one package is signed, in one of three roles")
	}
	p, err := eyazisma.Read(documents[0].Content, documents[0].Size)
	if err != nil {
		return nil, err
	}
	if err := p.Ready(o.Role, o.Further); err != nil {
		return nil, err
	}
	if err := checkSignatures(p); err != nil {
		return nil, err
	}
	list := p.Lists[o.Role]
	data, err := list.Part.ReadAll(maxList)
	if err != nil {
		return nil, err
	}
	out := &prepared{documents: documents, options: o, time: s.Time, read: p, signed: []ades.Document{ades.NewDocument("", "application/xml", data)}}
	form := cades.Options{Form: cades.Detached}
	switch {
	case o.Further:
		form.Form = cades.Parallel
		out.signed, err = beside(list.Signature, data)
		if err != nil {
			return nil, err
		}
	case o.Attached:
		form.Form = cades.Attached
	}
	out.signature, err = cades.PrepareDocuments(s, out.signed, form)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkSignatures refuses signatures that do not hold, or are none.
func checkSignatures(p *eyazisma.Package) error {
	signatures, err := Signatures(p)
	if err != nil {
		return err
	}
	for _, s := range signatures {
		if s.state == cms.Fails {
			return fault.Errorf(fault.SignatureInvalid, "e-Yazışma: a signature over %s: %w", p.Lists[s.Role].Part.Name, s.err)
		}
	}
	return nil
}

// beside returns what a further signature is over: the signatures that are there, with the list where they do not hold it.
func beside(part *eyazisma.Part, list []byte) ([]ades.Document, error) {
	file, err := part.ReadAll(maxSignature)
	if err != nil {
		return nil, err
	}
	signatures := ades.NewDocument("", "application/pkcs7-signature", file)
	before, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	if before.Content == nil {
		return []ades.Document{ades.NewDocument("", "application/xml", list), signatures}, nil
	}
	held, err := io.ReadAll(io.LimitReader(before.Content.Reader(), maxList+1))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(held, list) {
		return nil, fault.Errorf(fault.SignatureInvalid, "e-Yazışma: the signature that is there holds another content than its list")
	}
	return []ades.Document{signatures}, nil
}

// prepared is a package that lacks only the card's signature.
type prepared struct {
	documents []ades.Document // the package
	options   Options
	time      time.Time
	read      *eyazisma.Package
	signed    []ades.Document // the list, and the signatures over it that are there
	signature ades.Prepared
}

func (p *prepared) Digest() []byte { return p.signature.Digest() }

// Complete returns the package with the signature. It has been read again, and the signature verified.
func (p *prepared) Complete(cardSignature []byte) (ades.Pieces, error) {
	pieces, err := p.signature.Complete(cardSignature)
	if err != nil {
		return nil, err
	}
	signature, err := io.ReadAll(pieces.Reader(p.signed))
	if err != nil {
		return nil, err
	}
	additions, err := p.read.Additions(p.options.Role, signature)
	if err != nil {
		return nil, err
	}
	replaced := map[string]bool{}
	for _, a := range additions {
		replaced[a.Name] = true
	}
	var archive zipwriter.Archive
	for _, e := range p.read.Archive().Entries {
		if !replaced[e.Name] {
			archive.Copy(e, 0)
		}
	}
	for _, a := range additions {
		archive.AddBytes(a.Name, a.Content, p.time)
	}
	out, err := archive.Pieces(p.read.Archive().Comment)
	if err != nil {
		return nil, err
	}
	return out, p.readAgain(out)
}

// readAgain has the reader read the package that was made, and verifies every signature in the role's part.
func (p *prepared) readAgain(pieces ades.Pieces) error {
	signatures, err := Parse(pieces.Reader(p.documents), pieces.Size())
	if err != nil {
		return fmt.Errorf("the package that was made: %w", err)
	}
	found := false
	for _, s := range signatures {
		if s.Role != p.options.Role {
			continue
		}
		found = true
		if err := s.Verify(nil); err != nil {
			return fmt.Errorf("the package that was made: %w", err)
		}
	}
	if !found {
		return fmt.Errorf("the package that was made lacks the signature")
	}
	return nil
}
