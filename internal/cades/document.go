package cades

import (
	"crypto"
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// Form is what becomes of the documents.
type Form int

const (
	// Detached is a signature beside the one document.
	Detached Form = iota
	// Attached is a signature that holds the one document.
	Attached
	// Parallel is a file of signatures (.p7s) with one more beside those that are there. The file is the last document; where
	// it does not hold its content, the content is the first.
	Parallel
	// CounterSignature is a file of signatures in which one of them has been signed (RFC 5652, 11.4). The documents are as for
	// Parallel, but the content may be missing.
	CounterSignature
)

// Options say what to make of the documents. The zero value is a detached signature.
type Options struct {
	Form Form
	// Signer is the number of the signature that is counter-signed, among cms.SignedData.Signers.
	Signer int
}

// PrepareDocuments puts together what is to be signed, over documents of any size. Errors are those of Prepare and of reading
// the documents; a file of signatures that cannot be read gives fault.SignatureMalformed, and one with a signature that
// does not hold over its content fault.SignatureInvalid: nothing is added to what is broken.
func PrepareDocuments(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	switch o.Form {
	case Detached, Attached:
		return prepareContent(s, documents, o)
	case Parallel, CounterSignature:
		return prepareAddition(s, documents, o)
	}
	return nil, fault.Errorf(fault.Unsupported, "form %d of a CAdES signature", o.Form)
}

// prepareContent prepares a file of one signature.
func prepareContent(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if len(documents) != 1 {
		return nil, fault.Errorf(fault.RequestInvalid, "a CAdES signature of %d documents, want 1", len(documents))
	}
	r := Request{Signer: s}
	if _, err := r.checkSigner(); err != nil {
		return nil, err
	}
	var err error
	if r.ContentDigest, err = documents[0].Digest(s.Hash); err != nil {
		return nil, err
	}
	u, err := Prepare(r)
	if err != nil {
		return nil, err
	}
	if o.Form == Attached {
		return &attached{u, documents[0]}, nil
	}
	return detached{u}, nil
}

type detached struct{ *Unsigned }

func (d detached) Complete(cardSignature []byte) (ades.Pieces, error) {
	der, err := d.Unsigned.Complete(cardSignature)
	if err != nil {
		return nil, err
	}
	return ades.Pieces{{Bytes: der}}, nil
}

// attached is a signature that holds its document.
type attached struct {
	*Unsigned
	document ades.Document
}

func (a *attached) Complete(cardSignature []byte) (ades.Pieces, error) {
	signerInfo, err := a.signerInfo(cardSignature)
	if err != nil {
		return nil, err
	}
	before, after, err := aroundContent(a.request, a.algorithm, signerInfo)
	if err != nil {
		return nil, err
	}
	return ades.Pieces{
		{Bytes: attachedHead(before, a.document.Size, int64(len(after)))},
		ades.Whole(0, a.document),
		{Bytes: after},
	}, nil
}

// attachedHead returns all bytes before a content of this size: the headers of ContentInfo, SignedData, encapContentInfo and
// eContent (RFC 5652, 3, 5.1 and 5.2). before is what SignedData has before encapContentInfo, after the number of bytes
// that it has after it.
func attachedHead(before []byte, size, after int64) []byte {
	octets := cms.AppendHeader(nil, byte(cbasn1.OCTET_STRING), size)
	explicit := cms.AppendHeader(nil, byte(tagExplicit), int64(len(octets))+size)
	dataType, signedDataType := oidDER(oidData), oidDER(oidSignedData)
	inside := int64(len(dataType)+len(explicit)+len(octets)) + size
	encapsulated := cms.AppendHeader(nil, byte(cbasn1.SEQUENCE), inside)
	inside += int64(len(before)+len(encapsulated)) + after
	signedData := cms.AppendHeader(nil, byte(cbasn1.SEQUENCE), inside)
	inside += int64(len(signedData))
	outer := cms.AppendHeader(nil, byte(tagExplicit), inside)
	inside += int64(len(signedDataType) + len(outer))
	return slices.Concat(cms.AppendHeader(nil, byte(cbasn1.SEQUENCE), inside), signedDataType, outer,
		signedData, before, encapsulated, dataType, explicit, octets)
}

// addition is a signature that is added to a file of signatures.
type addition struct {
	*Unsigned
	existing *cms.SignedData
	document int // the place of the file
	options  Options
}

// prepareAddition prepares a further signature, or a counter-signature, in the file that is the last document.
func prepareAddition(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if len(documents) == 0 || len(documents) > 2 {
		return nil, fault.Errorf(fault.RequestInvalid, "%d documents, want a file of signatures, or a content and its file", len(documents))
	}
	r := Request{Signer: s, counter: o.Form == CounterSignature}
	if _, err := r.checkSigner(); err != nil {
		return nil, err
	}
	last := len(documents) - 1
	file := documents[last]
	if file.Content == nil {
		return nil, errors.New("a file of signatures whose content is not at hand")
	}
	existing, err := cms.Read(file.Content, file.Size)
	if err != nil {
		return nil, err
	}
	content, err := contentOf(existing, documents[:last], o)
	if err != nil {
		return nil, err
	}
	digests, err := existing.Digests(content, s.Hash)
	if err != nil {
		return nil, err
	}
	for i, v := range existing.Verify(digests) {
		if v.State == cms.Fails && (o.Form == Parallel || i == o.Signer) {
			return nil, fault.Errorf(fault.SignatureInvalid, "signature %d of the file: %w", i, v.Err)
		}
	}
	r.ContentDigest = digests[s.Hash]
	if r.counter {
		r.ContentDigest = sum(s.Hash, existing.Signers[o.Signer].Value)
	}
	u, err := Prepare(r)
	if err != nil {
		return nil, err
	}
	return &addition{u, existing, last, o}, nil
}

// contentOf returns where the digests of the content come from; nil says that it is in the file, or not at hand.
func contentOf(existing *cms.SignedData, documents []ades.Document, o Options) (func(crypto.Hash) ([]byte, error), error) {
	switch {
	case !existing.ContentType.Equal(oidData):
		return nil, fault.Errorf(fault.Unsupported, "a file of signatures over content of type %v", existing.ContentType)
	case o.Form == CounterSignature && (o.Signer < 0 || o.Signer >= len(existing.Signers)):
		return nil, fault.Errorf(fault.RequestInvalid, "signature %d of %d", o.Signer, len(existing.Signers))
	case existing.Content != nil && len(documents) > 0:
		return nil, fault.Errorf(fault.RequestInvalid, "a content beside a file that holds its own")
	case existing.Content != nil:
		return nil, nil
	case len(documents) > 0:
		return documents[0].Digest, nil
	case o.Form == Parallel:
		return nil, fault.Errorf(fault.RequestInvalid, "a file of signatures without its content")
	}
	return nil, nil
}

func (a *addition) Complete(cardSignature []byte) (ades.Pieces, error) {
	signerInfo, err := a.signerInfo(cardSignature)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	addDigestAlgorithm(&b, a.algorithm)
	digestAlgorithm, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	added := cms.Addition{
		SignerInfo: signerInfo, DigestAlgorithm: digestAlgorithm,
		Certificates: append(slices.Clone(a.request.Chain), a.request.Certificate),
	}
	if a.options.Form == CounterSignature {
		return a.existing.CounterSign(a.document, a.options.Signer, added)
	}
	return a.existing.Append(a.document, added)
}
