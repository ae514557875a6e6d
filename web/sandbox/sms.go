package sandbox

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// smsTokenFile has the secret by which the portal sends SMS.
const smsTokenFile = "sms-token"

// smsPath takes SMS.
const smsPath = "/sms"

// smsGateway stands for the operator's SMS gateway and everybody's telephone: what it takes is among the messages at mailPath. It behaves
// as the mail server does, and takes an id once. It is safe for concurrent use.
type smsGateway struct {
	messages *mailServer
	token    string

	mu  sync.Mutex
	ids []string // of the last messages
}

func newSMSGateway(s *state, messages *mailServer) (*smsGateway, error) {
	token, err := s.token(smsTokenFile)
	return &smsGateway{messages: messages, token: token}, err
}

type smsRequest struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// phoneNumber is one of E.164.
var phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// ServeHTTP answers 202 where it has taken an SMS, also one that comes again.
func (g *smsGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	var sms smsRequest
	if !decodeJSON(w, r, &sms) {
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) != 1 {
		refuse(w, http.StatusUnauthorized, errors.New("not the portal's token"))
		return
	}
	switch g.messages.conduct.get().Mail {
	case mailDown:
		hangUp()
	case mailLater:
		refuse(w, http.StatusServiceUnavailable, errors.New("try again later"))
		return
	case mailUnknown:
		refuse(w, http.StatusUnprocessableEntity, errors.New("no such number"))
		return
	}
	if sms.ID == "" || len(sms.ID) > 200 || !phoneNumber.MatchString(sms.To) || sms.Text == "" {
		refuse(w, http.StatusBadRequest, errors.New("want id, to and text"))
		return
	}
	if g.isNew(sms.ID) {
		g.messages.keep(received{To: sms.To, Subject: "SMS", Text: sms.Text})
	}
	w.WriteHeader(http.StatusAccepted)
}

// isNew reports whether an id comes for the first time.
func (g *smsGateway) isNew(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.Contains(g.ids, id) {
		return false
	}
	g.ids = append(g.ids, id)
	g.ids = g.ids[max(0, len(g.ids)-maxMessages):]
	return true
}
