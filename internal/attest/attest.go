// Package attest is what host and portal must agree on so that a TPM shows that it holds a device key: what the key's
// TPM name is, which certificates endorse the TPM, and the envelope that only that TPM opens.
//
// # The exchange
//
// The claim brings the certificate of the TPM's endorsement key (EK), and those above it. The portal checks their path
// (Endorsed) and puts what it has sealed into an envelope (Enclose). Its key is derived from two secrets, one for each
// device key. Each secret travels in a TPM credential, which is encrypted to the EK and bound to the device key's name.
// TPM2_ActivateCredential gives the secret out only where the TPM has that EK, and has a key of exactly that name loaded
// with its private part (TCG TPM 2.0 Library, Part 3). What the host then signs in its report is Proof.
//
// # Names
//
// A name is the digest of a key's public area. Neither side takes one from the other: both write the area from Template
// and the point that the claim names. It says that the TPM itself made the key (sensitiveDataOrigin) and that the key
// never leaves it (fixedTPM, fixedParent). A TPM loads no key of which that is not true. So the portal parses no
// structure of a TPM's, and there is no attestation key between EK and device keys.
//
// # Algorithms
//
// EKs of the TCG EK Credential Profile's templates L-1 (RSA 2048) and L-2 (P-256). HKDF-SHA256, AES-256-GCM.
package attest

import (
	"crypto/ecdh"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// ErrMalformed means that certificates, a key or an envelope have not the form that is agreed on.
var ErrMalformed = errors.New("attest: malformed")

// A Use is what a device key does. A key that did both would let a signature be asked for as an exchange.
type Use int

// The two device keys.
const (
	Signing Use = iota
	Sealing
)

// Uses are both, in the order in which they stand in an envelope.
var Uses = [...]Use{Signing, Sealing}

func (u Use) String() string { return [...]string{"signing", "sealing"}[u] }

// Template is the public area, still without its point, that a device key in a TPM is made from. It never leaves its
// TPM, and its use, which needs no password, never locks one.
func Template(u Use) tpm2.TPMTPublic {
	scheme := tpm2.TPMTECCScheme{
		Scheme:  tpm2.TPMAlgECDSA,
		Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
	}
	if u == Sealing {
		scheme = tpm2.TPMTECCScheme{
			Scheme:  tpm2.TPMAlgECDH,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDH, &tpm2.TPMSKeySchemeECDH{HashAlg: tpm2.TPMAlgSHA256}),
		}
	}
	return tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true,
			SignEncrypt: u == Signing, Decrypt: u == Sealing,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256, Scheme: scheme}),
	}
}

// Name returns the TPM name of the device key with this point (P-256, uncompressed, SEC 1, 2.3.3). A TPM that writes
// coordinates without leading zeros has another name for one key in 128; such a key is not attested.
func Name(u Use, point []byte) ([]byte, error) {
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return nil, fmt.Errorf("%w: %s key: %w", ErrMalformed, u, err)
	}
	area := Template(u)
	area.Unique = eccPoint(point)
	name, err := tpm2.ObjectName(&area)
	if err != nil {
		return nil, err
	}
	return name.Buffer, nil
}

// eccPoint writes an uncompressed point of P-256 as a TPM does.
func eccPoint(point []byte) tpm2.TPMUPublicID {
	return tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
		X: tpm2.TPM2BECCParameter{Buffer: point[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: point[33:]},
	})
}
