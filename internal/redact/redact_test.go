package redact_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/redact"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                        "",
		"10000000146":                             "100*****146",
		"/a/10000000146/b?c=11111111110.":         "/a/100*****146/b?c=111*****110.",
		"1000000014":                              "1000000014",
		"168857414351237":                         "168*********237",
		"x10000000146y":                           "x100*****146y",
		"dd54210000000146a0b1c2d3e4f5502d":        "dd54210000000146a0b1c2d3e4f5502d",
		"dd54210000000146a0b1c2d3e4f5502":         "dd542********146a0b1c2d3e4f5502",
		"gd54210000000146a0b1c2d3e4f5502d":        "gd542********146a0b1c2d3e4f5502d",
		strings.Repeat("1", 32):                   "111" + strings.Repeat("*", 26) + "111",
		strings.Repeat("a1", 26) + "000000014610": strings.Repeat("a1", 26) + "000000014610",
		"١٠٠٠٠٠٠٠١٤٦":                             "١٠٠*****١٤٦",
	} {
		if got := redact.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

type named struct{ Name string }

// TestHandler puts the number wherever a record has text.
func TestHandler(t *testing.T) {
	const number = "10000000146"
	var out bytes.Buffer
	log := slog.New(redact.Handler(slog.NewJSONHandler(&out, nil))).With("with", number).WithGroup("group").With("inner", number)
	log.Info("message "+number, "text", number, "error", errors.New("of "+number), "any", named{number}, "list", []string{number},
		slog.Group("sub", "text", number, slog.Group("subsub", "error", errors.New(number))), "count", 7)
	if strings.Contains(out.String(), number) || strings.Count(out.String(), "100*****146") != 9 || !strings.Contains(out.String(), `"count":7`) {
		t.Errorf("%s", &out)
	}
}
