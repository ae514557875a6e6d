package timestamp_test

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/timestamp"
)

// TestInfo changes one field of a TSTInfo. What is refused is refused by Parse, with fault.TimestampInvalid.
func TestInfo(t *testing.T) {
	imprint := func(oid asn1.ObjectIdentifier, size int) []byte {
		return sequence(t, sequence(t, encode(t, oid)), encode(t, make([]byte, size)))
	}
	accuracy := func(fields ...[]byte) []byte { return sequence(t, fields...) }
	millis := func(n ...byte) []byte { return tlv(t, 0x80, n) }
	micros := func(n ...byte) []byte { return tlv(t, 0x81, n) }
	extension := func(critical bool, last int) []byte {
		parts := [][]byte{encode(t, asn1.ObjectIdentifier{1, 2, 3, last})}
		if critical {
			parts = append(parts, encode(t, true))
		}
		return sequence(t, append(parts, encode(t, []byte{5, 0}))...)
	}
	var many [][]byte
	for i := range 33 {
		many = append(many, extension(false, i+1))
	}
	long := func(bytes uint) []byte { return encode(t, new(big.Int).Lsh(big.NewInt(1), 8*bytes-2)) }
	directory := tlv(t, 0xa4, newAuthority(t, "P-256").certificate.RawSubject)
	md5 := asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5}
	for _, test := range []struct {
		name   string
		change func(*info)
		ok     bool
	}{
		{"good", func(i *info) {}, true},
		{"version 2", func(i *info) { i.version = encode(t, 2) }, false},
		{"no version", func(i *info) { i.version = nil }, false},
		{"no policy", func(i *info) { i.policy = nil }, false},
		{"no imprint", func(i *info) { i.imprint = nil }, false},
		{"imprint of an unknown hash", func(i *info) { i.imprint = imprint(md5, 16) }, true},
		{"imprint of SHA-1", func(i *info) { i.imprint = imprint(oidSHA1, 20) }, true},
		{"imprint of another length", func(i *info) { i.imprint = imprint(oidSHA256, 31) }, false},
		{"empty imprint", func(i *info) { i.imprint = imprint(md5, 0) }, false},
		{"no serial number", func(i *info) { i.serial = nil }, false},
		{"serial number of 20 bytes", func(i *info) { i.serial = long(20) }, true},
		{"serial number of 64 bytes", func(i *info) { i.serial = long(64) }, true},
		{"serial number of 65 bytes", func(i *info) { i.serial = long(65) }, false},

		{"no time", func(i *info) { i.time = nil }, false},
		{"UTCTime", func(i *info) { i.time = tlv(t, 0x17, []byte("261130080000Z")) }, false},
		{"no seconds", func(i *info) { i.time = generalized(t, "202611300800Z") }, false},
		{"local time", func(i *info) { i.time = generalized(t, "20261130080000") }, false},
		{"with an offset", func(i *info) { i.time = generalized(t, "20261130080000+0300") }, false},
		{"a tenth", func(i *info) { i.time = generalized(t, "20261130080000.1Z") }, true},
		{"finer than a nanosecond", func(i *info) { i.time = generalized(t, "20261130080000.12345678901234567891Z") }, true},
		{"fraction that ends in 0", func(i *info) { i.time = generalized(t, "20261130080000.10Z") }, false},
		{"empty fraction", func(i *info) { i.time = generalized(t, "20261130080000.Z") }, false},
		{"fraction that is none", func(i *info) { i.time = generalized(t, "20261130080000.-1Z") }, false},
		{"fraction after a comma", func(i *info) { i.time = generalized(t, "20261130080000,1Z") }, false},
		{"fraction of 33 digits", func(i *info) { i.time = generalized(t, "20261130080000.123456789012345678901234567890123Z") }, false},
		{"24 hours", func(i *info) { i.time = generalized(t, "20261130240000Z") }, false},
		{"month 13", func(i *info) { i.time = generalized(t, "20261330080000Z") }, false},

		{"empty accuracy", func(i *info) { i.accuracy = accuracy() }, true},
		{"seconds", func(i *info) { i.accuracy = accuracy(encode(t, 1)) }, true},
		{"micros alone", func(i *info) { i.accuracy = accuracy(micros(1)) }, true},
		{"999 millis", func(i *info) { i.accuracy = accuracy(millis(3, 0xe7)) }, true},
		{"1000 millis", func(i *info) { i.accuracy = accuracy(millis(3, 0xe8)) }, false},
		{"1000 micros", func(i *info) { i.accuracy = accuracy(micros(3, 0xe8)) }, false},
		{"negative seconds", func(i *info) { i.accuracy = accuracy(encode(t, -1)) }, false},
		{"seconds of an age", func(i *info) { i.accuracy = accuracy(encode(t, 1<<33)) }, false},
		{"millis that are none", func(i *info) { i.accuracy = accuracy(millis()) }, false},
		{"micros before millis", func(i *info) { i.accuracy = accuracy(micros(1), millis(1)) }, false},

		{"ordering", func(i *info) { i.ordering = encode(t, true) }, true},
		{"no ordering, written out", func(i *info) { i.ordering = encode(t, false) }, true},
		{"nonce", func(i *info) { i.nonce = long(16) }, true},
		{"negative nonce", func(i *info) { i.nonce = encode(t, -7) }, true},
		{"nonce of 65 bytes", func(i *info) { i.nonce = long(65) }, false},
		{"nonce before ordering", func(i *info) { i.nonce, i.ordering = encode(t, true), encode(t, 7) }, false},
		{"tsa", func(i *info) { i.tsa = tlv(t, 0xa0, directory) }, true},
		{"two names in tsa", func(i *info) { i.tsa = tlv(t, 0xa0, directory, directory) }, false},
		{"empty tsa", func(i *info) { i.tsa = tlv(t, 0xa0) }, false},
		{"tsa that is no name", func(i *info) { i.tsa = tlv(t, 0xa0, encode(t, 1)) }, false},
		{"extension", func(i *info) { i.extensions = tlv(t, 0xa1, extension(false, 1)) }, true},
		{"critical extension", func(i *info) { i.extensions = tlv(t, 0xa1, extension(true, 1)) }, false},
		{"an extension twice", func(i *info) { i.extensions = tlv(t, 0xa1, extension(false, 1), extension(false, 1)) }, false},
		{"32 extensions", func(i *info) { i.extensions = tlv(t, 0xa1, many[:32]...) }, true},
		{"33 extensions", func(i *info) { i.extensions = tlv(t, 0xa1, many...) }, false},
		{"extension that is none", func(i *info) { i.extensions = tlv(t, 0xa1, encode(t, 1)) }, false},
		{"more fields", func(i *info) { i.more = encode(t, []byte{1}) }, false},
		{"more fields after the extensions", func(i *info) { i.extensions, i.more = tlv(t, 0xa1, extension(false, 1)), encode(t, 1) }, false},
		{"all fields", func(i *info) {
			i.accuracy, i.ordering, i.nonce = accuracy(encode(t, 1), millis(1), micros(1)), encode(t, true), encode(t, 7)
			i.tsa, i.extensions = tlv(t, 0xa0, directory), tlv(t, 0xa1, extension(false, 1))
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, i := newAuthority(t, "P-256"), newInfo(t)
			test.change(i)
			token, err := timestamp.Parse(a.token(t, i.der(t)))
			if !test.ok {
				wantCode(t, err, invalid)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := token.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFields checks what is read of fields that openssl does not write.
func TestFields(t *testing.T) {
	a, i := newAuthority(t, "P-256"), newInfo(t)
	i.time = generalized(t, "20261130080000.1234567899Z")
	i.accuracy = sequence(t, encode(t, 2), tlv(t, 0x80, []byte{3}), tlv(t, 0x81, []byte{4}))
	i.nonce = encode(t, -7)
	i.tsa = tlv(t, 0xa0, tlv(t, 0x86, []byte("https://damga.deneme.test")))
	i.imprint = sequence(t, sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5})), encode(t, make([]byte, 16)))
	i.extensions = tlv(t, 0xa1, sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 3}), encode(t, []byte{5, 0})))
	token := parse(t, a.token(t, i.der(t)))
	if want := time.Date(2026, 11, 30, 8, 0, 0, 123456789, time.UTC); !token.Time.Equal(want) {
		t.Errorf("time %v, want %v", token.Time, want)
	}
	if want := 2*time.Second + 3*time.Millisecond + 4*time.Microsecond; token.Accuracy != want {
		t.Errorf("accuracy %v, want %v", token.Accuracy, want)
	}
	if token.Nonce.Int64() != -7 || string(token.TSA[2:]) != "https://damga.deneme.test" {
		t.Errorf("nonce %v, tsa %q", token.Nonce, token.TSA)
	}
	if token.Hash != 0 || token.HashAlgorithm.String() != "1.2.840.113549.2.5" || token.Covers(0, make([]byte, 16)) {
		t.Errorf("hash %v, %v", token.Hash, token.HashAlgorithm)
	}
	if len(token.Extensions) != 1 || !bytes.Equal(token.Extensions[0].Value, []byte{5, 0}) {
		t.Errorf("extensions %v", token.Extensions)
	}
}

// TestEnvelope changes what is around a TSTInfo.
func TestEnvelope(t *testing.T) {
	a := newAuthority(t, "P-256")
	good := a.token(t, newInfo(t).der(t))
	for _, test := range []struct {
		name  string
		token []byte
		ok    bool
	}{
		{"good", good, true},
		{"something behind it", append(bytes.Clone(good), 0, 1), false},
		{"cut", good[:len(good)-1], false},
		{"empty", nil, false},
		{"another content type", a.token(t, newInfo(t).der(t), func(e *envelope) { e.contentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }), false},
		{"two signers", a.token(t, newInfo(t).der(t), func(e *envelope) {
			e.signers = func(info []byte) [][]byte { return [][]byte{info, info} }
		}), false},
		{"no signer", a.token(t, newInfo(t).der(t), func(e *envelope) { e.signers = func([]byte) [][]byte { return nil } }), false},
		{"detached", a.token(t, newInfo(t).der(t), func(e *envelope) { e.detached = true }), false},
		{"content that is no TSTInfo", a.token(t, []byte("text")), false},
		{"TSTInfo of 63 KiB", a.token(t, withExtension(t, 63<<10)), true},
		{"TSTInfo of 65 KiB", a.token(t, withExtension(t, 65<<10)), false},
		{"something behind the TSTInfo", a.token(t, append(newInfo(t).der(t), 5, 0)), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := timestamp.Parse(test.token)
			if !test.ok {
				wantCode(t, err, invalid)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if token := parse(t, append(bytes.Clone(good), 0, 0, 0)); !bytes.Equal(token.DER, good) {
		t.Error("DER has more than the token")
	}
	_, err := timestamp.Parse(make([]byte, timestamp.MaxToken+1))
	wantCode(t, err, invalid)
}

// withExtension is a TSTInfo with an extension of this size, in bytes.
func withExtension(t *testing.T, size int) []byte {
	i := newInfo(t)
	i.extensions = tlv(t, 0xa1, sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 3}), encode(t, make([]byte, size))))
	return i.der(t)
}

// TestBER reads a token whose lengths are indefinite, and whose TSTInfo is in pieces.
func TestBER(t *testing.T) {
	a := newAuthority(t, "P-256")
	ber := indefinite(t, a.token(t, newInfo(t).der(t)), 0)
	token := parse(t, ber)
	if _, err := token.Verify(); err != nil || !bytes.Equal(token.DER, ber) {
		t.Error(err)
	}
}

// indefinite rewrites the outermost levels of an element with indefinite lengths, and an octet string there in pieces.
func indefinite(t *testing.T, der []byte, depth int) []byte {
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(der, &value); err != nil {
		t.Fatal(err)
	}
	end := []byte{0, 0}
	if value.Class == asn1.ClassUniversal && value.Tag == asn1.TagOctetString && depth == 5 {
		half := len(value.Bytes) / 2
		return bytes.Join([][]byte{{0x24, 0x80}, encode(t, value.Bytes[:half]), encode(t, value.Bytes[half:]), end}, nil)
	}
	if !value.IsCompound || depth == 5 || value.Tag == asn1.TagSet {
		return der
	}
	out := []byte{der[0], 0x80}
	for rest := value.Bytes; len(rest) > 0; {
		var child asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &child); err != nil {
			t.Fatal(err)
		}
		inside := child.FullBytes
		if child.Class != asn1.ClassContextSpecific || depth != 2 { // certificates stay as they are
			inside = indefinite(t, inside, depth+1)
		}
		out = append(out, inside...)
	}
	return append(out, end...)
}

// TestRevocationData reads lists and OCSP responses that are embedded.
func TestRevocationData(t *testing.T) {
	a := newAuthority(t, "P-256")
	other := func(oid asn1.ObjectIdentifier, value []byte) []byte { return tlv(t, 0xa1, encode(t, oid), value) }
	list, response, basic := sequence(t, encode(t, 1)), sequence(t, encode(t, 2)), sequence(t, encode(t, 3))
	oidResponse, oidBasic := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	token := parse(t, a.token(t, newInfo(t).der(t), func(e *envelope) {
		e.crls = [][]byte{list, other(oidResponse, response), other(oidBasic, basic), other(asn1.ObjectIdentifier{1, 2, 3}, list)}
	}))
	wrapped := sequence(t, []byte{10, 1, 0}, tlv(t, 0xa0, sequence(t, encode(t, oidBasic), encode(t, basic))))
	if len(token.CRLs) != 1 || !bytes.Equal(token.CRLs[0], list) {
		t.Errorf("lists %x", token.CRLs)
	}
	if len(token.OCSPs) != 2 || !bytes.Equal(token.OCSPs[0], response) || !bytes.Equal(token.OCSPs[1], wrapped) {
		t.Errorf("OCSP responses %x", token.OCSPs)
	}
}
