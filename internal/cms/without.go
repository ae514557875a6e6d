package cms

import (
	"bytes"
	"io"
	"slices"
)

// A form is a file in one encoding: what is before the content, and behind it.
type form struct {
	head, tail []byte
	content    func() io.Reader
}

// reader reads the file from its beginning.
func (f form) reader() io.Reader {
	return io.MultiReader(bytes.NewReader(f.head), f.content(), bytes.NewReader(f.tail))
}

// WithoutAttributes returns the file as it was before some unsigned attributes were added to it, in each form that programs
// digest. The first form keeps the encoding of the file and corrects the lengths; if that is not DER, the second is in DER. If no unsigned
// attribute of a signer is left, the set itself is left out. isAdded says of each unsigned attribute of each signer, by their numbers from 0
// on, whether it was added.
// The functions return readers from the beginning of the file.
func (d *SignedData) WithoutAttributes(isAdded func(signer, attribute int) bool) ([]func() io.Reader, error) {
	var infos [][]byte
	for i, s := range d.Signers {
		infos = append(infos, s.without(func(attribute int) bool { return isAdded(i, attribute) }))
	}
	received := d.received(infos)
	der, err := d.inDER(infos)
	if err != nil {
		return nil, err
	}
	all := []func() io.Reader{received.reader}
	isSame := bytes.Equal(received.tail, der.tail) && bytes.HasPrefix(der.head, received.head)
	if d.Content != nil {
		isSame = isSame && !d.Content.inPieces && int64(len(received.head))+d.encapsulated.end-d.encapsulated.begin == int64(len(der.head))+d.Content.Size
	}
	if !isSame {
		all = append(all, der.reader)
	}
	return all, nil
}

// without returns the SignerInfo without some unsigned attributes, in the encoding that it has.
func (s *Signer) without(isAdded func(int) bool) []byte {
	var left [][]byte
	for i, raw := range s.unsignedElements {
		if !isAdded(i) {
			left = append(left, raw)
		}
	}
	if len(left) == len(s.unsignedElements) {
		return s.Raw
	}
	fields := [][]byte{s.beforeUnsigned}
	if len(left) > 0 {
		fields = append(fields, alike(s.unsignedField, left...))
	}
	return alike(s.Raw, fields...)
}

// alike writes an element with the tag of another, and of indefinite length where that is.
func alike(other []byte, parts ...[]byte) []byte {
	if other[1] != 0x80 {
		return element(other[0], parts...)
	}
	return slices.Concat([]byte{other[0], 0x80}, slices.Concat(parts...), []byte{0, 0})
}

// received encloses signers as the file encloses its own.
func (d *SignedData) received(infos [][]byte) form {
	head, content := d.headField, d.encapsulated.end-d.encapsulated.begin
	tail := slices.Concat(d.certificatesField, d.revocations, alike(d.signersField, infos...))
	enclose := func(tag byte, l level) {
		if l.end == indefinite {
			head, tail = slices.Concat([]byte{tag, 0x80}, head), append(tail, 0, 0)
			return
		}
		head = slices.Concat(AppendHeader(nil, tag, int64(len(head)+len(tail))+content), head)
	}
	enclose(tagSequence, d.levels[2])
	enclose(tagContext0, d.levels[1])
	head = slices.Concat(oidDER(OIDSignedData), head)
	enclose(tagSequence, d.levels[0])
	return form{head, tail, d.Encapsulated}
}

// inDER encloses signers in DER, with the sets in its order. The content is that of eContent, without any header.
func (d *SignedData) inDER(infos [][]byte) (form, error) {
	sets := [][][]byte{d.digestAlgorithms, d.RawCertificates(), d.crls, nil}
	for _, raw := range infos {
		s, err := inOrder(raw)
		if err != nil {
			return form{}, err
		}
		sets[3] = append(sets[3], s)
	}
	for i := range sets {
		der, err := allToDER(sets[i])
		if err != nil {
			return form{}, err
		}
		sets[i] = sorted(der)
	}
	var tail []byte
	if d.certificatesField != nil {
		tail = append(tail, element(tagContext0, sets[1]...)...)
	}
	if d.revocations != nil {
		tail = append(tail, element(tagContext1, sets[2]...)...)
	}
	tail = append(tail, element(tagSet, sets[3]...)...)
	encapsulated, size := oidDER(d.ContentType), int64(0)
	content := func() io.Reader { return bytes.NewReader(nil) }
	if d.Content != nil {
		size, content = d.Content.Size, d.Content.Reader
		octets := AppendHeader(nil, tagOctetString, size)
		encapsulated = slices.Concat(encapsulated, AppendHeader(nil, tagContext0, int64(len(octets))+size), octets)
	}
	head := slices.Concat(integerDER(d.Version), element(tagSet, sets[0]...),
		AppendHeader(nil, tagSequence, int64(len(encapsulated))+size), encapsulated)
	enclose := func(tag byte) {
		head = slices.Concat(AppendHeader(nil, tag, int64(len(head)+len(tail))+size), head)
	}
	enclose(tagSequence)
	enclose(tagContext0)
	head = slices.Concat(oidDER(OIDSignedData), head)
	enclose(tagSequence)
	return form{head, tail, content}, nil
}

// inOrder returns a SignerInfo with its unsigned attributes in the order of DER.
func inOrder(raw []byte) ([]byte, error) {
	s, err := readSigner(raw, 0, new(int))
	if err != nil || s.unsignedElements == nil {
		return raw, err
	}
	all, err := allToDER(s.unsignedElements)
	if err != nil {
		return nil, err
	}
	return element(tagSequence, s.beforeUnsigned, element(tagContext1, sorted(all)...)), nil
}
