package flow_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

func TestManageHost(t *testing.T) {
	welcome := func(version int) []byte {
		return marshal(protocol.HostEnvelope{ID: 1, Type: protocol.HostWelcome, Body: marshal(protocol.Welcome{Protocol: version, Version: "0.1.0", Platform: "linux/amd64"})})
	}
	tests := []struct {
		name  string
		event flow.Event
		want  protocol.Code
	}{
		{"works", flow.HostMessage{Raw: welcome(protocol.Version)}, ""},
		{"outdated", flow.HostMessage{Raw: welcome(9)}, protocol.CodeHostOutdated},
		{"missing", flow.HostClosed{Reason: "Specified native messaging host not found."}, protocol.CodeHostMissing},
		{"refuses", flow.HostMessage{Raw: []byte(`{"id":1,"type":"error","body":{"code":"host_refused"}}`)}, protocol.CodeHostRefused},
		{"speaks nonsense", flow.HostMessage{Raw: []byte(`{`)}, protocol.CodeMessageInvalid},
		{"answers something else", flow.HostMessage{Raw: []byte(`{"id":1,"type":"ready"}`)}, protocol.CodeMessageInvalid},
		{"silent", flow.Elapsed{Timer: flow.TimerHost}, protocol.CodeHostStopped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, effects := flow.NewManage()
			if len(effects) != 3 || !m.View().Looking {
				t.Fatalf("effects %v", effects)
			}
			effects = m.Handle(tt.event)
			v := m.View()
			if v.Problem != tt.want || v.Works != (tt.want == "") || v.Fails == v.Works {
				t.Errorf("%+v", v)
			}
			if !slices.Contains(effects, flow.Effect(flow.DropHost{})) {
				t.Errorf("the host stays: %v", effects)
			}
			m.Handle(flow.Retry{})
			if !m.View().Looking {
				t.Error("does not look again")
			}
		})
	}
}

func TestManageSettings(t *testing.T) {
	m, _ := flow.NewManage()
	if effects := m.Handle(flow.SavePhrase{Typed: "ab"}); len(effects) != 0 || !m.View().Rejected || m.View().Saved {
		t.Errorf("short phrase: %v, %+v", effects, m.View())
	}
	effects := m.Handle(flow.SavePhrase{Typed: " mavi  şemsiye"})
	if len(effects) != 1 || effects[0] != flow.Effect(flow.SaveSettings{flow.Settings{Phrase: "mavi şemsiye"}}) || !m.View().Saved || m.View().Rejected {
		t.Errorf("%v, %+v", effects, m.View())
	}
	m.Handle(flow.Speak{Language: "en"})
	if v := m.View(); v.Language != message.English || v.Title != "E-Onay settings" {
		t.Errorf("%+v", v)
	}
	m.Handle(flow.SettingsRead{Settings: flow.Settings{Phrase: "başka"}})
	if m.View().Phrase != "başka" || m.View().Language != message.Turkish {
		t.Errorf("%+v", m.View())
	}
}
