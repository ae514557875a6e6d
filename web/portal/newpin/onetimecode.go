package newpin

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	oneTimeCodeDigits   = 8
	oneTimeCodeLifetime = 10 * time.Minute // to be typed, and then for its release
)

// oneTimeCodes bounds what a person is sent: more would only fill their mailbox.
var oneTimeCodes = store.Sending{Limit: store.Limit{Count: 5, Window: 30 * time.Minute}, Pause: 10 * time.Second}

// codeHasher makes of a one-time code what is kept of it. Its key is not in the store: eight digits can be guessed.
type codeHasher struct{ key []byte }

func newCodeHasher(secret string) (*codeHasher, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "e-onay portal: one-time code of a new PIN", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("portal: one-time code: %w", err)
	}
	return &codeHasher{key}, nil
}

// of binds a code to the session that asked for it.
func (h *codeHasher) of(session store.Hash, code string) store.Hash {
	mac := hmac.New(sha256.New, h.key)
	mac.Write(session[:])
	mac.Write([]byte(code))
	return store.Hash(mac.Sum(nil))
}

func newOneTimeCode() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(100_000_000)) // never fails
	return fmt.Sprintf("%0*d", oneTimeCodeDigits, n)
}

// readOneTimeCode takes a code as people type it, in groups too. ok is false for what is no code, which is no attempt.
func readOneTimeCode(typed string) (code string, ok bool) {
	code = strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == '\u00a0' || r == '-' }), "")
	return code, len(code) == oneTimeCodeDigits && strings.Trim(code, "0123456789") == ""
}

// sendOneTimeCode sends a code to the person's address on record, and shows where to type it.
func (n *newpin) sendOneTimeCode(v *site.Visit) error {
	to, err := n.codeAddress(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return err
	}
	code, now := newOneTimeCode(), n.Now()
	until := now.Add(oneTimeCodeLifetime)
	m, err := n.Letters.Message(n.codeLetter(v.Language, to.To, code, until), until)
	if err != nil {
		return err
	}
	err = n.Store.SendCode(v.R.Context(), store.OneTimeCode{
		Session: v.Session.ID, CitizenNumber: v.Session.CitizenNumber, Code: n.codes.of(v.Session.ID, code), IssuedAt: now, ExpiresAt: until,
	}, *m, oneTimeCodes)
	if err != nil {
		return fmt.Errorf("one-time code: %w", err)
	}
	n.Letters.Wake()
	return v.See(codePath)
}

func (n *newpin) codeLetter(l message.Language, to, code string, until time.Time) letters.Letter {
	key := "letter.code.text"
	if n.CodeBySMS {
		key = "letter.code.sms"
	}
	grouped := code[:oneTimeCodeDigits/2] + " " + code[oneTimeCodeDigits/2:]
	return letters.Letter{
		To: to, Subject: message.Text(l, "letter.code.subject"),
		Text: message.Text(l, key, "code", grouped, "site", n.Address.String(), "until", site.ClockTime(until)),
	}
}

// codeView is the page on which the code is typed.
type codeView struct {
	Shown string // where it was sent
	Until string // the time of day when it ends
	Left  int    // tries
	Form  bool   // what was typed is no code
}

// codePage shows where to type the code that was sent; without such a code, screen 1 says what to do.
func (n *newpin) codePage(v *site.Visit) error {
	return n.showOneTimeCode(v, http.StatusOK, "", false)
}

func (n *newpin) showOneTimeCode(v *site.Visit, status int, problem fault.Code, form bool) error {
	if n.Safe == nil {
		return v.See(path)
	}
	at, err := n.progress(v)
	if err != nil {
		return err
	}
	if code := at.Code; at.Lacks != refusal.OneTimeCodeOver || code.Confirmed || !n.Now().Before(code.ExpiresAt) {
		return v.See(path)
	}
	to, err := n.codeAddress(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return err
	}
	view := codeView{Shown: to.Shown, Until: site.ClockTime(at.Code.ExpiresAt), Left: n.triesLeft(at.Standing), Form: form}
	return v.Render(status, "onetimecode", view, problem)
}

// confirmCode takes the code that was typed, and goes on to the act's own code.
func (n *newpin) confirmCode(v *site.Visit) error {
	if n.Safe == nil {
		return v.See(path)
	}
	code, ok := readOneTimeCode(v.R.PostFormValue("kod"))
	if !ok {
		return n.showOneTimeCode(v, http.StatusUnprocessableEntity, "", true)
	}
	now := n.Now()
	err := n.Store.ConfirmCode(v.R.Context(), store.TypedCode{
		Session: v.Session.ID, SessionIdle: site.SessionIdle, Code: n.codes.of(v.Session.ID, code),
		At: now, Until: now.Add(oneTimeCodeLifetime), Waiting: n.waiting(),
	})
	refused, _ := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
	case refused == nil:
		return fmt.Errorf("one-time code: %w", err)
	case refused.Code == refusal.OneTimeCodeWrong:
		n.Log.Info("one-time code refused", "code", refused.Code)
		return n.showOneTimeCode(v, http.StatusUnprocessableEntity, refused.Code, false)
	case refused.Code == refusal.PUKWait:
		return v.See(path) // which says until when
	default:
		at, progressErr := n.progress(v)
		if progressErr != nil || at.Lacks != "" {
			return errors.Join(err, progressErr)
		}
		// It was confirmed before: by the first press of a double click.
	}
	return n.issue(v)
}

// contacts are where people can be reached.
func (n *newpin) contacts() letters.Contacts {
	return letters.Contacts{Store: n.Store, Safe: n.Safe, Mail: n.Mail}
}

// codeAddress is where a person's one-time codes go.
func (n *newpin) codeAddress(ctx context.Context, citizenNumber string) (letters.Address, error) {
	c, err := n.contacts().Of(ctx, citizenNumber)
	if err != nil {
		return letters.Address{}, err
	}
	to := c.MailAddress()
	if n.CodeBySMS {
		to = c.SMSAddress(n.Mail)
	}
	if to.To == "" {
		return letters.Address{}, fault.New(refusal.ContactUnknown, nil)
	}
	return to, nil
}
