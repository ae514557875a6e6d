package letters

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
)

// SMSGateway says how SMS leave over HTTP.
type SMSGateway struct {
	// URL takes each SMS as a POST of JSON, {"id": "…", "to": "+905001112233", "text": "…"}, and answers 200, 201, 202 or 204 once it has
	// taken it; the id is the same at each attempt. https, or http on this machine.
	URL string `json:"url"`
	// TokenFile holds what the gateway is asked with, as Authorization: Bearer. Everybody on the machine must not be able to read it.
	TokenFile string `json:"token_file"`
}

const (
	smsTimeout  = 20 * time.Second
	maxSMSToken = 4 << 10
	maxSMSBody  = 4 << 10 // of an answer, which is not read further
)

// check judges what needs no file.
func (g *SMSGateway) check() error {
	u, err := url.Parse(g.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("url: not an address of a gateway")
	case u.Scheme != "https" && (u.Scheme != "http" || !site.IsLoopback(u.Hostname())):
		return errors.New("url: want https, or http on this machine")
	case g.TokenFile == "":
		return errors.New("token_file is missing")
	}
	return nil
}

// smsTransport hands SMS to a gateway, and all other letters on.
type smsTransport struct {
	gateway *SMSGateway
	token   string
	client  *http.Client
	others  Transport
}

// NewTransport returns a transport by the settings: mail by their server, and SMS by their gateway where they have one.
func NewTransport(m *Settings) (Transport, error) {
	mails, err := NewSMTP(m)
	if err != nil || m.SMSGateway == nil {
		return mails, err
	}
	token, err := secretfile.Read(m.SMSGateway.TokenFile, maxSMSToken)
	if err != nil {
		return nil, fmt.Errorf("mail: sms_gateway: token_file: %w", err)
	}
	c := &smsTransport{gateway: m.SMSGateway, token: strings.TrimSpace(string(token)), others: mails, client: &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 2, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: smsTimeout},
		Timeout:   smsTimeout,
		// The address is the settings': a redirect would hand token and text to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if c.token == "" || strings.ContainsFunc(c.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("mail: sms_gateway: token_file: want one line of ASCII without spaces")
	}
	return c, nil
}

// Deliver implements Transport. An address that begins with + is a telephone.
func (c *smsTransport) Deliver(ctx context.Context, l Letter) error {
	if !strings.HasPrefix(l.To, "+") {
		return c.others.Deliver(ctx, l)
	}
	body, err := json.Marshal(struct {
		ID   string `json:"id"`
		To   string `json:"to"`
		Text string `json:"text"`
	}{l.ID, l.To, l.Text})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.gateway.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("SMS gateway: the address is malformed")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("SMS gateway: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxSMSBody)) // so that the connection can be used again
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return fmt.Errorf("SMS gateway: %w: status %d", ErrUndeliverable, response.StatusCode)
	}
	return fmt.Errorf("SMS gateway: status %d", response.StatusCode)
}
