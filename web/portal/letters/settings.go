package letters

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
)

// PasswordVariable is the environment variable that may hold the password of the mail server.
const PasswordVariable = "E_ONAY_MAIL_PASSWORD"

// Settings says how messages to people leave.
type Settings struct {
	// Server is host:port of the operator's own mail server.
	Server string `json:"server"`
	// TLS is "starttls", also where it is empty, "implicit", or "none", which is taken for a server on this machine only.
	TLS string `json:"tls,omitempty"`
	// Roots is a PEM file with the roots of the server's certificate; empty means the system's.
	Roots string `json:"roots,omitempty"`
	// User logs in there; empty means without a login. Its password is in PasswordFile or in the environment
	// variable E_ONAY_MAIL_PASSWORD.
	User         string `json:"user,omitempty"`
	PasswordFile string `json:"password_file,omitempty"`
	// From is the sender, as "Kurum <e-onay@kurum.example>".
	From string `json:"from"`
	// SMSAddress is where mail becomes an SMS, "{phone}@sms.example": {phone} stands for the number's digits with the
	// country's in front. Empty, and without SMSGateway, means that no SMS are sent.
	SMSAddress string `json:"sms_address,omitempty"`
	// SMSGateway is how SMS leave over HTTP, in place of SMSAddress.
	SMSGateway *SMSGateway `json:"sms_gateway,omitempty"`

	password string
}

// Values of Mail.TLS.
const (
	startTLS    = "starttls"
	implicitTLS = "implicit"
	noTLS       = "none"
)

const (
	maxMailPassword = 4 << 10
	maxRoots        = 1 << 20
	phonePlace      = "{phone}"
)

// Check judges what needs no file.
func (m *Settings) Check() error {
	host, _, err := net.SplitHostPort(m.Server)
	switch {
	case err != nil:
		return fmt.Errorf("server: %w", err)
	case m.TLS != "" && m.TLS != startTLS && m.TLS != implicitTLS && m.TLS != noTLS:
		return fmt.Errorf("tls: %q is neither %q, %q nor %q", m.TLS, startTLS, implicitTLS, noTLS)
	case m.TLS == noTLS && !site.IsLoopback(host):
		return fmt.Errorf("tls: %q is taken for a server on this machine only", noTLS)
	case m.TLS == noTLS && m.User != "":
		return errors.New("user: a password does not travel without TLS")
	case m.User == "" && m.PasswordFile != "":
		return errors.New("password_file without user")
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if m.SMSGateway != nil {
		if m.SMSAddress != "" {
			return errors.New("sms_address and sms_gateway: want one of them")
		}
		if err := m.SMSGateway.check(); err != nil {
			return fmt.Errorf("sms_gateway: %w", err)
		}
	}
	if m.SMSAddress == "" {
		return nil
	}
	if strings.Count(m.SMSAddress, phonePlace) != 1 || !ValidAddress(strings.Replace(m.SMSAddress, phonePlace, "905001112233", 1)) {
		return fmt.Errorf("sms_address: want a mail address with %s in it", phonePlace)
	}
	return nil
}

// LoadPassword reads the password from its one place; variable is the environment's. Two places are an error.
func (m *Settings) LoadPassword(variable string) error {
	switch {
	case m.User == "":
		return nil
	case (m.PasswordFile == "") == (variable == ""):
		return fmt.Errorf("the password of user stands in password_file or %s, want one of them", PasswordVariable)
	case variable != "":
		m.password = variable
		return nil
	}
	data, err := secretfile.Read(m.PasswordFile, maxMailPassword)
	if err != nil {
		return fmt.Errorf("password_file: %w", err)
	}
	m.password = strings.TrimRight(string(data), "\r\n")
	if m.password == "" {
		return errors.New("password_file: empty")
	}
	return nil
}

// roots returns what the server's certificate must end at; nil means the system's.
func (m *Settings) roots() (*x509.CertPool, error) {
	if m.Roots == "" {
		return nil, nil
	}
	text, err := os.ReadFile(m.Roots)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if len(text) > maxRoots || !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%q: no certificates", m.Roots)
	}
	return pool, nil
}

// mailPattern is an address that every mail server takes: RFC 5321's dot-string and domain, in ASCII.
var mailPattern = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

const (
	maxMailAddress = 254 // bytes (RFC 5321, 4.5.3.1.3)
	maxMailUser    = 64
)

// ValidAddress reports whether every mail server takes an address.
func ValidAddress(address string) bool {
	user, _, _ := strings.Cut(address, "@")
	return len(address) <= maxMailAddress && len(user) <= maxMailUser && mailPattern.MatchString(address)
}

// SendsSMS reports whether there is a way for SMS.
func (m *Settings) SendsSMS() bool { return m.SMSAddress != "" || m.SMSGateway != nil }

// SMSAddressOf is where a letter goes that is to become an SMS to a number of E.164: the number itself where a gateway takes it.
func (m *Settings) SMSAddressOf(phone string) string {
	if m.SMSGateway != nil {
		return phone
	}
	return strings.Replace(m.SMSAddress, phonePlace, phone[1:], 1)
}
