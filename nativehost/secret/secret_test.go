package secret_test

import (
	"errors"
	"testing"

	"github.com/e-onay/e-onay/nativehost/secret"
)

func TestBuffer(t *testing.T) {
	b, err := secret.NewBuffer(8)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	if err := b.Fill(func(p []byte) (int, error) { return copy(p, "123456"), nil }); err != nil {
		t.Fatal(err)
	}
	secretBytes := b.Bytes()
	if string(secretBytes) != "123456" {
		t.Fatalf("%d bytes came back", len(secretBytes))
	}
	b.Clear()
	if string(secretBytes) != "\x00\x00\x00\x00\x00\x00" || len(b.Bytes()) != 0 {
		t.Fatal("the secret outlives Clear")
	}
}

func TestBufferClearsWhatAFailedReadLeft(t *testing.T) {
	b, err := secret.NewBuffer(8)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	var part []byte
	broken := errors.New("stream ends")
	err = b.Fill(func(p []byte) (int, error) { part = p[:copy(p, "12")]; return 2, broken })
	if !errors.Is(err, broken) || len(b.Bytes()) != 0 || string(part) != "\x00\x00" {
		t.Fatalf("after a failed read: %v, %d bytes, part %v", err, len(b.Bytes()), part)
	}
}
