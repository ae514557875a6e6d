package sign_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

func TestChoice(t *testing.T) {
	tests := []struct {
		name   string
		list   protocol.CertificateList
		step   screen.Step
		chosen string
		usable int
	}{
		{"one", windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")), screen.StepCertificate, windowtest.IDA, 1},
		{"two", windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""), windowtest.Certificate(windowtest.IDB, "")), screen.StepCertificate, "", 2},
		{"one of two usable", windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, fault.CertificateExpired), windowtest.Certificate(windowtest.IDB, "")), screen.StepCertificate, windowtest.IDB, 1},
		{"listed twice", windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""), windowtest.Certificate(windowtest.IDA, "")), screen.StepCertificate, windowtest.IDA, 1},
		{"none usable", windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, fault.CertificateNotQualified)), screen.StepCertificate, "", 0},
		{"card blocked", windowtest.List(protocol.PINState{State: protocol.PINLocked}, windowtest.Certificate(windowtest.IDA, "")), screen.StepCertificate, "", 0},
		{"no PIN yet", windowtest.List(protocol.PINState{State: protocol.PINUnset}, windowtest.Certificate(windowtest.IDA, "")), screen.StepCertificate, "", 0},
		{"empty card", windowtest.List(windowtest.ReadyPIN), screen.StepWaiting, "", 0},
		{"no card", windowtest.Findings(fault.NoToken), screen.StepWaiting, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := untilWith(t, screen.StepCode, tt.list)
			w.On(loop.Continue{})
			v := w.View()
			if v.Step != tt.step || v.Chosen != tt.chosen || v.Usable() != tt.usable {
				t.Errorf("step %q, chosen %.8q, usable %d", v.Step, v.Chosen, v.Usable())
			}
			for i, c := range v.Choices {
				if first := i < tt.usable; first != (c.Problem == "") {
					t.Errorf("choice %d of %d usable ones has the problem %q", i, tt.usable, c.Problem)
				}
				if c.Problem != "" && strings.HasPrefix(v.Error(c.Problem), "error.") {
					t.Errorf("no sentence for %q", c.Problem)
				}
			}
			w.On(loop.Continue{})
			if went := w.View().Step == screen.StepPIN; went != (tt.chosen != "") {
				t.Errorf("went on to the PIN: %v", went)
			}
		})
	}
}

func TestOnlyUsableCertificatesAreChosen(t *testing.T) {
	w := untilWith(t, screen.StepCertificate, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""), windowtest.Certificate(windowtest.IDB, fault.CertificateExpired)))
	w.On(loop.Choose{ID: windowtest.IDB}, loop.Choose{ID: "x"})
	if w.View().Chosen != windowtest.IDA {
		t.Errorf("chosen %q", w.View().Chosen)
	}
}

func TestWaitingNamesTheObstacle(t *testing.T) {
	tests := []struct {
		findings []fault.Code
		want     fault.Code
	}{
		{nil, fault.NoToken},
		{[]fault.Code{fault.NoReader}, fault.NoReader},
		{[]fault.Code{fault.NoReader, fault.ModuleFailed}, fault.ModuleFailed},
		{[]fault.Code{"nonsense"}, fault.NoToken},
		{[]fault.Code{fault.TokenRemoved}, fault.TokenRemoved},
		{[]fault.Code{fault.NoModule}, fault.NoModule},
		{[]fault.Code{fault.NoCertificate}, fault.NoCertificate},
		{[]fault.Code{fault.NoCertificate, fault.CertificateMalformed}, fault.CertificateMalformed},
		{[]fault.Code{fault.ModuleFailed, fault.CertificateMalformed}, fault.CertificateMalformed},
		{[]fault.Code{fault.CertificatesLeftOut}, fault.CertificatesLeftOut},
	}
	for _, tt := range tests {
		w := untilWith(t, screen.StepCode, windowtest.Findings(tt.findings...))
		w.On(loop.Continue{})
		w.wantStep(screen.StepWaiting)
		if v := w.View(); v.Waiting != tt.want || v.Title == "" || v.Title != v.Status {
			t.Errorf("%q: waiting for %q under %q", tt.findings, v.Waiting, v.Title)
		}
	}
}

// The kind of card is told where that is what is missing, and shows nothing that it should not.
func TestWaitingNamesTheFamily(t *testing.T) {
	akis := protocol.Finding{Code: fault.NoModule, Subject: "AKİS 2.x"}
	for _, tt := range []struct {
		findings []protocol.Finding
		want     string
	}{
		{[]protocol.Finding{akis}, "AKİS 2.x"},
		{[]protocol.Finding{{Code: fault.NoModule}, akis}, "AKİS 2.x"},
		{[]protocol.Finding{{Code: fault.CardUnrecognized, Subject: "AKİS\u202e 1.x"}}, "AKİS⟦U+202E⟧ 1.x"},
		{[]protocol.Finding{{Code: fault.NoModule}}, ""},
		{[]protocol.Finding{akis, {Code: fault.ModuleCrashed, Subject: "a.so"}}, ""},
		{nil, ""},
	} {
		w := untilWith(t, screen.StepCode, protocol.CertificateList{Findings: tt.findings})
		w.On(loop.Continue{})
		if got := w.View().Family; got != tt.want {
			t.Errorf("%+v: %q", tt.findings, got)
		}
	}
}

// A certificate that cannot be read is told as that, with the reason for the help desk.
func TestWaitingTellsWhyACertificateIsUnreadable(t *testing.T) {
	l := windowtest.List(windowtest.ReadyPIN)
	l.Findings = []protocol.Finding{{Code: fault.CertificateMalformed, Subject: "Kart", Detail: "x509: negative serial number\u202e"}}
	w := untilWith(t, screen.StepCode, l)
	w.On(loop.Continue{})
	w.wantStep(screen.StepWaiting)
	v := w.View()
	if v.Waiting != fault.CertificateMalformed || v.Cause != "x509: negative serial number⟦U+202E⟧" || v.Title != v.T("window.waiting.title_unreadable") {
		t.Errorf("waiting for %q under %q: %q", v.Waiting, v.Title, v.Cause)
	}
}

// That there is more than the list holds is told beside the list.
func TestLeftOutCertificatesAreMentioned(t *testing.T) {
	l := windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
	l.Findings = []protocol.Finding{{Code: fault.CertificatesLeftOut, Subject: "Kart"}}
	w := untilWith(t, screen.StepCertificate, l)
	if v := w.View(); v.LeftOut != fault.CertificatesLeftOut {
		t.Errorf("lacking %q", v.LeftOut)
	}
	w = untilWith(t, screen.StepCertificate, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	if v := w.View(); v.LeftOut != "" {
		t.Errorf("lacking %q", v.LeftOut)
	}
}

// The card comes, goes and comes again; the window follows by itself.
func TestCardComesAndGoes(t *testing.T) {
	w := untilWith(t, screen.StepCode, windowtest.Findings(fault.NoReader))
	w.On(loop.Continue{})
	w.Host(0, protocol.HostTokensChanged, nil)
	if !w.View().Looking {
		t.Error("does not look")
	}
	w.Host(0, protocol.HostTokensChanged, nil)
	w.Host(0, protocol.HostTokensChanged, nil)
	w.Answer(protocol.HostCertificateList, windowtest.Findings(fault.NoToken))
	w.wantStep(screen.StepWaiting)
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.wantStep(screen.StepCertificate)
	if w.View().Looking {
		t.Error("three events, more than two lists")
	}
	w.On(loop.Continue{})
	w.Host(0, protocol.HostTokensChanged, nil)
	w.Answer(protocol.HostCertificateList, windowtest.Findings(fault.NoToken))
	if v := w.View(); v.Step != screen.StepWaiting || v.Chosen != "" {
		t.Errorf("card gone at the PIN: step %q", v.Step)
	}
	w.On(loop.Retry{})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.wantStep(screen.StepCertificate)
}

// A host that refuses to list for want of a card is a host to wait with, not a failure.
func TestRefusedListIsWaitedFor(t *testing.T) {
	w := open(t)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Fails(fault.NoReader, nil)
	w.wantStep(screen.StepLoading)
}

func TestNamesAreMadeVisible(t *testing.T) {
	c := windowtest.Certificate(windowtest.IDA, "")
	c.Holder = "Ayşe\u202e" + strings.Repeat("x", 300)
	w := untilWith(t, screen.StepCertificate, windowtest.List(windowtest.ReadyPIN, c))
	got := w.View().Choices[0].Holder
	if !strings.HasPrefix(got, "Ayşe⟦U+202E⟧x") || len([]rune(got)) > 220 {
		t.Errorf("holder %q", got)
	}
}

func TestDates(t *testing.T) {
	d := screen.Date{Year: 2026, Month: 3, Day: 7}
	if d.Text(message.Turkish) != "07.03.2026" || d.Text(message.English) != "7 March 2026" {
		t.Errorf("%q, %q", d.Text(message.Turkish), d.Text(message.English))
	}
}
