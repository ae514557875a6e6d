package ades_test

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/e-onay/e-onay/internal/ades"
)

// A file of pieces reads as its pieces one after the other, from any place.
func TestPiecesReadAsTheWhole(t *testing.T) {
	documents := []ades.Document{ades.NewDocument("a", "text/plain", []byte("0123456789")), ades.NewDocument("b", "text/plain", []byte("abc"))}
	pieces := ades.Pieces{
		{Bytes: []byte("<<")}, ades.Whole(1, documents[1]), {Bytes: []byte{}}, {Document: 0, Offset: 3, Length: 4}, {Document: 0, Offset: 10}, {Bytes: []byte(">>")},
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	want := []byte("<<abc3456>>")
	if pieces.Size() != int64(len(want)) {
		t.Errorf("size %d", pieces.Size())
	}
	if err := iotest.TestReader(pieces.Reader(documents), want); err != nil {
		t.Error(err)
	}
	if err := iotest.TestReader(ades.Pieces(nil).Reader(nil), nil); err != nil {
		t.Errorf("no pieces: %v", err)
	}
}

func TestPiecesOutsideTheirDocuments(t *testing.T) {
	documents := []ades.Document{ades.NewDocument("a", "text/plain", make([]byte, 10))}
	for name, p := range map[string]ades.Piece{
		"no such document":   {Document: 1, Length: 1},
		"document below 0":   {Document: -1},
		"begins before":      {Offset: -1, Length: 2},
		"begins behind":      {Offset: 11},
		"ends behind":        {Offset: 9, Length: 2},
		"length below 0":     {Offset: 5, Length: -1},
		"length that wraps":  {Offset: 9, Length: 1<<63 - 1},
		"offset that wraps":  {Offset: 1<<63 - 1, Length: 1<<63 - 1},
		"document that ends": {Offset: 0, Length: 11},
	} {
		if (ades.Pieces{p}).Check(documents) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A document that is shorter than it says ends the reading with an error: a signed file must not be short in silence.
func TestDocumentThatEndsEarly(t *testing.T) {
	short := ades.NewDocument("a", "text/plain", []byte("abc"))
	short.Size = 4
	if _, err := short.Digest(crypto.SHA256); err == nil {
		t.Error("it has a digest")
	}
	if _, err := io.ReadAll(ades.Pieces{ades.Whole(0, short)}.Reader([]ades.Document{short})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read: %v", err)
	}
}

// A digest that is known is not computed again, and one that is neither known nor computable is an error.
func TestDocumentDigest(t *testing.T) {
	known := ades.Document{Size: 3, Digests: map[crypto.Hash][]byte{crypto.SHA256: {1}}}
	if digest, err := known.Digest(crypto.SHA256); err != nil || !bytes.Equal(digest, []byte{1}) {
		t.Errorf("%x, %v", digest, err)
	}
	if _, err := known.Digest(crypto.SHA384); err == nil {
		t.Error("a digest of nothing")
	}
	h := crypto.SHA384.New()
	h.Write([]byte("abc"))
	if digest, err := ades.NewDocument("", "", []byte("abc")).Digest(crypto.SHA384); err != nil || !bytes.Equal(digest, h.Sum(nil)) {
		t.Errorf("%x, %v", digest, err)
	}
}
