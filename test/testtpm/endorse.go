//go:build unix

package testtpm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// A Kind is that of an endorsement key.
type Kind struct {
	template tpm2.TPMTPublic
	index    tpm2.TPMHandle
	usage    x509.KeyUsage
}

// The kinds whose certificates have places in a TPM (TCG EK Credential Profile, templates L-1 and L-2).
var (
	RSA      = Kind{tpm2.RSAEKTemplate, 0x01c00002, x509.KeyUsageKeyEncipherment}
	Elliptic = Kind{tpm2.ECCEKTemplate, 0x01c0000a, x509.KeyUsageKeyAgreement}
)

// ChainIndex is where a TPM keeps the certificates above that of its endorsement key.
const ChainIndex tpm2.TPMHandle = 0x01c00100

// NewVendor makes a CA that endorses TPMs.
func NewVendor() (ca *x509.Certificate, key crypto.Signer, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TPM Vendor"},
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	ca, err = x509.ParseCertificate(der)
	return ca, private, err
}

// EndorsementCertificate is what a vendor signs: no subject, and a critical alternative name that says which TPM it is.
func EndorsementCertificate(kind Kind) *x509.Certificate {
	model := func(id int, text string) pkix.RDNSequence {
		return pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 23, 133, 2, id}, Value: text}}}
	}
	var names pkix.RDNSequence
	for _, part := range []pkix.RDNSequence{model(1, "id:00001014"), model(2, "swtpm"), model(3, "id:20191023")} {
		names = append(names, part...)
	}
	directory, err := asn1.Marshal(names)
	if err != nil {
		panic(err)
	}
	san, err := asn1.Marshal([]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: directory}})
	if err != nil {
		panic(err)
	}
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(20, 0, 0),
		KeyUsage: kind.usage, BasicConstraintsValid: true,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{2, 23, 133, 8, 1}},
		ExtraExtensions:    []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Critical: true, Value: san}},
	}
}

// Endorse gives the TPM an endorsement certificate as its vendor does, signed by a CA, and returns it.
func (t *TPM) Endorse(kind Kind, template, ca *x509.Certificate, key crypto.Signer) ([]byte, error) {
	public, err := t.EndorsementKey(kind)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, public, key)
	if err != nil {
		return nil, err
	}
	return der, t.Write(kind.index, der)
}

// EndorsementKey returns the public part of the TPM's endorsement key.
func (t *TPM) EndorsementKey(kind Kind) (crypto.PublicKey, error) {
	way, err := t.Open()
	if err != nil {
		return nil, err
	}
	defer way.Close()
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(kind.template)}.Execute(way)
	if err != nil {
		return nil, err
	}
	defer tpm2.FlushContext{FlushHandle: made.ObjectHandle}.Execute(way)
	area, err := made.OutPublic.Contents()
	if err != nil {
		return nil, err
	}
	return tpm2.Pub(*area)
}

// Write puts data into an NV index that everybody may read, in the place of what is there.
func (t *TPM) Write(index tpm2.TPMHandle, data []byte) error {
	_ = t.Undefine(index) // there may be none
	way, err := t.Open()
	if err != nil {
		return err
	}
	defer way.Close()
	area := tpm2.TPMSNVPublic{
		NVIndex: index, NameAlg: tpm2.TPMAlgSHA256, DataSize: uint16(len(data)),
		Attributes: tpm2.TPMANV{OwnerWrite: true, AuthWrite: true, AuthRead: true, OwnerRead: true, NoDA: true},
	}
	if _, err := (tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(area)}).Execute(way); err != nil {
		return err
	}
	for at := 0; at < len(data); {
		public, err := tpm2.NVReadPublic{NVIndex: index}.Execute(way) // whose name tells of the first write
		if err != nil {
			return err
		}
		part := data[at:min(len(data), at+512)]
		_, err = tpm2.NVWrite{
			AuthHandle: tpm2.AuthHandle{Handle: index, Name: public.NVName, Auth: tpm2.PasswordAuth(nil)},
			NVIndex:    tpm2.NamedHandle{Handle: index, Name: public.NVName},
			Data:       tpm2.TPM2BMaxNVBuffer{Buffer: part}, Offset: uint16(at),
		}.Execute(way)
		if err != nil {
			return err
		}
		at += len(part)
	}
	return nil
}

// SetEndorsementPassword keeps the endorsement key from whoever does not know the password.
func (t *TPM) SetEndorsementPassword(password string) error {
	way, err := t.Open()
	if err != nil {
		return err
	}
	defer way.Close()
	if password == "" {
		return errors.New("no password")
	}
	_, err = tpm2.HierarchyChangeAuth{AuthHandle: tpm2.TPMRHEndorsement, NewAuth: tpm2.TPM2BAuth{Buffer: []byte(password)}}.Execute(way)
	return err
}
