package settings

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// allow is the question by which there is one more hash pair.
type allow struct {
	page   *shared
	hashes *hashes
	picked string // Certificate.ID of the one that the person has chosen
	origin string // for which the person has come, until it is allowed; or empty
}

// What the person does about one more hash pair.
type (
	// AllowHash opens the question, SubmitAllow answers it. Sure says that the person has ticked that they know what it
	// means.
	AllowHash   struct{}
	SubmitAllow struct {
		Origin string
		Sure   bool
	}
	// AllowFor says that the person comes from the window of a site that was refused a hash, so that they need not type
	// its address. It allows nothing.
	AllowFor struct{ Origin string }
)

func (AllowHash) IsEvent()   {}
func (SubmitAllow) IsEvent() {}
func (AllowFor) IsEvent()    {}

// AlertSite, AlertCertificate and AlertSure are what can be wrong with the answer. Like AlertConfirm they never leave the
// page.
const (
	AlertSite        fault.Code = "site"
	AlertCertificate fault.Code = "certificate"
	AlertSure        fault.Code = "sure"
)

func (a *allow) open() {
	a.picked = ""
	a.page.show(ScreenAllow)
	a.pickOnly()
}

// prefill keeps the origin for which the person has come.
func (a *allow) prefill(origin string) {
	if _, err := screen.ParseOrigin(origin); err == nil {
		a.origin = origin
	}
}

func (a *allow) handleInput(event loop.Event) {
	if a.page.question.screen != ScreenAllow {
		return
	}
	switch e := event.(type) {
	case loop.Choose:
		if isSigner(a.signers(), e.ID) {
			a.picked = e.ID
		}
	case SubmitAllow:
		a.submit(e)
	}
}

// pickOnly keeps what the person has chosen as long as it is there, and takes the only certificate otherwise.
func (a *allow) pickOnly() {
	if a.page.question.screen != ScreenAllow {
		return
	}
	signers := a.signers()
	if isSigner(signers, a.picked) {
		return
	}
	a.picked = ""
	if len(signers) == 1 {
		a.picked = signers[0].ID
	}
}

// signers are the certificates in the readers whose keys can sign.
func (a *allow) signers() []protocol.Certificate {
	var out []protocol.Certificate
	for _, c := range a.page.inventory.Certificates {
		if c.Problem == "" && wire.IsDigest(c.PublicKey) && !isSigner(out, c.ID) {
			out = append(out, c)
		}
	}
	return out
}

// isSigner reports whether the certificate of this Certificate.ID is one of signers.
func isSigner(signers []protocol.Certificate, id string) bool {
	return slices.ContainsFunc(signers, func(c protocol.Certificate) bool { return c.ID == id })
}

// submit has the host allow what the person has answered, once.
func (a *allow) submit(e SubmitAllow) {
	if a.page.client.InFlight(protocol.HostAllowHash) {
		return
	}
	origin := typedOrigin(e.Origin)
	c := a.page.inventory.Certificate(a.picked)
	switch _, err := screen.ParseOrigin(origin); {
	case err != nil:
		a.page.reject(AlertSite, "site")
	case c == nil:
		a.page.reject(AlertCertificate, "signers")
	case !e.Sure:
		a.page.reject(AlertSure, "sure")
	default:
		a.page.client.Ask(&hostclient.Request{Kind: protocol.HostAllowHash, Body: protocol.HostHashSite{Key: c.PublicKey, Origin: origin}})
	}
}

// typedOrigin is the origin of an address as people type or copy it.
func typedOrigin(typed string) string {
	origin := strings.ToLower(strings.TrimSpace(typed))
	if !strings.Contains(origin, "://") {
		origin = "https://" + origin
	}
	origin = strings.TrimSuffix(origin, "/")
	if host, secure := strings.CutPrefix(origin, "https://"); secure {
		return "https://" + strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(origin, ":80")
}

// handleAnswer hands the new list to its section. The next question is about another site.
func (a *allow) handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	err := a.hashes.handleAnswer(r, answer)
	if err != nil {
		return err
	}
	a.origin = ""
	a.page.finish(DoneAllowed)
	return nil
}

// handleRefusal says why the pair is not allowed: in the question, or in the list's section where the person has left the
// question.
func (a *allow) handleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	if a.page.question.screen != ScreenAllow {
		return a.hashes.handleRefusal(r, f)
	}
	a.page.warn(f.Code)
	return nil
}

// forget drops what was answered with a host that is gone.
func (a *allow) forget() { a.picked, a.origin = "", "" }

// AllowView is the question for one more hash pair.
type AllowView struct {
	screen.Sentences
	Title  string
	Alert  screen.Alert
	Origin string // for which the person has come, or empty
	// Choices are the certificates whose keys can sign, Picked the one that the person has chosen.
	Choices []CertificateView
	Picked  string
	Busy    bool
}

func (a *allow) view() AllowView {
	words := a.page.sentences()
	v := AllowView{
		Sentences: words, Title: words.T("manage.allow.title"), Alert: a.page.alertView(), Origin: a.origin, Picked: a.picked,
		Busy: a.page.changingHashes(),
	}
	for _, c := range a.signers() {
		v.Choices = append(v.Choices, a.page.certificateView(c))
	}
	return v
}
