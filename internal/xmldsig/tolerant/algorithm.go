package tolerant

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1"   // SHA-1 for crypto.Hash: validation judges it by its date
	_ "crypto/sha256" // SHA-224 and SHA-256 for crypto.Hash
	_ "crypto/sha3"   // SHA3-256 and its sisters for crypto.Hash
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash
	"math/big"
	"strconv"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Bases of identifiers (RFC 9231, and XML Encryption for SHA-256 and SHA-512).
const (
	encryption2001 = "http://www.w3.org/2001/04/xmlenc#"
	more2001       = "http://www.w3.org/2001/04/xmldsig-more#"
	more2007       = "http://www.w3.org/2007/05/xmldsig-more#"
	more2021       = "http://www.w3.org/2021/04/xmldsig-more#"
)

// hashes are the identifiers of hashes. MD5 and RIPEMD-160 are not among them.
var hashes = map[string]crypto.Hash{
	xmldsig.Namespace + "sha1":   crypto.SHA1,
	more2001 + "sha224":          crypto.SHA224,
	encryption2001 + "sha256":    crypto.SHA256,
	more2001 + "sha384":          crypto.SHA384,
	encryption2001 + "sha512":    crypto.SHA512,
	more2007 + "sha3-224":        crypto.SHA3_224,
	more2007 + "sha3-256":        crypto.SHA3_256,
	more2007 + "sha3-384":        crypto.SHA3_384,
	more2007 + "sha3-512":        crypto.SHA3_512,
	xmldsig.Namespace + "sha256": crypto.SHA256, // as some programs write it
}

// Method is a signature algorithm.
type Method struct {
	URI    string
	Scheme ades.Scheme
	Hash   crypto.Hash // 0 where the algorithm is not known here
	// Salt is the length of the salt of PSS in bytes.
	Salt int
}

// methods are the identifiers of signature algorithms without parameters.
var methods = func() map[string]Method {
	all := map[string]Method{
		xmldsig.Namespace + "rsa-sha1": {Scheme: ades.PKCS1, Hash: crypto.SHA1},
		more2001 + "ecdsa-sha1":        {Scheme: ades.ECDSA, Hash: crypto.SHA1},
		more2007 + "sha1-rsa-MGF1":     {Scheme: ades.PSS, Hash: crypto.SHA1},
	}
	for hash, bits := range map[crypto.Hash]string{crypto.SHA224: "224", crypto.SHA256: "256", crypto.SHA384: "384", crypto.SHA512: "512"} {
		all[more2001+"rsa-sha"+bits] = Method{Scheme: ades.PKCS1, Hash: hash}
		all[more2001+"ecdsa-sha"+bits] = Method{Scheme: ades.ECDSA, Hash: hash}
		all[more2007+"sha"+bits+"-rsa-MGF1"] = Method{Scheme: ades.PSS, Hash: hash}
	}
	for hash, bits := range map[crypto.Hash]string{crypto.SHA3_224: "224", crypto.SHA3_256: "256", crypto.SHA3_384: "384", crypto.SHA3_512: "512"} {
		all[more2021+"ecdsa-sha3-"+bits] = Method{Scheme: ades.ECDSA, Hash: hash}
		all[more2007+"sha3-"+bits+"-rsa-MGF1"] = Method{Scheme: ades.PSS, Hash: hash}
	}
	for uri, m := range all {
		m.URI, m.Salt = uri, m.Hash.Size()
		all[uri] = m
	}
	return all
}()

// HashOf returns the hash that DigestMethod names; 0 and its identifier where that is not known.
func HashOf(digestMethod *xmltree.Node) (crypto.Hash, string) {
	if digestMethod == nil {
		return 0, ""
	}
	uri, _ := digestMethod.Attribute("Algorithm")
	return hashes[uri], uri
}

// methodOf reads SignatureMethod. One that is not known has no Hash.
func methodOf(n *xmltree.Node) Method {
	uri, _ := n.Attribute("Algorithm")
	if uri == more2007+"rsa-pss" {
		return pssMethod(n, uri)
	}
	m, known := methods[uri]
	if !known || len(n.Elements()) > 0 {
		return Method{URI: uri}
	}
	return m
}

// pssMethod reads the algorithm rsa-pss with RSAPSSParams (RFC 9231, 2.3.10). MGF1 is of the same hash, or the algorithm is not known.
func pssMethod(n *xmltree.Node, uri string) Method {
	m := Method{URI: uri, Scheme: ades.PSS, Hash: crypto.SHA256}
	unknown := Method{URI: uri}
	params := Child(n, "RSAPSSParams", more2007)
	if params == nil {
		m.Salt = m.Hash.Size()
		return m
	}
	if digest := Child(params, "DigestMethod", xmldsig.Namespace, more2007); digest != nil {
		m.Hash, _ = HashOf(digest)
	}
	if m.Hash == 0 {
		return unknown
	}
	m.Salt = m.Hash.Size()
	if mask := Child(params, "MaskGenerationFunction", more2007); mask != nil {
		function, _ := mask.Attribute("Algorithm")
		of := m.Hash
		if digest := Child(mask, "DigestMethod", xmldsig.Namespace, more2007); digest != nil {
			of, _ = HashOf(digest)
		}
		if of != m.Hash || function != more2007+"MGF1" && function != "" {
			return unknown
		}
	}
	if salt := Child(params, "SaltLength", more2007); salt != nil {
		length, err := strconv.ParseUint(Text(salt), 10, 16)
		if err != nil {
			return unknown
		}
		m.Salt = int(length)
	}
	if trailer := Child(params, "TrailerField", more2007); trailer != nil && Text(trailer) != "1" {
		return unknown
	}
	return m
}

// check verifies a value over a digest. The error has fault.SignatureInvalid where it does not hold, fault.SignatureAlgorithm or
// fault.KeyUnsupported where it cannot be told.
func (m Method) check(pub crypto.PublicKey, digest, value []byte) error {
	if m.Hash == 0 {
		return unsupported("signature algorithm %.100q", m.URI)
	}
	if err := ades.CheckLegacyKey(pub); err != nil {
		return err
	}
	if ades.SchemeOf(pub, m.Scheme == ades.PSS) != m.Scheme {
		return fault.Errorf(fault.SignatureInvalid, "a key of type %T for another signature algorithm", pub)
	}
	var err error
	if key, isRSA := pub.(*rsa.PublicKey); isRSA && m.Scheme == ades.PSS && m.Salt != m.Hash.Size() {
		err = rsa.VerifyPSS(key, m.Hash, digest, value, &rsa.PSSOptions{SaltLength: m.Salt})
	} else {
		if key, isECDSA := pub.(*ecdsa.PublicKey); isECDSA {
			if value, err = ecdsaValue(key, value); err != nil {
				return err
			}
		}
		err = ades.CheckSignature(pub, m.Scheme, m.Hash, digest, value)
	}
	if err != nil {
		return fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
	return nil
}

// ecdsaValue puts r and s, which stand side by side (XMLDSig 1.1, 6.4.3), into an ECDSA-Sig-Value. Programs pad them to the curve's length,
// or to that of the longer one.
func ecdsaValue(key *ecdsa.PublicKey, value []byte) ([]byte, error) {
	longest := (key.Curve.Params().N.BitLen() + 7) / 8
	half := len(value) / 2
	if half == 0 || half > longest || len(value)%2 != 0 {
		return nil, fault.Errorf(fault.SignatureInvalid, "an ECDSA value of %d bytes, want %d", len(value), 2*longest)
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(value[:half]))
		b.AddASN1BigInt(new(big.Int).SetBytes(value[half:]))
	})
	return b.Bytes()
}
