package worker

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// maxKeys is how many private keys are tried for one certificate.
const maxKeys = 8

// A key is a private key on the token that may be the certificate's.
type key struct {
	handle  pkcs11.ObjectHandle
	always  bool // CKA_ALWAYS_AUTHENTICATE: it wants a PIN for each signature
	certain bool // it has the certificate's public key
	likely  bool // it alone has the certificate's CKA_ID
}

// keyID finds the certificate by its bytes and returns its CKA_ID. Labels and serial numbers are not
// to be relied on: vendors encode them in several ways.
func (m *module) keyID(session pkcs11.SessionHandle, der []byte) ([]byte, error) {
	objects, err := m.find(session, certificateTemplate, maxTokenCertificates)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if bytes.Equal(m.attribute(session, object, pkcs11.CKA_VALUE), der) {
			return m.attribute(session, object, pkcs11.CKA_ID), nil
		}
	}
	return nil, fault.Errorf(fault.CardChanged, "the certificate is no longer on the token")
}

// findKeys returns the private keys that may be the certificate's, the likeliest first. Most tokens give key and
// certificate the same CKA_ID (id); some give them different ones, or several keys the same. So a key with the public
// key's modulus, or with the CKA_ID of a public key object that is the certificate's, counts alone. After those with the
// certificate's own CKA_ID come all others of its type, and sign finds the right one by its signature.
func (m *module) findKeys(l *login, id []byte) ([]key, error) {
	var keys []key
	add := func(more []key, err error) error {
		keys = append(keys, more...)
		return err
	}
	for _, of := range m.publicIDs(l) {
		if err := add(m.keysOfPublic(l, of)); err != nil {
			return nil, err
		}
	}
	if err := add(m.keysOfCertificate(l, id)); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(keys, isCertain) {
		if err := add(m.keysWith(l)); err != nil {
			return nil, err
		}
	}
	keys = choose(keys)
	if len(keys) == 0 {
		return nil, fault.Errorf(fault.KeyMissing, "no private key that may be the certificate's")
	}
	return keys, nil
}

func isCertain(k key) bool { return k.certain }

// choose returns the keys that are tried, each once. One that wants a PIN for each signature is tried only if it
// is certain, likely or the only one: no PIN is spent on an unrelated key.
func choose(keys []key) []key {
	if i := slices.IndexFunc(keys, isCertain); i >= 0 {
		return keys[i : i+1]
	}
	var out []key
	for _, k := range keys {
		if !slices.ContainsFunc(out, func(other key) bool { return other.handle == k.handle }) {
			out = append(out, k)
		}
	}
	if len(out) > 1 {
		out = slices.DeleteFunc(out, func(k key) bool { return k.always && !k.likely })
	}
	return out[:min(len(out), maxKeys)]
}

// keysOfPublic returns the keys with the CKA_ID of a public key object that is the certificate's.
func (m *module) keysOfPublic(l *login, id []byte) ([]key, error) {
	keys, err := m.keysWithID(l, id)
	if len(keys) == 1 {
		keys[0].certain = true
	}
	return keys, err
}

// keysOfCertificate returns the keys with the certificate's CKA_ID.
func (m *module) keysOfCertificate(l *login, id []byte) ([]key, error) {
	keys, err := m.keysWithID(l, id)
	if len(keys) == 1 {
		keys[0].likely = true
	}
	return keys, err
}

func (m *module) keysWithID(l *login, id []byte) ([]key, error) {
	if len(id) == 0 {
		return nil, nil // keys without one have nothing in common
	}
	return m.keysWith(l, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
}

// keysWith returns the private keys of the certificate's type that have the attributes. If the token tells an RSA
// key's modulus, only the one that fits remains.
func (m *module) keysWith(l *login, attributes ...*pkcs11.Attribute) ([]key, error) {
	public, isRSA := l.public.(*rsa.PublicKey)
	handles, err := m.find(l.session, append(attributes,
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, keyType(isRSA)),
	), maxKeys)
	if err != nil {
		return nil, err
	}
	var keys []key
	for _, handle := range handles {
		k := key{handle: handle}
		if isRSA {
			modulus := m.attribute(l.session, handle, pkcs11.CKA_MODULUS)
			if len(modulus) > 0 && new(big.Int).SetBytes(modulus).Cmp(public.N) != 0 {
				continue
			}
			k.certain = len(modulus) > 0
		}
		always := m.attribute(l.session, handle, pkcs11.CKA_ALWAYS_AUTHENTICATE)
		k.always = len(always) == 1 && always[0] != 0
		keys = append(keys, k)
	}
	return keys, nil
}

// publicIDs returns the CKA_IDs of the token's public key objects that are the certificate's EC key. RSA keys tell
// their modulus themselves.
func (m *module) publicIDs(l *login) (ids [][]byte) {
	public, ok := l.public.(*ecdsa.PublicKey)
	if !ok {
		return nil
	}
	point, err := public.Bytes()
	if err != nil {
		return nil
	}
	objects, err := m.find(l.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PUBLIC_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, keyType(false)),
	}, protocol.MaxCertificates)
	if err != nil {
		return nil
	}
	for _, object := range objects {
		value := m.attribute(l.session, object, pkcs11.CKA_EC_POINT)
		var octets []byte // DER (PKCS #11 v2.40 mechanisms, 2.3.3); some libraries leave the wrapping out
		if _, err := asn1.Unmarshal(value, &octets); err != nil {
			octets = value
		}
		if bytes.Equal(octets, point) {
			ids = append(ids, m.attribute(l.session, object, pkcs11.CKA_ID))
		}
	}
	return ids
}

func keyType(isRSA bool) uint {
	if isRSA {
		return pkcs11.CKK_RSA
	}
	return pkcs11.CKK_EC
}
