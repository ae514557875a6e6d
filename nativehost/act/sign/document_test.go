package sign_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/act/sign"
	"github.com/e-onay/e-onay/nativehost/spool"
)

func text(document int, size int64) *protocol.HostDocumentBody {
	return &protocol.HostDocumentBody{Document: document, Name: "onay.txt", MediaType: protocol.MediaTypeText, Size: size}
}

// A document beyond the limits is refused, and leaves the act as it is.
func TestAnnounceRefuses(t *testing.T) {
	a := &sign.Act{Spool: &spool.File{Folder: t.TempDir()}}
	for _, tt := range []struct {
		name string
		edit func(*protocol.HostDocumentBody)
		code fault.Code
	}{
		{"too large", func(d *protocol.HostDocumentBody) { d.Size = protocol.MaxTextDocument + 1 }, fault.RequestTooLarge},
		{"negative size", func(d *protocol.HostDocumentBody) { d.Size = -1 }, fault.MessageInvalid},
		{"huge", func(d *protocol.HostDocumentBody) { d.Size = 1 << 62 }, fault.RequestTooLarge},
		{"no media type", func(d *protocol.HostDocumentBody) { d.MediaType = "pdf" }, fault.MessageInvalid},
		{"larger than a request", func(d *protocol.HostDocumentBody) { d.MediaType, d.Size = "application/pdf", protocol.MaxRequest+1 }, fault.RequestTooLarge},
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

// Documents are bounded together, and those that are to be kept are on the disk until the act is closed.
func TestDocumentsAreKept(t *testing.T) {
	a := &sign.Act{Spool: &spool.File{Folder: t.TempDir()}}
	announce := func(document int, size int64, keep bool) error {
		return a.Announce(t.Context(), act.Request{}, &protocol.HostDocumentBody{Document: document, Name: "a.pdf", MediaType: "application/pdf", Size: size, Keep: keep})
	}
	for i, keep := range []bool{true, false, true} {
		if err := announce(i, 3, keep); err != nil {
			t.Fatal(err)
		}
		if err := a.Receive(t.Context(), act.Request{}, &protocol.HostChunkBody{Document: i, Data: []byte("abc")}); err != nil {
			t.Fatal(err)
		}
	}
	if a.Spool.Size() != 6 {
		t.Errorf("%d bytes are kept", a.Spool.Size())
	}
	if err := announce(3, protocol.MaxRequest-8, false); fault.CodeOf(err) != fault.RequestTooLarge {
		t.Errorf("too much together: %v", err)
	}
	if err := announce(3, protocol.MaxRequest-9, false); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil || a.Spool.Size() != 0 || a.HasDocuments() {
		t.Errorf("%v, %d bytes", err, a.Spool.Size())
	}
}

// A chunk must be the next bytes of the last document, and leaves it as it is otherwise.
func TestReceiveRefuses(t *testing.T) {
	a := &sign.Act{Spool: &spool.File{Folder: t.TempDir()}}
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
