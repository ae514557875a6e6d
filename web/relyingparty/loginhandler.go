package relyingparty

import (
	"log/slog"
	"net/http"
)

// LoginHandler serves a Login to the site's own pages: ServeChallenge to GET, ServeLogin to POST. Answers are JSON;
// refusals are problem documents (RFC 9457) with code and message, as docs/protocol.md has them. All fields but Log
// are required. What a session is, and who may come in, is the site's own business.
type LoginHandler struct {
	Login *Login
	// Session returns the site's name of the browser's session, for a challenge and for the login. Asked for a
	// challenge (GET) it may begin one: a cookie that is HttpOnly, Secure, SameSite and cannot be guessed. An
	// empty name means that there is none.
	Session func(w http.ResponseWriter, r *http.Request) (session string, err error)
	// LoggedIn takes in the person who has just shown that the card is theirs, and returns where the page goes
	// then. It must give the session a new name, or who knew the old one comes in too. An empty
	// Evidence.CitizenNumber is nobody's.
	LoggedIn func(w http.ResponseWriter, r *http.Request, e *Evidence) (location string, err error)
	// Log gets refusals and their causes; nil means slog.Default.
	Log *slog.Logger
}

// loginChallenge is the answer to a GET.
type loginChallenge struct {
	Nonce string `json:"nonce"`
}

// ServeChallenge answers GET with {"nonce": base64}, the session's new challenge.
func (h *LoginHandler) ServeChallenge(w http.ResponseWriter, r *http.Request) {
	exchange{w, r, h.Login.Origin, h.Log}.serve(http.MethodGet, func() (any, error) {
		session, err := h.Session(w, r)
		if err != nil {
			return nil, err
		}
		nonce, err := h.Login.Challenge(r.Context(), session)
		return loginChallenge{nonce}, err
	})
}

// ServeLogin takes a POST of a token, application/json of at most MaxLoginToken bytes, and answers with
// {"location": …}.
func (h *LoginHandler) ServeLogin(w http.ResponseWriter, r *http.Request) {
	x := exchange{w, r, h.Login.Origin, h.Log}
	x.serve(http.MethodPost, func() (any, error) {
		token, err := x.body("application/json", MaxLoginToken)
		if err != nil {
			return nil, err
		}
		session, err := h.Session(w, r)
		if err != nil {
			return nil, err
		}
		evidence, err := h.Login.Verify(r.Context(), session, token)
		if err != nil {
			return nil, err
		}
		to, err := h.LoggedIn(w, r, evidence)
		return location{to}, err
	})
}
