package messaging_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
)

// frame builds a frame by hand, with any length in its header.
func frame(length uint32, body string) []byte {
	return append(binary.NativeEndian.AppendUint32(nil, length), body...)
}

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name   string
		stream []byte
		want   string
		code   fault.Code
	}{
		{name: "one frame", stream: frame(2, "{}"), want: "{}"},
		{name: "longest frame", stream: frame(protocol.MaxHostMessage, strings.Repeat("x", protocol.MaxHostMessage)), want: strings.Repeat("x", protocol.MaxHostMessage)},
		{name: "length 0", stream: frame(0, ""), code: fault.MessageInvalid},
		{name: "length 4 GiB", stream: frame(1<<32-1, "{}"), code: fault.MessageTooLarge},
		{name: "length one too many", stream: frame(protocol.MaxHostMessage+1, strings.Repeat("x", protocol.MaxHostMessage+1)), code: fault.MessageTooLarge},
		{name: "cut in the header", stream: []byte{1, 0}, code: fault.MessageInvalid},
		{name: "cut after the header", stream: frame(2, ""), code: fault.MessageInvalid},
		{name: "cut in the body", stream: frame(9, "{}"), code: fault.MessageInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := messaging.NewReader(bytes.NewReader(tt.stream)).Read()
			if string(got) != tt.want {
				t.Errorf("frame of %d bytes, want %d", len(got), len(tt.want))
			}
			check(t, err, tt.code)
		})
	}
}

func TestReadEnd(t *testing.T) {
	if _, err := messaging.NewReader(strings.NewReader("")).Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v, want io.EOF", err)
	}
}

func TestReadInto(t *testing.T) {
	buf := make([]byte, 4)
	n, err := messaging.NewReader(bytes.NewReader(frame(4, "1234"))).ReadInto(buf)
	if n != 4 || err != nil || string(buf) != "1234" {
		t.Fatalf("got %d, %v", n, err)
	}
	_, err = messaging.NewReader(bytes.NewReader(frame(5, "12345"))).ReadInto(buf)
	check(t, err, fault.MessageTooLarge)
}

func TestDecode(t *testing.T) {
	nested := func(n int) string {
		return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
	}
	for _, tt := range []struct {
		name, in string
		code     fault.Code
	}{
		{"object", `{"id":1,"type":"ping"}`, ""},
		{"space around", " \r\n\t{} ", ""},
		{"unknown field", `{"id":1,"type":"ping","later":[{}]}`, ""},
		{"brackets in a string", `{"type":"` + strings.Repeat("[{", 50) + `"}`, ""},
		{"escaped quote", `{"type":"\"` + strings.Repeat("[", 50) + `"}`, ""},
		{"escaped backslash before a quote", `{"type":"\\","later":` + strings.Repeat("[", protocol.MaxDepth) + strings.Repeat("]", protocol.MaxDepth) + `}`, fault.MessageInvalid},
		{"escaped backslash before an escaped quote", `{"type":"\\\"` + strings.Repeat("[", 50) + `"}`, ""},
		{"many escaped quotes", `{"type":"` + strings.Repeat(`\"`, 100_000) + `"}`, ""},
		{"string that does not end", `{"type":"` + strings.Repeat("[", 50), fault.MessageInvalid},
		{"member twice", `{"id":1,"type":"ping","id":2}`, fault.MessageInvalid},
		{"half a surrogate pair", `{"type":"\ud800"}`, fault.MessageInvalid},
		{"as deep as allowed", nested(protocol.MaxDepth), ""},
		{"one too deep", nested(protocol.MaxDepth + 1), fault.MessageInvalid},
		{"deep and never closed", strings.Repeat(`{"a":`, 200000), fault.MessageInvalid},
		{"not UTF-8", "{\"type\":\"\xff\"}", fault.MessageInvalid},
		{"array", `[]`, fault.MessageInvalid},
		{"null", `null`, fault.MessageInvalid},
		{"blank", ` `, fault.MessageInvalid},
		{"two values", `{}{}`, fault.MessageInvalid},
		{"wrong type", `{"id":"one"}`, fault.MessageInvalid},
		{"negative number", `{"id":-1}`, fault.MessageInvalid},
		{"cut", `{"id":1`, fault.MessageInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var e protocol.HostEnvelope
			check(t, messaging.Decode([]byte(tt.in), &e), tt.code)
		})
	}
}

// A member in other letters is one that is not known.
func TestDecodeMindsCase(t *testing.T) {
	var e protocol.HostEnvelope
	check(t, messaging.Decode([]byte(`{"id":1,"Type":"ping","ID":2}`), &e), "")
	if e.ID != 1 || e.Type != "" {
		t.Errorf("read %+v", e)
	}
}

// base64 is what the browser writes, and nothing else.
func TestDecodeBytes(t *testing.T) {
	for data, code := range map[string]fault.Code{
		`"eA=="`: "", `"eHh4"`: "", `""`: "", `null`: "",
		`"eA"`: fault.MessageInvalid, `"eA==\n"`: fault.MessageInvalid, `"e-_4"`: fault.MessageInvalid, `"eA=="e`: fault.MessageInvalid, `[120]`: fault.MessageInvalid, `"e A="`: fault.MessageInvalid,
	} {
		var body protocol.HostChunkBody
		t.Run(data, func(t *testing.T) {
			check(t, messaging.Decode([]byte(`{"document":0,"offset":0,"data":`+data+`}`), &body), code)
		})
	}
}

// A chunk of a document, as the host reads it: its envelope, and then its body.
func BenchmarkDecodeChunk(b *testing.B) {
	body, err := json.Marshal(protocol.HostChunkBody{Document: 1, Offset: 1 << 20, Data: make([]byte, protocol.ChunkSize)})
	if err != nil {
		b.Fatal(err)
	}
	frame, err := json.Marshal(protocol.HostEnvelope{ID: 7, Type: protocol.HostChunk, Body: body})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(protocol.ChunkSize)
	for b.Loop() {
		var e protocol.HostEnvelope
		var chunk protocol.HostChunkBody
		if err := messaging.Decode(frame, &e); err != nil {
			b.Fatal(err)
		}
		if err := messaging.Decode(e.Body, &chunk); err != nil {
			b.Fatal(err)
		}
	}
}

// The log gets decoding errors, so they must not quote what was decoded.
func TestDecodeErrorQuotesNothing(t *testing.T) {
	var body protocol.HostSignBody
	for _, in := range []string{`{"pin":"c2VjcmV0"`, `{"pin":"c2VjcmV0!"}`, `{"pin":"c2VjcmV0","shown":"c2VjcmV0"}`, `{"pin":c2VjcmV0}`} {
		err := messaging.Decode([]byte(in), &body)
		if err == nil || strings.Contains(err.Error(), "c2V") || strings.Contains(err.Error(), "'c'") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestWrite(t *testing.T) {
	var out bytes.Buffer
	w := messaging.NewWriter(&out)
	check(t, w.Write(strings.Repeat("x", protocol.MaxHostMessage)), fault.MessageTooLarge)
	check(t, w.WriteRaw(nil), fault.MessageInvalid)
	if out.Len() != 0 {
		t.Fatalf("%d bytes of a refused frame were written", out.Len())
	}
	if err := w.Write(protocol.HostEnvelope{ID: 1, Type: protocol.HostPing}); err != nil {
		t.Fatal(err)
	}
	if want := string(frame(22, `{"id":1,"type":"ping"}`)); out.String() != want {
		t.Fatalf("wrote %q, want %q", out.String(), want)
	}
}

func TestWriteFromManyGoroutines(t *testing.T) {
	r, w := io.Pipe()
	out := messaging.NewWriter(w)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if err := out.Write(protocol.HostEnvelope{ID: uint32(i + 1), Type: protocol.HostReady}); err != nil {
				t.Error(err)
			}
		})
	}
	in := messaging.NewReader(r)
	seen := map[uint32]bool{}
	for range 16 {
		f, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		var e protocol.HostEnvelope
		if err := messaging.Decode(f, &e); err != nil {
			t.Fatal(err)
		}
		seen[e.ID] = true
	}
	wg.Wait()
	if len(seen) != 16 {
		t.Fatalf("%d of 16 frames arrived", len(seen))
	}
}

func check(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		return
	}
	if err == nil || fault.CodeOf(err) != want {
		t.Errorf("got error %v, want code %s", err, want)
	}
}
