package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// problem is an error as the page's program receives it, an RFC 9457 problem document with two
// members of our own.
type problem struct {
	Code    protocol.Code     `json:"code"`
	Message protocol.Sentence `json:"message"`
	// Location is where the person finds the act that this very session recorded with the code, so
	// that a lost answer is not a lost act.
	Location string `json:"location,omitempty"`
}

// recordedError is the refusal of an act that its own session has recorded before, with its result's page.
type recordedError struct {
	error
	location string
}

func (e recordedError) Unwrap() error { return e.error }

var statuses = map[protocol.Code]int{
	protocol.CodeRequestInvalid:        http.StatusBadRequest,
	protocol.CodeRequestTooLarge:       http.StatusRequestEntityTooLarge,
	protocol.CodeLoginRequired:         http.StatusUnauthorized,
	protocol.CodeLoginFailed:           http.StatusForbidden,
	protocol.CodeFormExpired:           http.StatusForbidden,
	protocol.CodeCodeElsewhere:         http.StatusForbidden,
	protocol.CodeActUnknown:            http.StatusNotFound,
	protocol.CodeNotFound:              http.StatusNotFound,
	protocol.CodeCodeExpired:           http.StatusGone,
	protocol.CodeCodeUsed:              http.StatusConflict,
	protocol.CodeConsentChanged:        http.StatusConflict,
	protocol.CodeActNotPossible:        http.StatusConflict,
	protocol.CodePUKWithheld:           http.StatusConflict,
	protocol.CodeDeviceRevoked:         http.StatusForbidden,
	protocol.CodeCodeLimit:             http.StatusTooManyRequests,
	protocol.CodeReleaseLimit:          http.StatusTooManyRequests,
	protocol.CodeUnavailable:           http.StatusServiceUnavailable,
	protocol.CodeRevocationUnavailable: http.StatusServiceUnavailable,
	protocol.CodeRevocationInvalid:     http.StatusBadGateway,
	protocol.CodeInternal:              http.StatusInternalServerError,
}

// statusOf returns the HTTP status of an error; what is not in the table is about the signature or
// the certificate, and the person can sign again with a better one.
func statusOf(code protocol.Code) int {
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusUnprocessableEntity
}

// codeOf is protocol.CodeOf for the portal: an error without a code is one of its own parts not
// answering.
func codeOf(err error) protocol.Code {
	if _, ok := errors.AsType[*protocol.Error](err); !ok {
		return protocol.CodeUnavailable
	}
	return protocol.CodeOf(err)
}

// fail answers with an error. The log gets its cause, the person its sentence.
func (p *Portal) fail(v *visit, err error) {
	code := codeOf(err)
	status := statusOf(code)
	level := p.log.Info
	if status >= http.StatusInternalServerError {
		level = p.log.Error
	}
	level("refused", "path", v.r.URL.Path, "code", code, "error", err)
	if v.problems {
		failProgram(v, status, code, err)
		return
	}
	if code == protocol.CodeLoginRequired && v.r.Method == http.MethodGet {
		_ = v.see("/giris?oturum=kapali") // never an error
		return
	}
	if err := p.render(v, status, "error", wayOn(v.r.URL.Path, code), code); err != nil {
		http.Error(v.w, string(protocol.CodeInternal), http.StatusInternalServerError)
	}
}

func failProgram(v *visit, status int, code protocol.Code, err error) {
	body := problem{Code: code, Message: message.Error(code)}
	if recorded, ok := errors.AsType[recordedError](err); ok {
		body.Location = recorded.location
	}
	answerJSON(v, status, "application/problem+json", body)
}

func answerJSON(v *visit, status int, mediaType string, body any) {
	v.w.Header().Set("Content-Type", mediaType)
	v.w.WriteHeader(status)
	_ = json.NewEncoder(v.w).Encode(body) // a browser that left is no concern
}

// way is where a person goes after an error.
type way struct{ Path, Key string }

// wayOn returns the best next page after an error of a page.
func wayOn(path string, code protocol.Code) way {
	act := way{consentPath, "portal.e-onay"}
	if strings.HasPrefix(path, pinPath) {
		act = way{pinPath, "portal.pin"}
	}
	switch code {
	case protocol.CodeLoginRequired, protocol.CodeLoginFailed:
		return way{"/giris", "portal.login"}
	case protocol.CodeConsentChanged, protocol.CodeActNotPossible, protocol.CodeActUnknown:
		return act
	}
	if strings.HasPrefix(string(code), "code_") {
		return act
	}
	return way{"/", "portal.home"}
}

func (p *Portal) notFound(*visit) error { return protocol.NewError(protocol.CodeNotFound, nil) }
