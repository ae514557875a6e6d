package settings

import (
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// CertificateView is a certificate.
type CertificateView struct {
	ID       string
	Holder   string
	Issuer   string
	Citizen  string // masked
	Serial   string
	Key      string
	Until    string // until when, and how many days that is
	Soon     bool   // it ends within two months, or has ended
	Problem  fault.Code
	Testable bool
}

func (s *shared) certificateView(c protocol.Certificate) CertificateView {
	v := CertificateView{
		ID: c.ID, Holder: plaintext.Short(c.Holder), Issuer: plaintext.Short(c.Issuer), Citizen: plaintext.Short(c.CitizenMasked),
		Serial: wire.Hex(c.Serial), Key: plaintext.Short(c.Key), Testable: testable(c, s.inventory.PIN(c.Token)),
	}
	if c.Problem != "" {
		v.Problem = wire.KnownCode(c.Problem)
	}
	v.Until, v.Soon = validity(c, s.now(), s.local, s.sentences())
	return v
}

// soon is how many days before its end a certificate's end is near.
const soon = int(protocol.ReminderBefore / (24 * time.Hour))

// validity says when a certificate ends, in days as the calendar has them.
func validity(c protocol.Certificate, now int64, local func(int64) screen.Moment, words screen.Sentences) (text string, isSoon bool) {
	end := local(c.NotAfter)
	if c.NotBefore > now {
		return words.T("manage.until.begins", "date", local(c.NotBefore).Date.Text(words.Language)), false
	}
	days := int(end.DayNumber() - local(now).DayNumber())
	key, n := validityKey(days, c.NotAfter < now)
	return words.T(key, "date", end.Date.Text(words.Language), "n", strconv.Itoa(n)), days <= soon
}

// validityKey names the sentence for an end that is so many days away.
func validityKey(days int, ended bool) (key string, n int) {
	switch {
	case ended && days == 0:
		return "manage.until.ended_today", 0
	case ended && days == -1:
		return "manage.until.ended_one", 1
	case ended:
		return "manage.until.ended", -days
	case days == 0:
		return "manage.until.today", 0
	case days == 1:
		return "manage.until.days_one", 1
	}
	return "manage.until.days", days
}
