// Package inventory is what readers and tokens hold: the host's latest list, validated once. Where no certificate is in it,
// it says what stands in the way.
package inventory

import (
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Inventory is one list of the host. The zero value is what is known before the first list.
type Inventory struct {
	// Listed is false until the host has listed once.
	Listed       bool
	Readers      []protocol.Reader
	Tokens       []protocol.Token
	Certificates []protocol.Certificate
	Findings     []protocol.Finding
}

// Parse validates a list of the host: its lengths, names and dates, and that each certificate is on a listed token.
func Parse(l protocol.CertificateList) (Inventory, error) {
	if len(l.Certificates) > protocol.MaxCertificates || len(l.Tokens) > protocol.MaxCertificates ||
		len(l.Findings) > protocol.MaxCertificates || len(l.Readers) > protocol.MaxCertificates {
		return Inventory{}, wire.Invalid("more than a list may hold")
	}
	i := Inventory{Listed: true, Readers: l.Readers, Tokens: l.Tokens, Certificates: l.Certificates, Findings: l.Findings}
	for _, c := range l.Certificates {
		if i.Token(c.Token) == nil || !wire.IsDigest(c.ID) || !wire.IsTime(c.NotAfter) || c.NotBefore > wire.LastSecond {
			return Inventory{}, wire.Invalid("a certificate without a name, a token or a date")
		}
	}
	return i, nil
}

// Read validates the host's answer to a request for the certificates.
func Read(answer protocol.HostEnvelope) (Inventory, error) {
	var l protocol.CertificateList
	if err := wire.Body(answer, &l); err != nil {
		return Inventory{}, err
	}
	return Parse(l)
}

// Token returns the token of this Token.ID, and nil where there is none. What is changed in it is changed in the inventory.
func (i *Inventory) Token(id string) *protocol.Token {
	for n := range i.Tokens {
		if i.Tokens[n].ID == id {
			return &i.Tokens[n]
		}
	}
	return nil
}

// PIN returns the state of a token's PIN; the zero value where there is no such token.
func (i *Inventory) PIN(token string) protocol.PINState {
	if t := i.Token(token); t != nil {
		return t.PIN
	}
	return protocol.PINState{}
}

// Certificate returns the certificate of this Certificate.ID, and nil where there is none. What is changed in it is changed in
// the inventory.
func (i *Inventory) Certificate(id string) *protocol.Certificate {
	for n := range i.Certificates {
		if i.Certificates[n].ID == id {
			return &i.Certificates[n]
		}
	}
	return nil
}

// obstacles are the codes of what can stand between a person and a list of certificates, the most telling first. Each of
// them can go away while the window waits: a card comes, a driver is installed.
var obstacles = []fault.Code{
	fault.ModuleCrashed, fault.ModuleTimeout, fault.TokenError, fault.TokenRemoved, fault.CardBusy,
	fault.CertificateMalformed, fault.CertificatesLeftOut, fault.ModuleArchitecture, fault.NoModule,
	fault.ModuleFailed, fault.CardUnrecognized, fault.NoService, fault.ServiceRefused,
	fault.NoReader, fault.NoCertificate, fault.NoToken,
}

// IsObstacle reports whether the code of a refused list says what stands between the host and a card.
func IsObstacle(code fault.Code) bool { return slices.Contains(obstacles, code) }

// Obstacle returns the most telling obstacle that the host has met, as a finding; its code is empty where it has met none.
// Of several findings with one code it returns one with a subject, which names the family of the card.
func (i *Inventory) Obstacle() protocol.Finding {
	for _, code := range obstacles {
		var found protocol.Finding
		for _, f := range i.Findings {
			if wire.KnownCode(f.Code) == code && (found.Code == "" || found.Subject == "" && f.Subject != "") {
				found = f
				found.Code = code
			}
		}
		if found.Code != "" {
			return found
		}
	}
	return protocol.Finding{}
}

// CertificatesLeftOut reports whether the host knows of certificates that it has not listed.
func (i *Inventory) CertificatesLeftOut() bool {
	return slices.ContainsFunc(i.Findings, func(f protocol.Finding) bool { return f.Code == fault.CertificatesLeftOut })
}
