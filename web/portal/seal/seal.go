// Package seal is the feature Elektronik Mühür Yetki Sorgulama: anybody who has a company's tax number and the serial number of a
// seal's certificate, or the certificate, reads whether it was issued here, to whom, and whether it is in force.
//
// It tells what is public of the certificate, and one answer for all that is not so: whoever tries numbers does not learn which of
// the two was wrong. Numbers and files come by POST, are kept nowhere, and each visitor asks so often only.
package seal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	SealBySerial(ctx context.Context, serial string) (application.Application, error)
	BeginTry(ctx context.Context, t store.Try) error
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store Store
	// Issuers returns the authority's certificates: one of them must have signed a certificate that is uploaded.
	Issuers func() ([]*x509.Certificate, error)
	// Secret keys the hashes by which visitors are counted.
	Secret string
	Now    func() time.Time
}

type seal struct{ Options }

//go:embed pages
var files embed.FS

// Path is the feature's page.
const Path = "/muhur-yetki-sorgulama"

// How often is asked: by one visitor, and by all.
var (
	visitorLimit = store.Limit{Count: 30, Window: time.Hour}
	overallLimit = store.Limit{Count: 3000, Window: time.Hour}
)

// New returns the feature.
func New(o Options) site.Feature {
	s := &seal{o}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: s.page},
			{Pattern: "POST " + Path, MaxBody: maxBody, Serve: s.look},
		},
	}
}

// view is the page: a form, and below it what was found.
type view struct {
	Tax, Serial string // as they were typed
	// Wrong is what has to be mended: "tax", "serial" or "file"; Limited, that too many have asked.
	Wrong   string
	Limited bool
	None    bool // there is no such certificate
	Found   *found
}

// found is what is public of a seal's certificate.
type found struct {
	Company, Tax, Serial string // Tax is masked
	From, Until          time.Time
	Standing             standing
}

// standing is whether a certificate is in force; the catalogue has "portal.seal.is.<standing>".
type standing string

const (
	inForce   standing = "valid"
	notYet    standing = "unused" // it was issued, and its card is not in use
	suspended standing = "suspended"
	revoked   standing = "revoked"
	expired   standing = "expired"
)

func standingOf(a application.Application, now time.Time) standing {
	switch {
	case a.State == application.Revoked:
		return revoked
	case a.State == application.Expired, !now.Before(a.Certificate.NotAfter):
		return expired
	case a.State == application.Suspended:
		return suspended
	case a.State == application.Active && !now.Before(a.Certificate.NotBefore):
		return inForce
	}
	return notYet
}

func (s *seal) page(v *site.Visit) error { return v.Render(http.StatusOK, "seal", view{}, "") }

var (
	taxPattern    = regexp.MustCompile(`^[0-9]{10}$`)
	serialPattern = regexp.MustCompile(`^[0-9a-f]{1,40}$`)
	fillers       = strings.NewReplacer(" ", "", ":", "", "-", "", "\u200b", "")
)

// look says what is known of the certificate.
func (s *seal) look(v *site.Visit) error {
	q, err := readQuestion(v)
	if err != nil {
		return err
	}
	shown := view{Tax: formview.Visible(q.tax), Serial: formview.Visible(q.serial)}
	tax := fillers.Replace(strings.TrimSpace(q.tax))
	serial := strings.TrimLeft(strings.ToLower(fillers.Replace(strings.TrimSpace(q.serial))), "0")
	var uploaded *x509.Certificate
	switch {
	case !taxPattern.MatchString(tax):
		shown.Wrong = "tax"
	case len(q.file) > 0:
		if uploaded = parse(q.file); uploaded == nil {
			shown.Wrong = "file"
			break
		}
		serial = uploaded.SerialNumber.Text(16)
	case !serialPattern.MatchString(serial):
		shown.Wrong = "serial"
	}
	if shown.Wrong != "" {
		return v.Render(http.StatusUnprocessableEntity, "seal", shown, "")
	}
	if err := s.mayAsk(v); fault.CodeOf(err) == refusal.WordWait {
		shown.Limited = true
		return v.Render(http.StatusTooManyRequests, "seal", shown, "")
	} else if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	shown.Found, err = s.find(v, tax, serial, uploaded)
	if err != nil {
		return err
	}
	shown.None = shown.Found == nil
	return v.Render(http.StatusOK, "seal", shown, "")
}

// find returns what is public of a certificate; nil if it was not issued here to who has the tax number.
func (s *seal) find(v *site.Visit, tax, serial string, uploaded *x509.Certificate) (*found, error) {
	a, err := s.Store.SealBySerial(v.R.Context(), serial)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(a.Form["tax_number"]), []byte(tax)) != 1 {
		return nil, nil
	}
	if uploaded != nil {
		genuine, err := s.isGenuine(a, uploaded)
		if err != nil || !genuine {
			return nil, err
		}
	}
	return &found{
		Company: a.Form["company"], Tax: tax[:3] + "****" + tax[7:], Serial: serial,
		From: a.Certificate.NotBefore, Until: a.Certificate.NotAfter, Standing: standingOf(a, s.Now()),
	}, nil
}

// isGenuine reports whether a file is the certificate on record, and none that somebody has made with its numbers.
func (s *seal) isGenuine(a application.Application, c *x509.Certificate) (bool, error) {
	if !c.NotBefore.Equal(a.Certificate.NotBefore) || !c.NotAfter.Equal(a.Certificate.NotAfter) {
		return false, nil
	}
	issuers, err := s.Issuers()
	if err != nil {
		return false, fmt.Errorf("seal: issuers: %w", err)
	}
	for _, issuer := range issuers {
		if bytes.Equal(c.RawIssuer, issuer.RawSubject) && c.CheckSignatureFrom(issuer) == nil {
			return true, nil
		}
	}
	return false, nil
}

// parse returns the first certificate of a file in DER or PEM, nil where there is none that can be read.
func parse(file []byte) *x509.Certificate {
	if block, _ := pem.Decode(file); block != nil {
		file = block.Bytes
	}
	c, err := pki.ParseX509(file)
	if err != nil || c.SerialNumber.Sign() <= 0 {
		return nil
	}
	return c
}

// mayAsk counts a question, and refuses it with refusal.WordWait where there were too many.
func (s *seal) mayAsk(v *site.Visit) error {
	t := store.Try{ID: rand.Text(), At: s.Now(), Subjects: []store.TrySubject{{Subject: s.hash("all"), Limit: overallLimit}}}
	if from := v.Network(); from != "" {
		t.Subjects = append(t.Subjects, store.TrySubject{Subject: s.hash(from), Limit: visitorLimit})
	}
	return s.Store.BeginTry(v.R.Context(), t)
}

func (s *seal) hash(of string) (h store.Hash) {
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte("seal\x00" + of))
	copy(h[:], mac.Sum(nil))
	return h
}
