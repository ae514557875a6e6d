package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers of the profile.
var (
	oidCountry      = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidSerialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}

	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAnyPolicy        = asn1.ObjectIdentifier{2, 5, 29, 32, 0}
	oidCPS              = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}
	oidUserNotice       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 2}
	oidQCStatements     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTimeStamping     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	oidCodeSigning      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
	oidOCSPNoCheck      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

	oidQualifiedPolicy = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 1}
	oidOtherPolicy     = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 99} // nobody's
	oidIdentityPolicy  = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 98} // nobody's
	oidStampPolicy     = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 97} // nobody's
	oidSealPolicy      = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 4, 1}

	oidETSICompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}                 // ETSI EN 319 412-5, 4.2.1
	oidTurkishPerson  = asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 1, 1} // law 5070: qualified
	oidTurkishSeal    = asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 2, 1} // an electronic seal
)

// What the certificates say of themselves; certificates are in Turkish only.
const (
	qualifiedStatement = "Bu sertifika, 5070 sayılı Elektronik İmza Kanununa göre nitelikli elektronik sertifikadır."
	sealStatement      = "Bu sertifika, deneme amaçlı bir elektronik mühür sertifikasıdır."
)

// sealTaxNumber stands where a company's seal has its tax number. Its check digit is wrong, so that
// it is no company's.
const sealTaxNumber = "1111111111"

// kind is what is wrong with a certificate, if anything.
type kind string

const (
	kindValid          kind = "valid"
	kindExpired        kind = "expired"
	kindNotYetValid    kind = "not-yet-valid"
	kindNotQualified   kind = "not-qualified"
	kindNoSigningUsage kind = "no-signing-usage"
	kindUntrusted      kind = "untrusted"
	kindSeal           kind = "seal"
	kindOtherPolicy    kind = "other-policy"
	kindIdentityCard   kind = "identity-card"
)

var kinds = []kind{kindValid, kindExpired, kindNotYetValid, kindNotQualified, kindNoSigningUsage, kindUntrusted, kindSeal, kindOtherPolicy, kindIdentityCard}

func (k kind) known() bool { return slices.Contains(kinds, k) }

// validity is three years: until yesterday, from tomorrow, or from a minute ago, because the clocks
// of two machines are never the same.
func (k kind) validity(now time.Time) (begin, end time.Time) {
	switch k {
	case kindExpired:
		end = now.AddDate(0, 0, -1)
		return end.AddDate(-3, 0, 0), end
	case kindNotYetValid:
		begin = now.AddDate(0, 0, 1)
	default:
		begin = now.Add(-time.Minute)
	}
	return begin, begin.AddDate(3, 0, 0)
}

func (k kind) subjectNumber(citizenNumber string) string {
	if k == kindSeal {
		return sealTaxNumber
	}
	return citizenNumber
}

func (k kind) keyUsage(public any) x509.KeyUsage {
	if k == kindIdentityCard {
		return x509.KeyUsageDigitalSignature
	}
	if k != kindNoSigningUsage {
		return x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	}
	if _, ok := public.(*rsa.PublicKey); ok {
		return x509.KeyUsageKeyEncipherment
	}
	return x509.KeyUsageKeyAgreement
}

func (k kind) extendedKeyUsage() []x509.ExtKeyUsage {
	if k == kindIdentityCard {
		return []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	return nil
}

// extensions are those crypto/x509 does not write by itself.
func (k kind) extensions(cps string) []pkix.Extension {
	switch k {
	case kindNotQualified:
		return nil
	case kindIdentityCard:
		return []pkix.Extension{policies(oidIdentityPolicy, cps, "")}
	case kindSeal:
		return []pkix.Extension{
			policies(oidSealPolicy, cps, sealStatement),
			qcStatements(oidTurkishSeal, sealStatement),
		}
	case kindOtherPolicy:
		return []pkix.Extension{
			policies(oidOtherPolicy, cps, qualifiedStatement),
			qcStatements(oidTurkishPerson, qualifiedStatement),
		}
	default:
		return []pkix.Extension{
			policies(oidQualifiedPolicy, cps, qualifiedStatement),
			qcStatements(oidTurkishPerson, qualifiedStatement),
		}
	}
}

// subject is C=TR, serialNumber=number, CN=name, one attribute an RDN, in this order, with the string
// types of RFC 5280, appendix A.1.
func subject(number, name string) []byte {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		addAttribute(b, oidCountry, der.PrintableString, "TR")
		addAttribute(b, oidSerialNumber, der.PrintableString, number)
		addAttribute(b, oidCommonName, der.UTF8String, name)
	})
	return b.BytesOrPanic()
}

func addAttribute(b *cryptobyte.Builder, id asn1.ObjectIdentifier, kind der.Tag, value string) {
	b.AddASN1(der.SET, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			addString(b, kind, value)
		})
	})
}

func addString(b *cryptobyte.Builder, kind der.Tag, value string) {
	b.AddASN1(kind, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
}

// policies is CertificatePolicies (RFC 5280, 4.2.1.4) with one policy, its CPS and, where notice is
// not empty, a userNotice.
func policies(id asn1.ObjectIdentifier, cps, notice string) pkix.Extension {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidCPS)
					addString(b, der.IA5String, cps)
				})
				if notice != "" {
					addUserNotice(b, notice)
				}
			})
		})
	})
	return pkix.Extension{Id: oidPolicies, Value: b.BytesOrPanic()}
}

func addUserNotice(b *cryptobyte.Builder, text string) {
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidUserNotice)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			addString(b, der.UTF8String, text)
		})
	})
}

// qcStatements is QCStatements (RFC 3739, 3.2.6): the European statement, which holds for persons and
// seals alike, and the Turkish one, which tells them apart, with its sentence.
func qcStatements(turkish asn1.ObjectIdentifier, sentence string) pkix.Extension {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidETSICompliance)
		})
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(turkish)
			addString(b, der.UTF8String, sentence)
		})
	})
	return pkix.Extension{Id: oidQCStatements, Value: b.BytesOrPanic()}
}
