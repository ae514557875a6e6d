package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCurrent compares the committed file with what the generator would write.
func TestCurrent(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("../../..", file))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run `go run ./wasm/tools/question`", file)
	}
}
