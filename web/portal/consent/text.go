package consent

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/store"
)

//go:embed texts/e-onay.txt
var builtInConsent string

//go:embed texts/geri-alma.txt
var withdrawal string

// CheckText reads a file with the consent's text as an act does; "" is the built-in one.
func CheckText(ctx context.Context, path string) error {
	_, err := TextSource(path, nil).Read(ctx)
	return err
}

// TextSource is the consent's own text: what kept has, else the operator's file, or the built-in text where path is empty.
func TextSource(path string, kept legaltext.Kept) legaltext.Source {
	return legaltext.Source{ID: "e-onay", Path: path, BuiltIn: builtInConsent, Kept: kept}
}

// MaxText is the longest text in bytes: the versions of the texts that it names follow it.
const MaxText = legaltext.MaxText - 4<<10

// text returns what an act approves now. The consent's own text is followed by the versions of the texts that it names, so
// that what is signed says which ones the person could read.
func (c *consent) text(ctx context.Context, kind store.Kind) (legaltext.Text, error) {
	if kind == store.Withdraw {
		return legaltext.Parse([]byte(withdrawal))
	}
	t, err := c.Text.Read(ctx)
	if err != nil {
		return legaltext.Text{}, err
	}
	named, err := c.References.Current(ctx)
	if err != nil {
		return legaltext.Text{}, fault.New(fault.Unavailable, err)
	}
	var body strings.Builder
	body.WriteString(t.Body + "\n" + referencesHeading + "\n")
	for i, reference := range named {
		fmt.Fprintf(&body, "%s: %s\n", c.References.Texts[i].Name, reference.Version)
	}
	if t, err = legaltext.Parse([]byte(body.String())); err != nil {
		return legaltext.Text{}, fault.Errorf(fault.Unavailable, "consent text with its references: %w", err)
	}
	return t, nil
}

const referencesHeading = "Bu metinde anılan belgelerin bu onayın verildiği tarihteki sürümleri (SHA-256):"

// approved is a text that a signed document names. Address is where that version can be read, "" where it is not kept.
type approved struct{ Name, Version, Address string }

// approvedTexts returns what a document of this package names after its text. A document from before texts were named has
// none, and neither has a withdrawal.
func (c *consent) approvedTexts(ctx context.Context, document []byte) (all []approved, err error) {
	before, list, _ := strings.Cut(string(document), "\n"+referencesHeading+"\n")
	if before == string(document) {
		return nil, nil
	}
	for line := range strings.Lines(list) {
		name, version, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		_, found, err := c.References.Find(ctx, version)
		if err != nil {
			return nil, err
		}
		one := approved{Name: name, Version: version}
		if found {
			one.Address = c.References.Page + "/" + version
		}
		all = append(all, one)
	}
	return all, nil
}
