package letters

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// TestMailPassword reads the password from each of its places.
func TestMailPassword(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, all, empty := write("own", "gizli\n", 0o600), write("all", "gizli", 0o644), write("empty", "\n", 0o600)
	for _, test := range []struct {
		name, user, file, variable string
		ok                         bool
	}{
		{"in a file", "a", own, "", true},
		{"in the environment", "a", "", "gizli", true},
		{"in both", "a", own, "gizli", false},
		{"nowhere", "a", "", "", false},
		{"in a file for all", "a", all, "", false},
		{"in an empty file", "a", empty, "", false},
		{"in no file", "a", filepath.Join(dir, "none"), "", false},
		{"of nobody", "", "", "gizli", true},
	} {
		m := &Settings{User: test.user, PasswordFile: test.file}
		err := m.LoadPassword(test.variable)
		if (err == nil) != test.ok || test.ok && test.user != "" && m.password != "gizli" {
			t.Errorf("%s: %q, %v", test.name, m.password, err)
		}
	}
}

// TestAddresses has what people have for addresses, and what would change a message.
func TestAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"ayse@ornek.test": true, "a.b+c@x-y.ornek.test": true, "a@localhost": true,
		"": false, "ayse": false, "@ornek.test": false, "ayse@": false, "a@b@c": false, "ayşe@örnek.test": false, "a..b@ornek.test": false, "a@-b.test": false,
		"a@ornek.test\nBcc: b@ornek.test": false, "a@ornek.test,b@ornek.test": false, "<a@ornek.test>": false, "a b@ornek.test": false, `"a"@ornek.test`: false,
		strings.Repeat("a", 65) + "@ornek.test": false, "a@" + strings.Repeat("b.", 130) + "test": false,
	} {
		if ValidAddress(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

// smtpServer is a mail server of another library than the transport's.
type smtpServer struct {
	mu       sync.Mutex
	rcpt     error // what it says to a recipient
	password string
	got      []string
}

func (s *smtpServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &smtpSession{s, false}, nil }

type smtpSession struct {
	server *smtpServer
	in     bool // logged in
}

func (s *smtpSession) Reset()                   {}
func (s *smtpSession) Logout() error            { return nil }
func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.in = user == "portal" && password == s.server.password; !s.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *smtpSession) Mail(string, *smtp.MailOptions) error {
	if s.server.password != "" && !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *smtpSession) Rcpt(string, *smtp.RcptOptions) error { return s.server.rcpt }

func (s *smtpSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.got = append(s.server.got, string(data))
	return err
}

// startSMTP starts a server with a certificate for localhost, and returns its address and the certificate's file. How it
// uses TLS is as in Mail.TLS.
func startSMTP(t *testing.T, backend *smtpServer, how string) (address, roots string) {
	t.Helper()
	certificate, roots := localhostCertificate(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(backend)
	server.Domain, server.MaxMessageBytes = "localhost", 1<<20
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch how {
	case startTLS:
		server.TLSConfig = config
	case implicitTLS:
		listener = tls.NewListener(listener, config)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		listener.Close() // where Serve has not begun, it would wait at it for ever
		<-ended
	})
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "localhost:" + port, roots
}

func localhostCertificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// TestSMTP hands a letter to servers that want TLS in each way, and a password or none.
func TestSMTP(t *testing.T) {
	for _, how := range []string{startTLS, implicitTLS} {
		for _, password := range []string{"", "gizli"} {
			t.Run(how+" "+password, func(t *testing.T) {
				backend := &smtpServer{password: password}
				settings := &Settings{TLS: how, From: "Deneme Kurumu <e-onay@ornek.test>", password: password}
				settings.Server, settings.Roots = startSMTP(t, backend, how)
				if password != "" {
					settings.User = "portal"
				}
				transport, err := NewSMTP(settings)
				if err != nil {
					t.Fatal(err)
				}
				letter := Letter{ID: "HARF", To: "ayse@ornek.test", Subject: "Tek kullanımlık kodunuz", Text: "kod: 1234 5678\n.\nson\n"}
				if err := transport.Deliver(t.Context(), letter); err != nil {
					t.Fatal(err)
				}
				if len(backend.got) != 1 {
					t.Fatalf("%d messages", len(backend.got))
				}
				for _, part := range []string{"Message-ID: <HARF@ornek.test>\r\n", "To: <ayse@ornek.test>\r\n", "Auto-Submitted: auto-generated\r\n", "1234 5678\r\n.\r\nson"} {
					if !strings.Contains(backend.got[0], part) {
						t.Errorf("the message lacks %q:\n%s", part, backend.got[0])
					}
				}
			})
		}
	}
}

// TestSMTPRefused has servers that are not the operator's, offer no TLS, or refuse. No error tells the address or the
// password.
func TestSMTPRefused(t *testing.T) {
	for _, test := range []struct {
		name, serves, wants string
		change              func(*Settings, *smtpServer)
		forGood             bool
	}{
		{"another's certificate", startTLS, startTLS, func(m *Settings, _ *smtpServer) { _, m.Roots = localhostCertificate(t) }, false},
		{"another's certificate, at once", implicitTLS, implicitTLS, func(m *Settings, _ *smtpServer) { _, m.Roots = localhostCertificate(t) }, false},
		{"no TLS", noTLS, startTLS, func(*Settings, *smtpServer) {}, false},
		{"wrong password", startTLS, startTLS, func(m *Settings, s *smtpServer) {
			m.User, m.password, s.password = "portal", "yanlış-parola", "gizli"
		}, false},
		{"nobody there", startTLS, startTLS, func(m *Settings, _ *smtpServer) { m.Server = "localhost:1" }, false},
		{"not now", startTLS, startTLS, func(_ *Settings, s *smtpServer) {
			s.rcpt = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "<ayse@ornek.test>: later"}
		}, false},
		{"no such mailbox", startTLS, startTLS, func(_ *Settings, s *smtpServer) {
			s.rcpt = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<ayse@ornek.test>: unknown"}
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend := &smtpServer{}
			settings := &Settings{TLS: test.wants, From: "e-onay@ornek.test"}
			settings.Server, settings.Roots = startSMTP(t, backend, test.serves)
			test.change(settings, backend)
			transport, err := NewSMTP(settings)
			if err != nil {
				t.Fatal(err)
			}
			err = transport.Deliver(t.Context(), Letter{ID: "HARF", To: "ayse@ornek.test", Subject: "konu", Text: "gizli kod"})
			if err == nil || errors.Is(err, ErrUndeliverable) != test.forGood || len(backend.got) > 0 {
				t.Fatalf("%v, %d messages", err, len(backend.got))
			}
			for _, secret := range []string{"ayse", "yanlış-parola", "gizli"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
}
