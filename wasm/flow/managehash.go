package flow

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// permissions are the sites for which keys sign hashes, and the question by which there is one more.
type permissions struct {
	listed  bool
	sites   []protocol.HostHashSite
	problem protocol.Code // why they cannot be shown, or changed
	picked  string        // Certificate.ID on ScreenAllow
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
)

func (AllowHash) event()   {}
func (SubmitAllow) event() {}
func (ForbidHash) event()  {}

// AlertSite, AlertCertificate and AlertSure are what can be wrong with the answer to ScreenAllow. Like AlertConfirm
// they never leave the page.
const (
	AlertSite        protocol.Code = "site"
	AlertCertificate protocol.Code = "certificate"
	AlertSure        protocol.Code = "sure"
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
	Problem protocol.Code
	Busy    bool
	// Choices are the certificates whose keys can sign, Picked the one that the person has chosen.
	Choices []CertificateView
	Picked  string
}

// askAllow opens the question for one more site.
func (m *Manage) askAllow() {
	m.permissions.picked = ""
	m.show(ScreenAllow)
	m.pickOnly()
}

// pick takes the certificate that the person has chosen, or the only one.
func (m *Manage) pick(id string) {
	if m.screen == ScreenAllow && slices.ContainsFunc(m.signers(), func(c protocol.Certificate) bool { return c.ID == id }) {
		m.permissions.picked = id
	}
}

// pickOnly keeps what the person has chosen as long as it is there, and takes the only certificate otherwise.
func (m *Manage) pickOnly() {
	if m.screen != ScreenAllow {
		return
	}
	signers := m.signers()
	if slices.ContainsFunc(signers, func(c protocol.Certificate) bool { return c.ID == m.permissions.picked }) {
		return
	}
	m.permissions.picked = ""
	if len(signers) == 1 {
		m.permissions.picked = signers[0].ID
	}
}

// signers are the certificates in the readers whose keys can sign.
func (m *Manage) signers() []protocol.Certificate {
	var out []protocol.Certificate
	for _, c := range m.list.Certificates {
		known := slices.ContainsFunc(out, func(other protocol.Certificate) bool { return other.ID == c.ID })
		if c.Problem == "" && isDigest(c.PublicKey) && !known {
			out = append(out, c)
		}
	}
	return out
}

// submitAllow has the host allow what the person has answered.
func (m *Manage) submitAllow(e SubmitAllow) {
	if m.screen != ScreenAllow || m.line.waits(protocol.HostAllowHash) {
		return
	}
	origin := typedOrigin(e.Origin)
	c, chosen := m.certificate(m.permissions.picked)
	switch _, err := ParseOrigin(origin); {
	case err != nil:
		m.refuse(AlertSite, "site")
	case !chosen:
		m.refuse(AlertCertificate, "signers")
	case !e.Sure:
		m.refuse(AlertSure, "sure")
	default:
		m.ask(&hostRequest{kind: protocol.HostAllowHash, body: protocol.HostHashSite{Key: c.PublicKey, Origin: origin}})
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
func (m *Manage) forbid(id string) {
	if m.line.waits(protocol.HostForbidHash) {
		return
	}
	for _, s := range m.permissions.sites {
		if siteID(s) == id {
			m.ask(&hostRequest{kind: protocol.HostForbidHash, body: protocol.HostHashSite{Key: s.Key, Origin: s.Origin}})
			return
		}
	}
}

// siteID names a permission: a key has no space.
func siteID(s protocol.HostHashSite) string { return s.Key + " " + s.Origin }

// permitted takes the list in, and says what the person has brought about. It changes which keys log in.
func (m *Manage) permitted(kind protocol.HostType, e protocol.HostEnvelope) error {
	sites, err := hashSites(e)
	if err != nil {
		return err
	}
	m.permissions.listed, m.permissions.sites, m.permissions.problem = true, sites, ""
	switch kind {
	case protocol.HostAllowHash:
		m.finished(DoneAllowed)
	case protocol.HostForbidHash:
		m.done = DoneForbidden
		m.look()
	}
	return nil
}

// notPermitted says why the list cannot be shown, or why it stays as it was.
func (m *Manage) notPermitted(kind protocol.HostType, code protocol.Code, detail string) {
	if kind == protocol.HostAllowHash && m.screen == ScreenAllow {
		m.warn(code, detail)
		return
	}
	m.permissions.problem = code
	if kind == protocol.HostForbidHash {
		m.alerts++
	}
}

func (m *Manage) permissionsView(l message.Language) PermissionsView {
	p := &m.permissions
	v := PermissionsView{
		Listed: p.listed, Problem: p.problem, Picked: p.picked,
		Busy: m.line.waits(protocol.HostAllowHash) || m.line.waits(protocol.HostForbidHash),
	}
	for _, s := range p.sites {
		v.Sites = append(v.Sites, HashSiteView{
			ID: siteID(s), Site: shown(s.Origin), Certificate: shown(s.Issuer) + prefixed(" · ", hexadecimal(s.Serial)),
			Since: m.local(s.Since).Date.Text(l),
		})
	}
	if m.screen == ScreenAllow {
		for _, c := range m.signers() {
			v.Choices = append(v.Choices, m.describe(c, l))
		}
	}
	return v
}
