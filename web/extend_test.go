package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExtendWithSandbox makes a signature last with the sandbox's authorities, asked by the addresses in its certificates, and has web verify judge
// it without the network. An authority that misbehaves leaves no file.
func TestExtendWithSandbox(t *testing.T) {
	w := newWorld(t)
	dir, state := t.TempDir(), filepath.Dir(w.config)
	var act struct{ Signature string }
	if err := json.Unmarshal([]byte(w.sign("A", "Onay veriyorum.")), &act); err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(act.Signature)
	if err != nil {
		t.Fatal(err)
	}
	file, document := filepath.Join(dir, "a.p7s"), filepath.Join(dir, "a.txt")
	for path, data := range map[string][]byte{file: signature, document: []byte("Onay veriyorum.")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	common := []string{"-content", document, "-anchors", filepath.Join(state, "anchors.pem"), "-en"}
	runs := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if status := run(t.Context(), append(args, common...), strings.NewReader(""), &out, &out); status != want {
			t.Errorf("%v: status %d, want %d: %s", args, status, want, &out)
		}
		return out.String()
	}
	extended := filepath.Join(dir, "extended.p7s")
	extend := []string{"extend", file, "-o", extended, "-level", "LTA", "-tsa", w.sandbox + "/tsa", "-online", "-with", filepath.Join(state, "intermediates.pem")}
	for _, how := range []string{"rejected", "wrong-nonce", "wrong-imprint", "expired", "no-eku", "wrong-signer", "broken", "ahead", "garbage", "down"} {
		w.misbehaveTSA(how)
		runs(3, extend...)
		if _, err := os.Stat(extended); err == nil {
			t.Fatalf("%s: a file was written", how)
		}
	}
	w.misbehaveTSA("ok")
	runs(0, extend...)
	if said := runs(0, "verify", extended); !strings.Contains(said, "CAdES-BASELINE-LTA") {
		t.Error(said)
	}
}
