package portal

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/store"
)

// notices are what tells a person of a release afterwards, for a machine that they have used before and for a new one;
// nil where they cannot be reached.
func (p *Portal) notices(v *visit, j *judgement) (known, unknown *store.Message, err error) {
	to, err := p.noticeAddress(v.r.Context(), v.session.CitizenNumber)
	if err != nil || to == "" {
		return nil, nil, err
	}
	now := p.now()
	letter := func(key string) (*store.Message, error) {
		text := message.Text(v.language, key,
			"when", moment(v.language, now), "last", lastDigits(j.claim.Card), "machine", shortMachine(j.claim.Device.ID()),
			"system", system(j.claim.Device.Platform), "reference", j.challenge.Reference, "site", p.address.String())
		return p.newMessage(Letter{To: to, Subject: message.Text(v.language, "letter.release.subject"), Text: text}, now.Add(noticeLifetime))
	}
	if known, err = letter("letter.release.text"); err != nil {
		return nil, nil, err
	}
	if unknown, err = letter("letter.release.new-machine"); err != nil {
		return nil, nil, err
	}
	return known, unknown, nil
}
