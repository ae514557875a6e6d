// Package texts is the feature in which editors change the texts that people approve: the consent's, and those that it names. One
// asks and another confirms (package decisions); the new version is in force from a time, and every version stays. Until a text is
// changed here, the settings say what it is.
package texts

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Texts has it.
type Store interface {
	TextInForce(ctx context.Context, name string, now time.Time) (store.LegalText, error)
	TextOfVersion(ctx context.Context, version string) (store.LegalText, error)
	TextVersions(ctx context.Context, name string, limit int) ([]store.LegalText, error)
}

// Text is a text that can be changed. Title is a key of the catalogue.
type Text struct {
	Title  string
	Source legaltext.Source
	// Max is its longest body, in bytes.
	Max int
}

func find(all []Text, id string) (Text, bool) {
	i := slices.IndexFunc(all, func(t Text) bool { return t.Source.ID == id })
	if i < 0 {
		return Text{}, false
	}
	return all[i], true
}

// Kept is what the store has of texts, as legaltext.Kept.
type Kept struct {
	Store Store
	Now   func() time.Time
}

// InForce implements legaltext.Kept.
func (k Kept) InForce(ctx context.Context, id string) (string, bool, error) {
	return body(k.Store.TextInForce(ctx, id, k.Now()))
}

// Version implements legaltext.Kept.
func (k Kept) Version(ctx context.Context, version string) (string, bool, error) {
	return body(k.Store.TextOfVersion(ctx, version))
}

func body(t store.LegalText, err error) (string, bool, error) {
	if errors.Is(err, store.ErrNotFound) {
		return "", false, nil
	}
	return t.Body, err == nil, err
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store     Store
	Texts     []Text
	Gate      deskgate.Gate
	Decisions *decisions.Engine
	// Page is where anybody can read a version, by its name.
	Page string
	Now  func() time.Time
}

type texts struct{ Options }

//go:embed pages
var files embed.FS

const (
	// Path is the feature's page.
	Path      = "/masa/metinler"
	maxListed = 50
	// maxForm is the largest form: a text takes up to three times its bytes in one.
	maxForm = 3*legaltext.MaxText + 16<<10
	// maxAhead is how far ahead a text may come into force.
	maxAhead = 366 * 24 * time.Hour

	fieldBody = "metin"
	fieldFrom = "baslangic"
	fieldStep = "adim"
)

// The steps of the form.
const (
	stepPreview = "onizle"
	stepAsk     = "iste"
	stepEdit    = "duzenle"
)

// New returns the feature.
func New(o Options) site.Feature {
	t := &texts{o}
	list := o.Gate.Route("GET "+Path, t.list, store.Editor)
	list.LanguageReturn = []string{Path}
	change := o.Gate.Route("POST "+Path+"/{text}", t.change, store.Editor)
	change.MaxBody = maxForm
	return site.Feature{Files: files, Routes: []site.Route{list, o.Gate.Route("GET "+Path+"/{text}", t.edit, store.Editor), change}}
}

// listedText is a text with its versions.
type listedText struct {
	Text
	Current  legaltext.Text
	Versions []listedVersion
}

type listedVersion struct {
	store.LegalText
	Address string
	// Initial is true of the settings' text, InForce of the version that counts now, Comes of one that is not in force yet.
	Initial, InForce, Comes bool
}

func (t *texts) list(v *site.Visit, _ deskgate.Officer) error {
	var list []listedText
	for _, one := range t.Texts {
		current, err := one.Source.Read(v.R.Context())
		if err != nil {
			return err
		}
		versions, err := t.Store.TextVersions(v.R.Context(), one.Source.ID, maxListed)
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		listed, seen := listedText{Text: one, Current: current}, false
		for _, version := range versions {
			l := listedVersion{LegalText: version, Address: t.Page + "/" + version.Version, Initial: version.InForceAt.Unix() == 0, Comes: version.InForceAt.After(t.Now())}
			l.InForce = !l.Comes && !seen
			seen = seen || l.InForce
			listed.Versions = append(listed.Versions, l)
		}
		list = append(list, listed)
	}
	return v.Render(http.StatusOK, "texts", list, "")
}

// formView is the form by which a text is changed, and its preview.
type formView struct {
	Text
	Body, From string
	// Wrong are the fields in which something is wrong.
	Wrong map[string]bool
}

// load returns the text that the address names, and what it reads now.
func (t *texts) load(v *site.Visit) (Text, legaltext.Text, error) {
	one, found := find(t.Texts, v.R.PathValue("text"))
	if !found {
		return one, legaltext.Text{}, fault.New(refusal.NotFound, nil)
	}
	current, err := one.Source.Read(v.R.Context())
	return one, current, err
}

func (t *texts) edit(v *site.Visit, _ deskgate.Officer) error {
	one, current, err := t.load(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "text-change", formView{Text: one, Body: current.Body, Wrong: map[string]bool{}}, "")
}

// change shows what was typed as people will see it, and asks for it.
func (t *texts) change(v *site.Visit, o deskgate.Officer) error {
	one, current, err := t.load(v)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	view := formView{Text: one, Wrong: map[string]bool{}}
	c := view.read(v.R.PostForm.Get, current, t.Now())
	step := v.R.PostForm.Get(fieldStep)
	switch {
	case step == stepEdit:
		view.Wrong = map[string]bool{}
		return v.Render(http.StatusOK, "text-change", view, "")
	case len(view.Wrong) > 0:
		return v.Render(http.StatusUnprocessableEntity, "text-change", view, refusal.DeskForm)
	case step != stepAsk:
		return v.Render(http.StatusOK, "text-preview", view, "")
	}
	if c.Former, err = t.former(v.R.Context(), current, c.ID); err != nil {
		return err
	}
	reference, err := t.Decisions.Ask(v.R.Context(), o.CitizenNumber, decisions.Question{Kind: kindName, Subject: c.ID, Asked: c})
	if err == nil {
		v.Log().Info("a text was asked for", "reference", reference, "text", c.ID)
		return v.See("/masa/onaylar/" + reference)
	}
	switch code := fault.CodeOf(err); code {
	case refusal.DecisionOpen, refusal.DecisionLimit, refusal.DecisionNotYours:
		return v.Render(site.StatusOf(code), "text-change", view, code)
	}
	return err
}

// former returns the settings' text where the store has none yet.
func (t *texts) former(ctx context.Context, current legaltext.Text, id string) (string, error) {
	before, err := t.Store.TextVersions(ctx, id, 1)
	if err != nil {
		return "", fmt.Errorf("texts: %w", err)
	}
	if len(before) > 0 {
		return "", nil
	}
	return current.Body, nil
}

// read reads a form, and notes what is wrong in it.
func (view *formView) read(field func(string) string, current legaltext.Text, now time.Time) change {
	view.Body = strings.TrimRight(strings.ReplaceAll(field(fieldBody), "\r\n", "\n"), " \n") + "\n"
	c := change{ID: view.Source.ID, Body: view.Body, Replaces: current.Version}
	t, err := legaltext.Parse([]byte(view.Body))
	if err != nil || len(view.Body) > view.Max || t.Version == current.Version {
		view.Wrong[fieldBody] = true
		view.Body = strings.ToValidUTF8(view.Body, "�")
	}
	written := strings.TrimSpace(field(fieldFrom))
	if written == "" {
		return c
	}
	from, err := time.ParseInLocation("2006-01-02T15:04", written, site.Istanbul)
	if err != nil || !from.After(now) || from.After(now.Add(maxAhead)) {
		view.Wrong[fieldFrom] = true
		return c
	}
	c.From, view.From = from.UTC(), written
	return c
}
