package relyingparty

import (
	"log/slog"
	"net/http"

	"github.com/e-onay/e-onay/internal/login"
)

// LoginHandler serves a Login to the site's own pages: ServeChallenge to GET, ServeLogin to POST. Answers are JSON;
// refusals are problem documents (RFC 9457) with code and message, as docs/protocol/codes.md has them. Login, Session and
// LoggedIn are required. What a session is, and who may come in, is the site's own business.
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
	// Purpose is what the window shows as the site's words, one line of at most 300 bytes; it may be empty.
	Purpose string
	// Requests signs what the page asks for; nil means that it is not signed. Its Origin is Login's.
	Requests *RequestSigner
	// Log gets refusals and their causes; nil means slog.Default.
	Log *slog.Logger
}

// ServeChallenge answers GET with a LoginRequest, which has the session's new challenge: a page hands it to the page
// library's authenticate as it is.
func (h *LoginHandler) ServeChallenge(w http.ResponseWriter, r *http.Request) {
	exchange{w, r, h.Login.Origin, h.Log}.serve(http.MethodGet, func() (any, error) {
		session, err := h.Session(w, r)
		if err != nil {
			return nil, err
		}
		nonce, err := h.Login.Challenge(session)
		if err != nil {
			return nil, err
		}
		return h.Requests.Login(LoginRequest{Nonce: nonce, Purpose: h.Purpose})
	})
}

// ServeLogin takes a POST of {"nonce": …, "token": …}, application/json of at most MaxLogin bytes, and answers with
// {"location": …}. nonce is the LoginRequest's, and token what the page library's authenticate gave, both as they are.
func (h *LoginHandler) ServeLogin(w http.ResponseWriter, r *http.Request) {
	x := exchange{w, r, h.Login.Origin, h.Log}
	x.serve(http.MethodPost, func() (any, error) {
		data, err := x.body("application/json", MaxLogin)
		if err != nil {
			return nil, err
		}
		nonce, token, err := login.ParseAnswer(data)
		if err != nil {
			return nil, err
		}
		session, err := h.Session(w, r)
		if err != nil {
			return nil, err
		}
		evidence, err := h.Login.Verify(r.Context(), session, nonce, token)
		if err != nil {
			return nil, err
		}
		to, err := h.LoggedIn(w, r, evidence)
		return location{to}, err
	})
}
