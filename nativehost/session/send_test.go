package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// What the browser would not take, or JSON cannot say, is replaced by a small error under the same number: answers,
// errors and events.
func TestSendReplacesWhatIsTooLarge(t *testing.T) {
	huge := strings.Repeat("<", protocol.MaxHostMessage/2) // six bytes each in JSON
	refusal := &worker.PINError{
		State: protocol.PINState{State: protocol.PINLow, Alphabet: huge},
		Err:   fault.Errorf(fault.PINIncorrect, "C_Login"),
	}
	for _, test := range []struct {
		name string
		id   uint32
		send func(*session)
		want fault.Code
	}{
		{"answer", 7, func(s *session) { s.send(7, protocol.HostWelcome, protocol.Welcome{Version: huge}) }, fault.MessageTooLarge},
		{"error", 7, func(s *session) { s.fail(7, refusal) }, fault.PINIncorrect},
		{"event", 0, func(s *session) {
			s.send(0, protocol.HostProgress, protocol.HostProgressBody{Stage: protocol.HostStage(huge)})
		}, fault.MessageTooLarge},
		{"not in JSON", 7, func(s *session) { s.send(7, protocol.HostWelcome, math.NaN()) }, fault.Internal},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			test.send(&session{Config: Config{Log: slog.New(slog.DiscardHandler)}, out: messaging.NewWriter(&out)})
			in := messaging.NewReader(&out)
			frame, err := in.Read()
			if err != nil {
				t.Fatal(err)
			}
			var e protocol.HostEnvelope
			var failure protocol.HostFailure
			if err := messaging.Decode(frame, &e); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(e.Body, &failure); err != nil {
				t.Fatal(err)
			}
			if e.ID != test.id || e.Type != protocol.HostError || failure.Code != test.want {
				t.Errorf("message %d %s %s", e.ID, e.Type, e.Body)
			}
			if _, err := in.Read(); !errors.Is(err, io.EOF) {
				t.Errorf("after it: %v", err)
			}
		})
	}
}
