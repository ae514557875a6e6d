package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// elsewhereError is the refusal of what its own session has sent before, with the page of its result, so that a lost answer
// is not a lost act.
type elsewhereError struct {
	error
	location string
}

func (e elsewhereError) Unwrap() error { return e.error }

// codeOf is fault.CodeOf for the portal: an error without a code is one of its own parts not
// answering.
func codeOf(err error) fault.Code { return relyingparty.ProblemOf(err).Code }

// fail answers with an error. The log gets its cause, the person its sentence.
func (p *Portal) fail(v *visit, err error) {
	problem := relyingparty.ProblemOf(err)
	code, status := problem.Code, statusOf(problem)
	level := p.log.Info
	if status >= http.StatusInternalServerError {
		level = p.log.Error
	}
	level("refused", "path", v.r.URL.Path, "code", code, "error", err)
	if v.problems {
		if elsewhere, ok := errors.AsType[elsewhereError](err); ok {
			problem.Location = elsewhere.location
		}
		writeProblem(v.w, status, problem)
		return
	}
	if code == fault.LoginRequired && v.r.Method == http.MethodGet {
		_ = v.see("/giris?oturum=kapali") // never an error
		return
	}
	if status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", relyingparty.RetryAfter)
	}
	if err := p.render(v, status, "error", wayOn(v.r.URL.Path, code), code); err != nil {
		http.Error(v.w, string(fault.Internal), http.StatusInternalServerError)
	}
}

// statuses are of the portal's own codes. Those that are missing are about what was sent, and are answered as
// relyingparty answers.
var statuses = map[fault.Code]int{
	refusal.ActUnknown:     http.StatusNotFound,
	refusal.ActNotPossible: http.StatusConflict,
	refusal.CodeExpired:    http.StatusGone,
	refusal.CodeUsed:       http.StatusConflict,
	refusal.CodeElsewhere:  http.StatusForbidden,
	refusal.CodeLimit:      http.StatusTooManyRequests,
	refusal.NotFound:       http.StatusNotFound,

	refusal.ConsentChanged:   http.StatusConflict,
	refusal.SignaturePending: http.StatusConflict,

	refusal.DeviceRevoked: http.StatusForbidden,
	refusal.TPMRequired:   http.StatusForbidden,
	refusal.ReleaseLimit:  http.StatusTooManyRequests,
	refusal.PUKWithheld:   http.StatusConflict,

	refusal.LoginStale:      http.StatusForbidden,
	refusal.LoginWeak:       http.StatusForbidden,
	refusal.ContactUnknown:  http.StatusConflict,
	refusal.OneTimeCodeOver: http.StatusGone,
	refusal.PUKWait:         http.StatusTooManyRequests,
}

// statusOf returns the HTTP status of a problem: the portal's own for its own codes.
func statusOf(problem relyingparty.Problem) int {
	if status, ok := statuses[problem.Code]; ok {
		return status
	}
	return problem.Status()
}

// writeProblem answers a page's script, as relyingparty.Problem.Write does, with the portal's status.
func writeProblem(w http.ResponseWriter, status int, problem relyingparty.Problem) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", relyingparty.RetryAfter)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem) // a browser that left is no concern
}

// answerJSON answers a page's program.
func answerJSON(v *visit, body any) {
	v.w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(v.w).Encode(body) // a browser that left is no concern
}

// way is where a person goes after an error.
type way struct{ Path, Key string }

// wayOn returns the best next page after an error of a page.
func wayOn(path string, code fault.Code) way {
	act := way{consentPath, "portal.e-onay"}
	if strings.HasPrefix(path, pinPath) {
		act = way{pinPath, "portal.pin"}
	}
	switch code {
	case fault.LoginRequired, fault.LoginFailed:
		return way{"/giris", "portal.login"}
	case refusal.LoginStale, refusal.LoginWeak, refusal.ContactUnknown, refusal.OneTimeCodeOver, refusal.PUKWait:
		return way{pinPath, "portal.pin"}
	case refusal.ConsentChanged, refusal.ActNotPossible, refusal.ActUnknown:
		return act
	case refusal.SignaturePending:
		return way{resultPath, "portal.result"}
	}
	if strings.HasPrefix(string(code), "code_") {
		return act
	}
	return way{"/", "portal.home"}
}

func (p *Portal) notFound(*visit) error { return fault.New(refusal.NotFound, nil) }
