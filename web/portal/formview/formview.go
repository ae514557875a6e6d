// Package formview is what pages show of the fields of a form: what was typed, and what is wrong with it. The part application-field draws a Field.
package formview

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
)

// Field is one field with what was typed and what is wrong with it.
type Field struct {
	application.Field
	Value        string
	Problem      application.Problem
	Certificates []Certificate // where one is to be chosen
	Fixed        bool          // it cannot be changed; Words has its value for people
	WithoutLogin bool          // a fixed one is as it was typed without a login, and not as an institution has entered it
	Words        string
}

// Certificate is one of the person's that can be chosen.
type Certificate struct {
	Reference string // of the application that led to it
	Last      string // the end of its serial number
	Until     time.Time
}

// New returns a field with what was typed in its form.
func New(f application.Field, typed application.Form, wrong map[string]application.Problem) Field {
	return Field{Field: f, Value: Visible(typed[f.Name])}.Judged(wrong)
}

// Judged returns the field with what is wrong with it.
func (f Field) Judged(wrong map[string]application.Problem) Field {
	f.Problem = wrong[f.Name]
	if f.Problem == application.Missing && len(f.Choices)+len(f.Certificates) > 0 {
		f.Problem = application.NotAChoice // what is to be done about it is the same
	}
	return f
}

// Target is the id of the control by which a problem with the field is mended: the first of several choices.
func (f Field) Target() string {
	switch {
	case len(f.Choices) > 0:
		return "f-" + f.Name + "-" + f.Choices[0]
	case len(f.Certificates) > 0:
		return "f-" + f.Name + "-" + f.Certificates[0].Reference
	}
	return "f-" + f.Name
}

// Autocomplete is what a browser may fill the field in with (WCAG 2.2, 1.3.5); "" for nothing.
func (f Field) Autocomplete() string {
	return map[string]string{
		"birth_date": "bday", "institution": "organization", "company": "organization", "buyer": "organization", "title": "organization-title", "authorised": "name", "mobile": "tel",
		"mail": "email", "address": "street-address", "district": "address-level2", "province": "address-level1", "postcode": "postal-code",
	}[f.Name]
}

// Visible leaves out what no page can show, such as control characters: the person sees what is left, and types the rest anew.
func Visible(value string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(value, ""))
}

// Value returns the value of a field that was posted, "" where it was not sent. No page of ours sends one twice.
func Value(form url.Values, name string) (string, error) {
	if len(form[name]) > 1 {
		return "", fault.Errorf(fault.RequestInvalid, "the field %s is there %d times", name, len(form[name]))
	}
	return form.Get(name), nil
}
