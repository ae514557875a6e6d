package consent

import (
	"strings"
	"testing"
)

func TestParseText(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "blank": "\n\n", "no end": "metin", "CRLF": "metin\r\n", "tab": "a\tb\n", "NUL": "a\x00\n",
		"not UTF-8": "\xff\n", "bidi": "a\u202eb\n", "zero width": "a\u200bb\n", "no-break space": "a\u00a0b\n",
		"BOM": "\ufeffa\n", "line separator": "a\u2028b\n", "too long": strings.Repeat("a", maxText) + "\n",
	} {
		if _, err := parseText([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, built := range []string{builtInConsent, withdrawal} {
		if _, err := parseText([]byte(built)); err != nil {
			t.Errorf("the built-in text %.30q: %v", built, err)
		}
	}
}
