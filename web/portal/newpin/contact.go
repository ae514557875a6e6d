package newpin

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// contact is where a person can be reached, as the certificate authority knows it. It is never the page's or the
// gateway's word: who has the person's login may have those.
type contact struct {
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// phoneForm is a number of E.164.
var phoneForm = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// check says nothing of what it was given.
func (c contact) check() error {
	switch {
	case c.Mail != "" && !letters.ValidAddress(c.Mail):
		return errors.New("mail: not an address of ASCII that every mail server takes")
	case c.Phone != "" && !phoneForm.MatchString(c.Phone):
		return errors.New("phone: want + and 8 to 15 digits")
	}
	return nil
}

// address is where a message goes, and how a page shows it: not whole, since the page's reader may be another.
type address struct{ to, shown string }

const hiddenPart = "•••"

func mailAddress(c contact) address {
	if c.Mail == "" {
		return address{}
	}
	user, domain, _ := strings.Cut(c.Mail, "@")
	first, _ := utf8.DecodeRuneInString(user)
	return address{c.Mail, string(first) + hiddenPart + "@" + domain}
}

func smsAddress(c contact, mail *letters.Settings) address {
	if c.Phone == "" || mail.SMSAddress == "" {
		return address{}
	}
	return address{mail.SMSAddressOf(c.Phone), "+" + hiddenPart + c.Phone[len(c.Phone)-2:]}
}

// codeAddress is where a person's one-time codes go.
func (n *newpin) codeAddress(ctx context.Context, citizenNumber string) (address, error) {
	c, err := n.contact(ctx, citizenNumber)
	if err != nil {
		return address{}, err
	}
	to := mailAddress(c)
	if n.CodeBySMS {
		to = smsAddress(c, n.Mail)
	}
	if to.to == "" {
		return address{}, fault.New(refusal.ContactUnknown, nil)
	}
	return to, nil
}

// noticeAddress is where a person is told of what was done; empty where there is no way.
func (n *newpin) noticeAddress(ctx context.Context, citizenNumber string) (string, error) {
	if n.Mail == nil {
		return "", nil
	}
	c, err := n.contact(ctx, citizenNumber)
	if err != nil {
		return "", err
	}
	if c.Mail != "" {
		return c.Mail, nil
	}
	return smsAddress(c, n.Mail).to, nil
}

// contact returns the zero value for a person who has none on record.
func (n *newpin) contact(ctx context.Context, citizenNumber string) (c contact, err error) {
	sealed, err := n.Store.Contact(ctx, citizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return contact{}, nil
	}
	if err != nil {
		return contact{}, fmt.Errorf("contact: %w", err)
	}
	if err := n.Safe.OpenValue(contactOf(citizenNumber), sealed, &c); err != nil {
		return contact{}, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// contactOf names a person's contact to the safe. No serial number has a NUL in it.
func contactOf(citizenNumber string) string { return "\x00contact " + citizenNumber }
