package flow_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

func TestHostCloses(t *testing.T) {
	tests := []struct {
		reason string
		want   protocol.Code
	}{
		{"Specified native messaging host not found.", protocol.CodeHostMissing},
		{"No such native application tr.eonay.host", protocol.CodeHostMissing},
		{"Access to the specified native messaging host is forbidden.", protocol.CodeHostRefused},
		{"Native host has exited.", protocol.CodeHostStopped},
		{"", protocol.CodeHostStopped},
	}
	for _, tt := range tests {
		w := until(t, flow.StepWho)
		w.on(flow.HostClosed{Reason: tt.reason})
		w.wantProblem(tt.want)
		if !w.View().Retriable || strings.Contains(w.lastTold(), "failed") {
			t.Errorf("%q: told %q before the person gave up", tt.reason, w.lastTold())
		}
		w.on(flow.Close{})
		if w.lastTold() != "failed "+string(tt.want) {
			t.Errorf("%q: told %q", tt.reason, w.lastTold())
		}
	}
}

// A second attempt has a fresh host, which gets the documents again; the page is asked for nothing twice.
func TestRetry(t *testing.T) {
	w := until(t, flow.StepWorking)
	pulls := strings.Count(strings.Join(w.told(), ","), "pull")
	w.on(flow.HostClosed{Reason: "Native host has exited."})
	w.wantProblem(protocol.CodeHostStopped)
	w.on(flow.Retry{})
	w.wantStep(flow.StepWaiting)
	w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.answer(protocol.HostCertificateList, list(ready, certificate(idA, "")))
	w.wantStep(flow.StepCertificate)
	w.answer(protocol.HostReady, nil)
	w.answer(protocol.HostReady, nil)
	w.on(flow.Continue{}, flow.Sign{PIN: []byte("1234")})
	asked := w.hostAsked()
	if last := asked[len(asked)-1].Envelope; last.Type != protocol.HostSign || last.ID != 5 {
		t.Errorf("last asked %s %d", last.Type, last.ID)
	}
	if n := strings.Count(strings.Join(w.told(), ","), "pull"); n != pulls {
		t.Errorf("%d pulls, want %d", n, pulls)
	}
}

// While a missing host is being installed, the page's documents keep coming.
func TestRetryEarly(t *testing.T) {
	w := open(t)
	w.on(flow.HostClosed{Reason: "Specified native messaging host not found."})
	w.wantProblem(protocol.CodeHostMissing)
	w.stored()
	w.page(protocol.PageSign, request())
	w.chunk(0, 0, consent)
	w.wantProblem(protocol.CodeHostMissing)
	w.on(flow.Retry{})
	w.wantStep(flow.StepWho)
	if asked := w.hostAsked(); len(asked) != 1 || asked[0].Envelope.Type != protocol.HostHello {
		t.Errorf("asked %v", asked)
	}
	w.on(flow.HostClosed{Reason: "Specified native messaging host not found."}, flow.PageClosed{})
	w.wantProblem(protocol.CodePageGone)
}

func TestBadHostMessages(t *testing.T) {
	body := func(v any) string { return string(marshal(v)) }
	many := protocol.CertificateList{Tokens: []protocol.Token{token(ready)}}
	for i := range protocol.MaxCertificates + 1 {
		many.Certificates = append(many.Certificates, certificate(fmt.Sprintf("%064x", i), ""))
	}
	undated := certificate(idA, "")
	undated.NotAfter = 1 << 62
	tests := []struct {
		name, raw string // $ stands for the number of the request for the certificates
		want      protocol.Code
	}{
		{"no JSON", "x", protocol.CodeMessageInvalid},
		{"nothing", "", protocol.CodeMessageInvalid},
		{"too deep", `{"id":$,"type":"certificate-list","body":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, protocol.CodeMessageInvalid},
		{"too long", `{"id":$,"type":"` + strings.Repeat("x", protocol.MaxHostMessage) + `"}`, protocol.CodeMessageInvalid},
		{"an answer to nothing", `{"id":99,"type":"ready"}`, protocol.CodeMessageInvalid},
		{"a number out of range", `{"id":-1,"type":"ready"}`, protocol.CodeMessageInvalid},
		{"another answer", `{"id":$,"type":"ready"}`, protocol.CodeMessageInvalid},
		{"a signature instead", `{"id":$,"type":"signed","body":{"signatures":[]}}`, protocol.CodeMessageInvalid},
		{"unknown event", `{"id":0,"type":"surprise"}`, protocol.CodeMessageInvalid},
		{"no body", `{"id":$,"type":"certificate-list"}`, protocol.CodeMessageInvalid},
		{"body of another shape", `{"id":$,"type":"certificate-list","body":{"tokens":1}}`, protocol.CodeMessageInvalid},
		{"too many certificates", `{"id":$,"type":"certificate-list","body":` + body(many) + `}`, protocol.CodeMessageInvalid},
		{"no token", `{"id":$,"type":"certificate-list","body":` + body(protocol.CertificateList{Certificates: []protocol.Certificate{certificate(idA, "")}}) + `}`, protocol.CodeMessageInvalid},
		{"no name", `{"id":$,"type":"certificate-list","body":` + body(list(ready, certificate("A", ""))) + `}`, protocol.CodeMessageInvalid},
		{"no date", `{"id":$,"type":"certificate-list","body":` + body(list(ready, undated)) + `}`, protocol.CodeMessageInvalid},
		{"an error to nobody", `{"id":0,"type":"error","body":{"code":"message_too_large"}}`, protocol.CodeMessageTooLarge},
		{"an error", `{"id":$,"type":"error","body":{"code":"sequence"}}`, protocol.CodeSequence},
		{"an unknown error", `{"id":$,"type":"error","body":{"code":"<b>"}}`, protocol.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := open(t)
			w.stored()
			w.page(protocol.PageSign, request())
			w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
			w.on(flow.HostMessage{Raw: []byte(strings.Replace(tt.raw, "$", "2", 1))})
			w.wantProblem(tt.want)
			w.on(flow.Cancel{})
			if w.lastTold() != "failed "+string(tt.want) {
				t.Errorf("told %q", w.lastTold())
			}
		})
	}
}

func TestHostOutdated(t *testing.T) {
	w := open(t)
	w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version + 1})
	w.wantProblem(protocol.CodeHostOutdated)
}

func TestHostSilent(t *testing.T) {
	w := until(t, flow.StepWorking)
	w.on(flow.Elapsed{Timer: flow.TimerSlow})
	if !w.View().Slow {
		t.Error("a slow card is not spoken of")
	}
	w.on(flow.Elapsed{Timer: flow.TimerHost})
	w.wantProblem(protocol.CodeHostStopped)
}

// Signatures that the host must not hand over.
func TestBadSignatures(t *testing.T) {
	good := protocol.Signature{Format: "cades", Profile: "P1", Data: []byte{1}}
	tests := []struct {
		name       string
		signatures []protocol.Signature
	}{
		{"none", nil},
		{"two for one document", []protocol.Signature{good, good}},
		{"empty", []protocol.Signature{{Format: "cades", Profile: "P1"}}},
		{"another format", []protocol.Signature{{Format: "pades", Profile: "P1", Data: []byte{1}}}},
		{"another profile", []protocol.Signature{{Format: "cades", Profile: "P2", Data: []byte{1}}}},
		{"too large", []protocol.Signature{{Format: "cades", Profile: "P1", Data: make([]byte, protocol.MaxSignature+1)}}},
	}
	for _, tt := range tests {
		w := until(t, flow.StepWorking)
		w.answer(protocol.HostSigned, protocol.HostSignedBody{Signatures: tt.signatures})
		w.wantProblem(protocol.CodeMessageInvalid)
		if w.lastTold() != "failed message_invalid" {
			t.Errorf("%s: told %q", tt.name, w.lastTold())
		}
	}
}

// What the page learns of troubles with the card, before and after the person agreed to deal with it.
func TestWhatThePageLearns(t *testing.T) {
	tests := []struct {
		step flow.Step
		code protocol.Code
		want string
	}{
		{flow.StepWho, protocol.CodeModuleFailed, "failed cancelled"},
		{flow.StepWorking, protocol.CodeModuleFailed, "failed module_failed"},
		{flow.StepWorking, protocol.CodePINLocked, "failed pin_locked"},
		{flow.StepWorking, protocol.CodeTokenRemoved, "failed token_removed"},
		{flow.StepWorking, protocol.CodeDigestMismatch, "failed digest_mismatch"},
	}
	for _, tt := range tests {
		w := until(t, tt.step)
		w.fails(tt.code, nil)
		w.wantProblem(tt.code)
		w.on(flow.Close{})
		if w.lastTold() != tt.want {
			t.Errorf("%s at %s: told %q, want %q", tt.code, tt.step, w.lastTold(), tt.want)
		}
	}
}

// PINs that are not sent to the card, because they could cost a try for nothing.
func TestPINNotSent(t *testing.T) {
	final := protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal}
	tests := []struct {
		name  string
		state protocol.PINState
		sign  flow.Sign
		want  protocol.Code
	}{
		{"empty", ready, flow.Sign{}, protocol.CodePINEmpty},
		{"too short", ready, flow.Sign{PIN: []byte("123")}, protocol.CodePINLength},
		{"too long", ready, flow.Sign{PIN: []byte("123456789")}, protocol.CodePINLength},
		{"not of the alphabet", ready, flow.Sign{PIN: []byte("şifre")}, protocol.CodePINCharacters},
		{"too long for any card", protocol.PINState{State: protocol.PINReady}, flow.Sign{PIN: bytes.Repeat([]byte("1"), 65)}, protocol.CodePINLength},
		{"last try, not confirmed", final, flow.Sign{PIN: []byte("1234")}, flow.AlertConfirm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := untilWith(t, flow.StepPIN, list(tt.state, certificate(idA, "")))
			before := len(w.hostAsked())
			alerts := w.View().Alerts
			w.on(tt.sign)
			v := w.View()
			if v.Step != flow.StepPIN || v.Alert != tt.want || v.Alerts == alerts || strings.HasPrefix(v.Why, "error.") {
				t.Errorf("step %q, alert %q", v.Step, v.Alert)
			}
			if len(w.hostAsked()) != before || !bytes.Equal(tt.sign.PIN, make([]byte, len(tt.sign.PIN))) {
				t.Error("sent, or not cleared")
			}
		})
	}
}

func TestWrongPIN(t *testing.T) {
	w := until(t, flow.StepWorking)
	w.fails(protocol.CodePINIncorrect, &protocol.PINState{Min: 4, Max: 8, State: protocol.PINLow})
	if v := w.View(); v.Step != flow.StepPIN || v.Alert != protocol.CodePINIncorrect || v.PIN.State != protocol.PINLow {
		t.Fatalf("step %q, alert %q, state %q", v.Step, v.Alert, v.PIN.State)
	}
	w.on(flow.Sign{PIN: []byte("5678")})
	w.wantStep(flow.StepWorking)
	w.fails(protocol.CodePINLastTry, nil)
	if v := w.View(); v.Step != flow.StepPIN || v.PIN.State != protocol.PINFinal {
		t.Fatalf("step %q, state %q", v.Step, v.PIN.State)
	}
	w.on(flow.Sign{PIN: []byte("5678")})
	w.wantStep(flow.StepPIN)
	w.on(flow.Sign{PIN: []byte("5678"), Confirmed: true})
	w.fails(protocol.CodePINLocked, nil)
	w.wantProblem(protocol.CodePINLocked)
	if strings.Contains(strings.Join(w.told(), ","), "pin_incorrect") {
		t.Errorf("the page learnt of a wrong PIN: %q", w.told())
	}
}

func TestPINOnReader(t *testing.T) {
	w := untilWith(t, flow.StepPIN, list(protocol.PINState{Pad: true, State: protocol.PINReady}, certificate(idA, "")))
	w.on(flow.Sign{})
	w.wantStep(flow.StepWorking)
	asked := w.hostAsked()
	if last := asked[len(asked)-1]; last.Envelope.Type != protocol.HostSign || last.PIN != nil {
		t.Errorf("asked %s with PIN %q", last.Envelope.Type, last.PIN)
	}
}

func TestProgressOfTheCard(t *testing.T) {
	w := until(t, flow.StepWorking)
	asked := w.hostAsked()
	id := asked[len(asked)-1].Envelope.ID
	titles := map[string]bool{w.View().Title: true}
	for _, stage := range []protocol.HostStage{protocol.HostStageLogin, protocol.HostStageSigning} {
		w.host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id, Stage: stage})
		titles[w.View().Title] = true
	}
	w.host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id + 1, Stage: protocol.HostStageLogin})
	if len(titles) != 3 || w.View().Stage != protocol.HostStageSigning {
		t.Errorf("titles %v, stage %q", titles, w.View().Stage)
	}
}

func TestTogglePIN(t *testing.T) {
	w := until(t, flow.StepPIN)
	w.on(flow.TogglePIN{})
	if !w.View().ShowPIN {
		t.Error("not shown")
	}
	w.on(flow.Back{}, flow.Continue{})
	if w.View().ShowPIN {
		t.Error("shown again on a new screen")
	}
}

// The page may ask at any time whether the host is there, and always gets an answer.
func TestStatus(t *testing.T) {
	host := func(w *window) string {
		t.Helper()
		for i := len(w.effects) - 1; i >= 0; i-- {
			if p, ok := w.effects[i].(flow.PostPage); ok && p.Envelope.Type == protocol.PageStatusReply {
				return p.Envelope.Body.(protocol.StatusReply).Host
			}
		}
		t.Fatalf("no answer: the page was told %q", w.told())
		return ""
	}
	t.Run("asked", func(t *testing.T) {
		w := until(t, flow.StepPIN)
		w.page(protocol.PageStatus, nil)
		if w.lastTold() == "status-reply" {
			t.Fatal("answered without asking the host")
		}
		w.answer(protocol.HostReady, nil)
		if got := host(w); got != "0.1.0" {
			t.Errorf("host %q", got)
		}
		w.wantStep(flow.StepPIN)
	})
	t.Run("signing", func(t *testing.T) {
		w := until(t, flow.StepWorking)
		w.page(protocol.PageStatus, nil)
		if got := host(w); got != "0.1.0" {
			t.Errorf("host %q", got)
		}
	})
	t.Run("host ends", func(t *testing.T) {
		w := until(t, flow.StepPIN)
		w.page(protocol.PageStatus, nil)
		w.on(flow.HostClosed{Reason: "Native host has exited."})
		if got := host(w); got != "" {
			t.Errorf("host %q", got)
		}
		w.page(protocol.PageStatus, nil)
		if got := w.lastTold(); got != "status-reply" {
			t.Errorf("the page was told %q", got)
		}
	})
}
