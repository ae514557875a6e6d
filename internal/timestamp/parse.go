package timestamp

import (
	"bytes"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
)

// Parse reads a TimeStampToken from BER of at most MaxToken bytes; zeros may follow it, as in a PDF. Errors have
// fault.TimestampInvalid.
func Parse(ber []byte) (*Token, error) {
	if len(ber) > MaxToken {
		return nil, invalid("time stamp of %d bytes, over the limit of %d", len(ber), MaxToken)
	}
	signed, err := cms.Read(bytes.NewReader(ber), int64(len(ber)))
	if err != nil {
		return nil, invalid("time stamp: %w", err)
	}
	switch {
	case !signed.ContentType.Equal(oidTSTInfo):
		return nil, invalid("content type %v is not TSTInfo", signed.ContentType)
	case len(signed.Signers) != 1:
		return nil, invalid("%d signers of a time stamp", len(signed.Signers))
	case signed.Content == nil:
		return nil, invalid("the TSTInfo is not in the time stamp")
	case signed.Content.Size > maxInfo:
		return nil, invalid("TSTInfo of %d bytes, over the limit of %d", signed.Content.Size, maxInfo)
	}
	signed.Legacy = true
	t := &Token{DER: ber[:len(ber)-int(signed.Padding)], Certificates: signed.Certificates, Signer: signed.Signers[0], signed: signed}
	t.CRLs, t.OCSPs = signed.Revocation()
	t.Algorithms, _ = t.Signer.Algorithms() // Verify says why where they are not known
	info, err := io.ReadAll(signed.Content.Reader())
	if err != nil {
		return nil, invalid("TSTInfo: %w", err)
	}
	return t, t.readInfo(info)
}

// readInfo reads TSTInfo (RFC 3161, 2.4.2).
func (t *Token) readInfo(ber []byte) error {
	der, err := cms.ToDER(ber)
	if err != nil {
		return invalid("TSTInfo: %w", err)
	}
	input := cryptobyte.String(der)
	var info, imprint, accuracy cryptobyte.String
	var version int
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !input.Empty() || !info.ReadASN1Integer(&version) || version != 1 {
		return invalid("not a TSTInfo of version 1")
	}
	if !info.ReadASN1ObjectIdentifier(&t.Policy) || !info.ReadASN1(&imprint, cbasn1.SEQUENCE) {
		return invalid("policy or messageImprint of the TSTInfo")
	}
	if err := t.readImprint(imprint); err != nil {
		return err
	}
	var ok bool
	if t.SerialNumber, ok = readInteger(&info); !ok {
		return invalid("serialNumber of the TSTInfo")
	}
	if t.Time, ok = readTime(&info); !ok {
		return invalid("genTime of the TSTInfo")
	}
	if info.PeekASN1Tag(cbasn1.SEQUENCE) {
		if !info.ReadASN1(&accuracy, cbasn1.SEQUENCE) {
			return invalid("accuracy of the TSTInfo")
		}
		if t.Accuracy, ok = readAccuracy(accuracy); !ok {
			return invalid("accuracy of the TSTInfo")
		}
	}
	if info.PeekASN1Tag(cbasn1.BOOLEAN) && !info.ReadASN1Boolean(&t.Ordering) {
		return invalid("ordering of the TSTInfo")
	}
	if info.PeekASN1Tag(cbasn1.INTEGER) {
		if t.Nonce, ok = readInteger(&info); !ok {
			return invalid("nonce of the TSTInfo")
		}
	}
	if err := t.readName(&info); err != nil {
		return err
	}
	return t.readExtensions(&info)
}

// readImprint reads MessageImprint (RFC 3161, 2.4.1). The digest of a known hash has its length.
func (t *Token) readImprint(imprint cryptobyte.String) error {
	var identifier, algorithm, digest cryptobyte.String
	if !imprint.ReadASN1Element(&identifier, cbasn1.SEQUENCE) || !imprint.ReadASN1(&digest, cbasn1.OCTET_STRING) ||
		!imprint.Empty() || len(digest) == 0 {
		return invalid("messageImprint of the TSTInfo")
	}
	t.Imprint = digest
	t.Hash, _ = cms.HashOf(identifier)
	if !identifier.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&t.HashAlgorithm) {
		return invalid("hashAlgorithm of the TSTInfo")
	}
	if t.Hash != 0 && len(digest) != t.Hash.Size() {
		return invalid("imprint of %d bytes by %v", len(digest), t.Hash)
	}
	return nil
}

func readInteger(s *cryptobyte.String) (*big.Int, bool) {
	var element cryptobyte.String
	n := new(big.Int)
	ok := s.ReadASN1Element(&element, cbasn1.INTEGER) && len(element) <= maxInteger+2 && element.ReadASN1Integer(n)
	return n, ok
}

// readTime reads genTime: YYYYMMDDhhmmss[.s…]Z, whose fraction does not end in 0 (RFC 3161, 2.4.2). What is finer than a
// nanosecond is dropped.
func readTime(s *cryptobyte.String) (time.Time, bool) {
	var content cryptobyte.String
	if !s.ReadASN1(&content, cbasn1.GeneralizedTime) {
		return time.Time{}, false
	}
	text, isUTC := strings.CutSuffix(string(content), "Z")
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if !isUTC || len(whole) != len("20060102150405") || hasFraction && !isFraction(fraction) {
		return time.Time{}, false
	}
	at, err := time.Parse("20060102150405", whole)
	if err != nil {
		return time.Time{}, false
	}
	nanoseconds := 0
	for i := range 9 {
		digit := 0
		if i < len(fraction) {
			digit = int(fraction[i] - '0')
		}
		nanoseconds = 10*nanoseconds + digit
	}
	return at.Add(time.Duration(nanoseconds)), true
}

func isFraction(digits string) bool {
	return digits != "" && len(digits) <= maxFraction && strings.Trim(digits, "0123456789") == "" && !strings.HasSuffix(digits, "0")
}

// readAccuracy reads Accuracy (RFC 3161, 2.4.2): seconds, millis of 0 to 999, micros of 0 to 999.
func readAccuracy(s cryptobyte.String) (time.Duration, bool) {
	const maxSeconds = 1 << 32
	var total time.Duration
	for _, field := range []struct {
		tag  cbasn1.Tag
		unit time.Duration
		max  int64
	}{
		{cbasn1.INTEGER, time.Second, maxSeconds},
		{cbasn1.Tag(0).ContextSpecific(), time.Millisecond, 999},
		{cbasn1.Tag(1).ContextSpecific(), time.Microsecond, 999},
	} {
		if !s.PeekASN1Tag(field.tag) {
			continue
		}
		var n int64
		if !s.ReadASN1Int64WithTag(&n, field.tag) || n < 0 || n > field.max {
			return 0, false
		}
		total += time.Duration(n) * field.unit
	}
	return total, s.Empty()
}

// readName reads the optional [0] tsa. A GeneralName is a choice, and so its tag is explicit.
func (t *Token) readName(info *cryptobyte.String) error {
	tag := cbasn1.Tag(0).ContextSpecific().Constructed()
	if !info.PeekASN1Tag(tag) {
		return nil
	}
	var explicit, name cryptobyte.String
	var form cbasn1.Tag
	if !info.ReadASN1(&explicit, tag) || !explicit.ReadAnyASN1Element(&name, &form) || !explicit.Empty() || form&0xc0 != 0x80 {
		return invalid("tsa of the TSTInfo")
	}
	t.TSA = name
	return nil
}

// readExtensions reads the optional [1] extensions that end the TSTInfo. One that is critical is refused: none is known here.
func (t *Token) readExtensions(info *cryptobyte.String) error {
	tag := cbasn1.Tag(1).ContextSpecific().Constructed()
	if !info.PeekASN1Tag(tag) {
		if !info.Empty() {
			return invalid("fields after those of a TSTInfo")
		}
		return nil
	}
	var list cryptobyte.String
	if !info.ReadASN1(&list, tag) || !info.Empty() {
		return invalid("extensions of the TSTInfo")
	}
	for !list.Empty() {
		var extension, value cryptobyte.String
		var e pkix.Extension
		if !list.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&e.Id) ||
			extension.PeekASN1Tag(cbasn1.BOOLEAN) && !extension.ReadASN1Boolean(&e.Critical) ||
			!extension.ReadASN1(&value, cbasn1.OCTET_STRING) || !extension.Empty() || len(t.Extensions) == maxExtensions {
			return invalid("extensions of the TSTInfo")
		}
		if e.Critical {
			return invalid("unknown critical extension %v of the TSTInfo", e.Id)
		}
		if slices.ContainsFunc(t.Extensions, func(other pkix.Extension) bool { return other.Id.Equal(e.Id) }) {
			return invalid("extension %v twice in the TSTInfo", e.Id)
		}
		e.Value = value
		t.Extensions = append(t.Extensions, e)
	}
	return nil
}
