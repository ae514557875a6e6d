// Package legaltext reads the texts that people approve or sign for: what the authority's desk has decided on, else an operator's
// file or a built-in one, in one version, which is its SHA-256. An Archive keeps each version, so that what somebody approved years ago can still be read.
package legaltext

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
)

// MaxText is the longest text in bytes: it must fit in a document that is signed, with room to spare.
const MaxText = 256 << 10

// Text is a text in one version.
type Text struct {
	Body string
	// Version is the SHA-256 of Body, lower-case hex.
	Version string
}

// Kept has the versions of texts that the authority's desk has decided on.
type Kept interface {
	// InForce returns the body of a text that is in force now; found is false where there is none.
	InForce(ctx context.Context, id string) (body string, found bool, err error)
	// Version returns the body of a version, of whichever text.
	Version(ctx context.Context, version string) (body string, found bool, err error)
}

// Source is where a text comes from: what Kept has of ID, unless Kept is nil, else the file at Path, or BuiltIn where Path is empty.
type Source struct {
	ID            string
	Path, BuiltIn string
	Kept          Kept
}

// Read returns the current text. All processes of a portal that share a database have the same one, whatever their files are, once
// the desk has decided on one.
func (s Source) Read(ctx context.Context) (Text, error) {
	if s.Kept == nil {
		return s.readFile()
	}
	body, found, err := s.Kept.InForce(ctx, s.ID)
	if err != nil {
		return Text{}, fault.Errorf(fault.Unavailable, "text %s: %w", s.ID, err)
	}
	if !found {
		return s.readFile()
	}
	t, err := Parse([]byte(body))
	if err != nil {
		return Text{}, fault.Errorf(fault.Unavailable, "text %s: %w", s.ID, err)
	}
	return t, nil
}

// readFile returns the settings' text. The file is read each time, so that it can change while the portal runs.
func (s Source) readFile() (Text, error) {
	if s.Path == "" {
		return Parse([]byte(s.BuiltIn))
	}
	file, err := os.Open(s.Path)
	if err != nil {
		return Text{}, fault.Errorf(fault.Unavailable, "text: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxText+1))
	if err != nil {
		return Text{}, fault.Errorf(fault.Unavailable, "text: %w", err)
	}
	t, err := Parse(data)
	if err != nil {
		return Text{}, fault.Errorf(fault.Unavailable, "text %q: %w", s.Path, err)
	}
	return t, nil
}

// Parse takes UTF-8 with LF line ends and without characters that cannot be seen: what is shown must be what is signed.
func Parse(data []byte) (Text, error) {
	if len(data) > MaxText {
		return Text{}, fmt.Errorf("longer than %d bytes", MaxText)
	}
	body := string(data)
	if strings.TrimSpace(body) == "" || !utf8.ValidString(body) {
		return Text{}, fmt.Errorf("empty or not UTF-8")
	}
	if !strings.HasSuffix(body, "\n") {
		return Text{}, fmt.Errorf("no line end at the end")
	}
	for _, r := range body {
		if r != '\n' && !unicode.IsPrint(r) {
			return Text{}, fmt.Errorf("holds %U, which cannot be seen", r)
		}
	}
	return Text{Body: body, Version: versionOf(data)}, nil
}

func versionOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
