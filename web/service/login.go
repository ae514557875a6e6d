package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// maxSession is the longest name of a session, in bytes.
const maxSession = 1024

var errSession = invalid(fmt.Errorf("session: want 1 to %d bytes", maxSession))

// loginRequest is the body of /v1/login/request.
type loginRequest struct {
	// Session is the site's name of the browser's session.
	Session string `json:"session"`
	Purpose string `json:"purpose,omitempty"`
}

// requestLogin returns what a page hands to the page library's authenticate.
func (s *Service) requestLogin(c *call) (any, error) {
	var body loginRequest
	o, err := c.readFor(&body)
	if err != nil {
		return nil, err
	}
	if len(body.Session) < 1 || len(body.Session) > maxSession {
		return nil, errSession
	}
	nonce, err := o.login.Challenge(body.Session)
	if err != nil {
		return nil, err
	}
	return signed(relyingparty.LoginRequest{Nonce: nonce, Purpose: body.Purpose}, o, (*relyingparty.RequestSigner).Login)
}

// loginAnswer is the body of /v1/login/verify.
type loginAnswer struct {
	Session string `json:"session"`
	// Nonce and Token are the challenge, and what the page library's authenticate gave.
	Nonce string `json:"nonce"`
	Token string `json:"token"`
}

// verifyLogin returns the evidence of a login.
func (s *Service) verifyLogin(c *call) (any, error) {
	var body loginAnswer
	o, err := c.readFor(&body)
	if err != nil {
		return nil, err
	}
	if len(body.Session) < 1 || len(body.Session) > maxSession {
		return nil, errSession
	}
	e, err := o.login.Verify(c.r.Context(), body.Session, body.Nonce, []byte(body.Token))
	if err != nil {
		return nil, err
	}
	return evidenceOf(e), nil
}

// certificateRequest is the body of /v1/certificate/request.
type certificateRequest struct {
	Purpose string `json:"purpose,omitempty"`
}

// requestCertificate returns what a page hands to the page library's certificates.
func (s *Service) requestCertificate(c *call) (any, error) {
	var body certificateRequest
	o, err := c.readFor(&body)
	if err != nil {
		return nil, err
	}
	return signed(relyingparty.CertificateRequest{Purpose: body.Purpose}, o, (*relyingparty.RequestSigner).Certificate)
}

// readFor reads a JSON body into v, and returns what is of the origin that is meant.
func (c *call) readFor(v any) (*originSite, error) {
	o, err := c.origin()
	if err != nil {
		return nil, err
	}
	return o, c.readJSON(v)
}

// signed returns a request with its signature, where the site signs its requests. One that no window would take is refused.
func signed[T any](request T, o *originSite, sign func(*relyingparty.RequestSigner, T) (T, error)) (any, error) {
	out, err := sign(o.requests, request)
	if err == nil {
		return out, nil
	}
	// Without a signer the same checks are made, so what fails then is wrong with the request.
	if _, wrong := sign(nil, request); wrong != nil {
		return nil, invalid(wrong)
	}
	return nil, errors.Join(errSign, err)
}

// errSign has no code: the service, not the request, is at fault.
var errSign = errors.New("service: sign a request")

// describeSite returns what the site serves at /.well-known/eonay.json: its title and the keys that sign its requests.
func (s *Service) describeSite(c *call) (any, error) {
	o, err := c.origin()
	if err != nil {
		return nil, err
	}
	if o.requests == nil {
		return nil, refused(http.StatusNotFound, "the settings name no request_key_file for the site")
	}
	document, err := o.requests.SiteDocument()
	return json.RawMessage(document), err
}
