package settings_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// partIDs are the elements that the list of contents leads to.
func partIDs(v settings.View) (ids []string) {
	for _, part := range v.Contents {
		ids = append(ids, part.ID)
	}
	return ids
}

// The advanced end is folded at first, and there only while the host is; the list of contents names what is there.
func TestAdvancedIsFolded(t *testing.T) {
	p := settingsPage(t)
	if v := p.View(); v.Advanced || slices.Contains(partIDs(v), "advanced") {
		t.Errorf("before there is a host: %v, %v", v.Advanced, partIDs(v))
	}
	p = withCard(t, windowtest.ReadyPIN)
	if v := p.View(); v.Advanced || !slices.Equal(partIDs(v), []string{"cards", "phrase-form", "sites", "language", "host", "advanced"}) {
		t.Errorf("at first: %v, %v", v.Advanced, partIDs(v))
	}
	p.on(settings.FoldAdvanced{})
	if !p.View().Advanced {
		t.Error("it does not open")
	}
	p.on(settings.FoldAdvanced{})
	if p.View().Advanced {
		t.Error("it does not fold")
	}
}

// A window that was refused a hash has the settings ask, and what is allowed then is on the screen.
func TestAllowedIsSeenUnfolded(t *testing.T) {
	p := settingsPage(t)
	p.on(settings.AllowFor{Origin: "https://online.example.tr"})
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	p.on(loop.Back{})
	if v := p.View(); v.Screen != settings.ScreenOverview || !v.Advanced {
		t.Errorf("%s, unfolded %v", v.Screen, v.Advanced)
	}
}
