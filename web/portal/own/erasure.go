package own

import (
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// erasureLogin is how long ago the session may have begun in which a person erases: one that was left open, or stolen,
	// is mostly older.
	erasureLogin = 10 * time.Minute
	// noticeLifetime is for how long a notice is tried to be sent.
	noticeLifetime = 24 * time.Hour
)

// dataView is what the pages about personal data show.
type dataView struct {
	Contact letters.Contact // as it is shown
	// SessionHours and Days are for how long things are kept: see the page.
	SessionHours, ForgetHours, FailureDays string
}

// kept is the page that says what is kept, for how long and why.
func (w *own) kept(v *site.Visit) error {
	contact, err := w.Contacts.Of(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "data", dataView{
		Contact:      contact.Shown(),
		SessionHours: fmt.Sprint(int(site.SessionLifetime.Hours())),
		ForgetHours:  fmt.Sprint(int(w.ForgetAfter.Round(time.Hour).Hours())),
		FailureDays:  fmt.Sprint(int((w.ForgetAfter + store.FailureKept + 23*time.Hour).Hours()) / 24),
	}, "")
}

// erasureView is what the page asks before it erases.
type erasureView struct {
	// Stale is true where the login is too long ago; Minutes is how long it may be.
	Stale     bool
	Minutes   string
	Unchecked bool // the form came back without its tick
	HasNotice bool // the person is told by a letter
}

func (w *own) erasureView(v *site.Visit) (view erasureView, to string, err error) {
	to, err = w.Contacts.NoticeAddress(v.R.Context(), v.Session.CitizenNumber)
	return erasureView{
		Stale: w.Now().Sub(v.Session.CreatedAt) > erasureLogin, Minutes: fmt.Sprint(int(erasureLogin.Minutes())), HasNotice: to != "",
	}, to, err
}

// erasurePage asks for a confirmation: nobody can bring back what is erased.
func (w *own) erasurePage(v *site.Visit) error {
	view, _, err := w.erasureView(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "erasure", view, "")
}

// erase erases what may go. The letter about it goes to the address that is erased, so that a person learns of what somebody
// else has done in their name.
func (w *own) erase(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	view, to, err := w.erasureView(v)
	if err != nil {
		return err
	}
	if view.Unchecked = v.R.PostForm.Get("onay") != "evet"; view.Stale || view.Unchecked {
		return v.Render(http.StatusUnprocessableEntity, "erasure", view, "")
	}
	erasure := store.Erasure{CitizenNumber: v.Session.CitizenNumber, At: w.Now()}
	if to != "" {
		if erasure.Notice, err = w.erasureNotice(v, to); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	// First, so that whoever loses the answer half-way has a session in which to press again.
	if err := w.eraseApplications(v.R.Context(), v.Session.CitizenNumber); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	if err := w.Store.Erase(v.R.Context(), erasure); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	w.Letters.Wake()
	v.Log().Info("a person had erased what is kept of them and proves nothing")
	if err := v.EndSession(); err != nil {
		return err
	}
	v.Session = nil
	return v.Render(http.StatusOK, "erased", nil, "")
}

func (w *own) erasureNotice(v *site.Visit, to string) (*store.Message, error) {
	text := message.Text(v.Language, "letter.erasure.text", "when", site.Moment(v.Language, w.Now()), "site", w.Address.String())
	return w.Letters.Message(letters.Letter{To: to, Subject: message.Text(v.Language, "letter.erasure.subject"), Text: text}, w.Now().Add(noticeLifetime))
}
