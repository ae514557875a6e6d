package letters

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Contact is where a person can be reached, as the certificate authority knows it. It is never the page's or the
// gateway's word: who has the person's login may have those.
type Contact struct {
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// phoneForm is a number of E.164.
var phoneForm = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// Check judges the form of both. Its errors say nothing of what it was given.
func (c Contact) Check() error {
	switch {
	case c.Mail != "" && !ValidAddress(c.Mail):
		return errors.New("mail: not an address of ASCII that every mail server takes")
	case c.Phone != "" && !phoneForm.MatchString(c.Phone):
		return errors.New("phone: want + and 8 to 15 digits")
	}
	return nil
}

// Address is where a message goes, and how a page shows it: not whole, since the page's reader may be another. Its zero
// value is no address.
type Address struct{ To, Shown string }

const hiddenPart = "•••"

// MailAddress is where mail goes.
func (c Contact) MailAddress() Address {
	if c.Mail == "" {
		return Address{}
	}
	user, domain, _ := strings.Cut(c.Mail, "@")
	first, _ := utf8.DecodeRuneInString(user)
	return Address{c.Mail, string(first) + hiddenPart + "@" + domain}
}

// SMSAddress is where SMS go, by the operator's gateway or mail.
func (c Contact) SMSAddress(mail *Settings) Address {
	if c.Phone == "" || mail == nil || !mail.SendsSMS() {
		return Address{}
	}
	return Address{mail.SMSAddressOf(c.Phone), c.Shown().Phone}
}

// Shown is the contact as a page or file shows it, with parts hidden as in Address.
func (c Contact) Shown() Contact {
	shown := Contact{Mail: c.MailAddress().Shown}
	if c.Phone != "" {
		shown.Phone = "+" + hiddenPart + c.Phone[len(c.Phone)-2:]
	}
	return shown
}

// Contacts opens the contacts on record.
type Contacts struct {
	Store interface {
		Contact(ctx context.Context, citizenNumber string) ([]byte, error)
	}
	Safe Safe      // nil where there are none
	Mail *Settings // how letters leave; nil where none do
}

// Of returns a person's contact, the zero value where none is on record.
func (c Contacts) Of(ctx context.Context, citizenNumber string) (person Contact, err error) {
	sealed, err := c.Store.Contact(ctx, citizenNumber)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Safe == nil {
		return Contact{}, nil
	}
	if err != nil {
		return Contact{}, fmt.Errorf("contact: %w", err)
	}
	if err := c.Safe.OpenValue(ContactName(citizenNumber), sealed, &person); err != nil {
		return Contact{}, fmt.Errorf("contact: %w", err)
	}
	return person, nil
}

// NoticeAddress is where a person is told of what was done; empty where there is no way.
func (c Contacts) NoticeAddress(ctx context.Context, citizenNumber string) (string, error) {
	if c.Mail == nil {
		return "", nil
	}
	person, err := c.Of(ctx, citizenNumber)
	if err != nil {
		return "", err
	}
	if person.Mail != "" {
		return person.Mail, nil
	}
	return person.SMSAddress(c.Mail).To, nil
}

// ContactName names a person's contact to the safe. No serial number has a NUL in it.
func ContactName(citizenNumber string) string { return "\x00contact " + citizenNumber }
