// Package bulletin is the feature in which editors announce something on the first page, and take it off: in both languages, from
// one moment until another. Another editor confirms it (package decisions), unless the settings ask for no other. What the
// operator announces by a file stands beside it.
package bulletin

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
	"github.com/e-onay/e-onay/web/portal/announcements"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Announcements has it.
type Store interface {
	Announcements(ctx context.Context, now time.Time, limit int) ([]store.Announcement, error)
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store     Store
	Gate      deskgate.Gate
	Decisions *decisions.Engine
	Now       func() time.Time
}

type bulletin struct{ Options }

//go:embed pages
var files embed.FS

const (
	// Path is the feature's page.
	Path      = "/masa/duyurular"
	newPath   = Path + "/yeni"
	maxListed = 100
	maxForm   = 32 << 10
	// maxLength is how long something is announced at most.
	maxLength = 366 * 24 * time.Hour
	layout    = "2006-01-02T15:04"
)

// The form's fields, in the order in which they stand.
var fields = []string{"baslik_tr", "metin_tr", "baslik_en", "metin_en", "baglanti", "baslangic", "bitis"}

// New returns the feature.
func New(o Options) site.Feature {
	b := &bulletin{o}
	list := o.Gate.Route("GET "+Path, b.list, store.Editor)
	list.LanguageReturn = []string{Path}
	write := o.Gate.Route("POST "+newPath, b.write, store.Editor)
	write.MaxBody = maxForm
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			list, write,
			o.Gate.Route("GET "+newPath, b.form, store.Editor),
			o.Gate.Route("GET "+Path+"/{reference}/kaldir", b.takeOffPage, store.Editor),
			o.Gate.Route("POST "+Path+"/{reference}/kaldir", b.takeOff, store.Editor),
		},
	}
}

func (b *bulletin) list(v *site.Visit, _ deskgate.Officer) error {
	all, err := b.Store.Announcements(v.R.Context(), b.Now(), maxListed)
	if err != nil {
		return fmt.Errorf("bulletin: %w", err)
	}
	return v.Render(http.StatusOK, "bulletin", all, "")
}

// formView is the form, and its preview.
type formView struct {
	Fields []string
	// Typed is what stands in each field, Wrong in which something is wrong.
	Typed     map[string]string
	Important bool
	Wrong     map[string]bool
	Announced change
}

func (b *bulletin) form(v *site.Visit, _ deskgate.Officer) error {
	now := b.Now().In(site.Istanbul)
	typed := map[string]string{"baslangic": now.Format(layout), "bitis": now.AddDate(0, 0, 7).Format(layout)}
	return v.Render(http.StatusOK, "bulletin-new", formView{Fields: fields, Typed: typed, Wrong: map[string]bool{}}, "")
}

// write shows what was typed as people will see it, and asks for it.
func (b *bulletin) write(v *site.Visit, o deskgate.Officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	view := read(v.R.PostForm.Get, b.Now())
	switch step := v.R.PostForm.Get("adim"); {
	case step == "duzenle":
		view.Wrong = map[string]bool{}
		return v.Render(http.StatusOK, "bulletin-new", view, "")
	case len(view.Wrong) > 0:
		return v.Render(http.StatusUnprocessableEntity, "bulletin-new", view, refusal.DeskForm)
	case step != "iste":
		return v.Render(http.StatusOK, "bulletin-preview", view, "")
	}
	c := view.Announced
	c.Reference = reference.New()
	err := b.ask(v, o, c)
	switch code := fault.CodeOf(err); {
	case err == nil:
		return nil
	case isShown(code):
		return v.Render(site.StatusOf(code), "bulletin-new", view, code)
	}
	return err
}

// ask asks for a change, and leads to the decision.
func (b *bulletin) ask(v *site.Visit, o deskgate.Officer, c change) error {
	name, err := b.Decisions.Ask(v.R.Context(), o.CitizenNumber, decisions.Question{Kind: kindName, Subject: c.Reference, Asked: c})
	if err != nil {
		return err
	}
	v.Log().Info("an announcement was asked for", "reference", name)
	return v.See("/masa/onaylar/" + name)
}

// isShown reports whether a refusal is shown on the page that has asked.
func isShown(code fault.Code) bool {
	switch code {
	case refusal.DecisionOpen, refusal.DecisionLimit, refusal.DecisionNotYours, refusal.DecisionOver:
		return true
	}
	return false
}

// read reads a form, and notes what is wrong in it.
func read(field func(string) string, now time.Time) formView {
	view := formView{Fields: fields, Typed: map[string]string{}, Wrong: map[string]bool{}, Important: field("onemli") == "evet"}
	for _, name := range fields {
		view.Typed[name] = strings.TrimSpace(strings.ReplaceAll(field(name), "\r\n", "\n"))
	}
	c := change{
		TR: announcements.Words{Title: view.Typed["baslik_tr"], Text: view.Typed["metin_tr"]},
		EN: announcements.Words{Title: view.Typed["baslik_en"], Text: view.Typed["metin_en"]}, Link: view.Typed["baglanti"], Important: view.Important,
	}
	for name, err := range map[string]error{
		"baslik_tr": announcements.CheckTitle(c.TR.Title), "metin_tr": announcements.CheckText(c.TR.Text),
		"baslik_en": announcements.CheckTitle(c.EN.Title), "metin_en": announcements.CheckText(c.EN.Text),
	} {
		view.note(name, err)
	}
	if c.Link != "" {
		view.note("baglanti", announcements.CheckLink(c.Link))
	}
	var begins, ends error
	c.From, begins = moment(view.Typed["baslangic"])
	c.Until, ends = moment(view.Typed["bitis"])
	if begins == nil && ends == nil && (!c.Until.After(c.From) || !c.Until.After(now) || c.Until.After(c.From.Add(maxLength))) {
		ends = errors.New("it ends too early or too late")
	}
	view.note("baslangic", begins)
	view.note("bitis", ends)
	for name, text := range view.Typed {
		view.Typed[name] = strings.ToValidUTF8(text, "�")
	}
	view.Announced = c
	return view
}

func (view *formView) note(field string, err error) {
	if err != nil {
		view.Wrong[field] = true
	}
}

func moment(written string) (time.Time, error) {
	at, err := time.ParseInLocation(layout, written, site.Istanbul)
	return at.UTC(), err
}

// load returns the announcement that the address names, unless it has ended.
func (b *bulletin) load(v *site.Visit) (store.Announcement, error) {
	all, err := b.Store.Announcements(v.R.Context(), b.Now(), maxListed)
	if err != nil {
		return store.Announcement{}, fmt.Errorf("bulletin: %w", err)
	}
	i := slices.IndexFunc(all, func(a store.Announcement) bool { return a.Reference == v.R.PathValue("reference") })
	if i < 0 {
		return store.Announcement{}, fault.New(refusal.NotFound, nil)
	}
	return all[i], nil
}

func (b *bulletin) takeOffPage(v *site.Visit, _ deskgate.Officer) error {
	a, err := b.load(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "bulletin-end", a, "")
}

func (b *bulletin) takeOff(v *site.Visit, o deskgate.Officer) error {
	a, err := b.load(v)
	if err != nil {
		return err
	}
	err = b.ask(v, o, change{
		Reference: a.Reference, TR: announcements.Words{Title: a.TitleTR, Text: a.TextTR}, EN: announcements.Words{Title: a.TitleEN, Text: a.TextEN},
		Link: a.Link, From: a.From, Until: a.Until, Important: a.Important, Ends: true,
	})
	if code := fault.CodeOf(err); err != nil && isShown(code) {
		return v.Render(site.StatusOf(code), "bulletin-end", a, code)
	}
	return err
}
