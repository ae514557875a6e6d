package application_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
)

// A word has six letters or more, whichever way it is written.
func TestSecurityWordProblems(t *testing.T) {
	for word, want := range map[string]application.Problem{
		"ıhlamur": "", "IHLAMUR": "", " Çınar Altı ": "", "": application.WordTooWeak, "çınar": application.WordTooWeak, "a1234567": application.WordTooWeak,
		"çınar\u202ealtı": application.Unreadable, "çınar\x00altı": application.Unreadable, "çınaraltı\xff": application.Unreadable,
		strings.Repeat("ş", 41): application.TooLong, strings.Repeat("ş", 40): "",
	} {
		if got := application.CheckWord(word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// Only the word itself verifies, as it is said and not as it is written; two hashes of one word have nothing in common.
func TestSecurityWordIsHashed(t *testing.T) {
	hash, other := application.HashWord("Işık Ağacı"), application.HashWord("Işık Ağacı")
	if hash == other || strings.Contains(strings.ToLower(hash), "işik") {
		t.Errorf("%s and %s", hash, other)
	}
	for word, want := range map[string]bool{"ışık ağacı": true, "IŞIK  AĞACI": true, "işık ağacı": false, "ışık ağac": false, "": false} {
		if got := application.VerifyWord(hash, word); got != want {
			t.Errorf("%q: %t", word, got)
		}
	}
	for _, broken := range []string{"", "hash", strings.Replace(hash, "m=19456", "m=1945600", 1), hash + "$", strings.TrimSuffix(hash, hash[len(hash)-4:]), strings.ToUpper(hash)} {
		if application.VerifyWord(broken, "ışık ağacı") {
			t.Errorf("%q verifies", broken)
		}
	}
}

// A paper's code is of one application and one form, and is read however it is typed.
func TestPaperCode(t *testing.T) {
	a := applicationIn(application.AwaitingApproval)
	a.Reference = "4F7K-2M9Q-XT3B-8WDN"
	code := a.PaperCode()
	if !strings.HasPrefix(code, a.Reference+"-") || code != a.PaperCode() || len(code) != len(a.Reference)+10 {
		t.Fatal(code)
	}
	for typed, want := range map[string]bool{code: true, " " + strings.ToLower(code) + "\n": true, strings.ReplaceAll(code, "-", "*"): true, strings.ReplaceAll(code, "-", ""): false, code[:len(code)-1]: false, code + "0": false, "": false, strings.Repeat("x", 1<<20): false} {
		if a.IsPaperCode(typed) != want {
			t.Errorf("%.60q: %t", typed, !want)
		}
	}
	for what, change := range map[string]func(*application.Application){
		"another form":          func(a *application.Application) { a.Form["years"] = "1" },
		"another field":         func(a *application.Application) { a.Form["title"] = "uzman" },
		"another security word": func(a *application.Application) { a.SecurityWord = "other" },
		"another application":   func(a *application.Application) { a.Reference = "4F7K-2M9Q-XT3B-8WDP" },
		"another kind":          func(a *application.Application) { a.Kind = application.Seal },
	} {
		b := a
		b.Form = maps.Clone(a.Form)
		change(&b)
		if b.PaperCode()[20:] == code[20:] {
			t.Errorf("%s has the same code", what)
		}
	}
}
