package settings_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// allowing is the settings page with the question for one more site.
func allowing(t *testing.T, certificates ...protocol.Certificate) *page {
	t.Helper()
	p := withCard(t, windowtest.ReadyPIN, certificates...)
	p.on(settings.AllowHash{})
	if v := p.View(); v.Screen != settings.ScreenAllow || v.Title == "" {
		t.Fatalf("at %q, %q", v.Screen, v.Title)
	}
	return p
}

func asked(p *page) (kind protocol.HostType, s protocol.HostHashSite) {
	p.t.Helper()
	if err := json.Unmarshal(p.last.Body, &s); err != nil {
		p.t.Fatal(err)
	}
	return p.last.Type, s
}

func TestHashPairsAreListed(t *testing.T) {
	p := settingsPage(t)
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN))
	if v := p.View().Hashes; v.Listed {
		t.Fatalf("%+v", v)
	}
	p.answer(protocol.HostHashSiteList, protocol.HostHashSites{Sites: []protocol.HostHashSite{
		{Key: cardKey, Origin: cardSite, Issuer: "Deneme\u202e ESHS", Serial: "0A1B", Since: today},
		{Key: cardKey, Origin: "https://b.example\u200b.tr", Serial: "<b>"},
	}})
	v := p.View().Hashes
	want := []settings.HashSiteView{
		{ID: cardKey + " " + cardSite, Site: cardSite, Certificate: "Deneme⟦U+202E⟧ ESHS · 0A1B", Since: "15.01.2027"},
		{ID: cardKey + " https://b.example\u200b.tr", Site: "https://b.example⟦U+200B⟧.tr", Since: "01.01.1970"},
	}
	if !v.Listed || fmt.Sprint(v.Sites) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", v.Sites, want)
	}
	p.on(loop.HostClosed{Reason: "Native host has exited."})
	if v := p.View().Hashes; v.Listed || len(v.Sites) > 0 {
		t.Errorf("after the host's end: %+v", v)
	}
}

// An invalid list ends the conversation; a host that does not know hash pairs only shows none.
func TestBadHashPairLists(t *testing.T) {
	for _, bad := range []protocol.HostHashSites{
		{Sites: []protocol.HostHashSite{{Key: "c0", Origin: cardSite}}},
		{Sites: []protocol.HostHashSite{{Key: cardKey}}},
		{Sites: make([]protocol.HostHashSite, protocol.MaxHashSites+1)},
	} {
		p := settingsPage(t)
		p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
		p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN))
		p.answer(protocol.HostHashSiteList, bad)
		if v := p.View(); !v.Program.Fails || v.Program.Problem != fault.MessageInvalid {
			t.Errorf("%+v: problem %q", bad, v.Program.Problem)
		}
	}
	p := settingsPage(t)
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.Unsupported})
	if v := p.View(); !v.Program.Works || v.Hashes.Listed || v.Hashes.Problem != fault.Unsupported || v.Alert.Code != "" {
		t.Errorf("an old host: %+v", v.Hashes)
	}
}

// A person who comes from the window of a site finds its address filled in. What cannot be a site's origin is not filled in.
func TestAllowIsFilledInForTheSite(t *testing.T) {
	p := allowing(t, cardCertificate())
	for _, tt := range []struct{ origin, want string }{{"", ""}, {"http://online.example.tr", ""}, {cardSite, cardSite}, {cardSite + "/", cardSite}} {
		p.on(settings.AllowFor{Origin: tt.origin})
		if v := p.View(); v.Allow.Origin != tt.want || v.Screen != settings.ScreenAllow || len(p.posted()) != 0 {
			t.Errorf("%q: filled in %q, at %q", tt.origin, v.Allow.Origin, v.Screen)
		}
	}
	p.on(settings.SubmitAllow{Origin: cardSite, Sure: true})
	p.answer(protocol.HostHashSiteList, permitted)
	if v := p.View(); v.Done != settings.DoneAllowed {
		t.Errorf("done %q", v.Done)
	}
	p.on(settings.AllowHash{})
	if v := p.View(); v.Screen != settings.ScreenAllow || v.Allow.Origin != "" {
		t.Errorf("at %q, the next question says %q", v.Screen, v.Allow.Origin)
	}
}

func TestAllowSendsThePairOnce(t *testing.T) {
	p := allowing(t, cardCertificate())
	if v := p.View().Allow; len(v.Choices) != 1 || v.Picked != cardID {
		t.Fatalf("the only certificate: %+v", v)
	}
	p.on(settings.SubmitAllow{Origin: " HTTPS://Online.example.tr:443/ ", Sure: true})
	kind, s := asked(p)
	if kind != protocol.HostAllowHash || s != (protocol.HostHashSite{Key: cardKey, Origin: cardSite}) {
		t.Fatalf("asked %s, %+v", kind, s)
	}
	p.on(settings.SubmitAllow{Origin: cardSite, Sure: true}) // a second press
	if len(p.posted()) != 0 || !p.View().Hashes.Busy {
		t.Error("asked twice")
	}
	p.answer(protocol.HostHashSiteList, permitted)
	v := p.View()
	if v.Screen != settings.ScreenOverview || v.Done != settings.DoneAllowed || len(v.Hashes.Sites) != 1 || strings.HasPrefix(v.Status, "manage.") {
		t.Errorf("at %q, done %q, %+v", v.Screen, v.Done, v.Hashes)
	}
	if p.last.Type != protocol.HostCertificates {
		t.Errorf("which keys log in is not asked again: %s", p.last.Type)
	}
}

// What is not sent, and the field that is to be looked at.
func TestUnfitPairIsNotSent(t *testing.T) {
	expired := windowtest.Certificate(windowtest.IDB, fault.CertificateExpired)
	expired.PublicKey = strings.Repeat("b", 64)
	second := windowtest.Certificate(windowtest.IDA, "")
	second.PublicKey = strings.Repeat("a", 64)
	keyless := windowtest.Certificate(windowtest.IDB, "")
	one, two := []protocol.Certificate{cardCertificate()}, []protocol.Certificate{cardCertificate(), second}
	for _, tt := range []struct {
		name         string
		certificates []protocol.Certificate
		e            settings.SubmitAllow
		want         fault.Code
		field        string
	}{
		{"nothing", one, settings.SubmitAllow{}, settings.AlertSite, "site"},
		{"no address", one, settings.SubmitAllow{Sure: true}, settings.AlertSite, "site"},
		{"no secure one", one, settings.SubmitAllow{Origin: "http://online.example.tr", Sure: true}, settings.AlertSite, "site"},
		{"a page", one, settings.SubmitAllow{Origin: cardSite + "/imza", Sure: true}, settings.AlertSite, "site"},
		{"another one behind it", one, settings.SubmitAllow{Origin: cardSite + "@bank.example.tr", Sure: true}, settings.AlertSite, "site"},
		{"letters that may look like others", one, settings.SubmitAllow{Origin: "https://оnline.example.tr", Sure: true}, settings.AlertSite, "site"},
		{"everything", one, settings.SubmitAllow{Origin: "https://*", Sure: true}, settings.AlertSite, "site"},
		{"no card", nil, settings.SubmitAllow{Origin: cardSite, Sure: true}, settings.AlertCertificate, "signers"},
		{"none that signs", []protocol.Certificate{expired}, settings.SubmitAllow{Origin: cardSite, Sure: true}, settings.AlertCertificate, "signers"},
		{"none with a key", []protocol.Certificate{keyless}, settings.SubmitAllow{Origin: cardSite, Sure: true}, settings.AlertCertificate, "signers"},
		{"none chosen", two, settings.SubmitAllow{Origin: cardSite, Sure: true}, settings.AlertCertificate, "signers"},
		{"not ticked", one, settings.SubmitAllow{Origin: cardSite}, settings.AlertSure, "sure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := allowing(t, tt.certificates...)
			before := p.View().Alerts
			p.on(tt.e)
			v := p.View()
			if v.Screen != settings.ScreenAllow || v.Alert.Code != tt.want || v.Alert.Field != tt.field || v.Alerts == before || len(p.posted()) != 0 {
				t.Errorf("at %q, alert %q at %q, posted %v", v.Screen, v.Alert.Code, v.Alert.Field, p.posted())
			}
			if text := v.Alert.Text; strings.HasPrefix(text, "manage.") || strings.HasPrefix(text, "error.") {
				t.Errorf("the alert says %q", text)
			}
		})
	}
}

// A certificate that was chosen stays chosen while it is there, and no other takes its place unasked.
func TestChosenCertificateStaysChosen(t *testing.T) {
	second := windowtest.Certificate(windowtest.IDA, "")
	second.PublicKey = strings.Repeat("a", 64)
	p := allowing(t, cardCertificate(), second)
	p.on(loop.Choose{ID: windowtest.IDB}, loop.Choose{ID: windowtest.IDA})
	picked := func() string { return p.View().Allow.Picked }
	if picked() != windowtest.IDA {
		t.Fatalf("picked %.8q", picked())
	}
	change := func(certificates ...protocol.Certificate) {
		p.on(loop.HostMessage{Raw: []byte(`{"id":0,"type":"tokens-changed"}`)})
		p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN, certificates...))
	}
	change(second, cardCertificate())
	if picked() != windowtest.IDA {
		t.Errorf("in another order: picked %.8q", picked())
	}
	third := windowtest.Certificate(windowtest.IDB, "")
	third.PublicKey = strings.Repeat("b", 64)
	change(cardCertificate(), third)
	if picked() != "" {
		t.Errorf("gone: picked %.8q", picked())
	}
	p.on(loop.Choose{ID: windowtest.IDB}, settings.SubmitAllow{Origin: "b.example.tr", Sure: true})
	if kind, s := asked(p); kind != protocol.HostAllowHash || s != (protocol.HostHashSite{Key: third.PublicKey, Origin: "https://b.example.tr"}) {
		t.Errorf("asked %s, %+v", kind, s)
	}
}

// The host says no: the question stays, with its reason.
func TestRefusedPairStaysInTheQuestion(t *testing.T) {
	for _, code := range []fault.Code{fault.JournalFailed, fault.NoCertificate, fault.DeviceUnavailable, fault.HashSitesFull} {
		p := allowing(t, cardCertificate())
		p.on(settings.SubmitAllow{Origin: cardSite, Sure: true})
		p.answer(protocol.HostError, protocol.HostFailure{Code: code})
		v := p.View()
		if v.Screen != settings.ScreenAllow || v.Alert.Code != code || v.Alert.Text != v.Error(code) || v.Hashes.Busy {
			t.Errorf("%s: at %q, alert %q: %q", code, v.Screen, v.Alert.Code, v.Alert.Text)
		}
		p.on(loop.Back{})
		if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != "" {
			t.Errorf("%s: at %q, alert %q", code, v.Screen, v.Alert.Code)
		}
	}
}

func TestForbidSendsAListedPairOnce(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN, cardCertificate())
	p.on(settings.AllowHash{}, settings.SubmitAllow{Origin: cardSite, Sure: true})
	p.answer(protocol.HostHashSiteList, permitted)
	p.answer(protocol.HostCertificateList, cardList(windowtest.ReadyPIN, cardCertificate()))
	p.on(settings.ForbidHash{ID: cardKey + " https://bank.example.tr"}, settings.ForbidHash{})
	if len(p.posted()) != 0 {
		t.Fatalf("posted %v", p.posted())
	}
	id := p.View().Hashes.Sites[0].ID
	p.on(settings.ForbidHash{ID: id})
	if kind, s := asked(p); kind != protocol.HostForbidHash || s != (protocol.HostHashSite{Key: cardKey, Origin: cardSite}) {
		t.Fatalf("asked %s, %+v", kind, s)
	}
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.JournalFailed})
	if v := p.View(); v.Hashes.Problem != fault.JournalFailed || len(v.Hashes.Sites) != 1 || v.Alerts == 0 {
		t.Errorf("refused: %+v", v.Hashes)
	}
	p.on(settings.ForbidHash{ID: id}, settings.ForbidHash{ID: id})
	if len(p.posted()) != 0 {
		t.Error("asked twice")
	}
	p.answer(protocol.HostHashSiteList, protocol.HostHashSites{})
	if v := p.View(); v.Done != settings.DoneForbidden || len(v.Hashes.Sites) != 0 || v.Hashes.Problem != "" || p.last.Type != protocol.HostCertificates {
		t.Errorf("done %q, %+v, asked %s", v.Done, v.Hashes, p.last.Type)
	}
}

// What belongs to the question does nothing elsewhere.
func TestAllowElsewhereDoesNothing(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN, cardCertificate())
	p.on(loop.Choose{ID: cardID}, settings.SubmitAllow{Origin: cardSite, Sure: true})
	if v := p.View(); len(p.posted()) != 0 || v.Screen != settings.ScreenOverview {
		t.Errorf("posted %v, at %q", p.posted(), v.Screen)
	}
	p = settingsPage(t)
	p.on(settings.AllowHash{})
	if v := p.View(); v.Screen != settings.ScreenOverview {
		t.Errorf("without a host: at %q", v.Screen)
	}
	p = allowing(t, cardCertificate())
	p.on(loop.HostClosed{Reason: "Native host has exited."})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != fault.HostStopped {
		t.Errorf("the host ends: at %q, alert %q", v.Screen, v.Alert.Code)
	}
}

var cardID = strings.Repeat("c", 64)

const (
	cardKey  = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
	cardSite = "https://online.example.tr"
)

var permitted = protocol.HostHashSites{Sites: []protocol.HostHashSite{{Key: cardKey, Origin: cardSite, Issuer: "Deneme ESHS", Serial: "0A", Since: 1}}}

// cardCertificate is one whose key can sign.
func cardCertificate() protocol.Certificate {
	c := windowtest.Certificate(cardID, "")
	c.PublicKey = cardKey
	return c
}
