package relyingparty

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Problem is a refusal as a page's program receives it: a problem document (RFC 9457) with members of our own.
type Problem struct {
	Code    Code     `json:"code"`
	Message Sentence `json:"message"`
	// Location is where the person goes on all the same, where the site has such a page.
	Location string `json:"location,omitempty"`
}

// statuses are of the codes that a site refuses with; any other is about the certificate or the signature, and another
// one may do.
var statuses = map[Code]int{
	CodeRequestInvalid:        http.StatusBadRequest,
	CodeRequestTooLarge:       http.StatusRequestEntityTooLarge,
	CodeLoginRequired:         http.StatusUnauthorized,
	CodeLoginFailed:           http.StatusForbidden,
	CodeFormExpired:           http.StatusForbidden,
	CodeRevocationInvalid:     http.StatusBadGateway,
	CodeRevocationUnavailable: http.StatusServiceUnavailable,
	CodeUnavailable:           http.StatusServiceUnavailable,
	CodeInternal:              http.StatusInternalServerError,
}

// ProblemOf returns the problem document of an error. One without a code is a part of the site that does not answer.
func ProblemOf(err error) Problem {
	code := CodeUnavailable
	if e, ok := errors.AsType[*Error](err); ok {
		code = e.Code
	}
	return Problem{Code: code, Message: SentenceOf(code)}
}

// Status returns the HTTP status that goes with the code.
func (p Problem) Status() int {
	if status, ok := statuses[p.Code]; ok {
		return status
	}
	return http.StatusUnprocessableEntity
}

// RetryAfter is what the header of that name says with status 503, in seconds.
const RetryAfter = "5"

// Write answers a request with the problem.
func (p Problem) Write(w http.ResponseWriter) {
	if p.Status() == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", RetryAfter)
	}
	answerJSON(w, p.Status(), "application/problem+json", p)
}

func answerJSON(w http.ResponseWriter, status int, mediaType string, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a browser that left is no concern
}
