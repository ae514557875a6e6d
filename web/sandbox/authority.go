package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Names of the authority. They say in themselves that nobody may rely on them.
const (
	organisation     = "e-Onay Deneme ESHS (gerçek değildir)"
	rootName         = "Deneme ESHS Kök Sertifikası"
	intermediateName = "Deneme ESHS Nitelikli Sertifika Hizmet Sağlayıcısı"
	responderName    = "Deneme ESHS ÇiSDuP Yanıtlayıcısı"
	stamperName      = "Deneme ESHS Zaman Damgası Sunucusu"
)

// Ages of the authority's certificates. They begin long before the first start, so that a
// certificate issued as expired was inside its issuer's time.
const (
	caBackdate       = 5 // years
	rootYears        = 25
	intermediateLeft = 10 // years from the first start
)

// authority is a root and the intermediate that issues to people. It has no state but its keys and
// is safe for concurrent use.
type authority struct {
	root, intermediate pair
	url                string
}

// pair is a CA certificate and its key.
type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes keys and certificates: P-384 and ecdsa-with-SHA384 throughout.
func newAuthority(url string) (*authority, error) {
	a := &authority{url: url}
	now := time.Now().UTC().Truncate(time.Second)
	begin := now.AddDate(-caBackdate, 0, 0)
	root := caTemplate(rootName, begin, begin.AddDate(rootYears, 0, 0))
	root.MaxPathLen = 1
	var err error
	if a.root, err = newPair(root, nil); err != nil {
		return nil, err
	}
	intermediate := caTemplate(intermediateName, begin, now.AddDate(intermediateLeft, 0, 0))
	intermediate.MaxPathLenZero = true
	// The Turkish CAs run no OCSP for their sub-CAs: the CRL is the only way.
	intermediate.CRLDistributionPoints = []string{url + "/crl/root.crl"}
	intermediate.IssuingCertificateURL = []string{url + "/aia/root.cer"}
	intermediate.ExtraExtensions = []pkix.Extension{policies(oidAnyPolicy, url+"/cps", "")}
	if a.intermediate, err = newPair(intermediate, &a.root); err != nil {
		return nil, err
	}
	return a, nil
}

func caTemplate(name string, begin, end time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Country: []string{"TR"}, Organization: []string{organisation}, CommonName: name},
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

// newPair makes a key and has its certificate signed by issuer, or by itself where issuer is nil.
func newPair(template *x509.Certificate, issuer *pair) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	if issuer == nil {
		issuer = &pair{certificate: template, key: key}
	}
	der, err := certify(template, &key.PublicKey, *issuer)
	if err != nil {
		return pair{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return pair{}, err
	}
	return pair{certificate: certificate, key: key}, nil
}

// certify signs template for the key public, with a random serial number.
func certify(template *x509.Certificate, public any, issuer pair) ([]byte, error) {
	keyID, err := keyIdentifier(public)
	if err != nil {
		return nil, err
	}
	template.SerialNumber = newSerial()
	template.SubjectKeyId = keyID
	template.SignatureAlgorithm = x509.ECDSAWithSHA384
	return x509.CreateCertificate(rand.Reader, template, issuer.certificate, public, issuer.key)
}

// newSerial returns a positive random number of 16 octets in DER (RFC 5280, 4.1.2.2, allows 20).
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails (crypto/rand)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// keyIdentifier is method 1 of RFC 7093, section 2: the first 160 bits of the key's SHA-256.
func keyIdentifier(public any) ([]byte, error) {
	bits, err := keyBits(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(bits)
	return sum[:20], nil
}

// keyBits returns the subjectPublicKey BIT STRING's octets.
func keyBits(public any) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("sandbox: public key: %v", err)
	}
	return info.Key.Bytes, nil
}

// leafRequest is what a person's (or company's) certificate is issued from.
type leafRequest struct {
	public        any // *rsa.PublicKey or *ecdsa.PublicKey
	name          string
	citizenNumber string
	kind          kind
}

// issue returns a certificate (DER) of the Turkish qualified profile, with the fault its kind names.
func (a *authority) issue(r leafRequest) ([]byte, error) {
	begin, end := r.kind.validity(time.Now().UTC().Truncate(time.Second))
	template := &x509.Certificate{
		RawSubject:            subject(r.kind.subjectNumber(r.citizenNumber), r.name),
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              r.kind.keyUsage(r.public),
		ExtKeyUsage:           r.kind.extendedKeyUsage(),
		OCSPServer:            []string{a.url + "/ocsp"},
		IssuingCertificateURL: []string{a.url + "/aia/intermediate.cer"},
		CRLDistributionPoints: []string{a.url + "/crl/intermediate.crl"},
		ExtraExtensions:       r.kind.extensions(a.url + "/cps"),
	}
	return certify(template, r.public, a.intermediate)
}

// responderCertificate certifies an OCSP responder's key (RFC 6960, 4.2.2.2). Without authorised, it
// lacks the extended key usage that makes it a responder.
func (a *authority) responderCertificate(public *ecdsa.PublicKey, authorised bool) ([]byte, error) {
	now := time.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		Subject:         pkix.Name{Country: []string{"TR"}, Organization: []string{organisation}, CommonName: responderName},
		NotBefore:       now.Add(-time.Hour),
		NotAfter:        now.AddDate(1, 0, 0),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: oidOCSPNoCheck, Value: asn1.NullBytes}},
	}
	if authorised {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	}
	return certify(template, public, a.intermediate)
}

// stamperCertificate certifies a time-stamp authority's key for one purpose, in a critical extension (RFC 3161, 2.3).
func (a *authority) stamperCertificate(public *ecdsa.PublicKey, begin, end time.Time, purpose asn1.ObjectIdentifier) (*x509.Certificate, error) {
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{purpose})
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{Country: []string{"TR"}, Organization: []string{organisation}, CommonName: stamperName},
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		OCSPServer:            []string{a.url + "/ocsp"},
		IssuingCertificateURL: []string{a.url + "/aia/intermediate.cer"},
		CRLDistributionPoints: []string{a.url + "/crl/intermediate.crl"},
		ExtraExtensions: []pkix.Extension{
			{Id: oidExtendedKeyUsage, Critical: true, Value: usage}, policies(oidStampPolicy, a.url+"/cps", ""),
		},
	}
	der, err := certify(template, public, a.intermediate)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
