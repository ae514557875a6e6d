package application

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// PreApplication returns what an officer of an institution begins for a person: it is the institution's to pay, and waits for the
// person. The caller sets the person and the form.
func PreApplication(k Kind, institution string) Application {
	return Application{Kind: k, Payer: PaidByInstitution, Institution: institution, State: PreApplied, Version: 1, Form: Form{}}
}

// fixedByInstitution are the fields by which an institution says who somebody is there.
var fixedByInstitution = []string{"birth_date", "institution", "unit", "title"}

// fixed are the fields that the person of an application cannot change: their institution has entered them, or they are what an application
// without a login was paid for.
func (a Application) fixed() []string {
	switch {
	case a.Institution != "":
		return fixedByInstitution
	case a.WithoutLogin():
		return fixedWithoutLogin
	}
	return nil
}

// IsFixed reports whether an application's person cannot change a field.
func (a Application) IsFixed(field string) bool { return slices.Contains(a.fixed(), field) }

// WithFixed returns a form as the person may have it: fixed fields are as they were entered, also where they were left empty.
func (a Application) WithFixed(f Form) Form {
	fixed := a.fixed()
	if fixed == nil {
		return f
	}
	f = maps.Clone(f)
	if f == nil {
		f = Form{}
	}
	for _, name := range fixed {
		delete(f, name)
		if value := a.Form[name]; value != "" {
			f[name] = value
		}
	}
	return f
}

// Entry is what an officer enters about a person. Its fields have the names of Kind.Fields beside "number" and "name".
type Entry struct {
	CitizenNumber string
	Name          string
	Form          Form
}

// entered are the fields of the form that an officer fills in, and whether they must.
var entered = []struct {
	name     string
	required bool
}{{"birth_date", true}, {"unit", false}, {"title", false}, {"mail", true}, {"mobile", true}}

// MaxName is the longest name, in characters.
const MaxName = 100

// EntryFields are the fields of an entry, in order.
func EntryFields() []Field {
	all := []Field{{Name: "number", Input: Digits, Required: true, Max: 11}, {Name: "name", Input: Text, Required: true, Max: MaxName}}
	for _, e := range entered {
		i := slices.IndexFunc(nesFields, func(f Field) bool { return f.Name == e.name })
		f := nesFields[i]
		f.Required = e.required
		all = append(all, f)
	}
	return all
}

// NewEntry returns what was typed in the fields of EntryFields, as it is kept, and what is wrong with it, by field.
func NewEntry(typed map[string]string) (e Entry, wrong map[string]Problem) {
	e.Form, wrong = Form{}, map[string]Problem{}
	for _, f := range EntryFields() {
		value := f.normalize(typed[f.Name])
		switch f.Name {
		case "number":
			if e.CitizenNumber = strings.ReplaceAll(value, " ", ""); !isCitizenNumber(e.CitizenNumber) {
				wrong[f.Name] = NotANumber
			}
			continue
		case "name":
			e.Name = strings.Join(strings.Fields(value), " ")
			value = e.Name
		default:
			if value != "" {
				e.Form[f.Name] = value
			}
		}
		if p := f.check(value); p != "" {
			wrong[f.Name] = p
		}
	}
	return e, wrong
}

// isCitizenNumber reports whether a text is a citizen number whose two check digits are right.
func isCitizenNumber(s string) bool {
	if len(s) != 11 || s[0] == '0' || !digitsPattern.MatchString(s) {
		return false
	}
	odd, even := 0, 0
	for i := range 9 {
		if i%2 == 0 {
			odd += int(s[i] - '0')
		} else {
			even += int(s[i] - '0')
		}
	}
	tenth := ((odd*7-even)%10 + 10) % 10
	return int(s[9]-'0') == tenth && int(s[10]-'0') == (odd+even+tenth)%10
}

// SameName reports whether two texts write the same name: capitals, blanks and the marks of long vowels do not count.
func SameName(a, b string) bool {
	return utf8.ValidString(a) && foldName(a) == foldName(b)
}

var longVowels = strings.NewReplacer("Â", "A", "Î", "İ", "Û", "U")

func foldName(name string) string {
	upper := strings.ToUpperSpecial(unicode.TurkishCase, norm.NFC.String(strings.Join(strings.Fields(name), " ")))
	return longVowels.Replace(upper)
}
