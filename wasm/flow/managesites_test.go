package flow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

const (
	portalPages = "https://online.example.tr/*"
	shopPages   = "https://xn--maaza-j1a.example.tr/*"
)

// TestSites reads, shows and takes back sites, with and without a host.
func TestSites(t *testing.T) {
	for name, p := range map[string]*page{"host": withCard(t, protocol.PINState{}), "no host": settingsPage(t)} {
		if name == "no host" {
			p.on(flow.HostClosed{Reason: "Specified native messaging host not found."})
		}
		p.on(flow.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages, shopPages}})
		v := p.View().Sites
		if !slices.Equal(v.Portal, []string{"https://online.example.tr"}) || v.All ||
			!slices.Equal(v.Admitted, []flow.SiteView{{Pattern: shopPages, Name: "https://xn--maaza-j1a.example.tr"}}) {
			t.Errorf("%s: %+v", name, v)
		}
		for _, pattern := range []string{portalPages, flow.AllSites, "", "https://another.example.tr/*"} {
			if did := p.Handle(flow.RevokeSite{Pattern: pattern}); len(did) > 0 || p.View().Sites.Revoked {
				t.Errorf("%s: %q was taken back: %v", name, pattern, did)
			}
		}
		if did := p.Handle(flow.RevokeSite{Pattern: shopPages}); !slices.Equal(did, []flow.Effect{flow.RemoveSite{Pattern: shopPages}}) {
			t.Errorf("%s: %v", name, did)
		}
		if !p.View().Sites.Revoked || len(p.View().Sites.Admitted) != 1 {
			t.Errorf("%s: the browser has not said yet that it is gone: %+v", name, p.View().Sites)
		}
		p.on(flow.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages, flow.AllSites}})
		if v := p.View().Sites; !v.All || len(v.Admitted) != 0 {
			t.Errorf("%s: %+v", name, v)
		}
		if did := p.Handle(flow.RevokeSite{Pattern: flow.AllSites}); len(did) != 1 {
			t.Errorf("%s: all sites cannot be taken back", name)
		}
	}
}

// TestFirstStart follows a person from the installation to a machine that can sign.
func TestFirstStart(t *testing.T) {
	p := settingsPage(t)
	if p.View().Welcome != nil {
		t.Error("every visit is a first one")
	}
	p.on(flow.FirstStart{})
	done := func(want string) {
		t.Helper()
		var got []string
		for _, s := range p.View().Welcome {
			if s.Done {
				got = append(got, s.Name)
			}
			if s.Text == "" || strings.Contains(s.Text, "manage.") || strings.Contains(s.Text, "{") {
				t.Errorf("%s says %q", s.Name, s.Text)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("done: %q, want %q", got, want)
		}
	}
	p.on(flow.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages}})
	done("sites")
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	done("program sites")
	p.answer(protocol.HostCertificateList, protocol.CertificateList{Readers: []protocol.Reader{{Name: "Okuyucu"}}})
	p.answer(protocol.HostHashSiteList, protocol.HostHashSites{})
	done("program reader sites")
	p.on(flow.SettingsRead{Settings: flow.Settings{Phrase: "mavi kapı"}})
	done("program reader phrase sites")
	p.on(flow.HostMessage{Raw: marshal(protocol.HostEnvelope{Type: protocol.HostTokensChanged})})
	p.answer(protocol.HostCertificateList, cardList(ready, certificate(idA, "")))
	done("program reader certificate phrase sites")
	if title := p.View().Title; !strings.Contains(title, "hoş geldiniz") {
		t.Errorf("title: %q", title)
	}
}
