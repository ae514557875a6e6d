package revocation_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestOddLists has genuine lists that are written as no list should be.
func TestOddLists(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	subject := root.Issue(t, pkitest.Key(t, "P-256 leaf").Public(), points(point(nil, nil, onShelf("1"))))
	keyed := func(id []byte) *pkitest.Authority {
		c := *root.Certificate
		c.SubjectKeyId = id
		return &pkitest.Authority{Certificate: &c, Key: root.Key}
	}
	// rewritten replaces the extensions of a list.
	rewritten := func(extensions ...[]byte) map[string][]byte {
		return one(signedList(t, root, func(f [][]byte) [][]byte { return append(f[:5:5], tlv(0xa0, sequence(extensions...))) }))
	}
	number := extension(asn1.ObjectIdentifier{2, 5, 29, 20}, false, marshal(10))
	keyID := func(parts ...[]byte) []byte {
		return extension(asn1.ObjectIdentifier{2, 5, 29, 35}, false, sequence(parts...))
	}
	right := tlv(0x80, root.Certificate.SubjectKeyId)
	serial := func(n *big.Int) []byte { return tlv(0x82, marshal(n)[2:]) }
	id := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, n} }
	odd := func(extensions ...[]byte) map[string][]byte {
		return one(oddEntry(t, root, slices.Concat(extensions...)))
	}
	oddName := sequence(tlv(0x31, sequence(marshal(id(3)), []byte{0x11, 0})))
	trial := listTrial{root: root, subject: subject}
	trial.run(t, []listCase{
		{"identifier of another key", one(list(t, keyed([]byte("another")))), invalid, 1},
		{"no identifier of the key", rewritten(number), "", 1},
		{"identifier of the key that is empty", rewritten(number, keyID()), "", 1},
		{"identifier of the key with issuer and number", rewritten(number, keyID(right, tlv(0xa1, directory(root.Certificate.RawIssuer)), serial(root.Certificate.SerialNumber))), "", 1},
		{"identifier of the key with another number", rewritten(number, keyID(right, tlv(0xa1, directory(root.Certificate.RawIssuer)), serial(big.NewInt(5)))), invalid, 1},
		{"identifier of the key with another issuer", rewritten(number, keyID(right, tlv(0xa1, directory(subject.RawSubject)), serial(root.Certificate.SerialNumber))), invalid, 1},
		{"identifier of the key that cannot be read", rewritten(number, extension(id(35), false, octets([]byte("x")))), invalid, 1},
		{"a critical number", rewritten(extension(id(20), true, marshal(10)), keyID(right)), invalid, 1},
		{"critical deltas", one(list(t, root, extended(true, sequence(point(nil, nil, uri("ldap://x/"))), 2, 5, 29, 46))), invalid, 1},
		{"an unknown extension twice", rewritten(number, keyID(right), extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil), extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil)), invalid, 1},
		{"version 1 with extensions", one(signedList(t, root, func(f [][]byte) [][]byte { return f[1:] })), "", 1},
		{"version 1", one(signedList(t, root, func(f [][]byte) [][]byte { return f[1:5] })), "", 1},
		{"a scope that is not critical", one(list(t, root, extended(false, sequence([]byte{0x81, 1, 0xff}), 2, 5, 29, 28))), "", 1},
		{"a scope with a flag that is false", one(list(t, root, scoped([]byte{0x81, 1, 0xff}, []byte{0x82, 1, 0}))), "", 1},
		{"an entry with a critical reason", odd(extension(id(21), true, marshal(asn1.Enumerated(1)))), invalid, 1},
		{"an entry with a critical date of invalidity", odd(extension(id(24), true, generalized(fuzzNow))), invalid, 1},
		{"an entry with a date of invalidity", odd(extension(id(24), false, generalized(fuzzNow))), "", 1},
		{"an entry with an unknown extension twice", odd(extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil), extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil)), "", 1},
		{"an entry with a reason without a meaning", odd(extension(id(21), false, marshal(asn1.Enumerated(7)))), "", 1},
		{"an entry whose issuer is not critical", one(list(t, root, scoped(indirect), entry(big.NewInt(5), pkix.Extension{Id: id(29), Value: sequence(directory(subject.RawSubject))}))), "", 1},
		{"an entry with no extensions in their place", one(oddEntry(t, root, nil)), "", 1},
		{"no entries in their place", one(signedList(t, root, func(f [][]byte) [][]byte { return append(f[:5:5], sequence(), f[5]) })), "", 1},
		{"no extensions in their place", one(signedList(t, root, func(f [][]byte) [][]byte { return append(f[:5:5], tlv(0xa0, sequence())) })), "", 1},
		{"an entry with a date of invalidity that is not DER", odd(extension(id(24), false, []byte{0x18, 0x80, 0, 0})), invalid, 1},
		{"a scope with a name that is not DER", one(list(t, root, scoped(tlv(0xa0, tlv(0xa0, onShelf("1"), directory(oddName)))))), invalid, 1},
		{"a scope with a name of no form", one(list(t, root, scoped(tlv(0xa0, tlv(0xa0, onShelf("1"), tlv(0x8b, nil)))))), invalid, 1},
		{"a time in tenths of a second", one(signedList(t, root, func(f [][]byte) [][]byte { f[3] = tlv(0x18, []byte("20261101000000.5Z")); return f })), invalid, 1},
		{"a year before 2050 in GeneralizedTime", one(signedList(t, root, func(f [][]byte) [][]byte { f[3] = tlv(0x18, []byte("20261101000000Z")); return f })), "", 1},
	})
	trial.bouncyCastleAgrees(t)
}
