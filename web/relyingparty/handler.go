package relyingparty

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/redact"
)

// location is the answer to what was taken: where the page goes then.
type location struct {
	Location string `json:"location"`
}

// exchange is one request of the site's own pages' programs, with its answer.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	origin string       // the site's own
	log    *slog.Logger // nil means slog.Default
}

// serve answers with what work returns, if the request is one of the given method.
func (x exchange) serve(method string, work func() (any, error)) {
	x.w.Header().Set("Cache-Control", "no-store")
	x.w.Header().Set("X-Content-Type-Options", "nosniff")
	err := x.check(method)
	var answer any
	if err == nil {
		answer, err = work()
	}
	if err != nil {
		x.refuse(err)
		return
	}
	answerJSON(x.w, http.StatusOK, "application/json", answer)
}

// check refuses what another site made a browser send, also to GET, which may begin a session.
// Browsers tell with Sec-Fetch-Site, and at a POST with Origin; a POST that has neither is no browser's.
func (x exchange) check(method string) error {
	if x.r.Method != method {
		return fault.Errorf(CodeRequestInvalid, "method %.20q", x.r.Method)
	}
	site, from := x.r.Header.Get("Sec-Fetch-Site"), x.r.Header.Get("Origin")
	none := site == "" && from == ""
	if site != "" && site != "same-origin" || from != "" && from != x.origin || none && method != http.MethodGet {
		return fault.Errorf(CodeFormExpired, "the request comes from %.20q, %.100q", site, from)
	}
	return nil
}

// body reads a body of one media type and of at most limit bytes.
func (x exchange) body(mediaType string, limit int64) ([]byte, error) {
	if err := x.checkMediaType(mediaType); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit))
	if err != nil {
		return nil, bodyError(err)
	}
	return data, nil
}

func (x exchange) checkMediaType(want string) error {
	got, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil || got != want {
		return fault.Errorf(CodeRequestInvalid, "content type %.60q", x.r.Header.Get("Content-Type"))
	}
	return nil
}

// bodyError is why a body could not be read.
func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return NewError(CodeRequestTooLarge, err)
	}
	return NewError(CodeRequestInvalid, err)
}

// refuse answers with an error's problem; the log gets its cause.
func (x exchange) refuse(err error) {
	problem, level, log := ProblemOf(err), slog.LevelInfo, x.log
	if problem.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if log == nil {
		log = slog.Default()
	}
	log = slog.New(redact.Handler(log.Handler())) // an address may hold whatever its sender likes
	log.Log(x.r.Context(), level, "refused", "path", x.r.URL.Path, "code", problem.Code, "error", err)
	problem.Write(x.w)
}
