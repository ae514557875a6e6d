package relyingparty

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
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

// loginLocation is the answer to a login that was taken.
type loginLocation struct {
	Location string `json:"location"`
}

// loginProblem is the answer to one that was not.
type loginProblem struct {
	Code    protocol.Code     `json:"code"`
	Message protocol.Sentence `json:"message"`
}

var loginStatuses = map[protocol.Code]int{
	protocol.CodeRequestInvalid:        http.StatusBadRequest,
	protocol.CodeRequestTooLarge:       http.StatusRequestEntityTooLarge,
	protocol.CodeFormExpired:           http.StatusForbidden,
	protocol.CodeLoginFailed:           http.StatusForbidden,
	protocol.CodeRevocationInvalid:     http.StatusBadGateway,
	protocol.CodeRevocationUnavailable: http.StatusServiceUnavailable,
	protocol.CodeUnavailable:           http.StatusServiceUnavailable,
}

// ServeChallenge answers GET with {"nonce": base64}, the session's new challenge.
func (h *LoginHandler) ServeChallenge(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, http.MethodGet, func() (any, error) {
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
	h.serve(w, r, http.MethodPost, func() (any, error) {
		token, err := readToken(w, r)
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
		location, err := h.LoggedIn(w, r, evidence)
		return loginLocation{location}, err
	})
}

// serve answers a request of the site's own pages with what work returns.
func (h *LoginHandler) serve(w http.ResponseWriter, r *http.Request, method string, work func() (any, error)) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := checkRequest(r, method, h.Login.Origin)
	var answer any
	if err == nil {
		answer, err = work()
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	answerJSON(w, http.StatusOK, "application/json", answer)
}

// checkRequest refuses what another site made a browser send, also to GET: a new challenge ends the one before it.
// Browsers tell with Sec-Fetch-Site, and at a POST with Origin; a POST that has neither is no browser's.
func checkRequest(r *http.Request, method, origin string) error {
	if r.Method != method {
		return protocol.Errorf(protocol.CodeRequestInvalid, "method %.20q", r.Method)
	}
	site, from := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	none := site == "" && from == ""
	if site != "" && site != "same-origin" || from != "" && from != origin || none && method != http.MethodGet {
		return protocol.Errorf(protocol.CodeFormExpired, "the request comes from %.20q, %.100q", site, from)
	}
	return nil
}

func readToken(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, protocol.Errorf(protocol.CodeRequestInvalid, "content type %.60q", r.Header.Get("Content-Type"))
	}
	token, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxLoginToken))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, protocol.NewError(protocol.CodeRequestTooLarge, err)
	}
	if err != nil {
		return nil, protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	return token, nil
}

// refuse answers with an error's code. One without a code is the site's own parts not answering.
func (h *LoginHandler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := protocol.CodeUnavailable
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		code = e.Code
	}
	status, ok := loginStatuses[code]
	if !ok {
		status = http.StatusUnprocessableEntity // about the certificate: another one may do
	}
	log := h.Log
	if log == nil {
		log = slog.Default()
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	log.Log(r.Context(), level, "login refused", "path", r.URL.Path, "code", code, "error", err)
	answerJSON(w, status, "application/problem+json", loginProblem{code, message.Error(code)})
}

func answerJSON(w http.ResponseWriter, status int, mediaType string, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a browser that left is no concern
}
