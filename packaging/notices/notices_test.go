package notices

import (
	"strings"
	"testing"
)

// TestOf checks that whoever gets a program gets the licences of what is in it, and not those of other programs.
func TestOf(t *testing.T) {
	for _, tt := range []struct {
		programs   Programs
		has, lacks []string
	}{
		{
			Programs{"js", "wasm", "sign", []string{"./wasm/sign"}},
			[]string{"Apache-2.0.", "The Go standard library", "github.com/vugu/vugu v"}, []string{"miekg/pkcs11", "Noto Sans", "modernc.org"},
		},
		{Programs{"js", "wasm", "inspect", []string{"./wasm/inspect"}}, []string{"Noto Sans", "SIL Open Font License"}, []string{"vugu"}},
		{Programs{"windows", "amd64", "", []string{"./nativehost"}}, []string{"miekg/pkcs11 v", "danieljoos/wincred v"}, []string{"modernc.org"}},
		{Programs{"linux", "amd64", "", []string{"./web"}}, []string{"modernc.org/sqlite v", "Noto Sans"}, []string{"wincred", "miekg/pkcs11"}},
	} {
		text, err := Of(tt.programs)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range tt.has {
			if !strings.Contains(string(text), words) {
				t.Errorf("%v: %q is not there", tt.programs, words)
			}
		}
		for _, words := range tt.lacks {
			if strings.Contains(string(text), words) {
				t.Errorf("%v: %q is there", tt.programs, words)
			}
		}
	}
}
