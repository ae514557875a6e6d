package timestamp

import (
	"encoding/asn1"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/outbound"
)

// maxPassword is the longest password in a file, in bytes.
const maxPassword = 1024

// Settings are an Authority as it stands in a file of settings.
type Settings struct {
	// URL is where time stamps are asked for, by http or https.
	URL string `json:"url"`
	// Policy is the one wanted, as numbers with dots; "" takes any.
	Policy string `json:"policy,omitempty"`
	// Header is sent with each request; a file that has one must not be readable by everybody on the machine.
	Header map[string]string `json:"header,omitempty"`
	// KamuSM logs in at Kamu SM's authority.
	KamuSM *KamuSMSettings `json:"kamusm,omitempty"`
}

// KamuSMSettings are a KamuSM. The password has a file of its own, so that settings can be shown.
type KamuSMSettings struct {
	// Customer is the customer's number, PasswordFile the file of their password.
	Customer     uint32 `json:"customer"`
	PasswordFile string `json:"password_file"`
}

// Authority returns the authority. Files are relative to a folder. Errors are for whoever wrote the settings, and have no secret.
func (s Settings) Authority(folder string) (out Authority, err error) {
	if !outbound.IsHTTP(s.URL) {
		return out, fmt.Errorf("time-stamp authority: %q is no address of http or https", s.URL)
	}
	out = Authority{URL: s.URL, Header: http.Header{}}
	for name, value := range s.Header {
		out.Header.Set(name, value)
	}
	if s.Policy != "" {
		if out.Policy, err = parseOID(s.Policy); err != nil {
			return out, err
		}
	}
	if s.KamuSM == nil {
		return out, nil
	}
	path := s.KamuSM.PasswordFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	password, err := os.ReadFile(path)
	if err != nil {
		return out, fmt.Errorf("password of a time-stamp authority: %w", err)
	}
	text := strings.TrimRight(string(password), "\r\n")
	if text == "" || len(text) > maxPassword {
		return out, fmt.Errorf("password of a time-stamp authority: %d bytes", len(text))
	}
	out.KamuSM = &KamuSM{Customer: s.KamuSM.Customer, Password: text}
	return out, nil
}

func parseOID(text string) (oid asn1.ObjectIdentifier, err error) {
	for _, part := range strings.Split(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("policy of a time-stamp authority: %q is no object identifier", text)
		}
		oid = append(oid, n)
	}
	if _, err := asn1.Marshal(oid); err != nil {
		return nil, fmt.Errorf("policy of a time-stamp authority: %q is no object identifier", text)
	}
	return oid, nil
}
