package worker

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
)

// sign signs with the certificate's key. If it is not certain which one that is, sign tries the keys and keeps to the first
// whose signature verifies. A library that has forgotten the login since its last signature is logged in
// again first: the PIN was given for all that is signed in one act.
func (m *module) sign(hash crypto.Hash, digest []byte) ([]byte, error) {
	l := m.login
	if l == nil || len(l.keys) == 0 {
		return nil, fault.Errorf(fault.MessageInvalid, "sign without a login")
	}
	signature, err := m.signWithOne(l, hash, digest)
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN)) && l.used {
		if err := m.loginAgain(l); err != nil {
			return nil, err
		}
		signature, err = m.signWithOne(l, hash, digest)
	}
	if err != nil {
		return nil, err
	}
	l.used = true
	return signature, nil
}

// signWithOne tries the keys in their order.
func (m *module) signWithOne(l *login, hash crypto.Hash, digest []byte) ([]byte, error) {
	var last error
	for _, k := range l.keys {
		signature, err := m.signWith(l, k, hash, digest)
		if err == nil && !k.certain && !l.verifies(hash, digest, signature) {
			err = fault.Errorf(fault.KeyMissing, "its signature does not verify with the certificate's key")
		}
		if err == nil {
			k.certain = true
			l.keys = []key{k}
			return signature, nil
		}
		if refusesPIN(err) || errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN)) {
			return nil, err
		}
		last = err
	}
	return nil, last
}

func (m *module) signWith(l *login, k key, hash crypto.Hash, digest []byte) ([]byte, error) {
	mechanism, input, err := l.toBeSigned(hash, digest)
	if err != nil {
		return nil, err
	}
	if err := m.ctx.SignInit(l.session, []*pkcs11.Mechanism{mechanism}, k.handle); err != nil {
		return nil, tokenError("C_SignInit", err)
	}
	if k.always {
		if err := m.loginForKey(l); err != nil {
			return nil, err
		}
	}
	signature, err := m.library.sign(l.session, input)
	if err != nil {
		return nil, tokenError("C_Sign", err)
	}
	if public, ok := l.public.(*ecdsa.PublicKey); ok {
		return ecdsaDER(signature, sizeOf(public), func(der []byte) bool { return l.verifies(hash, digest, der) })
	}
	return signature, nil
}

// onlyPSS reports whether the token signs with RSA by RSASSA-PSS alone. A token that lists neither is
// asked for PKCS #1 v1.5, which every card can do.
func (m *module) onlyPSS(slot uint) bool {
	mechanisms, err := m.library.mechanisms(slot)
	if err != nil {
		return false
	}
	return slices.Contains(mechanisms, pkcs11.CKM_RSA_PKCS_PSS) && !slices.Contains(mechanisms, pkcs11.CKM_RSA_PKCS)
}

// toBeSigned returns the mechanism and its input: for RSA a DigestInfo (RFC 8017, 9.2) or for PSS the digest, as for
// ECDSA.
func (l *login) toBeSigned(hash crypto.Hash, digest []byte) (mechanism *pkcs11.Mechanism, input []byte, err error) {
	if !hash.Available() || len(digest) != hash.Size() {
		return nil, nil, fault.Errorf(fault.MessageInvalid, "digest of %d bytes", len(digest))
	}
	switch public := l.public.(type) {
	case *rsa.PublicKey:
		known, ok := hashes[hash]
		if !ok {
			return nil, nil, fault.Errorf(fault.KeyUnsupported, "RSA with %v", hash)
		}
		if l.pss {
			salt := uint(hash.Size())
			return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(known.mechanism, known.mask, salt)), digest, nil
		}
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), append([]byte(known.digestInfo), digest...), nil
	case *ecdsa.PublicKey:
		// Of a longer digest its beginning is signed (FIPS 186-5, 6.4.1); not every card cuts it off.
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), digest[:min(len(digest), sizeOf(public))], nil
	default:
		return nil, nil, fault.Errorf(fault.KeyUnsupported, "key of type %T", l.public)
	}
}

// hashes are those that RSA signs: the DER of a DigestInfo up to the digest (RFC 8017, 9.2, note 1), and for PSS
// the hash and its MGF1 (PKCS #11 v2.40 mechanisms, 2.1.8).
var hashes = map[crypto.Hash]struct {
	digestInfo      string
	mechanism, mask uint
}{
	crypto.SHA256: {"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	crypto.SHA384: {"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30", pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	crypto.SHA512: {"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40", pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

// sizeOf is how long the numbers of a key's signatures are, in bytes.
func sizeOf(public *ecdsa.PublicKey) int { return (public.Curve.Params().BitSize + 7) / 8 }

// ecdsaDER returns a library's ECDSA signature as the DER that CMS wants (RFC 3279, 2.2.3). PKCS #11 has r‖s, each as
// long as the curve's order; some libraries give DER themselves. The length tells which it is, except for one of 2*size
// bytes that is DER too: then it is what verifies says.
func ecdsaDER(raw []byte, size int, verifies func(der []byte) bool) ([]byte, error) {
	der := isECDSADER(raw, size)
	if len(raw) != 2*size {
		if !der {
			return nil, fault.Errorf(fault.TokenError, "ECDSA signature of %d bytes, want %d or DER", len(raw), 2*size)
		}
		return raw, nil
	}
	if der && verifies(raw) {
		return raw, nil
	}
	return asn1.Marshal(ecdsaSignature{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
}

// An ecdsaSignature is the ECDSA-Sig-Value of RFC 3279.
type ecdsaSignature struct{ R, S *big.Int }

// isECDSADER reports whether signature is the one DER coding of two positive numbers of at most size bytes.
func isECDSADER(signature []byte, size int) bool {
	var v ecdsaSignature
	if rest, err := asn1.Unmarshal(signature, &v); err != nil || len(rest) > 0 {
		return false
	}
	fits := func(n *big.Int) bool { return n.Sign() > 0 && n.BitLen() <= 8*size }
	if !fits(v.R) || !fits(v.S) {
		return false
	}
	again, err := asn1.Marshal(v)
	return err == nil && bytes.Equal(again, signature)
}

// verifies checks a signature over digest with the certificate's key, of a kind that toBeSigned takes.
func (l *login) verifies(hash crypto.Hash, digest, signature []byte) bool {
	switch public := l.public.(type) {
	case *rsa.PublicKey:
		if l.pss {
			return rsa.VerifyPSS(public, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(public, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	default:
		return false
	}
}
