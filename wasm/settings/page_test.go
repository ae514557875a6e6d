package settings_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

const today = 1_800_000_000 // seconds since 1970: in January 2027

func clock() int64 { return today }

// A page is the settings page with a host that a test plays.
type page struct {
	*settings.Page
	t    *testing.T
	did  []loop.Effect
	last protocol.HostEnvelope // what the host was asked last
}

func moment(seconds int64) screen.Moment {
	at := time.Unix(seconds, 0).UTC()
	return screen.Moment{Date: screen.Date{Year: at.Year(), Month: int(at.Month()), Day: at.Day()}, Hour: at.Hour(), Minute: at.Minute()}
}

func settingsPage(t *testing.T) *page {
	m, effects := settings.New(moment, clock)
	p := &page{Page: m, t: t}
	p.note(effects)
	return p
}

// withCard is the page with a card in the reader.
func withCard(t *testing.T, pin protocol.PINState, certificates ...protocol.Certificate) *page {
	t.Helper()
	return withList(t, cardList(pin, certificates...))
}

// withList is the page with a list, and no site for which keys sign hashes.
func withList(t *testing.T, l protocol.CertificateList) *page {
	t.Helper()
	p := settingsPage(t)
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	p.answer(protocol.HostCertificateList, l)
	p.answer(protocol.HostHashSiteList, protocol.HostHashSites{})
	return p
}

func cardList(pin protocol.PINState, certificates ...protocol.Certificate) protocol.CertificateList {
	l := windowtest.List(pin, certificates...)
	l.Readers = []protocol.Reader{{Name: "Okuyucu", Card: true, Family: "AKİS 2.x"}, {Name: "Boş okuyucu"}}
	return l
}

func (p *page) note(effects []loop.Effect) {
	p.did = effects
	for _, e := range effects {
		if post, ok := e.(loop.PostHost); ok && post.Envelope.Type != protocol.HostCancel {
			p.last = post.Envelope
		}
	}
}

func (p *page) on(events ...loop.Event) {
	for _, e := range events {
		p.note(p.Handle(e))
	}
}

// answer answers what the host was asked last.
func (p *page) answer(kind protocol.HostType, body any) {
	p.t.Helper()
	e := protocol.HostEnvelope{ID: p.last.ID, Type: kind}
	if body != nil {
		e.Body = windowtest.Marshal(body)
	}
	p.on(loop.HostMessage{Raw: windowtest.Marshal(e)})
}

func (p *page) posted() (out []loop.PostHost) {
	for _, e := range p.did {
		if post, ok := e.(loop.PostHost); ok {
			out = append(out, post)
		}
	}
	return out
}

func TestHostStates(t *testing.T) {
	welcome := func(version int) []byte {
		return windowtest.Marshal(protocol.HostEnvelope{ID: 1, Type: protocol.HostWelcome, Body: windowtest.Marshal(protocol.Welcome{Protocol: version, Version: "0.1.0", Platform: "linux/amd64"})})
	}
	tests := []struct {
		name  string
		event loop.Event
		want  fault.Code
	}{
		{"works", loop.HostMessage{Raw: welcome(protocol.Version)}, ""},
		{"outdated", loop.HostMessage{Raw: welcome(9)}, fault.HostOutdated},
		{"missing", loop.HostClosed{Reason: "Specified native messaging host not found."}, fault.HostMissing},
		{"refuses", loop.HostMessage{Raw: []byte(`{"id":0,"type":"error","body":{"code":"host_refused"}}`)}, fault.HostRefused},
		{"speaks nonsense", loop.HostMessage{Raw: []byte(`{`)}, fault.MessageInvalid},
		{"answers something else", loop.HostMessage{Raw: []byte(`{"id":1,"type":"ready"}`)}, fault.MessageInvalid},
		{"answers nobody", loop.HostMessage{Raw: []byte(`{"id":7,"type":"ready"}`)}, fault.MessageInvalid},
		{"silent", loop.Elapsed{Timer: loop.TimerHost}, fault.HostStopped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := settingsPage(t)
			if !p.View().Program.Starts || len(p.posted()) != 1 {
				t.Fatalf("effects %v", p.did)
			}
			p.on(tt.event)
			v := p.View()
			if v.Program.Problem != tt.want || v.Program.Works != (tt.want == "") || v.Program.Fails == v.Program.Works {
				t.Errorf("%+v", v)
			}
			if dropped := slices.Contains(dropsOf(p.did), true); dropped != v.Program.Fails {
				t.Errorf("the host is dropped: %v", dropped)
			}
			if p.on(settings.Returned{}); p.View().Program.Starts != v.Program.Fails {
				t.Errorf("whoever comes back finds it looking: %v", p.View().Program.Starts)
			}
		})
	}
}

func dropsOf(effects []loop.Effect) (out []bool) {
	for _, e := range effects {
		_, is := e.(loop.DropHost)
		out = append(out, is)
	}
	return out
}

// What is in the readers, and until when.
func TestReadersAndValidity(t *testing.T) {
	const day = 24 * 60 * 60
	at := func(days int, problem fault.Code) protocol.Certificate {
		c := windowtest.Certificate(strings.Repeat(string("abcdef0123"[(days+100)%10]), 64), problem)
		c.NotBefore, c.NotAfter = today-400*day, int64(today+days*day)
		return c
	}
	p := withCard(t, windowtest.ReadyPIN, at(400, ""), at(30, ""), at(1, ""), at(0, ""), at(-1, fault.CertificateExpired), at(-12, fault.CertificateExpired))
	v := p.View()
	if len(v.Cards.Readers) != 2 || v.Cards.Readers[0].Family != "AKİS 2.x" || len(v.Cards.Readers[0].Cards) != 1 || len(v.Cards.Readers[1].Cards) != 0 || v.Cards.Missing.Code != "" {
		t.Fatalf("%+v", v.Cards.Readers)
	}
	want := []struct {
		text string
		soon bool
	}{
		{"tarihine kadar; 400 gün kaldı", false}, {"tarihine kadar; 30 gün kaldı", true}, {"tarihine kadar; 1 gün kaldı", true},
		{"Bugün sona eriyor", true}, {"dün sona erdi", true}, {"12 gün önce sona erdi", true},
	}
	for i, c := range v.Cards.Readers[0].Cards[0].Certificates {
		if !strings.Contains(c.Until, want[i].text) || c.Soon != want[i].soon || !c.Testable {
			t.Errorf("%q, soon %v, want %+v", c.Until, c.Soon, want[i])
		}
	}
	for _, finding := range []protocol.Finding{
		{Code: fault.NoModule, Subject: "AKİS 2.x", Driver: protocol.Sentence{TR: "Oradan alın.", EN: "Get it there."}},
		{Code: fault.NoService}, {Code: fault.CardBusy, Subject: "Okuyucu"}, {Code: "nobody_knows"},
	} {
		p.on(loop.HostMessage{Raw: []byte(`{"id":0,"type":"tokens-changed"}`)})
		p.answer(protocol.HostCertificateList, protocol.CertificateList{Findings: []protocol.Finding{finding}})
		v := p.View()
		if want := finding.Code; v.Cards.Missing.Code != want && !(want == "nobody_knows" && v.Cards.Missing.Code == fault.Internal) || v.Status == "" {
			t.Errorf("%+v", v.Cards.Missing)
		}
		if finding.Code == fault.NoModule && (v.Cards.Missing.Family != "AKİS 2.x" || v.Cards.Missing.Driver != "Oradan alın.") {
			t.Errorf("%+v", v.Cards.Missing)
		}
	}
}

// The PINs go out once, together, and are not sent where that could only cost an attempt.
func TestChangeSendsThePINsOnce(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	for _, tt := range []struct {
		name  string
		state protocol.PINState
		in    pinentry.SubmitNew
		want  fault.Code
	}{
		{"well", windowtest.ReadyPIN, pinentry.SubmitNew{Old: b("2468"), New: b("1357"), Again: b("1357")}, ""},
		{"no old one", windowtest.ReadyPIN, pinentry.SubmitNew{New: b("1357"), Again: b("1357")}, fault.PINEmpty},
		{"another alphabet", windowtest.ReadyPIN, pinentry.SubmitNew{Old: b("246ş"), New: b("1357"), Again: b("1357")}, fault.PINCharacters},
		{"weak", windowtest.ReadyPIN, pinentry.SubmitNew{Old: b("2468"), New: b("1234"), Again: b("1234")}, fault.PINWeak},
		{"the same", windowtest.ReadyPIN, pinentry.SubmitNew{Old: b("2468"), New: b("2468"), Again: b("2468")}, fault.PINSame},
		{"typed in two ways", windowtest.ReadyPIN, pinentry.SubmitNew{Old: b("2468"), New: b("1357"), Again: b("1358")}, pinentry.AlertAgain},
		{"last try", protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal}, pinentry.SubmitNew{Old: b("2468"), New: b("1357"), Again: b("1357")}, pinentry.AlertConfirm},
		{"last try, known", protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal}, pinentry.SubmitNew{Old: b("2468"), New: b("1357"), Again: b("1357"), Confirmed: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := withCard(t, tt.state, windowtest.Certificate(windowtest.IDA, ""))
			p.on(settings.ChangePIN{Token: "t"})
			if v := p.View(); v.Screen != settings.ScreenChange || v.ChangePIN.Card != "Kart" {
				t.Fatalf("%+v", v)
			}
			p.on(tt.in)
			v := p.View()
			if tt.want != "" {
				if v.Screen != settings.ScreenChange || v.Alert.Code != tt.want || v.Alert.Text == "" || len(p.posted()) != 0 {
					t.Errorf("%s, %s, %v", v.Screen, v.Alert.Code, p.did)
				}
				for _, pin := range [][]byte{tt.in.Old, tt.in.New, tt.in.Again} {
					if strings.Trim(string(pin), "\x00") != "" {
						t.Error("a PIN is not cleared")
					}
				}
				return
			}
			posts := p.posted()
			if v.Screen != settings.ScreenWorking || len(posts) != 1 || string(posts[0].Old) != "2468" || string(posts[0].New) != "1357" {
				t.Fatalf("%s, %v", v.Screen, p.did)
			}
			p.on(tt.in, pinentry.Submit{PIN: b("2468")}) // pressed twice
			if len(p.posted()) != 0 {
				t.Error("sent twice")
			}
			p.answer(protocol.HostReady, nil)
			if v := p.View(); v.Screen != settings.ScreenOverview || v.Done != settings.DoneChanged || v.Status == "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A refused PIN leads back to its question, with the card's new state; anything else to the overview.
func TestRefusedPINReturnsToItsQuestion(t *testing.T) {
	final := &protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal, Tries: 1}
	for _, tt := range []struct {
		code fault.Code
		pin  *protocol.PINState
		want settings.Screen
	}{
		{fault.PINIncorrect, &windowtest.ReadyPIN, settings.ScreenTest},
		{fault.PINLastTry, final, settings.ScreenTest},
		{fault.PINLocked, &protocol.PINState{State: protocol.PINLocked}, settings.ScreenOverview},
		{fault.CardChanged, nil, settings.ScreenOverview},
		{fault.SelfTestFailed, nil, settings.ScreenOverview},
	} {
		p := withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
		p.on(settings.TestCard{Certificate: windowtest.IDA}, pinentry.Submit{PIN: []byte("2468")})
		p.answer(protocol.HostError, protocol.HostFailure{Code: tt.code, PIN: tt.pin})
		v := p.View()
		if v.Screen != tt.want || v.Alert.Code != tt.code {
			t.Errorf("%s: %s, %s", tt.code, v.Screen, v.Alert.Code)
		}
		if tt.pin == final && v.SelfTest.PIN.State != protocol.PINFinal {
			t.Errorf("%+v", v.SelfTest.PIN)
		}
	}
}

// The self-test of a key with its own PIN asks for it.
func TestSelfTestAsksForTheKeyPIN(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	p.on(settings.TestCard{Certificate: windowtest.IDA}, pinentry.Submit{PIN: []byte("2468")})
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.KeyPINRequired, KeyPIN: &protocol.PINState{State: protocol.PINReady}})
	if v := p.View(); v.Screen != settings.ScreenTest || v.Alert.Field != "keypin" || v.SelfTest.KeyPIN == nil {
		t.Fatalf("%s, field %q, %+v", v.Screen, v.Alert.Field, v.SelfTest.KeyPIN)
	}
	p.on(pinentry.Submit{PIN: []byte("2468")})
	if v := p.View(); v.Screen != settings.ScreenTest || v.Alert.Code != fault.PINEmpty || v.Alert.Field != "keypin" {
		t.Errorf("%s, alert %q at %q", v.Screen, v.Alert.Code, v.Alert.Field)
	}
	p.on(pinentry.Submit{PIN: []byte("2468"), KeyPIN: []byte("1357")})
	for _, e := range p.did {
		if post, ok := e.(loop.PostHost); ok && (string(post.PIN) != "2468" || string(post.KeyPIN) != "1357") {
			t.Errorf("sent %q and %q", post.PIN, post.KeyPIN)
		}
	}
	if v := p.View(); v.Screen != settings.ScreenWorking {
		t.Errorf("%s", v.Screen)
	}
}

// A card that goes takes its question with it; one that works can be called off.
func TestInterruptedQuestion(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	p.on(settings.ChangePIN{Token: "t"}, loop.HostMessage{Raw: []byte(`{"id":0,"type":"tokens-changed"}`)})
	p.answer(protocol.HostCertificateList, protocol.CertificateList{Findings: []protocol.Finding{{Code: fault.NoToken}}})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != fault.TokenRemoved {
		t.Errorf("%s, %s", v.Screen, v.Alert.Code)
	}
	p = withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	p.on(settings.TestCard{Certificate: windowtest.IDA}, pinentry.Submit{PIN: []byte("2468")}, loop.Cancel{})
	posts := p.posted()
	if len(posts) != 1 || posts[0].Envelope.Type != protocol.HostCancel {
		t.Fatalf("%v", p.did)
	}
	p.on(loop.HostMessage{Raw: windowtest.Marshal(protocol.HostEnvelope{ID: posts[0].Envelope.ID, Type: protocol.HostReady})})
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.Cancelled})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != "" || v.Program.Fails {
		t.Errorf("%+v", v)
	}
	p = withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	p.on(settings.TestCard{Certificate: windowtest.IDA}, pinentry.Submit{PIN: []byte("2468")}, loop.HostClosed{})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != fault.HostStopped || !v.Program.Fails {
		t.Errorf("%+v", v)
	}
}

// A button that is not offered does nothing when its event comes all the same.
func TestWhatIsNotOfferedIsNotAsked(t *testing.T) {
	p := withCard(t, protocol.PINState{State: protocol.PINLocked}, windowtest.Certificate(windowtest.IDA, fault.KeyUnsupported))
	for _, e := range []loop.Event{
		settings.ChangePIN{Token: "t"}, settings.ChangePIN{Token: "none"}, settings.TestCard{Certificate: windowtest.IDA}, settings.TestCard{Certificate: "none"},
		settings.Export{Certificate: "none"}, pinentry.Submit{PIN: []byte("2468")}, pinentry.SubmitNew{Old: []byte("2468")}, settings.AddLibrary{}, loop.Cancel{}, loop.Back{},
	} {
		p.on(e)
		if v := p.View(); v.Screen != settings.ScreenOverview || len(p.posted()) != 0 {
			t.Errorf("%T: %s, %v", e, v.Screen, p.did)
		}
	}
}

func TestExportSavesTheCertificate(t *testing.T) {
	c := windowtest.Certificate(windowtest.IDA, "")
	c.Serial = "0123456789ABCDEF"
	p := withCard(t, windowtest.ReadyPIN, c)
	p.on(settings.Export{Certificate: windowtest.IDA})
	p.answer(protocol.HostExported, protocol.HostExportedBody{Data: []byte{0x30}})
	i := slices.IndexFunc(p.did, func(e loop.Effect) bool { _, ok := e.(settings.Save); return ok })
	if i < 0 {
		t.Fatalf("%v", p.did)
	}
	if save := p.did[i].(settings.Save); save.Name != "sertifika-89ABCDEF.cer" || save.Type != "application/pkix-cert" || string(save.Data) != "\x30" {
		t.Errorf("%+v", save)
	}
}

func TestDiagnosisIsShownAndCopied(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	p.on(settings.Diagnose{}, settings.Diagnose{})
	if !p.View().Diagnosis.Working {
		t.Error("not under way")
	}
	p.answer(protocol.HostDiagnosis, protocol.Diagnosis{
		Time: today,
		Checks: []protocol.Check{
			{Level: protocol.CheckOK, Part: protocol.PartToken, Text: protocol.Sentence{TR: "Ayşe"}, Shared: protocol.Sentence{TR: "•••"}},
			{Level: "strange", Part: protocol.PartProgram, Text: protocol.Sentence{TR: "Program"}, Shared: protocol.Sentence{TR: "Program"}},
		},
		Modules: []string{"/lib/a.so"},
	})
	v := p.View()
	if len(v.Diagnosis.Parts) != 2 || v.Diagnosis.Parts[0].Checks[0].Level != "fail" || v.Diagnosis.Parts[1].Checks[0].Text != "Ayşe" || !slices.Equal(v.Libraries.Paths, []string{"/lib/a.so"}) {
		t.Errorf("%+v", v.Diagnosis.Parts)
	}
	p.on(settings.CopyDiagnosis{})
	if len(p.did) != 1 || p.did[0] != loop.Effect(settings.Copy{Text: "E-Onay sorun giderme kaydı, 15.01.2027 08:00\nTamam  •••\nHata  Program\n"}) {
		t.Errorf("%q", p.did)
	}
	p.on(settings.Copied{OK: true})
	if v := p.View(); v.Diagnosis.Copied != settings.CopyDone || v.Status != "Kopyalandı." {
		t.Errorf("%+v", v)
	}
}

func TestLibrariesAreChanged(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.AddLibrary{Path: "/lib/a.so"}, settings.AddLibrary{Path: "/lib/b.so"})
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.ModuleFailed, Detail: "file too short"})
	if v := p.View(); v.Libraries.Problem != fault.ModuleFailed || v.Libraries.Detail != "file too short" || v.Libraries.Changing {
		t.Errorf("%+v", v)
	}
	p.on(settings.AddLibrary{Path: "/lib/a.so"})
	p.answer(protocol.HostReady, nil)
	if v := p.View(); v.Libraries.Problem != "" || v.Done != settings.DoneAdded || !v.Diagnosis.Working {
		t.Errorf("%+v", v)
	}
}

func TestPhraseAndLanguage(t *testing.T) {
	m := settingsPage(t)
	if effects := m.Handle(settings.SavePhrase{Typed: "ab"}); len(effects) != 0 || !m.View().Phrase.Rejected || m.View().Phrase.Saved {
		t.Errorf("short phrase: %v, %+v", effects, m.View())
	}
	effects := m.Handle(settings.SavePhrase{Typed: " mavi  şemsiye"})
	if len(effects) != 1 || effects[0] != loop.Effect(loop.SavePreferences{Preferences: preferences.Preferences{Phrase: "mavi şemsiye"}}) || !m.View().Phrase.Saved || m.View().Phrase.Rejected {
		t.Errorf("%v, %+v", effects, m.View())
	}
	m.Handle(loop.ChooseLanguage{Language: "en"})
	if v := m.View(); v.Language != message.English || v.Title != "E-Onay settings" {
		t.Errorf("%+v", v)
	}
	m.Handle(loop.PreferencesRead{Preferences: preferences.Preferences{Phrase: "başka"}})
	if m.View().Phrase.Phrase != "başka" || m.View().Language != message.Turkish {
		t.Errorf("%+v", m.View())
	}
}

// A program that is missing may come at any moment: the page looks again by itself, without a word, and says where to get it.
func TestMissingProgramIsWaitedFor(t *testing.T) {
	const missing = "Specified native messaging host not found."
	p := settingsPage(t)
	p.on(loop.PartsRead{Extension: "1.1.0", Build: "https://online.example.tr/kurulum"})
	p.on(settings.FirstStart{})
	p.on(loop.HostClosed{Reason: missing})
	first := p.View()
	if step := first.Welcome.Steps[0]; step.Done || step.Install.Host != "online.example.tr" || first.Program.Install != step.Install {
		t.Errorf("%+v, %+v", step, first.Program)
	}
	for range 3 {
		if !slices.Contains(p.did, loop.Effect(loop.SetTimer{Timer: loop.TimerLook, Wait: 3_000})) {
			t.Fatalf("nothing looks again: %v", p.did)
		}
		p.on(loop.Elapsed{Timer: loop.TimerLook})
		if v := p.View(); !screen.Same(v, first) {
			t.Errorf("the page says something else while it looks: %+v", v.Program)
		}
		p.on(loop.HostClosed{Reason: missing})
	}
	p.on(loop.Elapsed{Timer: loop.TimerLook})
	p.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "1.0.0", Platform: "linux/amd64"})
	v := p.View()
	if !v.Program.Works || !v.Welcome.Steps[0].Done || !strings.Contains(v.Program.Older, "1.0.0") || v.Program.Install.URL == "" {
		t.Errorf("%+v", v.Program)
	}
	if p.on(loop.Elapsed{Timer: loop.TimerLook}); len(p.posted()) > 0 {
		t.Error("what works is looked for")
	}
}
