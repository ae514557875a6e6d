package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A merger makes one list of what several libraries show. Two libraries may serve the same card: what the first one has
// shown, a later one does not show again.
type merger struct {
	inventory    *Inventory
	list         protocol.CertificateList
	libraries    []librarySlice
	certificates map[string]*Certificate
	tokens       map[string]*Token
	slots        int // of all libraries
	failed       int // libraries that gave no list
}

func newMerger(i *Inventory) *merger {
	m := &merger{inventory: i, certificates: map[string]*Certificate{}, tokens: map[string]*Token{}}
	// Not nil: the window's JSON tells no empty list from a missing one.
	m.list.Tokens, m.list.Certificates = []protocol.Token{}, []protocol.Certificate{}
	m.list.Findings = slices.Clone(i.Obstacles)
	return m
}

func (m *merger) find(code fault.Code, subject string) {
	m.tell(protocol.Finding{Code: code, Subject: subject})
}

func (m *merger) tell(f protocol.Finding) { m.list.Findings = append(m.list.Findings, f) }

// add adds what a library shows, and reports whether its worker needs a restart before the next list: a card that was read
// badly once may be well, but libraries remember what they have read for as long as the card stays in the reader.
func (m *merger) add(w *worker.Client, library module.Library, l *worker.Listing, places []Place) (needsRestart bool) {
	out := librarySlice{name: filepath.Base(w.Module())}
	for _, f := range l.Findings {
		if f.Subject == "" {
			f.Subject = out.name
		}
		out.tell(f)
	}
	for i := range l.Tokens {
		m.addToken(&out, w, library, l, &l.Tokens[i], places[i])
	}
	m.libraries = append(m.libraries, out)
	return slices.ContainsFunc(out.findings, func(f protocol.Finding) bool { return f.Code != fault.CertificatesLeftOut })
}

// addToken adds a token with its certificates, unless it is a card that an earlier library has shown.
func (m *merger) addToken(out *librarySlice, w *worker.Client, library module.Library, l *worker.Listing, t *worker.Token, at Place) {
	id := tokenID(w.Module(), t)
	listed := &Token{
		ID: id, Worker: w, Ref: worker.TokenRef{Slot: t.Slot, Serial: t.Serial}, PIN: t.PIN, PUK: m.inventory.States.PUK(id, t.Serial, t.PUK),
		Method: library.Unblocks(at.Family), PSS: t.PSS, Place: at,
	}
	fresh, repeated := []protocol.Certificate{}, 0
	var unreadable []error
	for _, c := range l.Certificates {
		if c.Slot != t.Slot {
			continue
		}
		parsed, err := parse(c.DER)
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		if parsed.IsCA {
			continue // cards carry their issuers' certificates too; nobody signs with those
		}
		certificate := &Certificate{Certificate: parsed, Token: listed, KeyRef: worker.Key{Slot: t.Slot, Serial: t.Serial, Certificate: c.DER}}
		if m.certificates[certificate.ID()] != nil {
			repeated++
			continue
		}
		m.certificates[certificate.ID()] = certificate
		fresh = append(fresh, m.describe(certificate))
	}
	if len(fresh) == 0 && repeated > 0 {
		return // an earlier library has shown this card
	}
	if len(unreadable) > 0 {
		out.tell(protocol.Finding{Code: fault.CertificateMalformed, Subject: t.Label, Detail: reason(unreadable[0])})
	}
	if len(fresh) == 0 && !out.tells(fault.CertificateMalformed, t.Label) {
		out.tell(protocol.Finding{Code: fault.NoCertificate, Subject: t.Label})
	}
	m.tokens[id] = listed
	out.tokens = append(out.tokens, protocol.Token{
		ID: id, Label: t.Label, Reader: at.readerName(t), Module: out.name, PIN: t.PIN, PUK: listed.PUK, Unblocks: listed.Method != worker.NoMethod,
	})
	out.certificates = append(out.certificates, fresh)
}

// maxSerial is the greatest length of a serial number, in bits (RFC 5280, 4.1.2.2).
const maxSerial = 20 * 8

// parse parses a certificate, and refuses one for which the window would refuse the whole list: with an unbounded serial
// number, or a date before 1970.
func parse(der []byte) (*pki.Certificate, error) {
	c, err := pki.Parse(der)
	if err != nil {
		return nil, err
	}
	if c.SerialNumber.BitLen() > maxSerial || c.NotBefore.Unix() < 0 || c.NotAfter.Unix() < 0 {
		return nil, fault.Errorf(fault.CertificateMalformed, "serial number of %d bits, valid from %v until %v", c.SerialNumber.BitLen(), c.NotBefore, c.NotAfter)
	}
	return c, nil
}

// describe returns a certificate as the window lists it, with why it cannot sign or log in.
func (m *merger) describe(c *Certificate) protocol.Certificate {
	now := m.inventory.Now()
	out := protocol.Certificate{
		ID: c.ID(), Token: c.Token.ID, Holder: c.Holder(), Issuer: c.IssuerName(),
		CitizenMasked: c.MaskedCitizenNumber(), Serial: fmt.Sprintf("%X", c.SerialNumber),
		NotBefore: c.NotBefore.Unix(), NotAfter: c.NotAfter.Unix(),
		Key: c.Key(), Qualified: c.Qualified(), PublicKey: c.KeyName(),
		KeyPIN: m.inventory.States.AskedKeyPIN(c.KeyName(), c.Token.PIN),
	}
	if err := c.Usable(now); err != nil {
		out.Problem = fault.CodeOf(err)
	}
	err := c.UsableForLogin(now, true)
	if err == nil {
		err = m.inventory.HashSites.CheckLogin(c.KeyName())
	}
	if err != nil {
		out.LoginProblem = fault.CodeOf(err)
	}
	return out
}

func certificateID(c *pki.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// tokenID is the same for the same token in the same slot of the same library.
func tokenID(module string, t *worker.Token) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q", module, t.Slot, t.Serial))
	return hex.EncodeToString(sum[:8])
}
