package consent

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

//go:embed texts/e-onay.txt
var builtInConsent string

//go:embed texts/geri-alma.txt
var withdrawal string

// maxText is the longest text that can be approved: it must fit in a document with room to spare.
const maxText = 256 << 10

// text is what an act approves, in one version.
type text struct {
	Body string
	// Version is the SHA-256 of Body, lower-case hex.
	Version string
}

// CheckText reads a file with the consent's text as an act does; "" is the built-in one.
func CheckText(path string) error {
	_, err := (&consent{Options: Options{Text: path}}).text(store.Give)
	return err
}

// text returns the current text of an act. The consent's file is read each time, so that it can
// change while the portal runs.
func (c *consent) text(kind store.Kind) (text, error) {
	switch {
	case kind == store.Withdraw:
		return parseText([]byte(withdrawal))
	case c.Text == "":
		return parseText([]byte(builtInConsent))
	}
	file, err := os.Open(c.Text)
	if err != nil {
		return text{}, fault.Errorf(fault.Unavailable, "consent text: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxText+1))
	if err != nil {
		return text{}, fault.Errorf(fault.Unavailable, "consent text: %w", err)
	}
	t, err := parseText(data)
	if err != nil {
		return text{}, fault.Errorf(fault.Unavailable, "consent text %q: %w", c.Text, err)
	}
	return t, nil
}

// parseText takes UTF-8 with LF line ends and without characters that cannot be seen: what is shown
// must be what is signed.
func parseText(data []byte) (text, error) {
	if len(data) > maxText {
		return text{}, fmt.Errorf("longer than %d bytes", maxText)
	}
	body := string(data)
	if strings.TrimSpace(body) == "" || !utf8.ValidString(body) {
		return text{}, fmt.Errorf("empty or not UTF-8")
	}
	if !strings.HasSuffix(body, "\n") {
		return text{}, fmt.Errorf("no line end at the end")
	}
	for _, r := range body {
		if r != '\n' && !unicode.IsPrint(r) {
			return text{}, fmt.Errorf("holds %U, which cannot be seen", r)
		}
	}
	sum := sha256.Sum256(data)
	return text{Body: body, Version: hex.EncodeToString(sum[:])}, nil
}
