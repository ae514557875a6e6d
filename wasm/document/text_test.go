package document_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

const verificationCode = "168857414351237"

// read is a document as the window reads it.
func read(mediaType string, data []byte) (document.Readable, error) {
	viewer, err := document.ViewerFor(mediaType, max(1, int64(len(data))))
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(data)
	return viewer.Read(document.File{Name: "belge", MediaType: mediaType, Size: int64(len(data)), SHA256: digest[:], Data: data})
}

// readText is a text/plain document as the window reads it.
func readText(data []byte) (*document.Text, error) {
	shown, err := read(protocol.MediaTypeText, data)
	if err != nil {
		return nil, err
	}
	return shown.(*document.Text), nil
}

// runs are those of all blocks.
func runs(text *document.Text) (all []plaintext.Run) {
	for n := range text.Blocks() {
		all = append(all, text.Block(n)...)
	}
	return all
}

func shownAs(text *document.Text) string {
	var b strings.Builder
	for _, r := range runs(text) {
		b.WriteString(r.Text)
	}
	return b.String()
}

// TestViewerFor refuses what is no media type, and what is too large for its kind.
func TestViewerFor(t *testing.T) {
	for _, tt := range []struct {
		mediaType string
		size      int64
		want      fault.Code
	}{
		{"text/plain", protocol.MaxTextDocument, ""},
		{"text/plain", protocol.MaxTextDocument + 1, fault.RequestTooLarge},
		{"text/plain", 0, fault.RequestInvalid},
		{"", 1, fault.RequestInvalid},
		{"text", 1, fault.RequestInvalid},
		{"TEXT/PLAIN", 1, fault.RequestInvalid},
		{"text/plain;charset=utf-8", 1, fault.RequestInvalid},
		{"text/plain/x", 1, fault.RequestInvalid},
		{"/plain", 1, fault.RequestInvalid},
		{"text/" + strings.Repeat("x", 100), 1, fault.RequestInvalid},
	} {
		if _, err := document.ViewerFor(tt.mediaType, tt.size); fault.CodeOf(err) != tt.want && (err != nil || tt.want != "") {
			t.Errorf("%q of %d bytes: %v", tt.mediaType, tt.size, err)
		}
	}
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
		{"object replacement", "1\ufffc000", "1⟦U+FFFC⟧000", 1},
		{"a look of nothing", "1\ufe0f000 a\ufe0e", "1⟦U+FE0F⟧000 a⟦U+FE0E⟧", 2},
		{"the look of a symbol", "❤\ufe0f ☎\ufe0e", "❤\ufe0f ☎\ufe0e", 0},
		{"assigned, and without ink", "\U0001d159\U00013441\U00016fe4", "⟦U+1D159⟧⟦U+13441⟧⟦U+16FE4⟧", 3},
		{"not assigned", "a\u0378\u2fff\U000e1000\U0010fffe", "a⟦U+0378⟧⟦U+2FFF⟧⟦U+E1000⟧⟦U+10FFFE⟧", 4},
		{"empty", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readText([]byte(tt.in))
			if err != nil || shownAs(got) != tt.want || got.Marks() != tt.marks {
				t.Errorf("%q with %d marks, %v; want %q with %d", shownAs(got), got.Marks(), err, tt.want, tt.marks)
			}
		})
	}
	for _, in := range []string{"\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("\u200b", 1001)} {
		_, err := readText([]byte(in))
		if fault.CodeOf(err) != fault.DocumentUnreadable {
			t.Errorf("%.10q: %v", in, err)
		}
	}
}

// TestOrder checks what is kept in its place: what runs from right to left in lines that do not.
func TestOrder(t *testing.T) {
	for in, want := range map[string][]string{
		"Tutar 10\u05be500 TL":  {"\u05be"},
		"10\u05be500 TL":        {"\u05be"},
		"Oran 5\u05f31000":      {"\u05f3"},
		"10 שלום עולם 500":      {"שלום עולם"},
		"10, שלום, 500\nשלום 5": {"שלום"}, // the second line is itself from right to left
		"שלום 10 עולם":          nil,
		"a\u0661\u0662b":        {"\u0661\u0662"},
		"Şişli 5 – 6":           nil,
	} {
		text, err := readText([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		var turned []string
		for _, r := range runs(text) {
			if r.Kind == plaintext.RunTurned {
				turned = append(turned, r.Text)
			}
		}
		if !slices.Equal(turned, want) || shownAs(text) != in {
			t.Errorf("%q: %q turned in %q", in, turned, shownAs(text))
		}
	}
}

// TestFold checks what is folded, and that nothing is lost by it.
func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		lines    int    // of the one fold
		fold     string // "" where nothing is folded
	}{
		{"between chapters", "a" + strings.Repeat("\n", 9) + "b", 0, ""},
		{"many lines", "a" + strings.Repeat("\n", 301) + "  b", 300, strings.Repeat("\n", 300)},
		{"lines of spaces", "a" + strings.Repeat("\n \t\u3000", 20) + "\nb", 20, strings.Repeat(" \t\u3000\n", 20)},
		{"before the text", strings.Repeat("\n", 50) + "a", 49, strings.Repeat("\n", 49)},
		{"after it", "a" + strings.Repeat("\r\n", 50), 49, strings.Repeat("\n", 49)},
		{"no line ends", "a" + strings.Repeat("\u00a0", 201) + "b", 0, strings.Repeat("\u00a0", 201)},
		{"a wide table", "a" + strings.Repeat(" ", 200) + "b", 0, ""},
		{"marks between", "a" + strings.Repeat("\n\u200b", 20) + "b", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, err := readText([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			lines, fold := 0, ""
			for _, r := range runs(text) {
				if r.Kind == plaintext.RunBlank {
					lines, fold = lines+r.Lines, fold+r.Text
				}
			}
			if lines != tt.lines || fold != tt.fold {
				t.Errorf("%d lines in %q", lines, fold)
			}
			if got := strings.ReplaceAll(shownAs(text), "⟦U+200B⟧", "\u200b"); got != strings.ReplaceAll(tt.in, "\r\n", "\n") {
				t.Errorf("the text has become %q", got)
			}
		})
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
		text, err := readText([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		for n := range text.Blocks() {
			block := text.Block(n)
			size := 0
			for _, run := range block {
				if size += len(run.Text); run.Kind == plaintext.RunMark {
					size -= len(run.Text) - 3
				}
				if !utf8.ValidString(run.Text) {
					t.Errorf("%s: a letter is cut in two", name)
				}
			}
			if block[0].Kind == plaintext.RunBlank {
				size = len(block) // alone, and of whatever size
			}
			if r, _ := utf8.DecodeRuneInString(block[0].Text); size > 4096 || size == 0 || r == '\u0301' {
				t.Errorf("%s: a block of %d bytes begins with %U", name, size, r)
			}
		}
		whole, _ := plaintext.Split(in)
		if got, want := letters(runs(text)), letters(whole); got != want {
			t.Errorf("%s: the blocks hold another text, of %d bytes, not %d", name, len(got), len(want))
		}
	}
	text, err := readText([]byte(strings.Repeat("Kabul ediyorum.\n", 2000)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range text.Blocks() {
		if block := text.Block(n); !strings.HasSuffix(block[len(block)-1].Text, "\n") {
			t.Error("a block ends within a line")
		}
	}
}

// letters are those of runs, each that is turned or a mark with a sign of that before it: the same however the runs are cut.
func letters(runs []plaintext.Run) string {
	var b strings.Builder
	for _, run := range runs {
		sign := map[plaintext.RunKind]string{plaintext.RunTurned: "<", plaintext.RunMark: "!"}[run.Kind]
		for _, r := range run.Text {
			b.WriteString(sign + string(r))
		}
	}
	return b.String()
}

// TestHolds compares what stands on the screen with the text: block by block, to the letter.
func TestHolds(t *testing.T) {
	text, err := readText([]byte("100\u202e001\n" + strings.Repeat("Kabul ediyorum.\n", 500)))
	if err != nil {
		t.Fatal(err)
	}
	last := text.Blocks() - 1
	block := shownBlock(text, last)
	for _, tt := range []struct {
		part  int
		shown string
		want  bool
	}{
		{0, shownBlock(text, 0), true},
		{last, block, true},
		{0, block, false},
		{last, block[1:], false},
		{last, block + "x", false},
		{last, strings.ToUpper(block), false},
		{last, "", false},
		{last + 1, "", false},
		{-1, "", false},
	} {
		if text.Holds(tt.part, tt.shown) != tt.want {
			t.Errorf("block %d as %.20q: want %v", tt.part, tt.shown, tt.want)
		}
	}
	empty, err := readText([]byte("\ufeff"))
	if err != nil || !empty.Holds(0, "") || empty.Holds(0, "x") {
		t.Errorf("an empty text: %v", err)
	}
}

func shownBlock(text *document.Text, n int) (shown string) {
	for _, r := range text.Block(n) {
		shown += r.Text
	}
	return shown
}

// TestFoldsAreBounded refuses a text that is mostly blank space to be folded, and takes its time for none.
func TestFoldsAreBounded(t *testing.T) {
	text, err := readText([]byte(strings.Repeat(strings.Repeat("\n", 20)+"a", 4096)))
	if err != nil || text.Blocks() > 3*4096 {
		t.Errorf("%v", err)
	}
	for _, in := range []string{strings.Repeat(strings.Repeat("\n", 10)+"a", 900_000), strings.Repeat("\n", 10<<20), strings.Repeat(" ", 10<<20)} {
		start := time.Now()
		_, _ = readText([]byte(in))
		if elapsed := time.Since(start); elapsed > 5*time.Second {
			t.Errorf("%.12q…: %v", in, elapsed)
		}
	}
	if _, err := readText([]byte(strings.Repeat(strings.Repeat("\n", 10)+"a", 4097))); fault.CodeOf(err) != fault.DocumentUnreadable {
		t.Errorf("4097 folds: %v", err)
	}
}

func TestHasCode(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{verificationCode, true},
		{"Kod: " + verificationCode + ".", true},
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
		{"168857\n414351237", false},
		{"168857\u200b414351237", false},
		{"\u202e732153414758861", false},
		{"１６８８５７４１４３５１２３７", false},
		{"١٦٨٨٥٧٤١٤٣٥١٢٣٧", false},
		{"", false},
	}
	viewer, err := document.ViewerFor(protocol.MediaTypeText, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		if got := viewer.HasCode([]byte(tt.text), verificationCode); got != tt.want {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
}

// Whatever the bytes, what is shown holds nothing hidden, and is the text itself but for the marks.
func FuzzReadText(f *testing.F) {
	f.Add([]byte("Şu \u202e\u0301\u0301\u0301\u0301\u0301 metin\r\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := readText(data)
		if err != nil {
			if fault.CodeOf(err) != fault.DocumentUnreadable {
				t.Fatal(err)
			}
			return
		}
		plain, marks := 0, 0
		for _, r := range runs(text) {
			if r.Kind == plaintext.RunMark {
				marks++
				continue
			}
			plain += utf8.RuneCountInString(r.Text)
			if again, err := readText([]byte("x" + r.Text)); err != nil || again.Marks() > 0 {
				t.Fatalf("hidden characters in %q", r.Text)
			}
		}
		s := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
		if plain+marks != utf8.RuneCountInString(s) || marks != text.Marks() {
			t.Fatalf("%d characters and %d marks of %d", plain, marks, utf8.RuneCountInString(s))
		}
	})
}
