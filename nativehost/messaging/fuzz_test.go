package messaging_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
)

// Whatever the stream: no panic, no frame outside the limits, an end, and what was read can be written
// again as the same bytes.
func FuzzRead(f *testing.F) {
	f.Add(frame(2, "{}"))
	f.Add(frame(0, ""))
	f.Add(frame(1<<32-1, "{}"))
	f.Add(frame(9, "{}"))
	f.Add([]byte{1, 0})
	f.Add(append(frame(2, "{}"), frame(22, `{"id":1,"type":"ping"}`)...))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := messaging.NewReader(bytes.NewReader(stream))
		var again bytes.Buffer
		w := messaging.NewWriter(&again)
		for {
			got, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				if fault.CodeOf(err) == fault.Internal {
					t.Fatalf("error without a code: %v", err)
				}
				break
			}
			if len(got) == 0 || len(got) > protocol.MaxHostMessage {
				t.Fatalf("frame of %d bytes", len(got))
			}
			if err := w.WriteRaw(got); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(stream, again.Bytes()) {
			t.Fatal("frames read are not those of the stream")
		}
	})
}

// Whatever the frame: no panic; what is accepted is UTF-8, no deeper than the limit, and can be sent on.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"id":1,"type":"ping"}`))
	f.Add([]byte(`{"id":2,"type":"hello","body":{"protocol":1}}`))
	f.Add([]byte(`{"id":3,"type":"sign","body":{"certificate":"00","pin":"MTIzNA==","format":"cades","profile":"P1","shown":["AAAA"]}}`))
	f.Add([]byte(`{"id":4,"type":"chunk","body":{"document":0,"offset":0,"data":"eA=="}}`))
	f.Add([]byte(`{"a":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}`))
	f.Add([]byte("{\"type\":\"\xff\"}"))
	f.Add([]byte(`{"id":"\"[[[[[[[[[[[[["}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var e protocol.HostEnvelope
		if err := messaging.Decode(in, &e); err != nil {
			if fault.CodeOf(err) != fault.MessageInvalid {
				t.Fatalf("code of %v", err)
			}
			return
		}
		if !utf8.Valid(in) || depth(in) > protocol.MaxDepth {
			t.Fatal("accepted what it must refuse")
		}
		for _, body := range []any{&protocol.Hello{}, &protocol.HostDocumentBody{}, &protocol.HostChunkBody{}, &protocol.HostSignBody{}, &protocol.HostCancelBody{}} {
			_ = messaging.Decode(e.Body, body)
		}
		if err := messaging.NewWriter(io.Discard).Write(e); err != nil && len(in) < protocol.MaxHostMessage/8 {
			t.Fatal(err)
		}
	})
}

// depth measures valid JSON's nesting in another way than the package does: by what a decoder emits.
func depth(in []byte) int {
	deepest, level := 0, 0
	for _, token := range tokens(in) {
		switch token {
		case '{', '[':
			level++
			deepest = max(deepest, level)
		case '}', ']':
			level--
		}
	}
	return deepest
}
