package signature_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/xades"
)

// card is a person's, with each of whose keys everything is signed that a card signs.
type card struct {
	ades.Signer
	key crypto.Signer
}

func newCards(t *testing.T) (all []card) {
	for _, kind := range []string{"P-256", "P-384", "RSA-2048"} {
		key := pkitest.Key(t, kind)
		certificate := pkitest.Root(t, "Deneme Kök").Issue(t, key.Public())
		hash, err := ades.HashFor(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, card{ades.Signer{Certificate: certificate, Hash: hash, Time: time.Now()}, key})
	}
	return all
}

// file has the card sign.
func (c card) file(t *testing.T, prepared ades.Prepared, err error, documents ...ades.Document) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return adestest.Sign(t, c.key, c.Hash, prepared, documents...)
}

func (c card) cades(t *testing.T, o cades.Options, documents ...ades.Document) []byte {
	prepared, err := cades.PrepareDocuments(c.Signer, documents, o)
	return c.file(t, prepared, err, documents...)
}

func (c card) jades(t *testing.T, o jades.Options, documents ...ades.Document) []byte {
	prepared, err := jades.Prepare(c.Signer, documents, o)
	return c.file(t, prepared, err, documents...)
}

// inPDF is the CMS of a PDF.
func (c card) inPDF(t *testing.T, digest []byte) []byte {
	der, err := cades.Sign(cades.Request{Signer: c.Signer, ContentDigest: digest, InPDF: true}, func(digest []byte) ([]byte, error) {
		return c.key.Sign(rand.Reader, digest, c.Hash)
	})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A product is something that a card signed: the bytes before they were digested, and the value.
type product struct {
	kind  string
	bytes []byte
	value []byte // of ECDSA in DER
}

func signers(t *testing.T, file []byte) []*cms.Signer {
	d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return d.Signers
}

// products are all kinds of things that a card signs for e-Onay.
func (c card) products(t *testing.T) []product {
	document := ades.NewDocument("a", "text/plain", content)
	digest, err := document.Digest(c.Hash)
	if err != nil {
		t.Fatal(err)
	}
	file := c.cades(t, cades.Options{Form: cades.Attached}, document)
	s := signers(t, file)[0]
	all := []product{{"CAdES", s.SignedSet, s.Value}}
	counter := signers(t, c.cades(t, cades.Options{Form: cades.CounterSignature}, ades.NewDocument("", "", file)))[0].CounterSignatures[0]
	all = append(all, product{"counter-signature", counter.SignedSet, counter.Value})
	s = signers(t, c.inPDF(t, digest))[0]
	all = append(all, product{"PAdES", s.SignedSet, s.Value})
	for _, o := range []jades.Options{{}, {Detached: true}} {
		parts := strings.Split(string(c.jades(t, o, document)), ".")
		value, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := c.key.Public().(*ecdsa.PublicKey); ok {
			if value, err = ades.DERFromRawECDSA(key, value); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, product{"JAdES", []byte(parts[0] + "." + parts[1]), value})
	}
	all = append(all, c.xades(t, xades.Options{Form: xades.Detached}, document),
		c.xades(t, xades.Options{}, ades.NewDocument("a", "application/xml", []byte(`<a xmlns="urn:a"/>`))))
	nonce := base64.StdEncoding.EncodeToString(make([]byte, 33))
	statements := map[string][]byte{
		"login":         login.Statement(protocol.LoginFormat, c.Hash, "https://a.example", nonce, c.Certificate.Raw),
		"Web eID login": login.Statement(protocol.LoginFormatWebEID, c.Hash, "https://a.example", nonce, c.Certificate.Raw),
	}
	for kind, statement := range statements {
		value, err := c.key.Sign(rand.Reader, sum(c.Hash, statement), c.Hash)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, product{kind, statement, value})
	}
	return all
}

// xades signs in XML, and returns SignedInfo in the canonical form in which it was digested.
func (c card) xades(t *testing.T, o xades.Options, document ades.Document) product {
	t.Helper()
	prepared, err := xades.Prepare(c.Signer, []ades.Document{document}, o)
	file := c.file(t, prepared, err, document)
	_, rest, _ := bytes.Cut(file, []byte("<ds:SignedInfo"))
	info, _, ok := bytes.Cut(rest, []byte("</ds:SignedInfo>"))
	if !ok {
		t.Fatalf("no SignedInfo in %s", file)
	}
	// In canonical form it declares what the elements around it do, and no element is empty in one tag.
	info = regexp.MustCompile(`<([\w:]+)([^<>]*)/>`).ReplaceAll(info, []byte("<$1$2></$1>"))
	for _, declared := range []string{"", ` xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, ` xmlns="urn:a" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`} {
		canonical := slices.Concat([]byte("<ds:SignedInfo"+declared), info, []byte("</ds:SignedInfo>"))
		if bytes.Equal(sum(c.Hash, canonical), prepared.Digest()) {
			_, rest, _ = bytes.Cut(file, []byte("<ds:SignatureValue"))
			return product{"XAdES", canonical, c.valueOf(t, rest)}
		}
	}
	t.Fatalf("SignedInfo in no form that is known: %s", info)
	return product{}
}

// valueOf is the value in the element SignatureValue, from behind its name on.
func (c card) valueOf(t *testing.T, element []byte) []byte {
	t.Helper()
	text, _, _ := strings.Cut(string(element), "<")
	_, text, _ = strings.Cut(text, ">")
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := c.key.Public().(*ecdsa.PublicKey); ok {
		if value, err = ades.DERFromRawECDSA(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return value
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// attributeTypes are the types in a DER SET OF Attribute that is all of data; ok is false where it is no such thing.
func attributeTypes(data []byte) (types map[string]bool, ok bool) {
	s := cryptobyte.String(data)
	var set, attribute cryptobyte.String
	types = map[string]bool{}
	if !s.ReadASN1(&set, cbasn1.SET) || !s.Empty() || set.Empty() {
		return nil, false
	}
	for !set.Empty() {
		var oid []byte
		if !set.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1Bytes(&oid, cbasn1.OBJECT_IDENTIFIER) || !attribute.SkipASN1(cbasn1.SET) {
			return nil, false
		}
		types[fmt.Sprintf("%x", oid)] = true
	}
	return types, true
}

const (
	contentTypeHex = "2a864886f70d010903"
	signingTimeHex = "2a864886f70d010905"
)

func hasAttributes(data []byte, contentType, signingTime bool) bool {
	types, ok := attributeTypes(data)
	return ok && len(data) > 128 && types[contentTypeHex] == contentType && types[signingTimeHex] == signingTime
}

// isSigningInput reports whether data is a JWS Signing Input whose header is JSON (RFC 7515, 5.1).
func isSigningInput(data []byte) bool {
	protected, payload, ok := strings.Cut(string(data), ".")
	header, err := base64.RawURLEncoding.Strict().DecodeString(protected)
	_, payloadErr := base64.RawURLEncoding.Strict().DecodeString(payload)
	return ok && err == nil && payloadErr == nil && json.Valid(header)
}

// kinds are what bytes can be, and how whoever verifies a signature knows it. docs/threats/formats.md has them in words.
var kinds = map[string]func(data []byte) bool{
	"CAdES":             func(data []byte) bool { return hasAttributes(data, true, true) },
	"PAdES":             func(data []byte) bool { return hasAttributes(data, true, false) },
	"counter-signature": func(data []byte) bool { return hasAttributes(data, false, true) },
	"JAdES":             isSigningInput,
	"XAdES": func(data []byte) bool {
		return bytes.HasPrefix(data, []byte("<")) && bytes.Contains(data[:min(64, len(data))], []byte("SignedInfo"))
	},
	"login":         func(data []byte) bool { return bytes.HasPrefix(data, []byte("tr.eonay.login v1\n")) },
	"Web eID login": func(data []byte) bool { return len(data) == 64 || len(data) == 96 || len(data) == 128 },
	// RFC 8446, 4.4.3: 64 spaces, and "TLS 1.3, client CertificateVerify" or server's.
	"TLS 1.3": func(data []byte) bool { return bytes.HasPrefix(data, bytes.Repeat([]byte{' '}, 64)) },
	// RFC 5246, 7.4.8: all messages of the handshake, of which the first is a HelloRequest (0) or a ClientHello (1).
	"TLS 1.2": func(data []byte) bool { return len(data) > 0 && data[0] <= 1 },
	// RFC 5280, 4.1 and 5.1; RFC 6960, 4.2.1; RFC 2986, 4: certificates, CRLs, OCSP responses, requests.
	"X.509": func(data []byte) bool { return len(data) > 0 && data[0] == 0x30 },
}

// TestSignedBytesAreApart looks at what each kind of signature is over: it is of its kind and of no other.
func TestSignedBytesAreApart(t *testing.T) {
	for _, c := range newCards(t) {
		seen := map[string]bool{}
		for _, p := range c.products(t) {
			seen[p.kind] = true
			for kind, is := range kinds {
				if is(p.bytes) != (kind == p.kind) {
					t.Errorf("%v: the bytes of %s are those of %s: %t: %.80q", c.Hash, p.kind, kind, is(p.bytes), p.bytes)
				}
			}
			if err := ades.CheckSignature(c.key.Public(), ades.SchemeOf(c.key.Public(), false), c.Hash, sum(c.Hash, p.bytes), p.value); err != nil {
				t.Errorf("%s is over other bytes than were looked at: %v", p.kind, err)
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d kinds were looked at", len(seen))
		}
	}
}

// TestSignatureIsNoneOfAnotherFormat puts the card's value of each product in the place of each other's.
func TestSignatureIsNoneOfAnotherFormat(t *testing.T) {
	for _, c := range newCards(t) {
		products := c.products(t)
		for _, from := range products {
			for _, to := range products {
				if from.kind == to.kind {
					continue
				}
				err := ades.CheckSignature(c.key.Public(), ades.SchemeOf(c.key.Public(), false), c.Hash, sum(c.Hash, to.bytes), from.value)
				if err == nil {
					t.Errorf("the value of %s verifies as %s", from.kind, to.kind)
				}
			}
			c.tryAsDocument(t, from)
			c.tryAsLogin(t, from)
			c.tryAsJWS(t, from)
		}
	}
}

// tryAsDocument makes a CMS without signed attributes, in which what was signed is the content (RFC 5652, 5.4). OpenSSL and others
// verify it. No reader of ours says that it holds.
func (c card) tryAsDocument(t *testing.T, p product) {
	t.Helper()
	original := c.cades(t, cades.Options{}, ades.NewDocument("a", "text/plain", content))
	s := signers(t, original)[0]
	attributes := append([]byte{0xa0}, s.SignedSet[1:]...)
	der := shrink(t, bytes.Replace(bytes.Replace(original, attributes, nil, 1), octets(t, s.Value), octets(t, p.value), 1))
	document := ades.NewDocument("a", "text/plain", p.bytes)
	if _, err := cades.Parse(der); fault.CodeOf(err) != fault.SignatureAttributes {
		t.Errorf("%s as a document, strictly: %v", p.kind, err)
	}
	if out, err := openssl(t, der, p.bytes); err != nil {
		t.Errorf("%s as a document: openssl, which verifies such a CMS, refuses: %s", p.kind, out)
	}
	d, err := cms.Read(bytes.NewReader(der), int64(len(der)))
	if err != nil {
		t.Fatalf("%s as a document: %v", p.kind, err)
	}
	digests, err := d.Digests(document.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if v := d.Verify(digests)[0]; v.State != cms.Unknown || fault.CodeOf(v.Err) != fault.SignatureAttributes {
		t.Errorf("%s as a document: state %d, %v", p.kind, v.State, v.Err)
	}
}

// openssl verifies a CMS over its content, whoever has issued the certificate.
func openssl(t *testing.T, der, content []byte) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"cms": der, "content": content} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "cms", "-content", "content", "-out", "out")
	command.Dir = dir
	return command.CombinedOutput()
}

func octets(t *testing.T, data []byte) []byte { return pkitest.TLV(t, 4, data) }

// shrink writes the lengths around one SignerInfo anew, from whose inside something was taken.
func shrink(t *testing.T, der []byte) []byte {
	t.Helper()
	body := func(data []byte) []byte { // behind a header, whatever length that has
		n := 2
		if data[1] >= 0x80 {
			n += int(data[1] & 0x7f)
		}
		return data[n:]
	}
	element := func(s *cryptobyte.String) (out []byte) {
		var e cryptobyte.String
		var tag cbasn1.Tag
		if !s.ReadAnyASN1Element(&e, &tag) {
			t.Fatal("not an element")
		}
		return e
	}
	contentInfo := cryptobyte.String(body(der))
	oid := element(&contentInfo)
	signedData := cryptobyte.String(body(body(contentInfo)))
	var head []byte
	for range 4 { // version, digestAlgorithms, encapContentInfo, certificates
		head = append(head, element(&signedData)...)
	}
	signerInfo := pkitest.TLV(t, 0x30, body(body(signedData)))
	return pkitest.TLV(t, 0x30, oid, pkitest.TLV(t, 0xa0, pkitest.TLV(t, 0x30, head, pkitest.TLV(t, 0x31, signerInfo))))
}

// tryAsLogin puts the value into tokens of both formats.
func (c card) tryAsLogin(t *testing.T, p product) {
	t.Helper()
	algorithm, err := login.For(c.key.Public(), false)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := login.Raw(c.key.Public(), p.value)
	if err != nil {
		t.Fatal(err)
	}
	nonce := base64.StdEncoding.EncodeToString(make([]byte, 33))
	for format, kind := range map[string]string{protocol.LoginFormat: "login", protocol.LoginFormatWebEID: "Web eID login"} {
		token := login.Token{Format: format, Certificate: c.Certificate.Raw, Algorithm: algorithm, Signature: raw, AppVersion: "x"}
		err := token.Verify(c.key.Public(), login.Statement(format, algorithm.Hash, "https://a.example", nonce, c.Certificate.Raw))
		if (err == nil) != (p.kind == kind) {
			t.Errorf("%s as a login in %s: %v", p.kind, format, err)
		}
	}
}

// tryAsJWS writes the signed bytes and the value as a compact JWS.
func (c card) tryAsJWS(t *testing.T, p product) {
	t.Helper()
	value := p.value
	if key, ok := c.key.Public().(*ecdsa.PublicKey); ok {
		var err error
		if value, err = ades.RawECDSA(key, p.value); err != nil {
			t.Fatal(err)
		}
	}
	text := append(bytes.Clone(p.bytes), "."+base64.RawURLEncoding.EncodeToString(value)...)
	all, err := jades.Parse(bytes.NewReader(text), int64(len(text)))
	if (err == nil) != (p.kind == "JAdES") {
		t.Errorf("%s as a JWS: %v", p.kind, err)
	}
	for _, s := range all {
		if s.Names() == nil {
			if err := s.Verify(nil); err != nil {
				t.Errorf("%s: %v", p.kind, err)
			}
		}
	}
}
