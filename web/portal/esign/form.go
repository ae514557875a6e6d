package esign

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pdf/sheet"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// data are what the pages of a signed form say, for programs.
type data struct {
	Type        string           `json:"type"`
	Act         string           `json:"act"`
	Application string           `json:"application"`
	Version     int              `json:"version"`
	Kind        application.Kind `json:"kind"`
	Name        string           `json:"name"`
	Form        application.Form `json:"form"`
	Replaces    *time.Time       `json:"replaces,omitempty"` // until when the certificate is good that is renewed
	Undertaking string           `json:"undertaking"`        // SHA-256 of its text
	IssuedAt    time.Time        `json:"issuedAt"`
}

// Of the data in a signed form.
const (
	dataType  = "eonay-application-v1"
	dataOwner = "EOnay"
)

// writeForm returns the exact bytes that a person signs: the application at one version in words, the undertaking, the code; and the same
// as data. It is in Turkish, whatever the pages' language is. A citizen number that was typed without a login is no field of the
// kind, so that it is masked like every other.
func writeForm(address string, c store.Challenge, a application.Application, undertaking legaltext.Text) ([]byte, error) {
	d := data{
		Type: dataType, Act: c.Reference, Application: a.Reference, Version: a.Version, Kind: a.Kind, Name: a.Name, Form: a.Kind.Normalize(a.Form),
		Undertaking: undertaking.Version, IssuedAt: c.IssuedAt,
	}
	if !a.Replaces.IsZero() {
		d.Replaces = &a.Replaces
	}
	encoded, err := json.Marshal(d) // a form's keys are sorted
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	title := message.Text(message.Turkish, "application.paper.title")
	s := sheet.Sheet{
		Title: title, Language: "tr", At: c.IssuedAt, Foot: c.Subject, Data: encoded, Owner: dataOwner,
		Blocks: []sheet.Block{{Style: sheet.Heading, Text: title}, {Text: message.Text(message.Turkish, "application.kind."+string(a.Kind))}},
	}
	fact := func(label, value string) {
		s.Blocks = append(s.Blocks, sheet.Block{Style: sheet.Fact, Label: label, Text: value})
	}
	fact("Site", address)
	fact("Başvuru numarası", a.Reference)
	fact("Başvurunun sürümü", fmt.Sprint(a.Version))
	fact("İşlem numarası", c.Reference)
	fact("Ad soyad", a.Name)
	fact("T.C. kimlik numarası", pki.MaskCitizenNumber(a.Number()))
	fact("Tarih ve saat", c.IssuedAt.In(site.Istanbul).Format("02.01.2006 15:04:05")+" (Türkiye saati)")
	fact("Doğrulama kodu", grouped(c.Code))
	s.Blocks = append(s.Blocks, sheet.Block{Style: sheet.Subheading, Text: "Başvuru"})
	for _, f := range a.Kind.Fields() {
		if value := a.Form[f.Name]; value != "" {
			fact(message.Text(message.Turkish, "form."+f.Name), site.FieldWords(message.Turkish, f, value))
		}
		if f.Name == "reason" && !a.Replaces.IsZero() {
			fact(message.Text(message.Turkish, "form.replaces"), message.Text(message.Turkish, "application.until", "when", site.Day(message.Turkish, a.Replaces)))
		}
	}
	s.Blocks = append(s.Blocks, sheet.Block{Text: message.Text(message.Turkish, "application.paper.statement")},
		sheet.Block{Style: sheet.Subheading, Text: "Taahhütname (SHA-256: " + undertaking.Version + ")"})
	for paragraph := range strings.SplitSeq(strings.TrimSpace(undertaking.Body), "\n\n") {
		s.Blocks = append(s.Blocks, sheet.Block{Text: paragraph})
	}
	return s.Bytes(), nil
}

// grouped is a code in threes, as the page shows it.
func grouped(code string) string {
	var groups []string
	for digits := range slices.Chunk([]byte(code), 3) {
		groups = append(groups, string(digits))
	}
	return strings.Join(groups, " ")
}
