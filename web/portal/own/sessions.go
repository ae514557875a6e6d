package own

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/agent"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// sessionView is one of a person's sessions.
type sessionView struct {
	store.Session
	Agent   agent.Agent
	Handle  string
	Present bool // it is the one that asks
}

type sessionsView struct {
	Present *sessionView
	Others  []sessionView
	// Ended tells that the person has just ended others.
	Ended bool
}

// endedQuery is what the list is asked with after others were ended.
const endedQuery = "?bitti=1"

func (w *own) sessions(v *site.Visit) error {
	all, err := w.sessionViews(v)
	if err != nil {
		return err
	}
	view := sessionsView{Ended: v.R.URL.Query().Has("bitti")}
	for _, one := range all {
		if one.Present {
			view.Present = &one
		} else {
			view.Others = append(view.Others, one)
		}
	}
	return v.Render(http.StatusOK, "sessions", view, "")
}

func (w *own) sessionViews(v *site.Visit) ([]sessionView, error) {
	sessions, err := w.Store.SessionsOf(v.R.Context(), v.Session.CitizenNumber, w.Now(), site.SessionIdle)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	var views []sessionView
	for _, s := range sessions {
		views = append(views, sessionView{
			Session: s, Agent: agent.ParseWords(s.Device), Handle: handleOf(v.Session.ID, s.ID), Present: s.ID == v.Session.ID,
		})
	}
	return views, nil
}

// handleOf names a session in the pages of another one. An ID is what the store knows a cookie by, so it stays here; a
// handle says nothing of it, and nothing to other sessions.
func handleOf(viewer, id store.Hash) string {
	mac := hmac.New(sha256.New, viewer[:])
	mac.Write([]byte("e-onay portal: handle of a session\x00"))
	mac.Write(id[:])
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// endSession ends one of the person's sessions, the present one too.
func (w *own) endSession(v *site.Visit) error {
	all, err := w.sessionViews(v)
	if err != nil {
		return err
	}
	handle := []byte(v.R.PathValue("handle"))
	for _, one := range all {
		if subtle.ConstantTimeCompare(handle, []byte(one.Handle)) != 1 {
			continue
		}
		if one.Present {
			return w.Gateway.LogOut(v)
		}
		if err := w.Store.DeleteSession(v.R.Context(), one.ID); err != nil {
			return fmt.Errorf("end of session: %w", err)
		}
		v.Log().Info("a person ended a session of theirs")
		return v.See(sessionsPath + endedQuery)
	}
	return fault.New(refusal.NotFound, nil)
}

// endSessions ends all other sessions of the person, and the present one where the form says so.
func (w *own) endSessions(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	n, err := w.Store.DeleteSessionsOf(v.R.Context(), v.Session.CitizenNumber, v.Session.ID)
	if err != nil {
		return fmt.Errorf("end of sessions: %w", err)
	}
	v.Log().Info("a person ended all other sessions of theirs", "number", n)
	if v.R.PostForm.Get("bu") == "evet" {
		return w.Gateway.LogOut(v)
	}
	return v.See(sessionsPath + endedQuery)
}
