package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"strings"
	"time"
)

// statusTokenFile has the secret by which the portal may suspend, resume and revoke.
const statusTokenFile = "status-token"

// statusServer takes requests to suspend, resume and revoke. It is safe for concurrent use.
//
// A request that is older than the newest about its certificate does nothing, and neither does one about a certificate that is revoked.
// Each is answered with what stands afterwards, so that a request that comes twice gets the same answer.
type statusServer struct {
	register *register
	conduct  *conduct
	token    string
}

func newStatusServer(s *state, register *register, conduct *conduct) (*statusServer, error) {
	token, err := s.token(statusTokenFile)
	return &statusServer{register: register, conduct: conduct, token: token}, err
}

// token returns the secret in a file, and makes it at the first start.
func (s *state) token(name string) (string, error) {
	text, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text() + "\n")
		err = writeFile(s.path(name), text, 0o600)
	}
	return strings.TrimSpace(string(text)), err
}

// The statuses of a certificate, as requests and answers have them.
const (
	statusActive    = "active"
	statusSuspended = "suspended"
	statusRevoked   = "revoked"
)

// revocationReasons are those that a request may give, by their names of RFC 5280, 5.3.1.
var revocationReasons = map[string]crlReason{
	"": reasonUnspecified, "unspecified": reasonUnspecified, "keyCompromise": 1, "affiliationChanged": 3, "superseded": 4, "cessationOfOperation": 5,
}

type statusRequest struct {
	Serial string    `json:"serial"`
	Status string    `json:"status"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Key    string    `json:"key"`
}

type statusAnswer struct {
	Serial string     `json:"serial"`
	Status string     `json:"status"`
	Since  *time.Time `json:"since,omitempty"` // of a suspension or revocation
}

func (s *statusServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	var body statusRequest
	if !decodeJSON(w, r, &body) {
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1 {
		refuse(w, http.StatusUnauthorized, errors.New("not the portal's token"))
		return
	}
	switch s.conduct.get().Status {
	case statusDown:
		hangUp()
	case statusHang:
		<-r.Context().Done()
		hangUp()
	case statusBusy:
		refuse(w, http.StatusServiceUnavailable, errors.New("busy"))
		return
	case statusRefused:
		refuse(w, http.StatusUnprocessableEntity, errors.New("refused"))
		return
	case statusGarbage:
		serveBytes("application/json", garbage())(w, r)
		return
	case statusHuge:
		serveBytes("application/json", bytes.Repeat([]byte(" "), 1<<20))(w, r)
		return
	}
	s.serve(w, body)
}

// serve does what is asked, and answers with what stands.
func (s *statusServer) serve(w http.ResponseWriter, body statusRequest) {
	serial, err := body.check()
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	stands, err := s.register.change(serial, body.next)
	switch {
	case errors.Is(err, errNotIssued):
		refuse(w, http.StatusNotFound, err)
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	switch s.conduct.get().Status {
	case statusLost:
		hangUp()
	case statusOther:
		serial = new(big.Int).Add(serial, big.NewInt(1))
	}
	result := statusAnswer{Serial: serialText(serial), Status: statusActive}
	if !stands.revokedAt.IsZero() {
		result.Status, result.Since = statusRevoked, &stands.revokedAt
		if stands.reason == reasonHold {
			result.Status = statusSuspended
		}
	}
	answer(w, http.StatusOK, result)
}

// check returns the serial number that the request is about.
func (r statusRequest) check() (*big.Int, error) {
	serial, ok := new(big.Int).SetString(r.Serial, 16)
	switch {
	case !ok || len(r.Serial) > 40 || serial.Sign() <= 0:
		return nil, errors.New("serial: not a positive hexadecimal number of at most 40 digits")
	case r.Key == "" || len(r.Key) > 200:
		return nil, errors.New("key: 1 to 200 bytes")
	case r.At.IsZero():
		return nil, errors.New("at: missing")
	}
	switch _, known := revocationReasons[r.Reason]; {
	case r.Status == statusSuspended && (r.Reason == "" || r.Reason == "certificateHold"):
	case r.Status == statusActive && (r.Reason == "" || r.Reason == "removeFromCRL"):
	case r.Status == statusRevoked && known:
	default:
		return nil, fmt.Errorf("status %.20q with reason %.40q", r.Status, r.Reason)
	}
	return serial, nil
}

// next is what the request makes of a certificate's standing.
func (r statusRequest) next(s standing) standing {
	at := r.At.UTC().Truncate(time.Millisecond)
	if !s.revokedAt.IsZero() && s.reason != reasonHold || at.Before(s.asked) {
		return s
	}
	now := time.Now().UTC().Truncate(time.Second)
	s.asked = at
	switch r.Status {
	case statusActive:
		s.revokedAt, s.reason = time.Time{}, reasonUnspecified
	case statusSuspended:
		if s.revokedAt.IsZero() {
			s.revokedAt, s.reason = now, reasonHold
		}
	case statusRevoked: // a revocation after a suspension keeps the time since when the certificate cannot be relied on
		if s.revokedAt.IsZero() {
			s.revokedAt = now
		}
		s.reason = revocationReasons[r.Reason]
	}
	return s
}
