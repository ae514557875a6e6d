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
	w       *window.Window
	kind    protocol.PageType // the act; empty until the page has asked
	purpose string
	// signed is what the site has signed of the request, published what it publishes.
	signed, published string
	login             protocol.LoginRequest
	hash              protocol.HashRequest
	only              string                  // Certificate.ID of the one that a hash is to be signed with
	sites             []protocol.HostHashSite // for which keys sign hashes
}

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	c := &Act{}
	w, effects := window.Open(c, calendar)
	c.w = w
	return c, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.w.Handle(event) }

// HandleRefusal has a refused PIN typed again; whatever else ends the attempt.
func (a *Act) HandleRefusal(_ *hostclient.Request, f protocol.HostFailure) { a.w.RetypePIN(f) }

// HostGone has nothing to forget: the act holds no secret.
func (a *Act) HostGone() {}

// Resume begins a second attempt at a hash with the sites: the person may have allowed this one meanwhile.
func (a *Act) Resume() screen.Step {
	if a.kind != protocol.PageSignHash {
		return a.w.ResumeAt(screen.StepWho)
	}
	a.askSites()
	return screen.StepLoading
}

// WhyUnusable is why a certificate cannot be chosen for the act.
func (a *Act) WhyUnusable(certificate protocol.Certificate, t protocol.Token) fault.Code {
	if a.kind == protocol.PageAuthenticate {
		return window.WhyUnusable(certificate.LoginProblem, t.PIN)
	}
	return window.WhyUnusable(certificate.Problem, t.PIN)
}

// HandlePage takes the request. The page has nothing else to say.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	if a.w.Asked() {
		return fault.Errorf(fault.RequestInvalid, "unexpected message")
	}
	var language string
	var err error
	switch t {
	case protocol.PageAuthenticate:
		language, err = a.asksLogin(body)
	case protocol.PageCertificates:
		language, err = a.asksCertificates(body)
	case protocol.PageSignHash:
		language, err = a.asksHash(body)
	default:
		err = fault.Errorf(fault.RequestInvalid, "unexpected message")
	}
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	a.kind = t
	a.w.StopAwaitingPage()
	a.w.Accept(language)
	a.w.ChooseAgain() // now that it is known what for
	if t == protocol.PageSignHash && !a.w.SiteSigns() {
		a.askSites()
		return nil
	}
	return a.w.CheckSite(a.signed, a.published, protocol.RequestStatement{Request: t, Purpose: a.purpose, Nonce: a.login.Nonce})
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
	switch a.w.Step() {
	case screen.StepWho:
		a.w.Agree()
		a.w.AllAnswered()
		a.w.Show(a.w.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.w.Choice(); !ok {
			return
		}
		if a.kind == protocol.PageCertificates {
			a.export()
			return
		}
		a.w.Show(screen.StepPIN)
	default:
		return
	}
	a.refuseHash()
}

// back returns to the question before.
func (a *Act) back() {
	switch a.w.Step() {
	case screen.StepWaiting, screen.StepCertificate:
		a.w.Show(screen.StepWho)
	case screen.StepPIN:
		a.w.Show(a.w.CertificateStep())
	}
}

// export asks for the certificate that the person has agreed to show.
func (a *Act) export() {
	a.w.ForgetProgress()
	a.w.Show(screen.StepWorking)
	a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostExport, Body: protocol.HostExportBody{Certificate: a.w.Chosen()}})
}

// sign sends the PIN to the card.
func (a *Act) sign(e pinentry.Submit) {
	told, keyTold := a.w.ShownStates()
	if a.kind == protocol.PageSignHash {
		a.w.SubmitPINs(e, protocol.HostSignHash, protocol.HostSignHashBody{
			Certificate: a.w.Chosen(), Told: told, KeyTold: keyTold, Hash: a.hash.Hash, Function: a.hash.Function, Origin: a.w.Origin(),
		})
		return
	}
	a.w.SubmitPINs(e, protocol.HostAuthenticate, protocol.HostLoginBody{
		Certificate: a.w.Chosen(), Told: told, KeyTold: keyTold, Format: a.login.Format, Nonce: a.login.Nonce, Origin: a.w.Origin(), Purpose: a.purpose,
	})
}

// askSites asks the host for which sites keys sign hashes, unless there is none: a second attempt asks.
func (a *Act) askSites() {
	if a.w.Host().Connected() {
		a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostListHash})
	}
}

// refuseHash ends the attempt at a hash that the person has not allowed.
func (a *Act) refuseHash() {
	if a.kind == protocol.PageSignHash && !a.allowed() {
		a.w.Fail(fault.HashOff, "")
	}
}

// allowed reports whether the key may sign hashes for the site; where no card has shown the certificate yet, whether
// any key may. The host looks again.
func (a *Act) allowed() bool {
	key := ""
	if certificate := a.w.Inventory().Certificate(a.only); certificate != nil {
		key = certificate.PublicKey
	}
	for _, s := range a.sites {
		if s.Origin == a.w.Origin() && (key == "" || s.Key == key) {
			return true
		}
	}
	return false
}

// HandleHost takes the act's result, or the sites whose hashes may be signed.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostHashSiteList:
		sites, err := wire.HashSites(m)
		if err != nil {
			return err
		}
		a.sites = sites
		a.w.Begin()
		a.refuseHash()
		return nil
	case protocol.HostExported:
		return a.exported(m)
	case protocol.HostHashSigned:
		return a.hashSigned(m)
	}
	return a.authenticated(m)
}

// authenticated hands the login's token to the page.
func (a *Act) authenticated(m protocol.HostEnvelope) error {
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
	a.w.Post(protocol.PageAuthenticated, r)
	a.w.Finish()
	return nil
}

// exported hands the certificate to the page: the very one that the person has chosen.
func (a *Act) exported(m protocol.HostEnvelope) error {
	var x protocol.HostExportedBody
	err := wire.Body(m, &x)
	if err != nil {
		return err
	}
	if len(x.Data) > protocol.MaxCertificate || certificateID(x.Data) != a.w.Chosen() {
		return wire.Invalid("another certificate")
	}
	if len(x.Algorithms) > maxAlgorithms {
		return wire.Invalid("more algorithms than there are")
	}
	for _, algorithm := range x.Algorithms {
		if !isAlgorithm(algorithm) {
			return wire.Invalid("an algorithm that there is not")
		}
	}
	certificate := protocol.ShownCertificate{Data: x.Data, Algorithms: append([]protocol.SignatureAlgorithm{}, x.Algorithms...)}
	a.w.Post(protocol.PageShown, protocol.CertificatesResult{Certificates: []protocol.ShownCertificate{certificate}})
	a.w.Finish()
	return nil
}

// hashSigned hands the hash's signature to the page.
func (a *Act) hashSigned(m protocol.HostEnvelope) error {
	var r protocol.HashResult
	err := wire.Body(m, &r)
	if err != nil {
		return err
	}
	if len(r.Signature) == 0 || len(r.Signature) > protocol.MaxRawSignature || !isAlgorithm(r.Algorithm) || r.Algorithm.Hash != a.hash.Function {
		return wire.Invalid("not a signature of this hash")
	}
	a.w.Post(protocol.PageHashSigned, r)
	a.w.Finish()
	return nil
}

// certificateID is the Certificate.ID of a certificate in DER.
func certificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
