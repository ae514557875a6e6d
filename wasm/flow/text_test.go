package flow_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

func shownAs(text flow.Text) string {
	var b strings.Builder
	for _, r := range text.Runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

func TestReadText(t *testing.T) {
	tests := []struct {
		name, in, want string
		marks          int
	}{
		{"Turkish", "Şişli'de ığdır, ÇÖĞÜŞİ\n\tbir sekme\n", "Şişli'de ığdır, ÇÖĞÜŞİ\n\tbir sekme\n", 0},
		{"line ends", "a\r\nb", "a\nb", 0},
		{"lone CR", "a\rb", "a⟦U+000D⟧b", 1},
		{"byte order mark", "\ufeffa", "a", 0},
		{"a second one", "\ufeff\ufeffa", "⟦U+FEFF⟧a", 1},
		{"bidi override", "100\u202e001", "100⟦U+202E⟧001", 1},
		{"bidi isolates", "\u2066a\u2069", "⟦U+2066⟧a⟦U+2069⟧", 2},
		{"marks of direction", "a\u200e\u200f\u061c", "a⟦U+200E⟧⟦U+200F⟧⟦U+061C⟧", 3},
		{"zero width", "ka\u200bbul", "ka⟦U+200B⟧bul", 1},
		{"controls", "a\x00\x1b[2K\x7f\u0085", "a⟦U+0000⟧⟦U+001B⟧[2K⟦U+007F⟧⟦U+0085⟧", 4},
		{"separators", "a\u2028b", "a⟦U+2028⟧b", 1},
		{"tags", "a\U000e0041", "a⟦U+E0041⟧", 1},
		{"blank letters", "\u3164\u2800", "⟦U+3164⟧⟦U+2800⟧", 2},
		{"ignorable before it is assigned", "a\u2065\ufff3", "a⟦U+2065⟧⟦U+FFF3⟧", 2},
		{"private use", "\ue000", "⟦U+E000⟧", 1},
		{"replacement", "\ufffd", "⟦U+FFFD⟧", 1},
		{"accents", "e\u0301", "e\u0301", 0},
		{"a pile of accents", "e" + strings.Repeat("\u0301", 6), "e" + strings.Repeat("\u0301", 4) + "⟦U+0301⟧⟦U+0301⟧", 2},
		{"right to left", "שלום", "שלום", 0},
		{"empty", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := flow.ReadText([]byte(tt.in))
			if err != nil || shownAs(got) != tt.want || got.Marks != tt.marks {
				t.Errorf("%q with %d marks, %v; want %q with %d", shownAs(got), got.Marks, err, tt.want, tt.marks)
			}
		})
	}
	for _, in := range []string{"\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("\u200b", 1001)} {
		_, err := flow.ReadText([]byte(in))
		if protocol.CodeOf(err) != protocol.CodeDocumentUnreadable {
			t.Errorf("%.10q: %v", in, err)
		}
	}
}

// TestBlocks checks that nothing is lost between blocks, that none is too large, and where they end.
func TestBlocks(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":       "",
		"short":         "Kabul ediyorum.\n",
		"lines":         strings.Repeat("Kabul ediyorum.\n", 2000),
		"empty lines":   strings.Repeat("\n", 20000),
		"one line":      strings.Repeat("ş", 20001),
		"accents":       "a" + strings.Repeat("e\u0301\u0302\u0303", 5000),
		"marks":         strings.Repeat("kabul\u200b", 900),
		"marks only":    strings.Repeat("\u0001", 1000),
		"both ways":     strings.Repeat("a\u05d0", 20000),
		"outside BMP":   "a" + strings.Repeat("😀", 5000),
		"combining all": "a" + strings.Repeat("\u0903", 9000), // spacing marks, which no limit stops
	} {
		text, err := flow.ReadText([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		var joined []flow.Run
		for _, block := range text.Blocks() {
			size := 0
			for _, run := range block {
				size += len(run.Text)
				if !utf8.ValidString(run.Text) {
					t.Errorf("%s: a letter is cut in two", name)
				}
			}
			if r, _ := utf8.DecodeRuneInString(block[0].Text); size > 4096 || size == 0 || r == '\u0301' {
				t.Errorf("%s: a block of %d bytes begins with %U", name, size, r)
			}
			joined = append(joined, block...)
		}
		if got, want := shownAs(flow.Text{Runs: joined}), shownAs(text); got != want {
			t.Errorf("%s: the blocks hold another text, of %d bytes, not %d", name, len(got), len(want))
		}
	}
	text, err := flow.ReadText([]byte(strings.Repeat("Kabul ediyorum.\n", 2000)))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range text.Blocks() {
		if !strings.HasSuffix(block[len(block)-1].Text, "\n") {
			t.Error("a block ends within a line")
		}
	}
}

func TestHasCode(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{code, true},
		{"Kod: " + code + ".", true},
		{"168 857 414 351 237", true},
		{"ş168\u00a0857\u00a0414\u00a0351\u00a0237ş", true},
		{"168857414351238", false},
		{"5 168857414351237 6", true},
		{"999 168 857 414 351 237", false},
		{"168 857 414 351 237\u00a0999", false},
		{"999  168 857 414 351 237  999", true},
		{"1168857414351237", false},
		{"1688574143512370", false},
		{"168  857 414 351 237", false},
		{"16 8857414351237", false},
		{"168-857-414-351-237", false},
		{"16885741435123", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := flow.HasCode(tt.text, code); got != tt.want {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
}

func TestGroups(t *testing.T) {
	if got := strings.Join(flow.Groups(code), " "); got != "168 857 414 351 237" {
		t.Error(got)
	}
}

func TestParseOrigin(t *testing.T) {
	tests := []struct {
		in, host string
		encoded  bool
	}{
		{"https://online.example.tr", "online.example.tr", false},
		{"https://online.example.tr:8443", "online.example.tr:8443", false},
		{"https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com", true},
		{"https://a.xn--80ak6aa92e.com", "a.xn--80ak6aa92e.com", true},
		{"http://localhost:8080", "localhost:8080", false},
		{"http://127.0.0.1", "127.0.0.1", false},
		{"http://[::1]:8080", "[::1]:8080", false},
		{"http://example.tr", "", false},
		{"http://localhost.example.tr", "", false},
		{"http://site.localhost", "", false},
		{"file://", "", false},
		{"chrome-extension://abcdef", "", false},
		{"null", "", false},
		{"", "", false},
		{"https://", "", false},
		{"https://şişli.tr", "", false},
		{"https://a b", "", false},
		{"https://a/b", "", false},
		{"https://user@example.tr", "", false},
		{"https://online.example.tr.", "", false},
		{"https://online.example.tr.:8443", "", false},
		{"https://" + strings.Repeat("a", 400), "", false},
	}
	for _, tt := range tests {
		got, err := flow.ParseOrigin(tt.in)
		if got.Host != tt.host || got.Encoded != tt.encoded || (err != nil) != (tt.host == "") {
			t.Errorf("%q: %+v, %v", tt.in, got, err)
		}
	}
}

func TestParsePhrase(t *testing.T) {
	tests := []struct {
		typed, want string
	}{
		{"mavi şemsiye", "mavi şemsiye"},
		{"  mavi\n  şemsiye ", "mavi şemsiye"},
		{"ığü", "ığü"},
		{"ab", ""},
		{"   ", ""},
		{strings.Repeat("ş", 60), strings.Repeat("ş", 60)},
		{strings.Repeat("ş", 61), ""},
		{"mavi\u202eşemsiye", ""},
	}
	for _, tt := range tests {
		got, ok := flow.ParsePhrase(tt.typed)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q, %v", tt.typed, got, ok)
		}
	}
}

// Whatever the bytes, what is shown holds nothing hidden, and is the text itself but for the marks.
func FuzzReadText(f *testing.F) {
	f.Add([]byte("Şu \u202e\u0301\u0301\u0301\u0301\u0301 metin\r\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := flow.ReadText(data)
		if err != nil {
			if protocol.CodeOf(err) != protocol.CodeDocumentUnreadable {
				t.Fatal(err)
			}
			return
		}
		plain, marks := 0, 0
		for _, r := range text.Runs {
			if r.Mark {
				marks++
				continue
			}
			plain += utf8.RuneCountInString(r.Text)
			if again, err := flow.ReadText([]byte("x" + r.Text)); err != nil || again.Marks > 0 {
				t.Fatalf("hidden characters in %q", r.Text)
			}
		}
		s := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
		if plain+marks != utf8.RuneCountInString(s) || marks != text.Marks {
			t.Fatalf("%d characters and %d marks of %d", plain, marks, utf8.RuneCountInString(s))
		}
	})
}
