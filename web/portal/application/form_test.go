package application_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/e-onay/e-onay/web/portal/application"
)

// Each field says what is wrong with it.
func TestFormProblems(t *testing.T) {
	for _, c := range []struct {
		field, value string
		want         application.Problem
	}{
		{"birth_place", "", application.Missing}, {"birth_place", " \t", application.Missing}, {"birth_place", strings.Repeat("Ü", 61), application.TooLong},
		{"birth_place", "Iğdır\u202e", application.Unreadable}, {"birth_place", "a\nb", application.Unreadable}, {"birth_place", "\xff", application.Unreadable},
		{"address", "Işık Sokak 3\r\nKat 2", ""}, {"reason", "gift", application.NotAChoice}, {"years", "2", application.NotAChoice},
		{"mobile", "0532 123 45 67", ""}, {"mobile", "+90 (532) 123-45-67", ""}, {"mobile", "532 123 45", application.NotAPhone}, {"mobile", "0312 123 45 67", application.NotAPhone},
		{"mail", "AYSE@Example.TR", ""}, {"mail", "Ayşe <ayse@example.tr>", application.NotMail}, {"mail", "ayse@localhost", application.NotMail}, {"mail", "a@b.tr,c@d.tr", application.NotMail},
		{"birth_date", "1984-02-29", ""}, {"birth_date", "1985-02-29", application.NotADate}, {"birth_date", "29.02.1984", application.NotADate},
		{"postcode", "0610", application.NotDigits}, {"postcode", "٠٦١٠٠", application.NotDigits}, {"institution", "", ""},
	} {
		form := maps.Clone(complete)
		form[c.field] = c.value
		wrong := application.NES.Check(application.NES.Normalize(form))
		if wrong[c.field] != c.want || c.want == "" && len(wrong) > 0 {
			t.Errorf("%s %q: %v, want %q", c.field, c.value, wrong, c.want)
		}
	}
}

// Only a kind's own fields are kept, and once they are normalized they stay as they are.
func FuzzNormalize(f *testing.F) {
	f.Add("mobile", "0532 123 45 67")
	f.Add("mail", "A@B.TR")
	f.Add("publish", "on")
	f.Add("citizen_number", "10000000146")
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, k := range []application.Kind{application.NES, application.Seal, "other"} {
			once := k.Normalize(application.Form{name: value})
			if twice := k.Normalize(once); !maps.Equal(once, twice) && utf8.ValidString(value) {
				t.Errorf("%q: %q, then %q", value, once, twice)
			}
			for kept := range once {
				known := false
				for _, field := range k.Fields() {
					known = known || field.Name == kept
				}
				if !known {
					t.Errorf("%s keeps %q", k, kept)
				}
			}
			k.Check(once)
		}
	})
}
