package portal

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keyFile writes a PUK key made of one byte, and returns its path.
func keyFile(t *testing.T, of byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "puk.key")
	text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, 32)) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func safeOf(t *testing.T, paths ...string) *pukSafe {
	t.Helper()
	safe, err := openSafe(&Settings{PUKKeyFile: paths[0], PUKOldKeyFiles: paths[1:]})
	if err != nil {
		t.Fatal(err)
	}
	return safe
}

func TestPUKSafe(t *testing.T) {
	first, second := keyFile(t, 1), keyFile(t, 2)
	safe, puk := safeOf(t, first), []byte("12345678")
	sealed := safe.seal("S1", puk)
	if bytes.Contains(sealed, puk) || bytes.Equal(sealed, safe.seal("S1", puk)) {
		t.Errorf("not encrypted, or with a nonce that was used: %x", sealed)
	}
	for name, test := range map[string]struct {
		safe   *pukSafe
		serial string
		sealed []byte
		opens  bool
	}{
		"another process":        {safeOf(t, first), "S1", sealed, true},
		"after a new key":        {safeOf(t, second, first), "S1", sealed, true},
		"the key is gone":        {safeOf(t, second), "S1", sealed, false},
		"another card":           {safe, "S2", sealed, false},
		"changed":                {safe, "S1", append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), false},
		"cut":                    {safe, "S1", sealed[:20], false},
		"nothing":                {safe, "S1", nil, false},
		"by the new key, of two": {safeOf(t, second), "S1", safeOf(t, second, first).seal("S1", puk), true},
	} {
		got, err := test.safe.open(test.serial, test.sealed)
		if (err == nil) != test.opens || test.opens && !bytes.Equal(got, puk) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only two PUKs that can be read, and are not the same, differ.
func TestPUKsDiffer(t *testing.T) {
	first, second := keyFile(t, 1), keyFile(t, 2)
	old, rotated := safeOf(t, first), safeOf(t, second, first)
	puk := func(s *pukSafe, text string) []byte { return s.seal("S1", []byte(text)) }
	for name, test := range map[string]struct {
		safe          *pukSafe
		before, after []byte
		want          bool
	}{
		"the same":                   {old, puk(old, "12345678"), puk(old, "12345678"), false},
		"another":                    {old, puk(old, "12345678"), puk(old, "12345679"), true},
		"longer":                     {old, puk(old, "12345678"), puk(old, "123456780"), true},
		"the same, under a new key":  {rotated, puk(old, "12345678"), puk(rotated, "12345678"), false},
		"another, the old key gone":  {safeOf(t, second), puk(old, "12345678"), puk(rotated, "12345679"), false},
		"another, of another's card": {old, old.seal("S2", []byte("12345678")), puk(old, "12345679"), false},
	} {
		if got := test.safe.differ("S1", test.before, test.after); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPUKKeys(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	for name, text := range map[string]string{
		"empty": "", "a line": "\n", "no base64": strings.Repeat("%", 44), "short": good[:40], "31 bytes": base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"33 bytes": base64.StdEncoding.EncodeToString(make([]byte, 33)), "without padding": strings.TrimSuffix(good, "="), "two lines": good[:20] + "\n" + good[20:],
		"two ends": good + "\n\n", "CRLF": good + "\r\n", "space": " " + good, "URL's alphabet": strings.Repeat("-_", 21) + "c=",
		"loose bits": good[:42] + "d=", "long": good + strings.Repeat("A", 1000),
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := openSafe(&Settings{PUKKeyFile: path})
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if text != "" && strings.Contains(err.Error(), good[:20]) {
			t.Errorf("%s: the error holds the key: %v", name, err)
		}
	}
	for _, text := range []string{good, good + "\n"} {
		if _, err := parsePUKKey([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := openSafe(&Settings{PUKKeyFile: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a key that is not there was read")
	}
	if safe, err := openSafe(&Settings{}); safe != nil || err != nil {
		t.Errorf("no key: %v, %v", safe, err)
	}
}

func FuzzPUKKey(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parsePUKKey(data); err == nil && base64.StdEncoding.EncodedLen(pukKeySize) != len(bytes.TrimSuffix(data, []byte("\n"))) {
			t.Fatalf("a key of %d bytes was taken", len(data))
		}
	})
}

func FuzzCard(f *testing.F) {
	key, err := parsePUKKey([]byte(base64.StdEncoding.EncodeToString(make([]byte, 32))))
	if err != nil {
		f.Fatal(err)
	}
	safe := &pukSafe{[]*pukKey{key}}
	f.Add([]byte(`{"serial":"0123456789ABCDEF","citizen_number":"10000000146","certificate":"MAA=","puk":"87654321"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		card, err := parseCard(safe, data)
		if err != nil {
			if len(err.Error()) > 120 {
				t.Fatalf("the error says too much: %v", err)
			}
			return
		}
		if puk, err := safe.open(card.Serial, card.PUK); err != nil || len(puk) == 0 {
			t.Fatalf("a card was taken whose PUK is lost: %v", err)
		}
	})
}
