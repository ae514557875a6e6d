package service

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/proxy"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// problem is a refusal as the site receives it: a problem document (RFC 9457).
type problem struct {
	relyingparty.Problem
	// Detail is for the site's developer, in English, where the request itself is wrong.
	Detail string `json:"detail,omitempty"`
	Status int    `json:"status"`
	// RequestID names the request in the service's log.
	RequestID string `json:"request_id,omitempty"`
	// Wait is when to ask again, of extend_early alone.
	Wait *time.Time `json:"wait,omitempty"`
}

// statuses are of codes that relyingparty does not answer with.
var statuses = map[relyingparty.Code]int{
	fault.ExtendStatus:         http.StatusServiceUnavailable,
	fault.TimestampUnavailable: http.StatusServiceUnavailable,
	fault.TimestampRefused:     http.StatusBadGateway,
	fault.TimestampInvalid:     http.StatusBadGateway,
	fault.TimestampUntrusted:   http.StatusBadGateway,
}

// refusal is an error with the status of its answer, 0 for that of its code, and a detail for the developer.
type refusal struct {
	cause  *relyingparty.Error
	status int
	detail string
}

// refused returns the refusal of a request that is wrong.
func refused(status int, detail string) error {
	return refusal{relyingparty.NewError(relyingparty.CodeRequestInvalid, errors.New(detail)), status, detail}
}

// invalid returns the refusal of a body that is wrong; its cause is told.
func invalid(cause error) error {
	return refusal{relyingparty.NewError(relyingparty.CodeRequestInvalid, cause), http.StatusBadRequest, cause.Error()}
}

// tooMany returns the refusal of what a site may not ask now.
func tooMany(detail string) error {
	return refusal{relyingparty.NewError(relyingparty.CodeUnavailable, errors.New(detail)), http.StatusTooManyRequests, detail}
}

func (r refusal) Error() string { return r.cause.Error() }

// Unwrap has errors.As find the error with its code.
func (r refusal) Unwrap() error { return r.cause }

// problemOf returns the problem document of an error. One without a code is a part of the service that does not answer, but for a panic.
func problemOf(err error) problem {
	if errors.Is(err, errPanic) {
		err = relyingparty.NewError(relyingparty.CodeInternal, err)
	}
	p := problem{Problem: relyingparty.ProblemOf(err)}
	p.Status = p.Problem.Status()
	if status, ok := statuses[p.Code]; ok {
		p.Status = status
	}
	if early, ok := errors.AsType[*extend.TooEarly](err); ok {
		p.Wait = optional(early.Until)
	}
	if r, ok := errors.AsType[refusal](err); ok {
		p.Detail = r.detail
		if r.status != 0 {
			p.Status = r.status
		}
	} else if p.Code == relyingparty.CodeRequestInvalid || p.Code == relyingparty.CodeRequestTooLarge {
		p.Detail = err.Error()
	}
	return p
}

// retryAfter is what the header of that name says with status 429 and 503, in seconds.
const retryAfter = 5

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	p.RequestID = proxy.Of(r.Context()).RequestID
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	answerJSON(w, p.Status, "application/problem+json", p)
}

func answerJSON(w http.ResponseWriter, status int, mediaType string, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who left is no concern
}
