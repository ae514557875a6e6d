// Package undertaking is the feature on which anybody reads and keeps the application form and the undertaking (başvuru formu
// ve taahhütname), which the consent's text names: each with its version, and each version at an address of its own.
package undertaking

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Path is the feature's page.
const Path = "/basvuru-formu-ve-taahhutname"

var (
	//go:embed texts/basvuru-formu.txt
	builtInForm string
	//go:embed texts/taahhutname.txt
	builtInUndertaking string
)

// Library returns the texts: the operator's files, or the built-in ones where a path is empty. Each version is kept in the
// folder archive, unless that is empty. kept has those of the desk; nil for none.
func Library(form, undertaking, archive string, kept legaltext.Kept) *legaltext.Library {
	return &legaltext.Library{
		Texts: []legaltext.Named{
			{Name: "Başvuru formu", Source: legaltext.Source{ID: "basvuru-formu", Path: form, BuiltIn: builtInForm, Kept: kept}},
			{Name: "Taahhütname", Source: legaltext.Source{ID: undertakingID, Path: undertaking, BuiltIn: builtInUndertaking, Kept: kept}},
		},
		Archive: legaltext.NewArchive(archive), Kept: kept, Page: Path,
	}
}

// Current returns the undertaking's text as it is now, after it has been kept.
func Current(ctx context.Context, library *legaltext.Library) (legaltext.Text, error) {
	all, err := library.Current(ctx)
	if err != nil {
		return legaltext.Text{}, fmt.Errorf("undertaking: %w", err)
	}
	return all[slices.IndexFunc(library.Texts, func(t legaltext.Named) bool { return t.Source.ID == undertakingID })], nil
}

// undertakingID names the undertaking among the texts.
const undertakingID = "taahhutname"

type undertaking struct{ library *legaltext.Library }

//go:embed pages static
var files embed.FS

// New returns the feature. It fails where a text cannot be used, or not be kept.
func New(library *legaltext.Library) (site.Feature, error) {
	u := &undertaking{library}
	if _, err := library.Current(context.Background()); err != nil {
		return site.Feature{}, fmt.Errorf("undertaking: %w", err)
	}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: u.page},
			{Pattern: "GET " + Path + "/{version}", Serve: u.download},
		},
	}, nil
}

// textView is one of the texts.
type textView struct {
	ID string
	legaltext.Text
	Address string
}

func (u *undertaking) page(v *site.Visit) error {
	current, err := u.library.Current(v.R.Context())
	if err != nil {
		return fault.New(fault.Unavailable, err)
	}
	var views []textView
	for i, t := range current {
		views = append(views, textView{u.library.Texts[i].Source.ID, t, Path + "/" + t.Version})
	}
	return v.Render(http.StatusOK, "undertaking", views, "")
}

// download hands out one version, current or earlier, as a file.
func (u *undertaking) download(v *site.Visit) error {
	version := v.R.PathValue("version")
	t, found, err := u.library.Find(v.R.Context(), version)
	if err != nil {
		return fault.New(fault.Unavailable, err)
	}
	if !found {
		return fault.New(refusal.NotFound, nil)
	}
	name := "metin"
	for _, named := range u.library.Texts {
		if current, err := named.Source.Read(v.R.Context()); err == nil && current.Version == version {
			name = named.Source.ID
		}
	}
	v.Attach(name + "-" + version[:16] + ".txt")
	return v.AnswerBytes("text/plain; charset=utf-8", []byte(t.Body))
}
