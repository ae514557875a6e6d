package session_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
	"github.com/e-onay/e-onay/nativehost/session"
)

func config(log io.Writer) session.Config {
	nowhere := filepath.Join(os.DevNull, "none") // in which nothing can be made
	return session.Config{
		Device: &device.Installation{Options: device.Options{Path: nowhere}}, JournalAt: nowhere, PUKRefusals: pukrefusals.File{Path: nowhere}, KeyPINs: keypins.File{Path: nowhere}, HashSites: hashsites.File{Path: nowhere},
		Version: "1", Platform: "test/test", Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Select: func([][]byte) module.Selection { return module.Selection{} },
	}
}

// converse serves one whole stream and returns the answers.
func converse(t testing.TB, c session.Config, stream []byte) ([]protocol.HostEnvelope, error) {
	t.Helper()
	var out bytes.Buffer
	err := session.Serve(t.Context(), bytes.NewReader(stream), &out, c)
	in := messaging.NewReader(&out)
	var answers []protocol.HostEnvelope
	for {
		frame, readErr := in.Read()
		if errors.Is(readErr, io.EOF) {
			return answers, err
		}
		if readErr != nil {
			t.Fatalf("the host's own frames: %v", readErr)
		}
		var e protocol.HostEnvelope
		if err := messaging.Decode(frame, &e); err != nil {
			t.Fatalf("the host's own message: %v", err)
		}
		answers = append(answers, e)
	}
}

func stream(requests ...string) []byte {
	var out []byte
	for _, r := range requests {
		out = append(binary.NativeEndian.AppendUint32(out, uint32(len(r))), r...)
	}
	return out
}

// Everything at once, without waiting for an answer: each request gets exactly one, and the working
// ones in their order.
func TestPipelined(t *testing.T) {
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	answers, err := converse(t, config(io.Discard), stream(
		`{"id":1,"type":"hello","body":{"protocol":1}}`,
		`{"id":2,"type":"document","body":{"document":0,"name":"a","mediaType":"text/plain","size":2}}`,
		`{"id":3,"type":"ping"}`,
		`{"id":4,"type":"chunk","body":{"document":0,"offset":0,"data":"eHg="}}`,
		`{"id":9,"type":"certificates"}`,
	))
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint32]protocol.HostType{1: protocol.HostWelcome, 2: protocol.HostReady, 3: protocol.HostReady, 4: protocol.HostReady, 9: ""}
	last := uint32(0)
	for _, a := range answers {
		kind, asked := want[a.ID]
		// The end of the input abandons what was still waiting.
		if !asked || a.Type != kind && a.Type != protocol.HostError && kind != "" {
			t.Errorf("answer %d %s", a.ID, a.Type)
		}
		delete(want, a.ID)
		if a.ID != 3 {
			if a.ID < last {
				t.Errorf("answer %d after %d", a.ID, last)
			}
			last = a.ID
		}
	}
	if len(want) != 0 {
		t.Errorf("not answered: %v", want)
	}
}

// Neither answer nor log repeats what a sign request held.
func TestNothingSecretIsRepeated(t *testing.T) {
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	var log bytes.Buffer
	body := `{"certificate":"00","pin":"Z2l6bGkxMjM0","format":"cades","profile":"P1","shown":["AA=="]}`
	answers, _ := converse(t, config(&log), stream(
		`{"id":1,"type":"hello","body":{"protocol":1}}`,
		`{"id":2,"type":"sign","body":`+body+`}`,
		`{"id":3,"type":"sign","body":`+strings.Replace(body, `"shown":["AA=="]`, `"shown":"AA=="`, 1)+`}`,
		`{"id":4,"type":"chunk","body":`+body+`}`,
		`{"id":5,"type":"sign","body":{"pin":"Z2l6bGkxMjM0"`, // cut
	))
	text, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) < 4 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, secret := range []string{"Z2l6bGkxMjM0", "gizli1234"} {
		if bytes.Contains(text, []byte(secret)) || strings.Contains(log.String(), secret) {
			t.Errorf("%q came out again", secret)
		}
	}
}

// An answer that the browser would not take is a failure, not silence.
func TestAnswerTooLarge(t *testing.T) {
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	c := config(io.Discard)
	c.Version = strings.Repeat("1", protocol.MaxHostMessage)
	in, window := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- session.Serve(t.Context(), in, out, c) }()
	if _, err := window.Write(stream(`{"id":1,"type":"hello","body":{"protocol":1}}`)); err != nil {
		t.Fatal(err)
	}
	frame, err := messaging.NewReader(answers).Read()
	if err != nil {
		t.Fatal(err)
	}
	window.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var answer protocol.HostEnvelope
	if err := messaging.Decode(frame, &answer); err != nil {
		t.Fatal(err)
	}
	var failure protocol.HostFailure
	if err := json.Unmarshal(answer.Body, &failure); err != nil || answer.ID != 1 || failure.Code != fault.MessageTooLarge {
		t.Fatalf("%v, %d %s %+v", err, answer.ID, answer.Type, failure)
	}
}

// Whatever a window sends: no panic, an end, answers that are well-formed, one at most to each request,
// and never a signature, for there is no card.
func FuzzSession(f *testing.F) {
	f.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(f.TempDir(), "none"))
	hello := `{"id":1,"type":"hello","body":{"protocol":1}}`
	f.Add(stream(hello, `{"id":2,"type":"certificates"}`))
	f.Add(stream(hello, `{"id":2,"type":"document","body":{"document":0,"name":"a","mediaType":"text/plain","size":2}}`, `{"id":3,"type":"chunk","body":{"document":0,"offset":0,"data":"eHg="}}`))
	f.Add(stream(hello, `{"id":2,"type":"sign","body":{"certificate":"00","pin":"MTIzNA==","format":"cades","profile":"P1","shown":["AA=="]}}`))
	f.Add(stream(hello, `{"id":2,"type":"journal","body":{"limit":50,"before":7,"search":"x"}}`))
	f.Add(stream(hello, `{"id":2,"type":"authenticate","body":{"certificate":"00","pin":"MTIzNA==","format":"web-eid:1.0","nonce":"AAAA","origin":"https://a.example"}}`))
	f.Add(stream(hello, `{"id":2,"type":"certificates"}`, `{"id":3,"type":"sign-hash","body":{"certificate":"00","pin":"MTIzNA==","hash":"AA==","hashFunction":"SHA-256","origin":"https://a.example"}}`))
	f.Add(stream(hello, `{"id":2,"type":"hash-sites"}`, `{"id":3,"type":"allow-hash","body":{"key":"00","origin":"https://a.example"}}`, `{"id":4,"type":"forbid-hash","body":{"key":"00","origin":"https://a.example"}}`))
	f.Add(stream(hello, `{"id":2,"type":"cancel","body":{"request":1}}`, `{"id":3,"type":"later"}`))
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, '{'})
	f.Fuzz(func(t *testing.T, in []byte) {
		answers, _ := converse(t, config(io.Discard), in)
		seen := map[uint32]bool{}
		for _, a := range answers {
			if a.ID != 0 && seen[a.ID] || a.Type == protocol.HostSigned || a.Type == protocol.HostAuthenticated || a.Type == protocol.HostHashSigned {
				t.Fatalf("answer %d %s", a.ID, a.Type)
			}
			seen[a.ID] = true
		}
	})
}
