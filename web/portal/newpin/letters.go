package newpin

import (
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// noticeLifetime is for how long a notice is tried to be sent.
const noticeLifetime = 24 * time.Hour

// notices are what tells a person of a release afterwards, for a machine that they have used before and for a new one;
// nil where they cannot be reached.
func (n *newpin) notices(v *site.Visit, j *judgement) (known, unknown *store.Message, err error) {
	to, err := n.contacts().NoticeAddress(v.R.Context(), v.Session.CitizenNumber)
	if err != nil || to == "" {
		return nil, nil, err
	}
	now := n.Now()
	letter := func(key string) (*store.Message, error) {
		text := message.Text(v.Language, key,
			"when", site.Moment(v.Language, now), "last", site.LastDigits(j.claim.Card), "machine", site.ShortMachine(j.claim.Device.ID()),
			"system", site.SystemName(j.claim.Device.Platform), "reference", j.challenge.Reference, "site", n.Address.String())
		return n.Letters.Message(letters.Letter{To: to, Subject: message.Text(v.Language, "letter.release.subject"), Text: text}, now.Add(noticeLifetime))
	}
	if known, err = letter("letter.release.text"); err != nil {
		return nil, nil, err
	}
	if unknown, err = letter("letter.release.new-machine"); err != nil {
		return nil, nil, err
	}
	return known, unknown, nil
}
