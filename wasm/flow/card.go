package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Card is one request for an act without a document: a login, a certificate that is shown, or the signature of a
// hash. The page's first message says which. Like a Flow it takes events and returns effects; use NewCard. It is not
// safe for concurrent use.
//
// # Steps
//
//	loading → who → certificate or waiting → pin → working → done
//
// and from anywhere to failed. A certificate that is shown needs no PIN. A hash is signed with the certificate that
// the page names, for a site that the person has allowed in the settings: the window asks the host for these before
// it asks the person anything.
type Card struct {
	window
	kind    protocol.PageType // the act; empty until the page has asked
	purpose string
	// signed is what the site has signed of the request, published what it publishes.
	signed, published string
	login             protocol.LoginRequest
	hash              protocol.HashRequest
	sites             []protocol.HostHashSite // for which keys sign hashes
}

// NewCard returns the flow of a window that has just been opened, and what to do first.
func NewCard(calendar Calendar) (*Card, []Effect) {
	c := &Card{}
	return c, c.open(c, calendar)
}

// resume begins a second attempt at a hash with the sites: the person may have allowed this one meanwhile.
func (c *Card) resume() Step {
	if c.kind != protocol.PageSignHash {
		return c.resumeAt(StepWho)
	}
	c.askSites()
	return StepLoading
}

// unfit is why a certificate cannot be chosen for the act.
func (c *Card) unfit(certificate protocol.Certificate, t protocol.Token) protocol.Code {
	if c.kind == protocol.PageAuthenticate {
		return unfit(certificate.LoginProblem, t.PIN)
	}
	return unfit(certificate.Problem, t.PIN)
}

// pageSays takes the request; nothing else is expected of the page.
func (c *Card) pageSays(t protocol.PageType, body json.RawMessage) error {
	if c.asked {
		return protocol.Errorf(protocol.CodeRequestInvalid, "unexpected message")
	}
	var language string
	var err error
	switch t {
	case protocol.PageAuthenticate:
		language, err = c.asksLogin(body)
	case protocol.PageCertificates:
		language, err = c.asksCertificates(body)
	case protocol.PageSignHash:
		language, err = c.asksHash(body)
	default:
		err = protocol.Errorf(protocol.CodeRequestInvalid, "unexpected message")
	}
	if err != nil {
		return protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	c.kind = t
	c.do(After{Timer: TimerPage})
	c.opened(language)
	if c.listed {
		err = c.list(c.latest) // now that it is known what for
	}
	if err != nil {
		return err
	}
	if t == protocol.PageSignHash && !c.signs {
		c.askSites()
		return nil
	}
	return c.startSigned(c.signed, c.published, protocol.RequestStatement{Request: t, Purpose: c.purpose, Nonce: c.login.Nonce})
}

// does takes in what the person does about the act.
func (c *Card) does(event Event) {
	switch e := event.(type) {
	case Continue:
		c.advance()
	case Back:
		c.back()
	case Sign:
		c.sign(e)
	}
}

// advance goes on to the next question.
func (c *Card) advance() {
	switch c.step {
	case StepWho:
		c.agree()
		c.examined = true
		c.show(c.certificateStep())
	case StepCertificate:
		if _, ok := c.choice(); !ok {
			return
		}
		if c.kind == protocol.PageCertificates {
			c.export()
			return
		}
		c.show(StepPIN)
	default:
		return
	}
	c.refuseHash()
}

// back returns to the question before.
func (c *Card) back() {
	switch c.step {
	case StepWaiting, StepCertificate:
		c.show(StepWho)
	case StepPIN:
		c.show(c.certificateStep())
	}
}

// export asks for the certificate that the person has agreed to show.
func (c *Card) export() {
	c.stage, c.slow = "", false
	c.show(StepWorking)
	c.ask(&hostRequest{kind: protocol.HostExport, body: protocol.HostExportBody{Certificate: c.chosen}})
}

// sign sends the PIN to the card.
func (c *Card) sign(e Sign) {
	if c.kind == protocol.PageSignHash {
		c.submitPIN(e, protocol.HostSignHash, protocol.HostSignHashBody{
			Certificate: c.chosen, Hash: c.hash.Hash, Function: c.hash.Function, Origin: c.stored.Origin,
		})
		return
	}
	c.submitPIN(e, protocol.HostAuthenticate, protocol.HostLoginBody{
		Certificate: c.chosen, Format: c.login.Format, Nonce: c.login.Nonce, Origin: c.stored.Origin, Purpose: c.purpose,
	})
}

// askSites asks the host for which sites keys sign hashes, unless there is none: a second attempt asks.
func (c *Card) askSites() {
	if c.host.open {
		c.ask(&hostRequest{kind: protocol.HostListHash})
	}
}

// refuseHash ends the attempt at a hash that the person has not allowed.
func (c *Card) refuseHash() {
	if c.kind == protocol.PageSignHash && !c.allowed() {
		c.fail(protocol.CodeHashOff, "")
	}
}

// allowed reports whether the key may sign hashes for the site; where no card has shown the certificate yet, whether
// any key may. The host looks again.
func (c *Card) allowed() bool {
	key := ""
	for _, certificate := range c.latest.Certificates {
		if certificate.ID == c.only {
			key = certificate.PublicKey
		}
	}
	for _, s := range c.sites {
		if s.Origin == c.stored.Origin && (key == "" || s.Key == key) {
			return true
		}
	}
	return false
}

// hostSays takes what the act is done for, or the sites that a hash needs first.
func (c *Card) hostSays(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostHashSiteList:
		sites, err := hashSites(m)
		if err != nil {
			return err
		}
		c.sites = sites
		c.begin()
		c.refuseHash()
		return nil
	case protocol.HostExported:
		return c.exported(m)
	case protocol.HostHashSigned:
		return c.hashSigned(m)
	}
	return c.authenticated(m)
}

// authenticated hands the login's token to the page.
func (c *Card) authenticated(m protocol.HostEnvelope) error {
	var r protocol.LoginResult
	err := body(m, &r)
	if err != nil {
		return err
	}
	var token struct {
		Format string `json:"format"`
	}
	if len(r.Token) > protocol.MaxLoginToken || json.Unmarshal([]byte(r.Token), &token) != nil || token.Format != c.login.Format {
		return invalid("not a token of the format asked for")
	}
	c.post(protocol.PageAuthenticated, r)
	c.done()
	return nil
}

// exported hands the certificate to the page: the very one that the person has chosen.
func (c *Card) exported(m protocol.HostEnvelope) error {
	var x protocol.HostExportedBody
	err := body(m, &x)
	if err != nil {
		return err
	}
	if len(x.Data) > protocol.MaxCertificate || certificateID(x.Data) != c.chosen {
		return invalid("another certificate")
	}
	if len(x.Algorithms) > maxAlgorithms {
		return invalid("more algorithms than there are")
	}
	for _, a := range x.Algorithms {
		if !isAlgorithm(a) {
			return invalid("an algorithm that there is not")
		}
	}
	certificate := protocol.ShownCertificate{Data: x.Data, Algorithms: append([]protocol.SignatureAlgorithm{}, x.Algorithms...)}
	c.post(protocol.PageShown, protocol.CertificatesResult{Certificates: []protocol.ShownCertificate{certificate}})
	c.done()
	return nil
}

// hashSigned hands the hash's signature to the page.
func (c *Card) hashSigned(m protocol.HostEnvelope) error {
	var r protocol.HashResult
	err := body(m, &r)
	if err != nil {
		return err
	}
	if len(r.Signature) == 0 || len(r.Signature) > protocol.MaxRawSignature || !isAlgorithm(r.Algorithm) || r.Algorithm.Hash != c.hash.Function {
		return invalid("not a signature of this hash")
	}
	c.post(protocol.PageHashSigned, r)
	c.done()
	return nil
}

// certificateID is the Certificate.ID of a certificate in DER.
func certificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
