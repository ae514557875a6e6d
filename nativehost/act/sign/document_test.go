package sign_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/act/sign"
)

func text(document int, size int64) *protocol.HostDocumentBody {
	return &protocol.HostDocumentBody{Document: document, Name: "onay.txt", MediaType: protocol.MediaTypeText, Size: size}
}

// A document beyond the limits is refused, and leaves the act as it is.
func TestAnnounceRefuses(t *testing.T) {
	a := new(sign.Act)
	for _, tt := range []struct {
		name string
		edit func(*protocol.HostDocumentBody)
		code fault.Code
	}{
		{"too large", func(d *protocol.HostDocumentBody) { d.Size = protocol.MaxTextDocument + 1 }, fault.RequestTooLarge},
		{"negative size", func(d *protocol.HostDocumentBody) { d.Size = -1 }, fault.MessageInvalid},
		{"huge", func(d *protocol.HostDocumentBody) { d.Size = 1 << 62 }, fault.RequestTooLarge},
		{"another media type", func(d *protocol.HostDocumentBody) { d.MediaType = "application/pdf" }, fault.DocumentUnsupported},
		{"long name", func(d *protocol.HostDocumentBody) { d.Name = strings.Repeat("x", protocol.MaxName+1) }, fault.MessageInvalid},
		{"name not in UTF-8", func(d *protocol.HostDocumentBody) { d.Name = "\xff" }, fault.MessageInvalid},
		{"not the next", func(d *protocol.HostDocumentBody) { d.Document = 1 }, fault.Sequence},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := text(0, 1)
			tt.edit(d)
			if err := a.Announce(t.Context(), act.Request{}, d); fault.CodeOf(err) != tt.code || a.HasDocuments() {
				t.Errorf("%v, want %s", err, tt.code)
			}
		})
	}
	for i := range protocol.MaxDocuments {
		if err := a.Announce(t.Context(), act.Request{}, text(i, 0)); err != nil {
			t.Fatalf("document %d: %v", i, err)
		}
	}
	if err := a.Announce(t.Context(), act.Request{}, text(protocol.MaxDocuments, 0)); fault.CodeOf(err) != fault.RequestTooLarge {
		t.Errorf("one document too many: %v", err)
	}
}

// A chunk must be the next bytes of the last document, and leaves it as it is otherwise.
func TestReceiveRefuses(t *testing.T) {
	a := new(sign.Act)
	if err := a.Announce(t.Context(), act.Request{}, text(0, protocol.MaxTextDocument)); err != nil {
		t.Fatal(err)
	}
	receive := func(document int, offset int64, data []byte) error {
		return a.Receive(t.Context(), act.Request{}, &protocol.HostChunkBody{Document: document, Offset: offset, Data: data})
	}
	for name, tt := range map[string]struct {
		document int
		offset   int64
		data     []byte
		code     fault.Code
	}{
		"too large":        {0, 0, make([]byte, protocol.ChunkSize+1), fault.MessageInvalid},
		"empty":            {0, 0, nil, fault.MessageInvalid},
		"another document": {1, 0, []byte("x"), fault.Sequence},
		"after a gap":      {0, 1, []byte("x"), fault.Sequence},
		"negative offset":  {0, -1, []byte("x"), fault.Sequence},
	} {
		t.Run(name, func(t *testing.T) {
			if err := receive(tt.document, tt.offset, tt.data); fault.CodeOf(err) != tt.code {
				t.Errorf("%v, want %s", err, tt.code)
			}
		})
	}
	for offset := 0; offset < protocol.MaxTextDocument; offset += protocol.ChunkSize {
		if !a.Receiving() {
			t.Fatalf("complete after %d bytes", offset)
		}
		if err := receive(0, int64(offset), make([]byte, min(protocol.ChunkSize, protocol.MaxTextDocument-offset))); err != nil {
			t.Fatal(err)
		}
	}
	if a.Receiving() {
		t.Error("all bytes are there, and it still receives")
	}
}
