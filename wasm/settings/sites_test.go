package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

const (
	portalPages = "https://online.example.tr/*"
	shopPages   = "https://xn--maaza-j1a.example.tr/*"
)

// TestSitesAreShownAndTakenBack reads, shows and takes back sites, with and without a host.
func TestSitesAreShownAndTakenBack(t *testing.T) {
	for name, p := range map[string]*page{"host": withCard(t, protocol.PINState{}), "no host": settingsPage(t)} {
		if name == "no host" {
			p.on(loop.HostClosed{Reason: "Specified native messaging host not found."})
		}
		p.on(settings.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages, shopPages}})
		v := p.View().Sites
		if !slices.Equal(v.Portal, []string{"https://online.example.tr"}) || v.All ||
			!slices.Equal(v.Admitted, []settings.SiteView{{Pattern: shopPages, Name: "https://xn--maaza-j1a.example.tr"}}) {
			t.Errorf("%s: %+v", name, v)
		}
		for _, pattern := range []string{portalPages, settings.AllSites, "", "https://another.example.tr/*"} {
			if did := p.Handle(settings.RevokeSite{Pattern: pattern}); len(did) > 0 || p.View().Sites.Revoked {
				t.Errorf("%s: %q was taken back: %v", name, pattern, did)
			}
		}
		if did := p.Handle(settings.RevokeSite{Pattern: shopPages}); !slices.Equal(did, []loop.Effect{settings.RemoveSite{Pattern: shopPages}}) {
			t.Errorf("%s: %v", name, did)
		}
		if !p.View().Sites.Revoked || len(p.View().Sites.Admitted) != 1 {
			t.Errorf("%s: the browser has not said yet that it is gone: %+v", name, p.View().Sites)
		}
		p.on(settings.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages, settings.AllSites}})
		if v := p.View().Sites; !v.All || len(v.Admitted) != 0 {
			t.Errorf("%s: %+v", name, v)
		}
		if did := p.Handle(settings.RevokeSite{Pattern: settings.AllSites}); len(did) != 1 {
			t.Errorf("%s: all sites cannot be taken back", name)
		}
	}
}

// TestFirstStart follows a person from the installation to a machine that can sign.
func TestFirstStart(t *testing.T) {
	p := settingsPage(t)
	if p.View().Welcome.Steps != nil {
		t.Error("every visit is a first one")
	}
	p.on(settings.FirstStart{})
	done := func(want string) {
		t.Helper()
		var got []string
		for _, s := range p.View().Welcome.Steps {
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
	p.on(settings.SitesRead{Portal: []string{portalPages}, Permitted: []string{portalPages}})
	done("sites")
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	done("program sites")
	p.answer(protocol.HostCertificateList, protocol.CertificateList{Readers: []protocol.Reader{{Name: "Okuyucu"}}})
	p.answer(protocol.HostHashSiteList, protocol.HostHashSites{})
	done("program reader sites")
	p.on(loop.PreferencesRead{Preferences: preferences.Preferences{Phrase: "mavi kapı"}})
	done("program reader phrase sites")
	p.on(loop.HostMessage{Raw: windowtest.Marshal(protocol.HostEnvelope{Type: protocol.HostTokensChanged})})
	p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	done("program reader certificate phrase sites")
	if title := p.View().Title; !strings.Contains(title, "hoş geldiniz") {
		t.Errorf("title: %q", title)
	}
}
