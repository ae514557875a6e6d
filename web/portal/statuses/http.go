package statuses

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
)

// HTTPOptions is what an authority's interface is reached by.
type HTTPOptions struct {
	URL string
	// Token goes into the header Authorization; none where it is empty.
	Token string
	// TLS has the client certificate and the roots; nil for those of the system.
	TLS *tls.Config
}

const (
	httpTimeout   = 20 * time.Second
	maxHTTPAnswer = 16 << 10
	maxSerial     = 64 // hexadecimal digits
)

type httpAuthority struct {
	HTTPOptions
	client *http.Client
}

// NewHTTP returns an authority that is told by HTTP (docs/operation/status.md).
func NewHTTP(o HTTPOptions) Authority {
	transport := &http.Transport{TLSClientConfig: o.TLS, MaxResponseHeaderBytes: maxHTTPAnswer, MaxIdleConns: 2, IdleConnTimeout: time.Minute}
	return &httpAuthority{o, &http.Client{
		Transport: transport, Timeout: httpTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}}
}

type httpRequest struct {
	Serial string    `json:"serial"`
	Status string    `json:"status"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	Key    string    `json:"key"`
}

// SetStatus implements Authority.
func (h *httpAuthority) SetStatus(ctx context.Context, r Request) (string, error) {
	body, err := json.Marshal(httpRequest(r))
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", r.Key)
	if h.Token != "" {
		request.Header.Set("Authorization", "Bearer "+h.Token)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxHTTPAnswer+1))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", httpError(response.StatusCode)
	}
	return readAnswer(answer, r.Serial)
}

// httpError is what a status other than 200 means. Who is not let in may be later: the operator mends a token or a certificate.
func httpError(status int) error {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: HTTP status %d", ErrRefused, status)
	}
	return fmt.Errorf("HTTP status %d", status)
}

// readAnswer reads the status that stands from an authority's answer, which must be about the certificate.
func readAnswer(answer []byte, serial string) (string, error) {
	if len(answer) > maxHTTPAnswer {
		return "", fmt.Errorf("an answer of more than %d bytes", maxHTTPAnswer)
	}
	var body struct {
		Serial string `json:"serial"`
		Status string `json:"status"`
	}
	if err := strictjson.UnmarshalKnown(answer, &body); err != nil {
		return "", errors.New("an answer that is no JSON of an object")
	}
	if len(body.Serial) > maxSerial {
		return "", fmt.Errorf("an answer with a serial number of %d bytes", len(body.Serial))
	}
	got, gotOK := new(big.Int).SetString(body.Serial, 16)
	want, wantOK := new(big.Int).SetString(serial, 16)
	if !gotOK || !wantOK || got.Cmp(want) != 0 {
		return "", errors.New("an answer about another certificate")
	}
	switch body.Status {
	case Active, Suspended, Revoked:
		return body.Status, nil
	}
	return "", fmt.Errorf("an unknown status in %d bytes", len(body.Status))
}
