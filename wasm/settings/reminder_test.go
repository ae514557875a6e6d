package settings_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// The page says when a certificate ends that was seen before, and where it is renewed, without a card in the reader.
func TestReminder(t *testing.T) {
	const day = 24 * 60 * 60
	for _, tt := range []struct {
		days     int64
		language string
		want     string
	}{
		{46, "tr", "E-imza sertifikanız 02.03.2027 tarihinde sona eriyor."},
		{46, "en", "Your e-signature certificate ends on 2 March 2027."},
		{-3, "tr", "E-imza sertifikanız 12.01.2027 tarihinde sona erdi."},
		{61, "tr", ""},
	} {
		p := settingsPage(t)
		p.on(settings.SitesRead{Portal: []string{"https://online.example.tr/*"}, Permitted: []string{"https://online.example.tr/*"}},
			loop.ChooseLanguage{Language: tt.language},
			settings.EndsRead{Ends: []protocol.CertificateEnd{{Holder: "00a0", NotAfter: today + tt.days*day}}})
		v := p.View().Reminder
		if v.Text != tt.want || tt.want != "" && !slices.Equal(v.Sites, []string{"https://online.example.tr/"}) {
			t.Errorf("%d days: %+v", tt.days, v)
		}
	}
}

// What the readers show is remembered, without a name.
func TestEndsAreRemembered(t *testing.T) {
	p := settingsPage(t)
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	var seen []protocol.CertificateEnd
	for _, e := range p.did {
		if remember, ok := e.(loop.RememberEnds); ok {
			seen = remember.Seen
		}
	}
	if len(seen) != 1 || seen[0].NotAfter != 1798675200 || len(seen[0].Holder) != 4 {
		t.Errorf("remembered: %v", seen)
	}
}
