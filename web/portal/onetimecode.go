package portal

import (
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
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	oneTimeCodePath     = pinPath + "/kod"
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
func (p *Portal) sendOneTimeCode(v *visit) error {
	to, err := p.codeAddress(v.r.Context(), v.session.CitizenNumber)
	if err != nil {
		return err
	}
	code, now := newOneTimeCode(), p.now()
	until := now.Add(oneTimeCodeLifetime)
	m, err := p.newMessage(p.codeLetter(v.language, to.to, code, until), until)
	if err != nil {
		return err
	}
	err = p.store.SendCode(v.r.Context(), store.OneTimeCode{
		Session: v.session.ID, CitizenNumber: v.session.CitizenNumber, Code: p.codes.of(v.session.ID, code), IssuedAt: now, ExpiresAt: until,
	}, *m, oneTimeCodes)
	if err != nil {
		return fmt.Errorf("one-time code: %w", err)
	}
	p.wakeSender()
	return v.see(oneTimeCodePath)
}

func (p *Portal) codeLetter(l message.Language, to, code string, until time.Time) Letter {
	key := "letter.code.text"
	if p.settings.PUKCodeBy == codeBySMS {
		key = "letter.code.sms"
	}
	grouped := code[:oneTimeCodeDigits/2] + " " + code[oneTimeCodeDigits/2:]
	return Letter{
		To: to, Subject: message.Text(l, "letter.code.subject"),
		Text: message.Text(l, key, "code", grouped, "site", p.address.String(), "until", clockTime(until)),
	}
}

// oneTimeCodeView is the page on which the code is typed.
type oneTimeCodeView struct {
	Shown string // where it was sent
	Until string // the time of day when it ends
	Left  int    // tries
	Form  bool   // what was typed is no code
}

// oneTimeCodePage shows where to type the code that was sent; without such a code, screen 1 says what to do.
func (p *Portal) oneTimeCodePage(v *visit) error {
	return p.showOneTimeCode(v, http.StatusOK, "", false)
}

func (p *Portal) showOneTimeCode(v *visit, status int, problem fault.Code, form bool) error {
	if p.puks == nil {
		return v.see(pinPath)
	}
	at, err := p.progress(v)
	if err != nil {
		return err
	}
	if code := at.Code; at.Lacks != refusal.OneTimeCodeOver || code.Confirmed || !p.now().Before(code.ExpiresAt) {
		return v.see(pinPath)
	}
	to, err := p.codeAddress(v.r.Context(), v.session.CitizenNumber)
	if err != nil {
		return err
	}
	view := oneTimeCodeView{Shown: to.shown, Until: clockTime(at.Code.ExpiresAt), Left: p.triesLeft(at.Standing), Form: form}
	return p.render(v, status, "onetimecode", view, problem)
}

// oneTimeCode takes the code that was typed, and goes on to the act's own code.
func (p *Portal) oneTimeCode(v *visit) error {
	if p.puks == nil {
		return v.see(pinPath)
	}
	code, ok := readOneTimeCode(v.r.PostFormValue("kod"))
	if !ok {
		return p.showOneTimeCode(v, http.StatusUnprocessableEntity, "", true)
	}
	now := p.now()
	err := p.store.ConfirmCode(v.r.Context(), store.TypedCode{
		Session: v.session.ID, SessionIdle: sessionIdle, Code: p.codes.of(v.session.ID, code),
		At: now, Until: now.Add(oneTimeCodeLifetime), Waiting: p.settings.waiting(),
	})
	refused, _ := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
	case refused == nil:
		return fmt.Errorf("one-time code: %w", err)
	case refused.Code == refusal.OneTimeCodeWrong:
		p.log.Info("one-time code refused", "code", refused.Code)
		return p.showOneTimeCode(v, http.StatusUnprocessableEntity, refused.Code, false)
	case refused.Code == refusal.PUKWait:
		return v.see(pinPath) // which says until when
	default:
		at, progressErr := p.progress(v)
		if progressErr != nil || at.Lacks != "" {
			return errors.Join(err, progressErr)
		}
		// It was confirmed before: by the first press of a double click.
	}
	return p.keep(v, p.newChallenge(v, store.PIN), pinActPath)
}

// clockTime is a time of day in Turkey.
func clockTime(t time.Time) string { return t.In(istanbul).Format("15:04") }
