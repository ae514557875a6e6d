package credential_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

const built = "https://eonay.example/kurulum"

// asksWith has the page ask, and name its page about the installation.
func (w *cardWindow) asksWith(installURL string) {
	w.Helper()
	w.Stored()
	w.On(windowtest.Said(windowtest.Marshal(protocol.PageEnvelope{
		EOnay: protocol.Version, To: "extension", ID: windowtest.PageID, Type: protocol.PageAuthenticate, Body: loginRequest(), InstallURL: installURL,
	})))
}

// TestWayToAMissingProgram: a site leads to itself, an institution comes before it, and no page leads to another site.
func TestWayToAMissingProgram(t *testing.T) {
	for name, tt := range map[string]struct {
		parts screen.Parts
		site  string
		want  screen.Install
	}{
		"the build's":       {screen.Parts{Build: built}, "", screen.Install{URL: built, Host: "eonay.example", From: screen.FromBuild}},
		"the site's":        {screen.Parts{Build: built}, cardSite + "/yardim", screen.Install{URL: cardSite + "/yardim", Host: "online.example.tr", From: screen.FromSite}},
		"the institution's": {screen.Parts{Build: built, Policy: "https://kurum.example/"}, cardSite + "/yardim", screen.Install{URL: "https://kurum.example/", Host: "kurum.example", From: screen.FromPolicy}},
		"another site":      {screen.Parts{Build: built}, "https://eonay.example.evil.example/", screen.Install{URL: built, Host: "eonay.example", From: screen.FromBuild}},
		"nobody's":          {screen.Parts{}, cardSite + ".evil.example/", screen.Install{}},
	} {
		w := openCard(t)
		w.On(loop.PartsRead{Extension: tt.parts.Extension, Build: tt.parts.Build})
		w.On(loop.PreferencesRead{Policy: preferences.Policy{Present: true, InstallURL: tt.parts.Policy}})
		w.On(loop.HostClosed{Reason: "Specified native messaging host not found."})
		w.asksWith(tt.site)
		w.wantProblem(fault.HostMissing)
		v := w.View()
		if v.Install != tt.want {
			t.Errorf("%s: %+v, want %+v", name, v.Install, tt.want)
		}
		if label := v.Install.Label(v.Sentences); tt.want.URL != "" && !strings.Contains(label, tt.want.Host) {
			t.Errorf("%s: the person reads %q", name, label)
		}
	}
}

// TestOlderPart names the older of program and extension where they do not understand each other, and says nothing of it where
// they do.
func TestOlderPart(t *testing.T) {
	w := openCard(t)
	w.On(loop.PartsRead{Extension: "1.1.0", Build: built})
	w.asksWith("")
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version + 1, Version: "0.9.0", Platform: "linux/amd64"})
	w.wantProblem(fault.HostOutdated)
	if v := w.View(); v.Install.URL != built || !strings.Contains(v.Versions, "0.9.0") || !strings.Contains(v.Versions, "1.1.0") {
		t.Errorf("%+v, %q", v.Install, v.Versions)
	}
	w = openCard(t)
	w.On(loop.PartsRead{Extension: "1.1.0", Build: built})
	w.asksWith("")
	w.Answer(protocol.HostError, protocol.HostFailure{Code: fault.ExtensionOutdated, Version: "2.0.0"})
	w.wantProblem(fault.ExtensionOutdated)
	if v := w.View(); v.Install.URL != built || !strings.Contains(v.Versions, "2.0.0") {
		t.Errorf("%+v, %q", v.Install, v.Versions)
	}
	w = openCard(t)
	w.On(loop.PartsRead{Extension: "1.1.0", Build: built})
	w.asksWith("")
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.9.0", Platform: "linux/amd64"})
	w.wantStep(screen.StepWho)
	if v := w.View(); v.Install.URL != "" || v.Versions != "" {
		t.Errorf("an older program that works: %+v, %q", v.Install, v.Versions)
	}
}
