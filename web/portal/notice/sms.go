package notice

import (
	"context"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/store"
)

// tellBySMS is the handler of notices by SMS.
func (n *Notices) tellBySMS(ctx context.Context, j store.LeasedJob) error {
	a, what, ok, err := n.find(ctx, j)
	if err != nil || !ok {
		return err
	}
	to, err := n.phone(ctx, a)
	if err != nil || to.To == "" {
		return err
	}
	text := message.Text(message.Turkish, what.sentence+"sms", "shipment", a.Shipment, "site", n.Address.Host)
	return n.deliver(ctx, letters.Letter{ID: letterID(j.Key), To: to.To, Subject: n.subject(what.sentence), Text: text})
}

// phone is where the person of an application gets SMS: the number in its form, which they want to be called at for this card, or else
// the one on record.
func (n *Notices) phone(ctx context.Context, a application.Application) (letters.Address, error) {
	person := letters.Contact{Phone: a.Form["mobile"]}
	if person.Phone == "" || person.Check() != nil {
		if a.CitizenNumber == "" { // made without a login, or erased
			return letters.Address{}, nil
		}
		var err error
		if person, err = n.Contacts.Of(ctx, a.CitizenNumber); err != nil {
			return letters.Address{}, err
		}
	}
	return person.SMSAddress(n.Contacts.Mail), nil
}
