package flow_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

func TestChoice(t *testing.T) {
	tests := []struct {
		name   string
		list   protocol.CertificateList
		step   flow.Step
		chosen string
		usable int
	}{
		{"one", list(ready, certificate(idA, "")), flow.StepCertificate, idA, 1},
		{"two", list(ready, certificate(idA, ""), certificate(idB, "")), flow.StepCertificate, "", 2},
		{"one of two usable", list(ready, certificate(idA, protocol.CodeCertificateExpired), certificate(idB, "")), flow.StepCertificate, idB, 1},
		{"listed twice", list(ready, certificate(idA, ""), certificate(idA, "")), flow.StepCertificate, idA, 1},
		{"none usable", list(ready, certificate(idA, protocol.CodeCertificateNotQualified)), flow.StepCertificate, "", 0},
		{"card blocked", list(protocol.PINState{State: protocol.PINLocked}, certificate(idA, "")), flow.StepCertificate, "", 0},
		{"no PIN yet", list(protocol.PINState{State: protocol.PINUnset}, certificate(idA, "")), flow.StepCertificate, "", 0},
		{"empty card", list(ready), flow.StepWaiting, "", 0},
		{"no card", findings(protocol.CodeNoToken), flow.StepWaiting, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := untilWith(t, flow.StepCode, tt.list)
			w.on(flow.Continue{})
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
			w.on(flow.Continue{})
			if went := w.View().Step == flow.StepPIN; went != (tt.chosen != "") {
				t.Errorf("went on to the PIN: %v", went)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	w := untilWith(t, flow.StepCertificate, list(ready, certificate(idA, ""), certificate(idB, protocol.CodeCertificateExpired)))
	w.on(flow.Choose{ID: idB}, flow.Choose{ID: "x"})
	if w.View().Chosen != idA {
		t.Errorf("chosen %q", w.View().Chosen)
	}
}

func TestWaitingFor(t *testing.T) {
	tests := []struct {
		findings []protocol.Code
		want     protocol.Code
	}{
		{nil, protocol.CodeNoToken},
		{[]protocol.Code{protocol.CodeNoReader}, protocol.CodeNoReader},
		{[]protocol.Code{protocol.CodeNoReader, protocol.CodeModuleFailed}, protocol.CodeModuleFailed},
		{[]protocol.Code{"nonsense"}, protocol.CodeNoToken},
		{[]protocol.Code{protocol.CodeTokenRemoved}, protocol.CodeTokenRemoved},
		{[]protocol.Code{protocol.CodeNoModule}, protocol.CodeNoModule},
		{[]protocol.Code{protocol.CodeNoCertificate}, protocol.CodeNoCertificate},
	}
	for _, tt := range tests {
		w := untilWith(t, flow.StepCode, findings(tt.findings...))
		w.on(flow.Continue{})
		w.wantStep(flow.StepWaiting)
		if v := w.View(); v.Waiting != tt.want || v.Title == "" || v.Title != v.Status {
			t.Errorf("%q: waiting for %q under %q", tt.findings, v.Waiting, v.Title)
		}
	}
}

// The kind of card is told where that is what is missing, and shows nothing that it should not.
func TestWaitingForADriver(t *testing.T) {
	akis := protocol.Finding{Code: protocol.CodeNoModule, Subject: "AKİS 2.x"}
	for _, tt := range []struct {
		findings []protocol.Finding
		want     string
	}{
		{[]protocol.Finding{akis}, "AKİS 2.x"},
		{[]protocol.Finding{{Code: protocol.CodeNoModule}, akis}, "AKİS 2.x"},
		{[]protocol.Finding{{Code: protocol.CodeCardUnrecognized, Subject: "AKİS\u202e 1.x"}}, "AKİS⟦U+202E⟧ 1.x"},
		{[]protocol.Finding{{Code: protocol.CodeNoModule}}, ""},
		{[]protocol.Finding{akis, {Code: protocol.CodeModuleCrashed, Subject: "a.so"}}, ""},
		{nil, ""},
	} {
		w := untilWith(t, flow.StepCode, protocol.CertificateList{Findings: tt.findings})
		w.on(flow.Continue{})
		if got := w.View().Family; got != tt.want {
			t.Errorf("%+v: %q", tt.findings, got)
		}
	}
}

// The card comes, goes and comes again; the window follows by itself.
func TestCardComesAndGoes(t *testing.T) {
	w := untilWith(t, flow.StepCode, findings(protocol.CodeNoReader))
	w.on(flow.Continue{})
	w.host(0, protocol.HostTokensChanged, nil)
	if !w.View().Looking {
		t.Error("does not look")
	}
	w.host(0, protocol.HostTokensChanged, nil)
	w.host(0, protocol.HostTokensChanged, nil)
	w.answer(protocol.HostCertificateList, findings(protocol.CodeNoToken))
	w.wantStep(flow.StepWaiting)
	w.answer(protocol.HostCertificateList, list(ready, certificate(idA, "")))
	w.wantStep(flow.StepCertificate)
	if w.View().Looking {
		t.Error("three events, more than two lists")
	}
	w.on(flow.Continue{})
	w.host(0, protocol.HostTokensChanged, nil)
	w.answer(protocol.HostCertificateList, findings(protocol.CodeNoToken))
	if v := w.View(); v.Step != flow.StepWaiting || v.Chosen != "" {
		t.Errorf("card gone at the PIN: step %q", v.Step)
	}
	w.on(flow.Retry{})
	w.answer(protocol.HostCertificateList, list(ready, certificate(idA, "")))
	w.wantStep(flow.StepCertificate)
}

// A host that refuses to list for want of a card is a host to wait with, not a failure.
func TestListRefused(t *testing.T) {
	w := open(t)
	w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.fails(protocol.CodeNoReader, nil)
	w.wantStep(flow.StepLoading)
}

func TestNamesAreMadeVisible(t *testing.T) {
	c := certificate(idA, "")
	c.Holder = "Ayşe\u202e" + strings.Repeat("x", 300)
	w := untilWith(t, flow.StepCertificate, list(ready, c))
	got := w.View().Choices[0].Holder
	if !strings.HasPrefix(got, "Ayşe⟦U+202E⟧x") || len([]rune(got)) > 220 {
		t.Errorf("holder %q", got)
	}
}

func TestDates(t *testing.T) {
	d := flow.Date{Year: 2026, Month: 3, Day: 7}
	if d.Text(message.Turkish) != "07.03.2026" || d.Text(message.English) != "7 March 2026" {
		t.Errorf("%q, %q", d.Text(message.Turkish), d.Text(message.English))
	}
}
