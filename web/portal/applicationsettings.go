package portal

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
)

// ApplicationSettings say what the institution has decided about applications for certificates.
type ApplicationSettings struct {
	// NESFee and SealFee are what a person pays for a qualified certificate and for a company's seal, in kuruş; 0 means nothing.
	NESFee  int64 `json:"nes_fee,omitempty"`
	SealFee int64 `json:"seal_fee,omitempty"`
	// PaymentTR and PaymentEN tell a person, in Turkish and English, where the fee is paid; needed where there is one and payment is not given.
	PaymentTR string `json:"payment_tr,omitempty"`
	PaymentEN string `json:"payment_en,omitempty"`
	// ProduceBeforeDays is how many days before the old certificate ends a renewal is produced; 0 means 60.
	ProduceBeforeDays int `json:"produce_before_days,omitempty"`
	// ReminderDays are how many days before a certificate's end its holder is reminded by mail, each once; none given means 60, 30 and 7, [] never.
	ReminderDays []int `json:"reminder_days,omitempty"`
	// KeepEndedDays is how many days after an application was rejected or cancelled what identifies the person is overwritten; 0 means 365. What
	// was done to it, and when, stays.
	KeepEndedDays int `json:"keep_ended_days,omitempty"`
	// KeepDraftsDays is how many days after it was saved last what a person has written of a form, and not submitted, is deleted; 0 means 180. The
	// application stays as it was before.
	KeepDraftsDays int `json:"keep_drafts_days,omitempty"`
	// ForgetUnpaidDays is how many days an application that was made without a login waits for its payment, or, where there is no fee, for its form and
	// its approval; then it is cancelled, and who made it is overwritten at once. 0 means 30.
	ForgetUnpaidDays int `json:"forget_unpaid_days,omitempty"`
}

const (
	maxFee               = 100_000_000 // kuruş
	maxPaymentText       = 1000        // bytes
	maxProduceBefore     = 3650        // days
	defaultProduceBefore = 60
	maxReminders         = 8
	maxReminderDays      = 365
	maxKeepEnded         = 36500 // days
	defaultKeepEnded     = 365
	maxKeepDrafts        = 3650 // days
	defaultKeepDrafts    = 180
	maxForgetUnpaid      = 365 // days
	defaultForgetUnpaid  = 30
)

// check judges the settings; canPay says that there is a payment provider.
func (s ApplicationSettings) check(canPay bool) error {
	for name, fee := range map[string]int64{"nes_fee": s.NESFee, "seal_fee": s.SealFee} {
		switch {
		case fee < 0 || fee > maxFee:
			return fmt.Errorf("%s: %d is not between 0 and %d", name, fee, maxFee)
		case fee > 0 && !canPay && (s.PaymentTR == "" || s.PaymentEN == ""):
			return fmt.Errorf("%s without payment, or payment_tr and payment_en", name)
		}
	}
	for name, text := range map[string]string{"payment_tr": s.PaymentTR, "payment_en": s.PaymentEN} {
		if len(text) > maxPaymentText || !utf8.ValidString(text) {
			return fmt.Errorf("%s: longer than %d bytes, or not UTF-8", name, maxPaymentText)
		}
	}
	if s.ProduceBeforeDays < 0 || s.ProduceBeforeDays > maxProduceBefore {
		return fmt.Errorf("produce_before_days: %d is not between 1 and %d", s.ProduceBeforeDays, maxProduceBefore)
	}
	if len(s.ReminderDays) > maxReminders || slices.ContainsFunc(s.ReminderDays, func(days int) bool { return days < 1 || days > maxReminderDays }) {
		return fmt.Errorf("reminder_days: want at most %d, each between 1 and %d", maxReminders, maxReminderDays)
	}
	if s.KeepEndedDays < 0 || s.KeepEndedDays > maxKeepEnded {
		return fmt.Errorf("keep_ended_days: %d is not between 1 and %d", s.KeepEndedDays, maxKeepEnded)
	}
	if s.KeepDraftsDays < 0 || s.KeepDraftsDays > maxKeepDrafts {
		return fmt.Errorf("keep_drafts_days: %d is not between 1 and %d", s.KeepDraftsDays, maxKeepDrafts)
	}
	if s.ForgetUnpaidDays < 0 || s.ForgetUnpaidDays > maxForgetUnpaid {
		return fmt.Errorf("forget_unpaid_days: %d is not between 1 and %d", s.ForgetUnpaidDays, maxForgetUnpaid)
	}
	return nil
}

func (s ApplicationSettings) rules() application.Rules {
	days := s.ProduceBeforeDays
	if days == 0 {
		days = defaultProduceBefore
	}
	return application.Rules{ProduceBefore: time.Duration(days) * 24 * time.Hour}
}

var defaultReminders = []int{60, 30, 7}

func (s ApplicationSettings) reminderDays() []int {
	if s.ReminderDays == nil {
		return defaultReminders
	}
	return s.ReminderDays
}

// where is where the fee is paid if not at the portal.
func (s ApplicationSettings) where() protocol.Sentence {
	return protocol.Sentence{TR: s.PaymentTR, EN: s.PaymentEN}
}

// fee is what a person pays for a kind, in kuruş.
func (s ApplicationSettings) fee(k application.Kind) int64 {
	if k == application.Seal {
		return s.SealFee
	}
	return s.NESFee
}

// unpaidBefore is the time since when an application that was made without a login must have waited to be forgotten now.
func (s ApplicationSettings) unpaidBefore(now time.Time) time.Time {
	days := s.ForgetUnpaidDays
	if days == 0 {
		days = defaultForgetUnpaid
	}
	return now.AddDate(0, 0, -days)
}

// endedBefore is the time before which an application must have ended to be erased now.
func (s ApplicationSettings) endedBefore(now time.Time) time.Time {
	days := s.KeepEndedDays
	if days == 0 {
		days = defaultKeepEnded
	}
	return now.AddDate(0, 0, -days)
}

// savedBefore is the time before which a draft must have been saved last to be deleted now.
func (s ApplicationSettings) savedBefore(now time.Time) time.Time {
	days := s.KeepDraftsDays
	if days == 0 {
		days = defaultKeepDrafts
	}
	return now.AddDate(0, 0, -days)
}
