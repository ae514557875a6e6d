package site

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// elsewhereError is an error with the page on which the person sees the outcome all the same.
type elsewhereError struct {
	error
	location string
}

func (e elsewhereError) Unwrap() error { return e.error }

// Elsewhere returns err with the page of the outcome: for what the same session has sent before, so that a lost answer is
// not a lost act.
func Elsewhere(err error, location string) error { return elsewhereError{err, location} }

// CodeOf returns the code of an error as the portal answers it: an error without a code means that a part of the portal
// does not answer.
func CodeOf(err error) fault.Code { return relyingparty.ProblemOf(err).Code }

// fail answers with an error. The log gets its cause, the person its sentence.
func (v *Visit) fail(err error) {
	problem := relyingparty.ProblemOf(err)
	code, status := problem.Code, statusOf(problem)
	v.site.meter.Refused(code)
	level := v.Log().Info
	if status >= http.StatusInternalServerError {
		level = v.Log().Error
	}
	level("refused", "path", v.R.URL.Path, "code", code, "error", err)
	if v.script {
		if elsewhere, ok := errors.AsType[elsewhereError](err); ok {
			problem.Location = elsewhere.location
		}
		writeProblem(v.W, status, problemDocument{problem, v.requestID()})
		return
	}
	way := v.wayOn(code)
	if code == fault.LoginRequired && v.R.Method == http.MethodGet {
		_ = v.See(way.Path + "?oturum=kapali") // never an error
		return
	}
	if status == http.StatusServiceUnavailable {
		v.W.Header().Set("Retry-After", relyingparty.RetryAfter)
	}
	if err := v.Render(status, "error", way, code); err != nil {
		http.Error(v.W, string(fault.Internal), http.StatusInternalServerError)
	}
}

// wayOn returns where a person best goes after an error of a page.
func (v *Visit) wayOn(code fault.Code) Way {
	if way, ok := v.site.ways[code]; ok {
		return way
	}
	switch code {
	case refusal.ActUnknown, refusal.ActNotPossible, refusal.CodeExpired, refusal.CodeUsed, refusal.CodeElsewhere, refusal.CodeLimit:
		if v.start != (Way{}) {
			return v.start
		}
	}
	return Way{"/", "portal.home"}
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

	refusal.ApplicationState:   http.StatusConflict,
	refusal.ApplicationChanged: http.StatusConflict,
	refusal.ApplicationOpen:    http.StatusConflict,
	refusal.IdentityDiffers:    http.StatusConflict,
	refusal.NameDiffers:        http.StatusUnprocessableEntity,
	refusal.ListLimit:          http.StatusTooManyRequests,
	refusal.ListState:          http.StatusConflict,
	refusal.ApplicationLimit:   http.StatusTooManyRequests,
	refusal.KeyRequired:        http.StatusForbidden,
	refusal.KeyInvalid:         http.StatusForbidden,
	refusal.CardLoginRequired:  http.StatusForbidden,
	refusal.OwnApplication:     http.StatusForbidden,

	refusal.WordWrong:            http.StatusForbidden,
	refusal.WordWait:             http.StatusTooManyRequests,
	refusal.CertificateSuspended: http.StatusForbidden,
	refusal.StatusChoice:         http.StatusUnprocessableEntity,
	refusal.PaymentChanged:       http.StatusConflict,
	refusal.PaymentLimit:         http.StatusTooManyRequests,
	refusal.PaymentAway:          http.StatusBadGateway,
	refusal.NoticeInvalid:        http.StatusForbidden,
	refusal.QueryLimit:           http.StatusTooManyRequests,

	refusal.DecisionOpen:      http.StatusConflict,
	refusal.DecisionLimit:     http.StatusTooManyRequests,
	refusal.DecisionNotYours:  http.StatusForbidden,
	refusal.DecisionOver:      http.StatusConflict,
	refusal.OfficerUnknown:    http.StatusConflict,
	refusal.AdministratorsFew: http.StatusConflict,

	refusal.DeviceRevoked: http.StatusForbidden,
	refusal.TPMRequired:   http.StatusForbidden,
	refusal.ReleaseLimit:  http.StatusTooManyRequests,
	refusal.PUKWithheld:   http.StatusConflict,

	refusal.CheckBusy:     http.StatusServiceUnavailable,
	refusal.CheckLimit:    http.StatusTooManyRequests,
	refusal.CheckNoFile:   http.StatusBadRequest,
	refusal.CheckTooLarge: http.StatusRequestEntityTooLarge,
	refusal.CheckUpload:   http.StatusBadRequest,

	refusal.LoginStale:      http.StatusForbidden,
	refusal.LoginWeak:       http.StatusForbidden,
	refusal.ContactUnknown:  http.StatusConflict,
	refusal.OneTimeCodeOver: http.StatusGone,
	refusal.PUKWait:         http.StatusTooManyRequests,
}

// StatusOf returns the HTTP status of a refusal with this code, for a feature that shows it on a page of its own.
func StatusOf(code fault.Code) int { return statusOf(relyingparty.Problem{Code: code}) }

// statusOf returns the HTTP status of a problem: the portal's own for its own codes.
func statusOf(problem relyingparty.Problem) int {
	if status, ok := statuses[problem.Code]; ok {
		return status
	}
	return problem.Status()
}

// problemDocument is a refusal as a page's script receives it.
type problemDocument struct {
	relyingparty.Problem
	RequestID string `json:"request_id,omitempty"`
}

// writeProblem answers a page's script, as relyingparty.Problem.Write does, with the portal's status.
func writeProblem(w http.ResponseWriter, status int, problem problemDocument) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", relyingparty.RetryAfter)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem) // a browser that left is no concern
}
