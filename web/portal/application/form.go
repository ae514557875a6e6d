package application

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Form is what was filled in, by field. A field that is not there is empty.
type Form map[string]string

// Field is one of a form's.
type Field struct {
	// Name is its key in Form; the catalogue has "form.<name>" as its label and "form.hint.<name>" where Hint is true.
	Name     string
	Input    Input
	Required bool
	Hint     bool
	// Choices are the values of a choice; the catalogue has "form.choice.<name>_<choice>".
	Choices []string
	// Max is the longest value, in characters.
	Max int
}

// Input is how a field is filled in.
type Input string

// The inputs.
const (
	Text     Input = "text"
	Choice   Input = "choice"
	Checkbox Input = "checkbox" // "yes" or empty
	Phone    Input = "tel"      // a Turkish mobile number; kept as +905XXXXXXXXX
	Mail     Input = "email"
	Date     Input = "date" // YYYY-MM-DD
	Digits   Input = "digits"
	Lines    Input = "lines" // several lines
	Count    Input = "count" // from 1, in at most Max digits
	// TaxOrCitizen is a tax number of ten digits, or a citizen number of eleven.
	TaxOrCitizen Input = "tax_or_citizen"
	Citizen      Input = "citizen" // a citizen number whose check digits are right
)

var nesFields = []Field{
	{Name: "birth_date", Input: Date, Required: true, Max: 10},
	{Name: "birth_place", Input: Text, Required: true, Max: 60},
	{Name: "institution", Input: Text, Max: 120, Hint: true},
	{Name: "unit", Input: Text, Max: 120},
	{Name: "title", Input: Text, Max: 80},
	{Name: "reason", Input: Choice, Required: true, Choices: []string{"first", "renewal", "lost", "stolen", "other"}, Max: 10},
	{Name: "reader", Input: Choice, Required: true, Choices: []string{"none", "usb", "compact"}, Max: 10},
	{Name: "years", Input: Choice, Required: true, Choices: []string{"1", "3"}, Max: 1},
	{Name: "publish", Input: Checkbox, Max: 3, Hint: true},
	{Name: "mobile", Input: Phone, Required: true, Max: 20},
	{Name: "mail", Input: Mail, Required: true, Max: 120},
	{Name: "address", Input: Lines, Required: true, Max: 200},
	{Name: "district", Input: Text, Required: true, Max: 60},
	{Name: "province", Input: Text, Required: true, Max: 40},
	{Name: "postcode", Input: Digits, Required: true, Max: 5},
}

var sealFields = []Field{
	{Name: "tax_number", Input: Digits, Required: true, Max: 10},
	{Name: "company", Input: Text, Required: true, Max: 200},
	{Name: mediumField, Input: Choice, Required: true, Choices: []string{"card", hsm}, Max: 10},
	{Name: deliveryField, Input: Choice, Required: true, Choices: []string{string(ToAddress), string(ToBranch), string(AtDesk), string(ByAppointment)}, Max: 12},
	{Name: "mobile", Input: Phone, Required: true, Max: 20},
	{Name: "mail", Input: Mail, Required: true, Max: 120},
	{Name: "address", Input: Lines, Required: true, Max: 200},
	{Name: "district", Input: Text, Required: true, Max: 60},
	{Name: "province", Input: Text, Required: true, Max: 40},
	{Name: "postcode", Input: Digits, Required: true, Max: 5},
}

// Problem is what is wrong with a field; the catalogue has "form.problem.<problem>".
type Problem string

// The problems.
const (
	Missing     Problem = "missing"
	TooLong     Problem = "too_long"
	NotAChoice  Problem = "choice"
	NotAPhone   Problem = "phone"
	NotMail     Problem = "mail"
	NotADate    Problem = "date"
	NotDigits   Problem = "digits"
	Unreadable  Problem = "unreadable" // control characters, or not UTF-8
	WordTooWeak Problem = "word"       // a security word of fewer than six letters
	NotPossible Problem = "delivery"   // not for what is asked for
	NotANumber  Problem = "number"     // no citizen number
)

// Check returns what is wrong, by field; an empty map if the form is complete.
func (k Kind) Check(f Form) map[string]Problem {
	wrong := CheckFields(k.Fields(), f)
	if wrong[deliveryField] == "" && !deliveryFits(f) {
		wrong[deliveryField] = NotPossible
	}
	return wrong
}

// CheckFields is Check for the fields of another form.
func CheckFields(fields []Field, f Form) map[string]Problem {
	wrong := map[string]Problem{}
	for _, field := range fields {
		if p := field.check(f[field.Name]); p != "" {
			wrong[field.Name] = p
		}
	}
	return wrong
}

// Normalize returns the form with only this kind's fields, their values in the form in which they are kept. It judges nothing.
func (k Kind) Normalize(f Form) Form { return NormalizeFields(k.Fields(), f) }

// NormalizeFields is Normalize for the fields of another form.
func NormalizeFields(fields []Field, f Form) Form {
	kept := Form{}
	for _, field := range fields {
		if value := field.normalize(f[field.Name]); value != "" {
			kept[field.Name] = value
		}
	}
	return kept
}

var (
	mobilePattern = regexp.MustCompile(`^\+905[0-9]{9}$`)
	digitsPattern = regexp.MustCompile(`^[0-9]+$`)
	countPattern  = regexp.MustCompile(`^[1-9][0-9]*$`)
	payerPattern  = regexp.MustCompile(`^[0-9]{10,11}$`)
	notDigits     = regexp.MustCompile(`[^0-9]`)
)

func (f Field) normalize(value string) string {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	switch f.Input {
	case Phone:
		digits := strings.TrimPrefix(strings.TrimPrefix(notDigits.ReplaceAllString(value, ""), "90"), "0")
		if len(digits) == 10 {
			return "+90" + digits
		}
	case Mail:
		return strings.ToLower(value)
	case Citizen:
		return strings.ReplaceAll(value, " ", "")
	case Checkbox:
		if value != "" {
			return "yes"
		}
	}
	return value
}

// check returns what is wrong with a value, "" for nothing.
func (f Field) check(value string) Problem {
	switch {
	case value == "" && f.Required:
		return Missing
	case value == "":
		return ""
	case !utf8.ValidString(value), strings.ContainsFunc(value, f.isForbidden):
		return Unreadable
	case utf8.RuneCountInString(value) > f.Max:
		return TooLong
	}
	return f.checkInput(value)
}

func (f Field) checkInput(value string) Problem {
	switch f.Input {
	case Choice:
		if !slices.Contains(f.Choices, value) {
			return NotAChoice
		}
	case Phone:
		if !mobilePattern.MatchString(value) {
			return NotAPhone
		}
	case Mail:
		if address, err := mail.ParseAddress(value); err != nil || address.Address != value || !strings.Contains(value, ".") {
			return NotMail
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return NotADate
		}
	case Count:
		if len(value) > f.Max || !countPattern.MatchString(value) {
			return NotDigits
		}
	case TaxOrCitizen:
		if !payerPattern.MatchString(value) {
			return NotDigits
		}
	case Citizen:
		if !isCitizenNumber(value) {
			return NotANumber
		}
	case Digits:
		if len(value) != f.Max || !digitsPattern.MatchString(value) {
			return NotDigits
		}
	}
	return ""
}

// isForbidden reports whether a value may not hold a character.
func (f Field) isForbidden(r rune) bool {
	if r == '\n' && f.Input == Lines {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
}
