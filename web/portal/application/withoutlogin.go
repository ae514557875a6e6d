package application

import "maps"

// authorisedNumber is the field with the citizen number of who acts for a company, as it was typed by whoever applied without a login.
const authorisedNumber = "authorised_number"

// authorisedName is the field with their name, which becomes the application's.
const authorisedName = "authorised"

// FirstFields are the fields of the first page of an application without a login: the company, and the person who acts for it.
var FirstFields = []Field{
	{Name: "tax_number", Input: Digits, Required: true, Max: 10},
	{Name: "company", Input: Text, Required: true, Max: 200},
	{Name: authorisedName, Input: Text, Required: true, Max: MaxName},
	{Name: authorisedNumber, Input: Citizen, Required: true, Max: 11},
	{Name: "mobile", Input: Phone, Required: true, Max: 20},
	{Name: "mail", Input: Mail, Required: true, Max: 120, Hint: true},
}

// fixedWithoutLogin are the fields of FirstFields that stay as they were when the application was made: what is paid for, and the address to
// which the keys to it go.
var fixedWithoutLogin = []string{"tax_number", "company", authorisedNumber, "mail"}

// NewSealWithoutLogin returns an application for a company's seal by somebody who has not logged in. f has passed CheckFields of
// FirstFields. Nobody has proven whose it is: it has no CitizenNumber, so that it is found among the applications of no person, and none but the
// authority approves it.
func NewSealWithoutLogin(f Form, fee int64) Application {
	a := New(Seal, PaidByPerson, fee)
	a.Name, a.Form = f[authorisedName], maps.Clone(f)
	delete(a.Form, authorisedName)
	return a
}

// WithoutLogin reports whether the application was made without a login, so that nobody has proven who applies.
func (a Application) WithoutLogin() bool {
	return a.CitizenNumber == "" && a.Form[authorisedNumber] != ""
}

// Number returns the applicant's citizen number: that of their login or, without a login, the one that was typed. An erased application
// has none, "".
func (a Application) Number() string {
	if a.CitizenNumber == "" {
		return a.Form[authorisedNumber]
	}
	return a.CitizenNumber
}
