package portal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
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
	case c.Mail != "" && !mailForm(c.Mail):
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

func smsAddress(c contact, pattern string) address {
	if c.Phone == "" || pattern == "" {
		return address{}
	}
	return address{strings.Replace(pattern, phonePlace, c.Phone[1:], 1), "+" + hiddenPart + c.Phone[len(c.Phone)-2:]}
}

// codeAddress is where a person's one-time codes go.
func (p *Portal) codeAddress(ctx context.Context, citizenNumber string) (address, error) {
	c, err := p.contact(ctx, citizenNumber)
	if err != nil {
		return address{}, err
	}
	to := mailAddress(c)
	if p.settings.PUKCodeBy == codeBySMS {
		to = smsAddress(c, p.settings.Mail.SMSAddress)
	}
	if to.to == "" {
		return address{}, fault.New(refusal.ContactUnknown, nil)
	}
	return to, nil
}

// noticeAddress is where a person is told of what was done; empty where there is no way.
func (p *Portal) noticeAddress(ctx context.Context, citizenNumber string) (string, error) {
	if p.settings.Mail == nil {
		return "", nil
	}
	c, err := p.contact(ctx, citizenNumber)
	if err != nil {
		return "", err
	}
	if c.Mail != "" {
		return c.Mail, nil
	}
	return smsAddress(c, p.settings.Mail.SMSAddress).to, nil
}

// contact returns the zero value for a person who has none on record.
func (p *Portal) contact(ctx context.Context, citizenNumber string) (c contact, err error) {
	sealed, err := p.store.Contact(ctx, citizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return contact{}, nil
	}
	if err != nil {
		return contact{}, fmt.Errorf("contact: %w", err)
	}
	if err := p.puks.openValue(contactOf(citizenNumber), sealed, &c); err != nil {
		return contact{}, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// contactOf names a person's contact to the safe. No serial number has a NUL in it.
func contactOf(citizenNumber string) string { return "\x00contact " + citizenNumber }

// sealValue encrypts what is no PUK, under a name that no card has.
func (s *pukSafe) sealValue(name string, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return s.seal(name, plain), nil
}

func (s *pukSafe) openValue(name string, sealed []byte, into any) error {
	plain, err := s.open(name, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}
