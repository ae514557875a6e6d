package settings

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// permissions are the sites for which keys sign hashes, and the question by which there is one more.
type permissions struct {
	listed  bool
	sites   []protocol.HostHashSite
	problem fault.Code // why they cannot be shown, or changed
	picked  string     // Certificate.ID on ScreenAllow
	asked   string     // the origin for which the person has come, until it is allowed, or empty
}

// What the person does about hashes.
type (
	// AllowHash opens the question for one more site, SubmitAllow answers it. Sure says that the person has ticked
	// that they know what it means.
	AllowHash   struct{}
	SubmitAllow struct {
		Origin string
		Sure   bool
	}
	// ForbidHash takes one back, by its HashSiteView.ID.
	ForbidHash struct{ ID string }
	// AllowFor says that the person comes from the window of a site that was refused a hash: nobody types an address
	// without mistakes. It allows nothing.
	AllowFor struct{ Origin string }
)

func (AllowHash) IsEvent()   {}
func (SubmitAllow) IsEvent() {}
func (ForbidHash) IsEvent()  {}
func (AllowFor) IsEvent()    {}

// AlertSite, AlertCertificate and AlertSure are what can be wrong with the answer to ScreenAllow. Like AlertConfirm
// they never leave the page.
const (
	AlertSite        fault.Code = "site"
	AlertCertificate fault.Code = "certificate"
	AlertSure        fault.Code = "sure"
)

// HashSiteView is one permission.
type HashSiteView struct {
	ID          string
	Site        string
	Certificate string // issuer and serial number
	Since       string
}

// PermissionsView are all, and the question for one more.
type PermissionsView struct {
	Listed  bool
	Sites   []HashSiteView
	Problem fault.Code
	Busy    bool
	// Choices are the certificates whose keys can sign, Picked the one that the person has chosen.
	Choices []CertificateView
	Picked  string
	// Asked is the origin for which the person has come, or empty.
	Asked string
}

// askAllow opens the question for one more site.
func (p *Page) askAllow() {
	p.permissions.picked = ""
	p.show(ScreenAllow)
	p.pickOnly()
}

// pick takes the certificate that the person has chosen, or the only one.
func (p *Page) pick(id string) {
	if p.screen == ScreenAllow && slices.ContainsFunc(p.signers(), func(c protocol.Certificate) bool { return c.ID == id }) {
		p.permissions.picked = id
	}
}

// pickOnly keeps what the person has chosen as long as it is there, and takes the only certificate otherwise.
func (p *Page) pickOnly() {
	if p.screen != ScreenAllow {
		return
	}
	signers := p.signers()
	if slices.ContainsFunc(signers, func(c protocol.Certificate) bool { return c.ID == p.permissions.picked }) {
		return
	}
	p.permissions.picked = ""
	if len(signers) == 1 {
		p.permissions.picked = signers[0].ID
	}
}

// signers are the certificates in the readers whose keys can sign.
func (p *Page) signers() []protocol.Certificate {
	var out []protocol.Certificate
	for _, c := range p.inventory.Certificates {
		known := slices.ContainsFunc(out, func(other protocol.Certificate) bool { return other.ID == c.ID })
		if c.Problem == "" && wire.IsDigest(c.PublicKey) && !known {
			out = append(out, c)
		}
	}
	return out
}

// allowFor keeps the origin for which the person has come.
func (p *Page) allowFor(origin string) {
	if _, err := screen.ParseOrigin(origin); err == nil {
		p.permissions.asked = origin
	}
}

// submitAllow has the host allow what the person has answered.
func (p *Page) submitAllow(e SubmitAllow) {
	if p.screen != ScreenAllow || p.client.InFlight(protocol.HostAllowHash) {
		return
	}
	origin := typedOrigin(e.Origin)
	c := p.inventory.Certificate(p.permissions.picked)
	switch _, err := screen.ParseOrigin(origin); {
	case err != nil:
		p.refuse(AlertSite, "site")
	case c == nil:
		p.refuse(AlertCertificate, "signers")
	case !e.Sure:
		p.refuse(AlertSure, "sure")
	default:
		p.client.Ask(&hostclient.Request{Kind: protocol.HostAllowHash, Body: protocol.HostHashSite{Key: c.PublicKey, Origin: origin}})
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

// forbid takes a permission back.
func (p *Page) forbid(id string) {
	if p.client.InFlight(protocol.HostForbidHash) {
		return
	}
	for _, s := range p.permissions.sites {
		if siteID(s) == id {
			p.client.Ask(&hostclient.Request{Kind: protocol.HostForbidHash, Body: protocol.HostHashSite{Key: s.Key, Origin: s.Origin}})
			return
		}
	}
}

// siteID names a permission: a key has no space.
func siteID(s protocol.HostHashSite) string { return s.Key + " " + s.Origin }

// permitted takes the list in, and says what the person has brought about. It changes which keys log in.
func (p *Page) permitted(kind protocol.HostType, e protocol.HostEnvelope) error {
	sites, err := wire.HashSites(e)
	if err != nil {
		return err
	}
	p.permissions.listed, p.permissions.sites, p.permissions.problem = true, sites, ""
	switch kind {
	case protocol.HostAllowHash:
		p.permissions.asked = "" // the next question is about another site
		p.finished(DoneAllowed)
	case protocol.HostForbidHash:
		p.done = DoneForbidden
		p.client.List()
	}
	return nil
}

// notPermitted says why the list cannot be shown, or why it stays as it was.
func (p *Page) notPermitted(kind protocol.HostType, code fault.Code, detail string) {
	if kind == protocol.HostAllowHash && p.screen == ScreenAllow {
		p.warn(code, detail)
		return
	}
	p.permissions.problem = code
	if kind == protocol.HostForbidHash {
		p.alerts++
	}
}

func (p *Page) permissionsView(l message.Language) PermissionsView {
	permissions := &p.permissions
	v := PermissionsView{
		Listed: permissions.listed, Problem: permissions.problem, Picked: permissions.picked, Asked: permissions.asked,
		Busy: p.client.InFlight(protocol.HostAllowHash) || p.client.InFlight(protocol.HostForbidHash),
	}
	for _, s := range permissions.sites {
		v.Sites = append(v.Sites, HashSiteView{
			ID: siteID(s), Site: plaintext.Short(s.Origin), Certificate: plaintext.Short(s.Issuer) + prefixed(" · ", wire.Hex(s.Serial)),
			Since: p.local(s.Since).Date.Text(l),
		})
	}
	if p.screen == ScreenAllow {
		for _, c := range p.signers() {
			v.Choices = append(v.Choices, p.describe(c, l))
		}
	}
	return v
}
