package sign_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

func TestHostCloses(t *testing.T) {
	tests := []struct {
		reason string
		want   fault.Code
	}{
		{"Specified native messaging host not found.", fault.HostMissing},
		{"No such native application tr.eonay.host", fault.HostMissing},
		{"Access to the specified native messaging host is forbidden.", fault.HostRefused},
		{"Native host has exited.", fault.HostStopped},
		{"", fault.HostStopped},
	}
	for _, tt := range tests {
		w := until(t, screen.StepWho)
		w.On(loop.HostClosed{Reason: tt.reason})
		w.wantProblem(tt.want)
		if !w.View().Retriable || strings.Contains(w.LastTold(), "failed") {
			t.Errorf("%q: told %q before the person gave up", tt.reason, w.LastTold())
		}
		w.On(loop.Close{})
		if w.LastTold() != "failed "+string(tt.want) {
			t.Errorf("%q: told %q", tt.reason, w.LastTold())
		}
	}
}

// A second attempt has a fresh host, which gets the documents again; the page is asked for nothing twice.
func TestRetrySendsDocumentsToAnotherHost(t *testing.T) {
	w := until(t, screen.StepWorking)
	pulls := strings.Count(strings.Join(w.Told(), ","), "pull")
	w.On(loop.HostClosed{Reason: "Native host has exited."})
	w.wantProblem(fault.HostStopped)
	w.On(loop.Retry{})
	w.wantStep(screen.StepWaiting)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.wantStep(screen.StepCertificate)
	w.Answer(protocol.HostReady, nil)
	w.Answer(protocol.HostReady, nil)
	w.On(loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	asked := w.HostAsked()
	if last := asked[len(asked)-1].Envelope; last.Type != protocol.HostSign || last.ID != 5 {
		t.Errorf("last asked %s %d", last.Type, last.ID)
	}
	if n := strings.Count(strings.Join(w.Told(), ","), "pull"); n != pulls {
		t.Errorf("%d pulls, want %d", n, pulls)
	}
}

// While a missing host is being installed, the page's documents keep coming.
func TestDocumentsComeWhileTheHostIsMissing(t *testing.T) {
	w := open(t)
	w.On(loop.HostClosed{Reason: "Specified native messaging host not found."})
	w.wantProblem(fault.HostMissing)
	w.Stored()
	w.Page(protocol.PageSign, windowtest.SignRequest())
	w.Chunk(0, 0, windowtest.Consent)
	w.wantProblem(fault.HostMissing)
	w.On(loop.Retry{})
	w.wantStep(screen.StepWho)
	if asked := w.HostAsked(); len(asked) != 1 || asked[0].Envelope.Type != protocol.HostHello {
		t.Errorf("asked %v", asked)
	}
	w.On(loop.HostClosed{Reason: "Specified native messaging host not found."}, loop.PageClosed{})
	w.wantProblem(fault.PageGone)
}

func TestBadHostMessages(t *testing.T) {
	body := func(v any) string { return string(windowtest.Marshal(v)) }
	many := protocol.CertificateList{Tokens: []protocol.Token{windowtest.Token(windowtest.ReadyPIN)}}
	for i := range protocol.MaxCertificates + 1 {
		many.Certificates = append(many.Certificates, windowtest.Certificate(fmt.Sprintf("%064x", i), ""))
	}
	undated := windowtest.Certificate(windowtest.IDA, "")
	undated.NotAfter = 1 << 62
	tests := []struct {
		name, raw string // $ stands for the number of the request for the certificates
		want      fault.Code
	}{
		{"no JSON", "x", fault.MessageInvalid},
		{"nothing", "", fault.MessageInvalid},
		{"too deep", `{"id":$,"type":"certificate-list","body":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, fault.MessageInvalid},
		{"too long", `{"id":$,"type":"` + strings.Repeat("x", protocol.MaxHostMessage) + `"}`, fault.MessageInvalid},
		{"an answer to nothing", `{"id":99,"type":"ready"}`, fault.MessageInvalid},
		{"a number out of range", `{"id":-1,"type":"ready"}`, fault.MessageInvalid},
		{"another answer", `{"id":$,"type":"ready"}`, fault.MessageInvalid},
		{"a signature instead", `{"id":$,"type":"signed","body":{"outcomes":[{}]}}`, fault.MessageInvalid},
		{"unknown event", `{"id":0,"type":"surprise"}`, fault.MessageInvalid},
		{"no body", `{"id":$,"type":"certificate-list"}`, fault.MessageInvalid},
		{"body of another shape", `{"id":$,"type":"certificate-list","body":{"tokens":1}}`, fault.MessageInvalid},
		{"too many certificates", `{"id":$,"type":"certificate-list","body":` + body(many) + `}`, fault.MessageInvalid},
		{"no token", `{"id":$,"type":"certificate-list","body":` + body(protocol.CertificateList{Certificates: []protocol.Certificate{windowtest.Certificate(windowtest.IDA, "")}}) + `}`, fault.MessageInvalid},
		{"no name", `{"id":$,"type":"certificate-list","body":` + body(windowtest.List(windowtest.ReadyPIN, windowtest.Certificate("A", ""))) + `}`, fault.MessageInvalid},
		{"no date", `{"id":$,"type":"certificate-list","body":` + body(windowtest.List(windowtest.ReadyPIN, undated)) + `}`, fault.MessageInvalid},
		{"an error to nobody", `{"id":0,"type":"error","body":{"code":"message_too_large"}}`, fault.MessageTooLarge},
		{"an error", `{"id":$,"type":"error","body":{"code":"sequence"}}`, fault.Sequence},
		{"an unknown error", `{"id":$,"type":"error","body":{"code":"<b>"}}`, fault.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := open(t)
			w.Stored()
			w.Page(protocol.PageSign, windowtest.SignRequest())
			w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
			w.On(loop.HostMessage{Raw: []byte(strings.Replace(tt.raw, "$", "2", 1))})
			w.wantProblem(tt.want)
			w.On(loop.Cancel{})
			if w.LastTold() != "failed "+string(tt.want) {
				t.Errorf("told %q", w.LastTold())
			}
		})
	}
}

func TestHostOutdated(t *testing.T) {
	w := open(t)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version + 1})
	w.wantProblem(fault.HostOutdated)
}

func TestHostSilent(t *testing.T) {
	w := until(t, screen.StepWorking)
	w.On(loop.Elapsed{Timer: loop.TimerSlow})
	if !w.View().Slow {
		t.Error("a slow card is not spoken of")
	}
	w.On(loop.Elapsed{Timer: loop.TimerHost})
	w.wantProblem(fault.HostStopped)
}

// What the host must not hand over ends the request.
func TestBadPartsAndOutcomesAreRefused(t *testing.T) {
	type part = protocol.SignaturePart
	size := int64(len(windowtest.Consent))
	last := part{Data: []byte{1}, Last: true}
	for name, tt := range map[string]struct {
		parts    []part
		outcomes []protocol.Outcome
	}{
		"no outcome":                        {[]part{last}, nil},
		"two outcomes":                      {[]part{last}, make([]protocol.Outcome, 2)},
		"signed, and no part has come":      {nil, make([]protocol.Outcome, 1)},
		"signed, and the last is missing":   {[]part{{Data: []byte{1}}}, make([]protocol.Outcome, 1)},
		"not signed, and the last has come": {[]part{last}, []protocol.Outcome{{Code: fault.TokenError}}},
		"nothing is signed":                 {nil, []protocol.Outcome{{Code: fault.TokenError}}},
		"more of a whole file":              {[]part{last, last}, make([]protocol.Outcome, 1)},
		"no such document":                  {[]part{{Document: 1, Data: []byte{1}, Last: true}}, nil},
		"before the first document":         {[]part{{Document: -1, Data: []byte{1}, Last: true}}, nil},
		"empty":                             {[]part{{Last: true}}, make([]protocol.Outcome, 1)},
		"too large":                         {[]part{{Data: make([]byte, protocol.ChunkSize+1), Last: true}}, make([]protocol.Outcome, 1)},
		"bytes and a span":                  {[]part{{Data: []byte{1}, Span: protocol.Span{Length: 1}, Last: true}}, make([]protocol.Outcome, 1)},
		"a span of no document":             {[]part{{Span: protocol.Span{Document: 1, Length: 1}, Last: true}}, make([]protocol.Outcome, 1)},
		"a span of nothing":                 {[]part{{Span: protocol.Span{Offset: 1}, Last: true}}, make([]protocol.Outcome, 1)},
		"a span past the end":               {[]part{{Span: protocol.Span{Offset: size, Length: 1}, Last: true}}, make([]protocol.Outcome, 1)},
		"a span that overflows":             {[]part{{Span: protocol.Span{Offset: 1, Length: 1<<63 - 1}, Last: true}}, make([]protocol.Outcome, 1)},
		"a span before the beginning":       {[]part{{Span: protocol.Span{Offset: -1, Length: 2}, Last: true}}, make([]protocol.Outcome, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			w := until(t, screen.StepWorking)
			for _, p := range tt.parts {
				w.part(p)
			}
			if w.View().Step == screen.StepWorking {
				w.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: tt.outcomes})
			}
			w.wantProblem(fault.MessageInvalid)
			w.On(loop.Close{})
			if w.LastTold() != "failed message_invalid" {
				t.Errorf("told %q", w.LastTold())
			}
		})
	}
}

// A signed file has its bounds.
func TestSignedFileHasBounds(t *testing.T) {
	for _, tt := range []struct {
		part protocol.SignaturePart
		most int
	}{
		{protocol.SignaturePart{Data: []byte{1}}, protocol.MaxParts},
		{protocol.SignaturePart{Data: make([]byte, protocol.ChunkSize)}, protocol.MaxNewBytes / protocol.ChunkSize},
	} {
		w := until(t, screen.StepWorking)
		for range tt.most {
			w.part(tt.part)
		}
		w.wantStep(screen.StepWorking)
		w.part(tt.part)
		w.wantProblem(fault.MessageInvalid)
	}
}

// A signature that nobody has asked for ends the conversation.
func TestPartsOfNoRequestAreRefused(t *testing.T) {
	for _, step := range []screen.Step{screen.StepWho, screen.StepPIN, screen.StepWorking} {
		w := until(t, step)
		asked := w.HostAsked()
		w.Host(0, protocol.HostSignature, protocol.HostSignatureBody{Request: asked[len(asked)-1].Envelope.ID + 1, SignaturePart: protocol.SignaturePart{Data: []byte{1}, Last: true}})
		w.wantProblem(fault.MessageInvalid)
	}
}

// More signatures than documents are no progress.
func TestBadCountsAreRefused(t *testing.T) {
	for _, p := range []protocol.HostProgressBody{{Done: -1}, {Done: 2, Total: 1}, {Total: protocol.MaxDocuments + 1}} {
		w := until(t, screen.StepWorking)
		asked := w.HostAsked()
		p.Request, p.Stage = asked[len(asked)-1].Envelope.ID, protocol.HostStageSigning
		w.Host(0, protocol.HostProgress, p)
		w.wantProblem(fault.MessageInvalid)
	}
}

// Two documents, of which one is signed: the page gets its file, and learns why there is no other.
func TestAFailureDoesNotTakeTheOthersAlong(t *testing.T) {
	w := signsTwo(t)
	w.part(protocol.SignaturePart{Document: 1, Span: protocol.Span{Document: 0, Offset: 1, Length: 2}})
	w.part(protocol.SignaturePart{Document: 1, Data: []byte{1}, Last: true})
	w.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: []protocol.Outcome{{Code: fault.TokenRemoved}, {}}})
	w.wantStep(screen.StepDone)
	var told protocol.PageEnvelope
	for _, e := range w.Effects {
		if p, ok := e.(loop.PostPage); ok {
			told = p.Envelope
		}
	}
	result, ok := told.Body.(protocol.SignResult)
	if !ok || result.Outcomes[0].Code != fault.TokenRemoved || result.Outcomes[0].Message.EN == "" || result.Outcomes[1] != (protocol.Outcome{}) {
		t.Errorf("told %+v", told)
	}
}

// Once a signature has left there is no second attempt: the document would be signed twice.
func TestNoRetryAfterASignatureHasLeft(t *testing.T) {
	w := signsTwo(t)
	w.part(protocol.SignaturePart{Data: []byte{1}, Last: true})
	w.On(loop.HostClosed{Reason: "Native host has exited."})
	w.wantProblem(fault.HostStopped)
	if w.View().Retriable || w.LastTold() != "failed host_stopped" {
		t.Errorf("retriable: %v, told %q", w.View().Retriable, w.LastTold())
	}
}

// Who cancels in the middle still gives the page what the card has made; who cancels once more does not wait for it.
func TestCancelInTheMiddle(t *testing.T) {
	w := signsTwo(t)
	w.part(protocol.SignaturePart{Data: []byte{1}, Last: true})
	request := w.HostAsked()[len(w.HostAsked())-1].Envelope.ID
	w.On(loop.Cancel{})
	body, _ := windowtest.Sent[protocol.HostCancelBody](&w.Surroundings)
	if w.wantStep(screen.StepWorking); body.Request != request || w.Has(loop.CloseWindow{}) {
		t.Fatalf("cancelled %d, want %d; closed: %v", body.Request, request, w.Has(loop.CloseWindow{}))
	}
	again := signsTwo(t)
	again.part(protocol.SignaturePart{Data: []byte{1}, Last: true})
	again.On(loop.Cancel{}, loop.Cancel{})
	if again.LastTold() != "failed cancelled" || !again.Has(loop.CloseWindow{}) {
		t.Errorf("cancelled twice: told %q", again.LastTold())
	}
	w.Answer(protocol.HostReady, nil)
	w.Host(request, protocol.HostSigned, protocol.SignResult{Outcomes: []protocol.Outcome{{}, {Code: fault.Cancelled}}})
	if w.LastTold() != "signed" || !w.Has(loop.CloseWindow{}) {
		t.Errorf("told %q", w.LastTold())
	}
}

// Who has only some documents signed is told which, and why not the others; the window waits until they have read it.
func TestSomeSigned(t *testing.T) {
	w := signsTwo(t)
	w.part(protocol.SignaturePart{Document: 1, Data: []byte{1}, Last: true})
	w.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: []protocol.Outcome{{Code: fault.PDFForbidden}, {}}})
	v := w.View()
	if v.Step != screen.StepDone || v.Title != "2 belgeden 1 tanesi imzalandı" || !v.StaysOpen || w.Has(loop.CloseWindow{}) {
		t.Errorf("step %s, title %q, stays open: %v", v.Step, v.Title, v.StaysOpen)
	}
	if len(v.End.Signed) != 1 || len(v.End.NotSigned.Documents) != 1 || v.End.NotSigned.Documents[0].Code != fault.PDFForbidden || v.End.NotSigned.Documents[0].Why != v.Error(fault.PDFForbidden) {
		t.Errorf("the end is %+v", v.End)
	}
	w.On(loop.Elapsed{Timer: loop.TimerClose})
	if w.Has(loop.CloseWindow{}) {
		t.Error("it has closed by itself")
	}
}

// A host that stops in the middle leaves no doubt of what was signed before.
func TestHostStopsAfterSome(t *testing.T) {
	w := signsTwo(t)
	w.part(protocol.SignaturePart{Data: []byte{1}, Last: true})
	w.On(loop.HostClosed{})
	if v := w.View(); v.Step != screen.StepFailed || v.Hint != "2 belgeden 1 tanesi bundan önce imzalandı ve siteye verildi." {
		t.Errorf("step %s, hint %q", v.Step, v.Hint)
	}
}

// signsTwo is a window whose card is at work on two documents.
func signsTwo(t *testing.T) *Window {
	t.Helper()
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.Documents = "", append(r.Documents, r.Documents[0])
	w.Page(protocol.PageSign, r)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	for i := range r.Documents {
		w.Chunk(i, 0, windowtest.Consent)
		w.Answer(protocol.HostReady, nil)
		w.Answer(protocol.HostReady, nil)
	}
	w.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	w.wantStep(screen.StepWorking)
	return w
}

// What the page learns of troubles with the card, before and after the person agreed to deal with it.
func TestWhatThePageLearns(t *testing.T) {
	tests := []struct {
		step screen.Step
		code fault.Code
		want string
	}{
		{screen.StepWho, fault.ModuleFailed, "failed cancelled"},
		{screen.StepWorking, fault.ModuleFailed, "failed module_failed"},
		{screen.StepWorking, fault.PINLocked, "failed pin_locked"},
		{screen.StepWorking, fault.TokenRemoved, "failed token_removed"},
		{screen.StepWorking, fault.DigestMismatch, "failed digest_mismatch"},
	}
	for _, tt := range tests {
		w := until(t, tt.step)
		w.Fails(tt.code, nil)
		w.wantProblem(tt.code)
		w.On(loop.Close{})
		if w.LastTold() != tt.want {
			t.Errorf("%s at %s: told %q, want %q", tt.code, tt.step, w.LastTold(), tt.want)
		}
	}
}

// PINs that are not sent to the card, because they could only cost an attempt.
func TestUnfitPINIsNotSent(t *testing.T) {
	final := protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal}
	tests := []struct {
		name  string
		state protocol.PINState
		sign  pinentry.Submit
		want  fault.Code
	}{
		{"empty", windowtest.ReadyPIN, pinentry.Submit{}, fault.PINEmpty},
		{"too short", windowtest.ReadyPIN, pinentry.Submit{PIN: []byte("123")}, fault.PINLength},
		{"too long", windowtest.ReadyPIN, pinentry.Submit{PIN: []byte("123456789")}, fault.PINLength},
		{"not of the alphabet", windowtest.ReadyPIN, pinentry.Submit{PIN: []byte("şifre")}, fault.PINCharacters},
		{"too long for any card", protocol.PINState{State: protocol.PINReady}, pinentry.Submit{PIN: bytes.Repeat([]byte("1"), 65)}, fault.PINLength},
		{"last try, not confirmed", final, pinentry.Submit{PIN: []byte("1234")}, pinentry.AlertConfirm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := untilWith(t, screen.StepPIN, windowtest.List(tt.state, windowtest.Certificate(windowtest.IDA, "")))
			before := len(w.HostAsked())
			alerts := w.View().Alerts
			w.On(tt.sign)
			v := w.View()
			if v.Step != screen.StepPIN || v.Alert.Code != tt.want || v.Alerts == alerts || strings.HasPrefix(v.Alert.Text, "error.") {
				t.Errorf("step %q, alert %q", v.Step, v.Alert.Code)
			}
			if len(w.HostAsked()) != before || !bytes.Equal(tt.sign.PIN, make([]byte, len(tt.sign.PIN))) {
				t.Error("sent, or not cleared")
			}
		})
	}
}

func TestWrongPIN(t *testing.T) {
	w := until(t, screen.StepWorking)
	w.Fails(fault.PINIncorrect, &protocol.PINState{Min: 4, Max: 8, State: protocol.PINLow})
	if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != fault.PINIncorrect || v.PIN.State != protocol.PINLow {
		t.Fatalf("step %q, alert %q, state %q", v.Step, v.Alert.Code, v.PIN.State)
	}
	w.On(pinentry.Submit{PIN: []byte("5678")})
	w.wantStep(screen.StepWorking)
	w.Fails(fault.PINLastTry, nil)
	if v := w.View(); v.Step != screen.StepPIN || v.PIN.State != protocol.PINFinal {
		t.Fatalf("step %q, state %q", v.Step, v.PIN.State)
	}
	w.On(pinentry.Submit{PIN: []byte("5678")})
	w.wantStep(screen.StepPIN)
	w.On(pinentry.Submit{PIN: []byte("5678"), Confirmed: true})
	w.Fails(fault.PINLocked, nil)
	w.wantProblem(fault.PINLocked)
	if strings.Contains(strings.Join(w.Told(), ","), "pin_incorrect") {
		t.Errorf("the page learnt of a wrong PIN: %q", w.Told())
	}
}

// A key's own PIN is asked for beside the card's, sent as what it is, and its alerts are about its field.
func TestKeyPIN(t *testing.T) {
	w := until(t, screen.StepWorking)
	refuse := func(code fault.Code, state string) {
		t.Helper()
		w.Answer(protocol.HostError, protocol.HostFailure{Code: code, KeyPIN: &protocol.PINState{State: state}})
		if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != code || v.Alert.Field != "keypin" || v.KeyPIN == nil || v.KeyPIN.State != state || v.PIN.State != protocol.PINReady {
			t.Fatalf("step %q, alert %q at %q, PINs %+v and %+v", v.Step, v.Alert.Code, v.Alert.Field, v.PIN, v.KeyPIN)
		}
	}
	refuse(fault.KeyPINRequired, protocol.PINReady)
	before := len(w.HostAsked())
	for _, tt := range []struct {
		sign  pinentry.Submit
		want  fault.Code
		ofKey bool
	}{
		{pinentry.Submit{PIN: []byte("1234")}, fault.PINEmpty, true},
		{pinentry.Submit{KeyPIN: []byte("1234")}, fault.PINEmpty, false},
		{pinentry.Submit{PIN: []byte("1234"), KeyPIN: []byte("12ş4")}, fault.PINCharacters, true},
	} {
		w.On(tt.sign)
		if v := w.View(); v.Alert.Code != tt.want || (v.Alert.Field == "keypin") != tt.ofKey || len(w.HostAsked()) != before {
			t.Errorf("alert %q at %q, want %q, %v", v.Alert.Code, v.Alert.Field, tt.want, tt.ofKey)
		}
		if strings.Trim(string(tt.sign.PIN)+string(tt.sign.KeyPIN), "\x00") != "" {
			t.Error("not cleared")
		}
	}
	w.On(pinentry.Submit{PIN: []byte("1234"), KeyPIN: []byte("5678")})
	body, pin := windowtest.Sent[protocol.HostSignBody](&w.Surroundings)
	asked := w.HostAsked()
	if key := string(asked[len(asked)-1].KeyPIN); pin != "1234" || key != "5678" || body.Told != protocol.PINReady || body.KeyTold != protocol.PINReady {
		t.Errorf("sent %q and %q, told %q and %q", pin, key, body.Told, body.KeyTold)
	}
	refuse(fault.KeyPINIncorrect, protocol.PINFinal)
	if w.View().LastAttempt == nil {
		t.Error("the last try is not asked about")
	}
	w.On(pinentry.Submit{PIN: []byte("1234"), KeyPIN: []byte("5678")})
	if v := w.View(); v.Alert.Code != pinentry.AlertConfirm {
		t.Errorf("alert %q", v.Alert.Code)
	}
	w.On(pinentry.Submit{PIN: []byte("1234"), KeyPIN: []byte("5678"), Confirmed: true})
	w.Fails(fault.KeyPINLocked, nil)
	w.wantProblem(fault.KeyPINLocked)
}

// Where the machine knows that a key has its own PIN, the person is asked for it at once.
func TestListedKeyPINIsAskedForAtOnce(t *testing.T) {
	c := windowtest.Certificate(windowtest.IDA, "")
	c.KeyPIN = &protocol.PINState{State: protocol.PINLow}
	w := untilWith(t, screen.StepPIN, windowtest.List(windowtest.ReadyPIN, c))
	if v := w.View(); v.KeyPIN == nil || v.KeyPIN.State != protocol.PINLow {
		t.Errorf("%+v", v.KeyPIN)
	}
}

// A card that has lost tries to another window shows its new state, and wants the person's word before the last.
func TestFewerAttemptsAreShownBeforeTheLast(t *testing.T) {
	w := until(t, screen.StepWorking)
	if body, _ := windowtest.Sent[protocol.HostSignBody](&w.Surroundings); body.Told != protocol.PINReady {
		t.Errorf("told %q", body.Told)
	}
	w.Fails(fault.TriesFewer, &protocol.PINState{Min: 4, Max: 8, State: protocol.PINFinal})
	if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != fault.TriesFewer || v.Alert.Field == "keypin" || v.LastAttempt == nil {
		t.Fatalf("step %q, alert %q, last try %v", v.Step, v.Alert.Code, v.LastAttempt != nil)
	}
	w.On(pinentry.Submit{PIN: []byte("5678")})
	if v := w.View(); v.Alert.Code != pinentry.AlertConfirm {
		t.Errorf("alert %q", v.Alert.Code)
	}
	w.On(pinentry.Submit{PIN: []byte("5678"), Confirmed: true})
	if body, _ := windowtest.Sent[protocol.HostSignBody](&w.Surroundings); body.Told != protocol.PINFinal {
		t.Errorf("told %q", body.Told)
	}
}

func TestPINOnReader(t *testing.T) {
	w := untilWith(t, screen.StepPIN, windowtest.List(protocol.PINState{Pad: true, State: protocol.PINReady}, windowtest.Certificate(windowtest.IDA, "")))
	w.On(pinentry.Submit{})
	w.wantStep(screen.StepWorking)
	asked := w.HostAsked()
	if last := asked[len(asked)-1]; last.Envelope.Type != protocol.HostSign || last.PIN != nil {
		t.Errorf("asked %s with PIN %q", last.Envelope.Type, last.PIN)
	}
}

func TestProgressOfTheCardIsShown(t *testing.T) {
	w := until(t, screen.StepWorking)
	asked := w.HostAsked()
	id := asked[len(asked)-1].Envelope.ID
	titles := map[string]bool{w.View().Title: true}
	for _, stage := range []protocol.HostStage{protocol.HostStageLogin, protocol.HostStageAgain, protocol.HostStageSigning} {
		w.Effects = nil
		w.Host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id, Stage: stage})
		titles[w.View().Title] = true
		if !slices.ContainsFunc(w.Effects, func(e loop.Effect) bool {
			a, ok := e.(loop.SetTimer)
			return ok && a.Timer == loop.TimerHost && a.Wait > 0
		}) {
			t.Errorf("%s: the host is given no more time", stage)
		}
	}
	w.Host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id, Stage: protocol.HostStageSigning, Done: 3, Total: 7})
	if v := w.View(); v.Signed != 3 || v.ToSign != 7 {
		t.Errorf("%d of %d", v.Signed, v.ToSign)
	}
	w.Host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id + 1, Stage: protocol.HostStageLogin})
	if len(titles) != 4 || w.View().Stage != protocol.HostStageSigning {
		t.Errorf("titles %v, stage %q", titles, w.View().Stage)
	}
}

func TestTogglePIN(t *testing.T) {
	w := until(t, screen.StepPIN)
	w.On(loop.TogglePIN{})
	if !w.View().ShowPIN {
		t.Error("not shown")
	}
	w.On(loop.Back{}, loop.Continue{})
	if w.View().ShowPIN {
		t.Error("shown again on a new screen")
	}
}
