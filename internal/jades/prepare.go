package jades

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Serialization is how a signature is written (RFC 7515, 7).
type Serialization int

const (
	Compact   Serialization = iota // 7.1
	Flattened                      // 7.2.2
	General                        // 7.2.1, with one signature
)

// Options say what to make of the documents. The zero value is a compact signature that holds the one document.
type Options struct {
	Serialization Serialization
	// Detached says that the documents stay where they are. There may be up to MaxDocuments of any size.
	Detached bool
}

// Prepare puts together what is to be signed. A key or a hash that JWS has no algorithm for gives fault.KeyUnsupported, a document
// that is too large to be held fault.RequestTooLarge.
func Prepare(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if s.Certificate == nil {
		return nil, errors.New("a signer without a certificate")
	}
	if len(s.Chain) > ades.MaxChain {
		return nil, fmt.Errorf("chain of %d certificates is over the limit of %d", len(s.Chain), ades.MaxChain)
	}
	if s.Time.Year() < 1950 || s.Time.Year() > 9999 {
		return nil, fmt.Errorf("signing time in the year %d", s.Time.Year())
	}
	if o.Serialization < Compact || o.Serialization > General {
		return nil, fault.Errorf(fault.Unsupported, "serialization %d", o.Serialization)
	}
	a, err := algorithmFor(s)
	if err != nil {
		return nil, err
	}
	h, err := newHeader(s, a)
	if err != nil {
		return nil, err
	}
	p := &prepared{signer: s, algorithm: a, options: o}
	if o.Detached {
		err = h.refer(s, documents)
	} else {
		p.payload, err = h.hold(documents)
	}
	if err != nil {
		return nil, err
	}
	return p, p.seal(h)
}

// prepared is a signature that lacks only the card's part.
type prepared struct {
	signer    ades.Signer
	algorithm algorithm
	options   Options
	protected []byte // base64url of the header
	payload   []byte // base64url of the document
	digest    []byte
}

// seal encodes the header, and computes what the card signs (RFC 7515, 5.1).
func (p *prepared) seal(h *header) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(h); err != nil {
		return err
	}
	text := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if len(text) > maxHeader {
		return fmt.Errorf("header of %d bytes is over the limit of %d", len(text), maxHeader)
	}
	p.protected = base64url.AppendEncode(nil, text)
	p.digest = signedDigest(p.algorithm, p.protected, p.payload)
	return nil
}

// signedDigest is that of the JWS Signing Input.
func signedDigest(a algorithm, protected, payload []byte) []byte {
	h := a.hash.New()
	h.Write(protected)
	h.Write([]byte{'.'})
	h.Write(payload)
	return h.Sum(nil)
}

// hold makes the one document the payload.
func (h *header) hold(documents []ades.Document) (payload []byte, err error) {
	if len(documents) != 1 {
		return nil, fault.Errorf(fault.RequestInvalid, "a JAdES signature that holds %d documents, want 1", len(documents))
	}
	d := documents[0]
	if d.Size > MaxPayload {
		return nil, fault.Errorf(fault.RequestTooLarge, "a document of %d bytes in a JAdES signature, over the limit of %d", d.Size, MaxPayload)
	}
	if d.Content == nil {
		return nil, errors.New("a document whose content is not at hand")
	}
	if d.MediaType != "" {
		h.ContentType = mediaType(d.MediaType)
	}
	content := make([]byte, d.Size)
	if _, err := io.ReadFull(d.Reader(), content); err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	return base64url.AppendEncode(nil, content), nil
}

// refer names the documents by their digests (5.2.8.3.3). The payload is empty.
func (h *header) refer(s ades.Signer, documents []ades.Document) error {
	if len(documents) == 0 || len(documents) > MaxDocuments {
		return fault.Errorf(fault.RequestInvalid, "a JAdES signature of %d documents, want 1 to %d", len(documents), MaxDocuments)
	}
	name, err := nameOf(s.Hash)
	if err != nil {
		return err
	}
	encoded := false
	h.Encoded = &encoded
	h.Detached = &detached{Mechanism: objectIDByURIHash, Hash: name}
	h.Critical = []string{"b64", "sigD"}
	for i, d := range documents {
		if d.Name == "" || len(reference(d.Name)) > maxName {
			return fault.Errorf(fault.RequestInvalid, "document %d without a name, or with one that is too long", i)
		}
		digest, err := d.Digest(s.Hash)
		if err != nil {
			return err
		}
		contentType := d.MediaType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		h.Detached.Parameters = append(h.Detached.Parameters, reference(d.Name))
		h.Detached.Values = append(h.Detached.Values, base64url.EncodeToString(digest))
		h.Detached.ContentTypes = append(h.Detached.ContentTypes, mediaType(contentType))
	}
	return nil
}

func (p *prepared) Digest() []byte { return bytes.Clone(p.digest) }

func (p *prepared) Complete(cardSignature []byte) (ades.Pieces, error) {
	key := p.signer.Certificate.PublicKey
	err := ades.CheckSignature(key, p.algorithm.scheme, p.signer.Hash, p.digest, cardSignature)
	if err != nil {
		return nil, fault.Errorf(fault.TokenError, "the token's signature does not verify with the certificate's key: %w", err)
	}
	value := cardSignature
	if curve, ok := key.(*ecdsa.PublicKey); ok {
		if value, err = ades.RawECDSA(curve, cardSignature); err != nil {
			return nil, fault.New(fault.TokenError, err)
		}
	}
	whole, err := p.serialize(base64url.AppendEncode(nil, value))
	if err != nil {
		return nil, err
	}
	return ades.Pieces{{Bytes: whole}}, nil
}

// serialize writes the whole signature, whose value is base64url.
func (p *prepared) serialize(value []byte) ([]byte, error) {
	if p.options.Serialization == Compact {
		return bytes.Join([][]byte{p.protected, p.payload, value}, []byte{'.'}), nil
	}
	one := jsonSignature{Protected: string(p.protected), Signature: string(value)}
	var file jsonFile
	if !p.options.Detached {
		payload := string(p.payload)
		file.Payload = &payload
	}
	if p.options.Serialization == General {
		file.Signatures = []jsonSignature{one}
	} else {
		file.Protected, file.Signature = one.Protected, one.Signature
	}
	return json.Marshal(file)
}

// jsonFile is JWS in JSON (RFC 7515, 7.2): general where it has signatures, otherwise flattened.
type jsonFile struct {
	Payload    *string         `json:"payload,omitempty"`
	Signatures []jsonSignature `json:"signatures,omitempty"`
	Protected  string          `json:"protected,omitempty"`
	Signature  string          `json:"signature,omitempty"`
}

type jsonSignature struct {
	Protected string `json:"protected"`
	Signature string `json:"signature"`
}
