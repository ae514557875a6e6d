package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	_ "embed"

	"github.com/e-onay/e-onay/internal/message"
)

// Bounds of what the mail server keeps and takes.
const (
	maxMessages     = 200
	maxMessageBytes = 64 << 10
	mailWait        = 25 * time.Second // for a message that is asked for before it has come
)

// mailPath is the page on which a developer reads the messages.
const mailPath = "/posta"

//go:embed mail.html
var mailHTML string

var mailTemplate = template.Must(template.New("mail").Parse(mailHTML))

// received is a message that the mail server has taken.
type received struct {
	Number  int       `json:"number"` // from 1, in the order of arrival
	At      time.Time `json:"at"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
}

// mailServer stands for the operator's mail server and everybody's mailbox. It keeps the last messages in memory and
// sends nothing on. It is safe for concurrent use.
type mailServer struct {
	conduct *conduct

	mu       sync.Mutex
	messages []received
	last     int           // number of the newest
	came     chan struct{} // closed when another has come
}

func newMailServer(conduct *conduct) *mailServer {
	return &mailServer{conduct: conduct, came: make(chan struct{})}
}

// newSMTP returns the server of the protocol.
func (m *mailServer) newSMTP() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if m.conduct.get().Mail == mailDown {
			return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "not now"}
		}
		return &mailSession{server: m}, nil
	}))
	server.Domain = "localhost"
	server.MaxMessageBytes, server.MaxRecipients = maxMessageBytes, 1
	server.ReadTimeout, server.WriteTimeout = 30*time.Second, 30*time.Second
	return server
}

// mailSession is one message after the other on one connection.
type mailSession struct {
	server *mailServer
	to     string
}

func (s *mailSession) Reset()                               { s.to = "" }
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt refuses as a real server does, with the address in its words.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch s.server.conduct.get().Mail {
	case mailUnknown:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: no such mailbox"}
	case mailLater:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "<" + to + ">: try again later"}
	}
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	message, err := readMessage(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	message.To = s.to
	s.server.keep(message)
	return nil
}

// readMessage takes plain text, as the portal sends it.
func readMessage(r io.Reader) (received, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return received{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return received{}, err
	}
	media, _, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "text/plain" || m.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		return received{}, errors.New("only plain text, quoted-printable")
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	return received{Subject: subject, Text: string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))}, err
}

func (m *mailServer) keep(message received) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	message.Number, message.At = m.last, time.Now()
	m.messages = append(m.messages, message)
	if over := len(m.messages) - maxMessages; over > 0 {
		m.messages = slices.Delete(m.messages, 0, over)
	}
	close(m.came)
	m.came = make(chan struct{})
}

// after returns the messages with a higher number, and a channel that closes when another comes.
func (m *mailServer) after(number int) ([]received, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []received{}
	for _, one := range m.messages {
		if one.Number > number {
			list = append(list, one)
		}
	}
	return list, m.came
}

// serveMessages answers with the messages after a number; it waits for one where there is none yet.
func (m *mailServer) serveMessages(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("after: %q is no number", r.URL.Query().Get("after")))
		return
	}
	patience, cancel := context.WithTimeout(r.Context(), mailWait)
	defer cancel()
	for {
		list, came := m.after(number)
		if len(list) > 0 || patience.Err() != nil || r.URL.Query().Has("now") {
			answer(w, http.StatusOK, map[string]any{"messages": list})
			return
		}
		select {
		case <-came:
		case <-patience.Done():
		}
	}
}

// mailPage is what its template shows.
type mailPage struct {
	Messages []received // the newest first
	language message.Language
}

// T is the sentence of a key in the page's language.
func (p mailPage) T(key string) string { return message.Text(p.language, key) }

// Lang is the page's language.
func (p mailPage) Lang() string { return string(p.language) }

// servePage shows the messages to a person on this machine.
func (m *mailServer) servePage(w http.ResponseWriter, r *http.Request) {
	page := mailPage{language: message.Turkish}
	if lang := r.FormValue("lang"); lang != "" {
		page.language = message.ParseLanguage(lang)
	}
	page.Messages, _ = m.after(0)
	slices.Reverse(page.Messages)
	writePage(w, mailTemplate, page)
}

// writePage answers with a page that has no scripts and loads nothing from elsewhere.
func writePage(w http.ResponseWriter, t *template.Template, page any) {
	var body bytes.Buffer
	if err := t.Execute(&body, page); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body.Bytes()) // the browser may have gone
}

// addressedHere refuses requests to another name than this server's: a rebound DNS name would let any page read the mail.
func addressedHere(address string, next http.HandlerFunc) http.HandlerFunc {
	own, err := url.Parse(address)
	if err != nil {
		panic(err) // open made the address itself
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host != own.Host && r.Host != net.JoinHostPort("127.0.0.1", own.Port()) {
			refuse(w, http.StatusForbidden, fmt.Errorf("not addressed to %s", address))
			return
		}
		next(w, r)
	}
}

func (m *mailServer) routes(mux *http.ServeMux, address string, guard func(http.Handler) http.Handler) {
	mux.HandleFunc("GET "+mailPath, addressedHere(address, m.servePage))
	mux.Handle("GET /admin/mail", guard(http.HandlerFunc(m.serveMessages)))
}
