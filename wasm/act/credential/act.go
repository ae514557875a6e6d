// Package credential is the window for acts without a document: a login, a certificate that is shown, the signature of a hash.
package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Act is one request for an act without a document: a login, a certificate that is shown, or the signature of a
// hash. The page's first message says which. It takes events and returns effects; use New. It is not safe for
// concurrent use.
//
// # Steps
//
//	loading → who → certificate or waiting → pin → working → done
//
// and from anywhere to failed. A certificate that is shown needs no PIN. A hash is signed with the certificate that
// the page names, for a site that the person has allowed in the settings: the window asks the host for these before
// it asks the person anything.
type Act struct {
	window  *window.Window
	kind    protocol.PageType // the act; empty until the page has asked
	purpose string
	// signed is what the site has signed of the request, published what it publishes.
	signed, published string
	login             protocol.LoginRequest
	hash              protocol.HashRequest
	certificate       string                  // Certificate.ID of the one that a hash is to be signed with
	hashPairs         []protocol.HostHashSite // the keys that sign hashes, and for which sites
}

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	a := &Act{}
	w, effects := window.Open(a, calendar)
	a.window = w
	return a, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.window.Handle(event) }

// HandleRefusal asks for a refused PIN again. Any other refusal ends the attempt.
func (a *Act) HandleRefusal(_ *hostclient.Request, f protocol.HostFailure) { a.window.AskPINAgain(f) }

// HostGone does nothing: the act holds no secret.
func (a *Act) HostGone() {}

// Resume begins a second attempt. For a hash it lists the hash pairs again: the person may have allowed the site meanwhile.
func (a *Act) Resume() screen.Step {
	if a.kind != protocol.PageSignHash {
		return a.window.ResumeAt(screen.StepWho)
	}
	a.listHashPairs()
	return screen.StepLoading
}

// WhyUnusable returns why a certificate cannot be chosen for the act, or nothing.
func (a *Act) WhyUnusable(certificate protocol.Certificate, t protocol.Token) fault.Code {
	if a.kind == protocol.PageAuthenticate {
		return window.WhyUnusable(certificate.LoginProblem, t.PIN)
	}
	return window.WhyUnusable(certificate.Problem, t.PIN)
}

// HandlePage takes the request. Any later message of the page ends it.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	if a.window.Asked() {
		return fault.Errorf(fault.RequestInvalid, "unexpected message")
	}
	var language string
	var err error
	switch t {
	case protocol.PageAuthenticate:
		language, err = a.parseLogin(body)
	case protocol.PageCertificates:
		language, err = a.parseCertificates(body)
	case protocol.PageSignHash:
		language, err = a.parseHash(body)
	default:
		err = fault.Errorf(fault.RequestInvalid, "unexpected message")
	}
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	a.kind = t
	a.window.StopPageTimer()
	a.window.Accept(language)
	a.window.RefreshChoices() // which of them can be chosen depends on the act
	if t == protocol.PageSignHash && !a.window.SiteHasSigned() {
		a.listHashPairs()
		return nil
	}
	return a.window.CheckSite(a.signed, a.published, protocol.RequestStatement{Request: t, Purpose: a.purpose, Nonce: a.login.Nonce})
}

// HandleInput takes what the person does for the act.
func (a *Act) HandleInput(event loop.Event) {
	switch e := event.(type) {
	case loop.Continue:
		a.advance()
	case loop.Back:
		a.back()
	case pinentry.Submit:
		a.sign(e)
	}
}

// advance goes on to the next question.
func (a *Act) advance() {
	switch a.window.Step() {
	case screen.StepWho:
		a.window.Agree()
		a.window.ReachCard()
		a.window.Show(a.window.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.window.Choice(); !ok {
			return
		}
		if a.kind == protocol.PageCertificates {
			a.export()
			return
		}
		a.window.Show(screen.StepPIN)
	default:
		return
	}
	a.requireHashAllowed()
}

// back returns to the question before.
func (a *Act) back() {
	switch a.window.Step() {
	case screen.StepWaiting, screen.StepCertificate:
		a.window.Show(screen.StepWho)
	case screen.StepPIN:
		a.window.Show(a.window.CertificateStep())
	}
}

// export asks for the certificate that the person has agreed to show.
func (a *Act) export() {
	a.window.ResetProgress()
	a.window.Show(screen.StepWorking)
	a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostExport, Body: protocol.HostExportBody{Certificate: a.window.Chosen()}})
}

// sign sends the PIN to the card.
func (a *Act) sign(e pinentry.Submit) {
	told, keyTold := a.window.PINStates()
	if a.kind == protocol.PageSignHash {
		a.window.SubmitPINs(e, &hostclient.Request{Kind: protocol.HostSignHash, Body: protocol.HostSignHashBody{
			Certificate: a.window.Chosen(), Told: told, KeyTold: keyTold, Hash: a.hash.Hash, Function: a.hash.Function, Origin: a.window.Origin(),
		}})
		return
	}
	a.window.SubmitPINs(e, &hostclient.Request{Kind: protocol.HostAuthenticate, Body: protocol.HostLoginBody{
		Certificate: a.window.Chosen(), Told: told, KeyTold: keyTold, Format: a.login.Format, Nonce: a.login.Nonce, Origin: a.window.Origin(), Purpose: a.purpose,
	}})
}

// listHashPairs asks the host for the hash pairs. Where there is no host, the second attempt asks.
func (a *Act) listHashPairs() {
	if a.window.Host().Connected() {
		a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostListHash})
	}
}

// requireHashAllowed ends the attempt at a hash that the person has not allowed.
func (a *Act) requireHashAllowed() {
	if a.kind == protocol.PageSignHash && !a.isHashAllowed() {
		a.window.Fail(fault.HashOff, "")
	}
}

// isHashAllowed reports whether the key may sign hashes for the site; while no card has shown the certificate, whether
// any key may. The host checks again before it signs.
func (a *Act) isHashAllowed() bool {
	key := ""
	if certificate := a.window.Inventory().Certificate(a.certificate); certificate != nil {
		key = certificate.PublicKey
	}
	for _, s := range a.hashPairs {
		if s.Origin == a.window.Origin() && (key == "" || s.Key == key) {
			return true
		}
	}
	return false
}

// HandleHost takes the act's result, or the hash pairs.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostHashSiteList:
		sites, err := wire.HashSites(m)
		if err != nil {
			return err
		}
		a.hashPairs = sites
		a.window.Begin()
		a.requireHashAllowed()
		return nil
	case protocol.HostExported:
		return a.handleExported(m)
	case protocol.HostHashSigned:
		return a.handleHashSigned(m)
	}
	return a.handleAuthenticated(m)
}

// handleAuthenticated posts the login's token to the page.
func (a *Act) handleAuthenticated(m protocol.HostEnvelope) error {
	var r protocol.LoginResult
	err := wire.Body(m, &r)
	if err != nil {
		return err
	}
	var token struct {
		Format string `json:"format"`
	}
	if len(r.Token) > protocol.MaxLoginToken || json.Unmarshal([]byte(r.Token), &token) != nil || token.Format != a.login.Format {
		return wire.Invalid("not a token of the format asked for")
	}
	a.window.Post(protocol.PageAuthenticated, r)
	a.window.Finish(false)
	return nil
}

// handleExported posts the certificate to the page, if it is the one that the person has chosen.
func (a *Act) handleExported(m protocol.HostEnvelope) error {
	var x protocol.HostExportedBody
	err := wire.Body(m, &x)
	if err != nil {
		return err
	}
	if len(x.Data) > protocol.MaxCertificate || certificateID(x.Data) != a.window.Chosen() {
		return wire.Invalid("another certificate")
	}
	if len(x.Algorithms) > maxAlgorithms {
		return wire.Invalid("more algorithms than there are")
	}
	for _, algorithm := range x.Algorithms {
		if !isAlgorithm(algorithm) {
			return wire.Invalid("an unknown algorithm")
		}
	}
	certificate := protocol.ShownCertificate{Data: x.Data, Algorithms: append([]protocol.SignatureAlgorithm{}, x.Algorithms...)}
	a.window.Post(protocol.PageShown, protocol.CertificatesResult{Certificates: []protocol.ShownCertificate{certificate}})
	a.window.Finish(false)
	return nil
}

// handleHashSigned posts the hash's signature to the page.
func (a *Act) handleHashSigned(m protocol.HostEnvelope) error {
	var r protocol.HashResult
	err := wire.Body(m, &r)
	if err != nil {
		return err
	}
	if len(r.Signature) == 0 || len(r.Signature) > protocol.MaxRawSignature || !isAlgorithm(r.Algorithm) || r.Algorithm.Hash != a.hash.Function {
		return wire.Invalid("not a signature of this hash")
	}
	a.window.Post(protocol.PageHashSigned, r)
	a.window.Finish(false)
	return nil
}

// certificateID is the Certificate.ID of a certificate in DER.
func certificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
