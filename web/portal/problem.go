package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
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
	code, status := problem.Code, problem.Status()
	level := p.log.Info
	if status >= http.StatusInternalServerError {
		level = p.log.Error
	}
	level("refused", "path", v.r.URL.Path, "code", code, "error", err)
	if v.problems {
		if elsewhere, ok := errors.AsType[elsewhereError](err); ok {
			problem.Location = elsewhere.location
		}
		problem.Write(v.w)
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
	case fault.LoginStale, fault.LoginWeak, fault.ContactUnknown, fault.OneTimeCodeOver, fault.PUKWait:
		return way{pinPath, "portal.pin"}
	case fault.ConsentChanged, fault.ActNotPossible, fault.ActUnknown:
		return act
	case fault.SignaturePending:
		return way{resultPath, "portal.result"}
	}
	if strings.HasPrefix(string(code), "code_") {
		return act
	}
	return way{"/", "portal.home"}
}

func (p *Portal) notFound(*visit) error { return fault.New(fault.NotFound, nil) }
