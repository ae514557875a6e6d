package portal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/store"
)

func FuzzSettings(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(`{"extension_links":[{"name":"a","url":"https://a.example/"}],"url":"http://[::1]:0"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSettings(data)
		if err != nil {
			return
		}
		address, err := s.address(1)
		if err != nil || address.Path != "" {
			t.Fatalf("settings taken whose address is %v, %v", address, err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseSettings(text); err != nil {
			t.Fatalf("%s: taken once, then refused: %v", text, err)
		}
	})
}

func FuzzHeads(f *testing.F) {
	f.Add([]byte(`{"number":5,"link":"` + strings.Repeat("0a", 32) + `","time":"2026-11-29T12:00:00Z","signature":"AAAA"}` + "\n"))
	f.Add([]byte("\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := 0
		err := readHeads(bytes.NewReader(data), func(n int, h store.Head, err error) error {
			if lines++; n != lines || err == nil && (h.Number < 1 || h.SignedAt.Nanosecond() != 0) {
				t.Fatalf("line %d: %+v", n, h)
			}
			return nil
		})
		if err != nil || lines != bytes.Count(data, []byte("\n")) {
			t.Fatalf("%d lines, %v", lines, err)
		}
	})
}
