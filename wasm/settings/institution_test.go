package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

func institution() loop.PreferencesRead {
	return loop.PreferencesRead{Policy: preferences.Policy{
		Present: true, Sites: []string{"https://ebys.example.tr", "https://sicil.example.tr"}, Libraries: []string{"/opt/kurum/a.so", "/opt/kurum/b.so"},
		Language: "en", PhraseRequired: true, InstallURL: "https://bilgi.example.tr/e-onay", Wrong: []string{"sitez"},
	}}
}

// Without a policy the page says nothing of one.
func TestNoInstitution(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	if v := p.View(); v.Institution.Present || slices.Contains(partIDs(v), "institution") {
		t.Errorf("%+v", v.Institution)
	}
}

// What the institution has set is shown, its sites are told apart from the person's, and cannot be taken back here.
func TestInstitutionIsShown(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.SitesRead{Portal: []string{"https://online.example.tr/*"}, Permitted: []string{"https://online.example.tr/*", "https://ebys.example.tr/*", "https://kendi.example.tr/*"}},
		institution())
	v := p.View()
	i := v.Institution
	if v.Language != message.English || !slices.Contains(partIDs(v), "institution") {
		t.Errorf("%s, %q", v.Language, partIDs(v))
	}
	if want := []settings.InstitutionSite{{Name: "https://ebys.example.tr", Open: true}, {Name: "https://sicil.example.tr"}}; !slices.Equal(i.Sites, want) || i.Missing != "https://sicil.example.tr/*" {
		t.Errorf("%+v, missing %q", i.Sites, i.Missing)
	}
	if len(i.Lines) != 3 || !strings.Contains(i.Lines[2], "https://bilgi.example.tr/e-onay") || !strings.Contains(i.Wrong, "sitez") {
		t.Errorf("%q, %q", i.Lines, i.Wrong)
	}
	if !slices.Equal(v.Sites.Institution, []string{"https://ebys.example.tr"}) || len(v.Sites.Admitted) != 1 || v.Sites.Admitted[0].Name != "https://kendi.example.tr" {
		t.Errorf("%+v", v.Sites)
	}
	p.on(settings.RevokeSite{Pattern: "https://ebys.example.tr/*"})
	if len(p.did) != 0 {
		t.Errorf("taken back: %v", p.did)
	}
	p.on(loop.ChooseLanguage{Language: "tr"})
	if got := p.View().Language; got != message.Turkish {
		t.Errorf("the person has chosen Turkish: %s", got)
	}
}

// The host says which libraries it does not use, and why.
func TestInstitutionLibrariesAreJudged(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(*page)
		want   [2]string
	}{
		{"one is not used", func(p *page) {
			p.answer(protocol.HostLibrariesUsed, protocol.HostLibraries{Libraries: []protocol.HostLibrary{{}, {Problem: fault.ModulePath, Why: protocol.Sentence{TR: "Yok.", EN: "Not there."}}}})
		}, [2]string{"", "This driver is not used. Not there."}},
		{"an older program", func(p *page) { p.answer(protocol.HostError, protocol.HostFailure{Code: fault.Unsupported}) }, [2]string{
			"The program on this computer is too old for an institution’s drivers.", "The program on this computer is too old for an institution’s drivers.",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := withCard(t, windowtest.ReadyPIN)
			p.on(institution())
			if p.last.Type != protocol.HostUseLibraries {
				t.Fatalf("asked %q", p.last.Type)
			}
			tt.answer(p)
			libraries := p.View().Institution.Libraries
			if len(libraries) != 2 || libraries[0].Problem != tt.want[0] || libraries[1].Problem != tt.want[1] {
				t.Errorf("%+v", libraries)
			}
			if !p.View().Program.Works || p.last.Type != protocol.HostCertificates {
				t.Errorf("%+v, asked %q", p.View().Program, p.last.Type)
			}
		})
	}
}

// An answer about other libraries ends the conversation.
func TestInstitutionLibrariesOfAnotherNumber(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(institution())
	p.answer(protocol.HostLibrariesUsed, protocol.HostLibraries{Libraries: []protocol.HostLibrary{{}}})
	if v := p.View(); !v.Program.Fails || v.Program.Problem != fault.MessageInvalid {
		t.Errorf("%+v", v.Program)
	}
}
