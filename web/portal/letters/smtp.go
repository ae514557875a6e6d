// Package letters is the engine of messages to people: they lie encrypted in the store's outbox until a job has handed them to
// the operator's mail server.
package letters

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Letter is a message to a person: plain text to a mail address.
type Letter struct {
	ID      string `json:"-"` // the same at each attempt, so that a reader's program can tell one that comes twice
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Transport delivers letters. Its errors hold neither address nor text; one that wraps ErrUndeliverable is for good.
type Transport interface {
	Deliver(ctx context.Context, l Letter) error
}

// ErrUndeliverable means that another attempt is of no use.
var ErrUndeliverable = errors.New("refused for good")

const smtpTimeout = 20 * time.Second // for each step of an exchange

// smtpTransport hands letters to a mail server.
type smtpTransport struct {
	settings *Settings
	host     string
	options  []mail.Option
}

// NewSMTP returns a transport that hands letters to a mail server.
func NewSMTP(m *Settings) (Transport, error) {
	host, portText, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, fmt.Errorf("mail: server: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("mail: server: port: %w", err)
	}
	roots, err := m.roots()
	if err != nil {
		return nil, fmt.Errorf("mail: roots: %w", err)
	}
	options := []mail.Option{
		mail.WithPort(port), mail.WithTimeout(smtpTimeout), mail.WithoutNoop(), mail.WithoutSMTPUTF8(),
		mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: roots, MinVersion: tls.VersionTLS12}),
	}
	switch m.TLS {
	case noTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case implicitTLS:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.password))
	}
	c := &smtpTransport{settings: m, host: host, options: options}
	if _, err := mail.NewClient(host, options...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return c, nil
}

// Deliver implements Transport, with a connection for each letter: they are few.
func (c *smtpTransport) Deliver(ctx context.Context, l Letter) error {
	message, err := c.message(l)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(c.host, c.options...)
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("mail server: %w", err) // nothing of the letter was said yet
	}
	defer client.Close()                                                   // the server has answered for the letter already
	if err := client.Send(message); err != nil && !message.IsDelivered() { // the server may take a letter, and say no more
		return anonymous(err)
	}
	return nil
}

func (c *smtpTransport) message(l Letter) (*mail.Msg, error) {
	from, err := netmail.ParseAddress(c.settings.From)
	if err != nil {
		return nil, fmt.Errorf("mail: from: %w", err)
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	if err := m.To(l.To); err != nil {
		return nil, ErrUndeliverable // the error would quote the address
	}
	m.SetMessageIDWithValue(l.ID + from.Address[strings.LastIndex(from.Address, "@"):])
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday reply
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	return m, nil
}

// anonymous tells what went wrong without the server's words, which quote the address.
func anonymous(err error) error {
	refused, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return errors.New("mail server: the letter was not taken")
	}
	what := fmt.Errorf("mail server: %v: status %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	if refused.ErrorCode() >= 500 {
		return errors.Join(ErrUndeliverable, what)
	}
	return what
}

// Probe connects to the mail server as for a letter: greeting, TLS, login. It hands no letter over, and asks no SMS gateway, whose
// token it reads.
func Probe(ctx context.Context, m *Settings) error {
	if _, err := NewTransport(m); err != nil {
		return err
	}
	transport, err := NewSMTP(m)
	if err != nil {
		return err
	}
	c := transport.(*smtpTransport)
	client, err := mail.NewClient(c.host, c.options...)
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}
