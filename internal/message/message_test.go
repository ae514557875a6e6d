package message

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// TestComplete checks every sentence: both languages, the same placeholders, one table only.
func TestComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range tables {
		for key, s := range table {
			if seen[key] {
				t.Errorf("%s stands in two tables", key)
			}
			seen[key] = true
			if strings.TrimSpace(s.TR) == "" || strings.TrimSpace(s.EN) == "" {
				t.Errorf("%s lacks a language", key)
			}
			tr, en := placeholder.FindAllString(s.TR, -1), placeholder.FindAllString(s.EN, -1)
			slices.Sort(tr)
			slices.Sort(en)
			if !slices.Equal(slices.Compact(tr), slices.Compact(en)) {
				t.Errorf("%s: placeholders %v in Turkish, %v in English", key, tr, en)
			}
		}
	}
}

// TestTurkish checks what is written in one way only: in the catalogue, and in the sentences of the extension's own pages.
func TestTurkish(t *testing.T) {
	texts := map[string]string{}
	for _, table := range tables {
		for key, s := range table {
			texts[key] = s.TR
		}
	}
	for _, name := range []string{"_locales/tr/messages.json", "sign.html", "card.html", "pin.html", "manage.html", "site.html"} {
		data, err := os.ReadFile(filepath.Join("../../extension", name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	for key, text := range texts {
		for wrong, why := range map[string]string{
			"'": "want ’", "‘": "want ’", "E\u2011Onay": "want a plain hyphen", "E Onay": "want a hyphen", "kullanılmaz hale": "want hâle",
			"Kapısına": "want Kapısı’na",
		} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s has %q: %s", key, wrong, why)
			}
		}
	}
}

// TestErrorsMatchCodes checks that every code has a sentence and every sentence a code.
func TestErrorsMatchCodes(t *testing.T) {
	codes := map[string]bool{}
	for _, path := range []string{"../fault/codes.go", "../../web/portal/refusal/refusal.go"} {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before := len(codes)
		for _, m := range regexp.MustCompile(`Code = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
			codes["error."+m[1]] = true
		}
		if len(codes) == before {
			t.Errorf("%s: no codes found", path)
		}
	}
	if len(codes) < 40 {
		t.Fatalf("only %d codes found: the test no longer sees them", len(codes))
	}
	for key := range codes {
		if !isError(key) {
			t.Errorf("%s has no sentence", key)
		}
	}
	for key := range merged(errors, pageErrors, siteErrors, documentErrors) {
		if !codes[key] {
			t.Errorf("%s is the sentence of no code", key)
		}
	}
}

func isError(key string) bool {
	_, ok := merged(errors, pageErrors, siteErrors, documentErrors)[key]
	return ok
}

func merged(tables ...map[string]entry) map[string]entry {
	all := map[string]entry{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// TestOwnErrors checks that a window's own sentence for an error is that of a code.
func TestOwnErrors(t *testing.T) {
	for _, tt := range []struct {
		table  map[string]entry
		prefix string
	}{{pin, "pin.error."}, {manage, "manage.puk."}, {manage, "manage.unblock.error."}, {manage, "manage.change.error."}} {
		for key := range tt.table {
			code, own := strings.CutPrefix(key, tt.prefix)
			if own && !isError("error."+code) {
				t.Errorf("%s is the sentence of no code", key)
			}
		}
	}
}

// TestUsed checks that every sentence outside the error table is asked for by name somewhere. A key
// that is put together ("window.step." + name) counts when its beginning up to a dot is.
func TestUsed(t *testing.T) {
	var source strings.Builder
	for _, room := range []string{"wasm", "web", "nativehost", "extension", "packaging", "internal/validation/wording"} {
		err := filepath.WalkDir(filepath.Join("../..", room), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			switch filepath.Ext(path) {
			case ".go", ".vugu", ".html", ".tmpl":
				data, err := os.ReadFile(path)
				source.Write(data)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	text := source.String()
	for _, table := range tables {
		for key := range table {
			if strings.HasPrefix(key, "error.") || strings.Contains(text, `"`+key+`"`) {
				continue
			}
			if field, ok := strings.CutPrefix(key, "form."); ok && strings.Contains(text, `Name: "`+strings.Split(field, ".")[0]+`"`) {
				continue // the field of a form, its hint or its choice
			}
			if i := strings.LastIndex(key, "."); !strings.Contains(text, `"`+key[:i+1]+`"`) {
				t.Errorf("%s is used nowhere", key)
			}
		}
	}
}

// sharedComponents are the files of wasm/ui that draw parts of the settings page.
var sharedComponents = []string{
	"alert.vugu", "attempts.vugu", "heading.vugu", "KeyPIN.vugu", "LastAttempt.vugu", "PUKAttempts.vugu", "twice.vugu", "working.vugu",
	"parts.go", "fields.go", "pinfields.go",
}

// TestSettingsPageHasItsSentences checks that the settings page's program carries every sentence that it says: the tables of
// that program are chosen by hand, and what lacks stands on the screen as its key.
func TestSettingsPageHasItsSentences(t *testing.T) {
	carried := merged(errors, common, newpin, manage, sites)
	all := merged(tables...)
	files, err := filepath.Glob("../../wasm/settings/*.go")
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := filepath.Glob("../../wasm/settings/settingsui/*")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, drawn...)
	for _, name := range sharedComponents {
		files = append(files, filepath.Join("../../wasm/ui", name))
	}
	quoted := regexp.MustCompile(`"([a-z]+\.[a-z_.-]+)"`)
	found := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
			if _, isSentence := all[m[1]]; !isSentence {
				continue
			}
			found++
			if _, ok := carried[m[1]]; !ok {
				t.Errorf("%s says %s, which is not in the settings page's program", filepath.Base(file), m[1])
			}
		}
	}
	if found < 100 {
		t.Fatalf("only %d sentences found: the test no longer sees them", found)
	}
}

func TestText(t *testing.T) {
	window["window.test"] = entry{TR: "Kalan süre: {n} saniye", EN: "{n} seconds left"}
	defer delete(window, "window.test")
	if got := Text(Turkish, "window.test", "n", "292"); got != "Kalan süre: 292 saniye" {
		t.Errorf("Turkish: %q", got)
	}
	if got := Text(ParseLanguage("en-GB"), "window.test", "n", "5"); got != "5 seconds left" {
		t.Errorf("English: %q", got)
	}
	if got := Text(ParseLanguage("de"), "window.nothing"); got != "window.nothing" {
		t.Errorf("unknown key: %q", got)
	}
}

// TestReasonsMatchCodes checks that every reason of a validation has a sentence and every such sentence a reason, and likewise every rule of
// the guide.
func TestReasonsMatchCodes(t *testing.T) {
	for _, list := range []struct{ file, pattern, prefix string }{
		{"../validation/conclusion.go", `ReasonCode = "(\w+)"`, "validation.reason."},
		{"../validation/turkish.go", `(?:rule|unlessUnknown)\("(\w+)"`, "validation.rule."},
	} {
		source, err := os.ReadFile(list.file)
		if err != nil {
			t.Fatal(err)
		}
		codes := map[string]bool{}
		for _, m := range regexp.MustCompile(list.pattern).FindAllStringSubmatch(string(source), -1) {
			codes[list.prefix+m[1]] = true
			if _, there := validation[list.prefix+m[1]]; !there {
				t.Errorf("%s%s has no sentence", list.prefix, m[1])
			}
		}
		if len(codes) < 10 {
			t.Fatalf("only %d codes in %s: the test no longer sees them", len(codes), list.file)
		}
		for key := range validation {
			if strings.HasPrefix(key, list.prefix) && !codes[key] {
				t.Errorf("%s is the sentence of no code", key)
			}
		}
	}
}
