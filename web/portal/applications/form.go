package applications

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Queries of the form's page.
const (
	checkedQuery = "denetle" // show what is wrong
	savedQuery   = "kayit"   // it was saved just now
)

// Fields of the form that are no fields of application.Form.
const (
	wordField     = "word"     // the security word; only its hash is kept
	replacesField = "replaces" // which certificate is renewed
	// otherCertificate is one that the portal does not know.
	otherCertificate = "other"
)

// typed is what a form was sent with.
type typed struct {
	Form     application.Form
	Word     string
	Replaces string // reference of the application that led to the certificate, otherCertificate or ""
}

// readForm reads the fields of an application's kind; those that its institution has entered stay as they are.
func readForm(a application.Application, posted url.Values) (t typed, err error) {
	k := a.Kind
	all := application.Form{}
	for _, f := range k.Fields() {
		if all[f.Name], err = formview.Value(posted, f.Name); err != nil {
			return t, err
		}
	}
	t.Form = a.WithFixed(k.Normalize(all))
	if t.Word, err = formview.Value(posted, wordField); err != nil {
		return t, err
	}
	t.Replaces, err = formview.Value(posted, replacesField)
	return t, err
}

// problems returns what is wrong with what was typed, by field. An empty word is good where one is kept.
func (t typed) problems(a application.Application, own []formview.Certificate) map[string]application.Problem {
	wrong := a.Kind.Check(t.Form)
	if t.Word != "" || a.SecurityWord == "" {
		if p := application.CheckWord(t.Word); p != "" {
			wrong[wordField] = p
		}
		if t.Word == "" {
			wrong[wordField] = application.Missing
		}
	}
	if len(own) == 0 || t.Form["reason"] != "renewal" {
		return wrong
	}
	known := t.Replaces == otherCertificate || slices.ContainsFunc(own, func(c formview.Certificate) bool { return c.Reference == t.Replaces })
	switch {
	case t.Replaces == "":
		wrong[replacesField] = application.Missing
	case !known:
		wrong[replacesField] = application.NotAChoice
	}
	return wrong
}

// keepable returns what of the form can be kept though it is not complete: half an address is, what could not be shown again as it
// is is not.
func keepable(f application.Form, wrong map[string]application.Problem) application.Form {
	kept := maps.Clone(f)
	for name, p := range wrong {
		switch p {
		case application.TooLong, application.Unreadable, application.NotAChoice:
			delete(kept, name)
		}
	}
	return kept
}

// draft is what of it is kept, after what a is. Where nothing differs from that, changed is false.
func (t typed) draft(a application.Application, wrong map[string]application.Problem, own []formview.Certificate) (d application.DraftForm, changed bool) {
	d = application.DraftForm{Reference: a.Reference, Version: a.Version, Counter: a.DraftCounter + 1, Form: keepable(t.Form, wrong), SecurityWord: a.SecurityWord}
	for _, certificate := range own {
		if d.Form["reason"] == "renewal" && certificate.Reference == t.Replaces {
			d.Replaces = certificate.Until
		}
	}
	changed = !maps.Equal(d.Form, a.Form) || !d.Replaces.Equal(a.Replaces)
	if t.Word != "" && wrong[wordField] == "" && !application.VerifyWord(a.SecurityWord, t.Word) {
		d.SecurityWord, changed = application.HashWord(t.Word), true
	}
	return d, changed
}

// save keeps what was typed beside the application, and returns it as its person sees it then.
func (s *applications) save(v *site.Visit, a application.Application, shown int, t typed, wrong map[string]application.Problem, own []formview.Certificate) (application.Application, error) {
	d, changed := t.draft(a, wrong, own)
	if !changed {
		return a, nil
	}
	if err := checkShown(a, shown); err != nil {
		return a, err
	}
	d.SavedAt = s.Now()
	if err := s.Store.SaveDraft(v.R.Context(), d); err != nil {
		return a, fmt.Errorf("save: %w", err)
	}
	return a.WithDraft(d), nil
}

// formPage shows the form as it is kept.
func (s *applications) formPage(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	if !s.canSave(a) {
		return v.See(pathOf(a))
	}
	own, err := s.ownCertificates(v, a)
	if err != nil {
		return err
	}
	kept := typed{Form: a.Form, Replaces: replacesOf(a, own)}
	var wrong map[string]application.Problem
	if v.R.URL.Query().Has(checkedQuery) {
		wrong = kept.problems(a, own)
	}
	view := newFormView(v.Language, a, kept, wrong, own)
	view.Saved = v.R.URL.Query().Has(savedQuery)
	return v.Render(http.StatusOK, "applicationform", view, "")
}

func (s *applications) canSave(a application.Application) bool {
	return slices.Contains(s.Progress.Possible(a, application.Person), application.SaveForm)
}

// postForm saves the form, and leads to the summary where that was asked for and nothing is wrong.
func (s *applications) postForm(v *site.Visit) error {
	a, shown, err := s.post(v)
	if err != nil {
		return err
	}
	if !s.canSave(a) {
		return s.show(v, http.StatusConflict, a, refusal.ApplicationState)
	}
	t, err := readForm(a, v.R.PostForm)
	if err != nil {
		return err
	}
	pressed, err := formview.Value(v.R.PostForm, "islem")
	if err != nil {
		return err
	}
	own, err := s.ownCertificates(v, a)
	if err != nil {
		return err
	}
	wrong := t.problems(a, own)
	next, err := s.save(v, a, shown, t, wrong, own)
	if fault.CodeOf(err) == refusal.ApplicationChanged {
		return s.showConflict(v, t, own)
	}
	if err != nil {
		return err
	}
	if pressed == "kaydet" && maps.Equal(keepable(t.Form, wrong), t.Form) && (t.Word == "" || wrong[wordField] == "") {
		return v.See(pathOf(a) + "/form?" + savedQuery)
	}
	if len(wrong) > 0 {
		return v.Render(http.StatusUnprocessableEntity, "applicationform", newFormView(v.Language, next, t, wrong, own), "")
	}
	return v.See(pathOf(a) + "/ozet")
}

// showConflict shows what was typed beside the problem that another tab has changed the form, so that nothing typed is lost: the next
// press is for the version that is kept now.
func (s *applications) showConflict(v *site.Visit, t typed, own []formview.Certificate) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	if !s.canSave(a) {
		return s.show(v, http.StatusConflict, a, refusal.ApplicationChanged)
	}
	view := newFormView(v.Language, a, t, nil, own)
	view.Conflict = true
	return v.Render(http.StatusConflict, "applicationform", view, refusal.ApplicationChanged)
}

// autosaved answers the form's script.
type autosaved struct {
	Version int    `json:"version"`
	At      string `json:"at"` // as on a clock in Turkey
}

// autosave saves what was typed so far. It judges nothing, and takes no security word: half a word would be kept as one.
func (s *applications) autosave(v *site.Visit) error {
	a, shown, err := s.post(v)
	if err != nil {
		return err
	}
	if !s.canSave(a) {
		return fault.Errorf(refusal.ApplicationState, "application %s: saved in %s", a.Reference, a.State)
	}
	t, err := readForm(a, v.R.PostForm)
	if err != nil {
		return err
	}
	t.Word = ""
	own, err := s.ownCertificates(v, a)
	if err != nil {
		return err
	}
	next, err := s.save(v, a, shown, t, t.problems(a, own), own)
	if err != nil {
		return err
	}
	return v.AnswerJSON(http.StatusOK, autosaved{next.PageVersion(), site.ClockTime(s.Now())})
}

// ownCertificates are the person's certificates that are active and whose end the portal knows, from its own applications.
func (s *applications) ownCertificates(v *site.Visit, a application.Application) (own []formview.Certificate, err error) {
	all, err := s.Store.ApplicationsOf(v.R.Context(), a.CitizenNumber, maxShown)
	if err != nil {
		return nil, fmt.Errorf("applications: %w", err)
	}
	for _, a := range all {
		if a.State == application.Active && !a.Certificate.NotAfter.IsZero() {
			own = append(own, formview.Certificate{Reference: a.Reference, Last: site.LastDigits(a.Certificate.Serial), Until: a.Certificate.NotAfter})
		}
	}
	return own, nil
}

// replacesOf returns what is chosen for the certificate that an application renews.
func replacesOf(a application.Application, own []formview.Certificate) string {
	for _, c := range own {
		if !a.Replaces.IsZero() && c.Until.Equal(a.Replaces) {
			return c.Reference
		}
	}
	return ""
}

// formView is the form's page.
type formView struct {
	Reference string
	Path      string
	Kind      application.Kind
	Version   int // application.PageVersion
	Groups    []groupView
	Wrong     []formview.Field // what is wrong, in the order of the form
	Word      formview.Field
	HasWord   bool
	Saved     bool
	Conflict  bool // another tab has changed it
}

// groupView is the fields under one heading; the catalogue has "application.group.<name>".
type groupView struct {
	Name   string
	Fields []formview.Field
}

// groupOf is under which heading a field stands.
func groupOf(name string) string {
	switch name {
	case "birth_date", "birth_place", "institution", "unit", "title":
		return "identity"
	case "tax_number", "company":
		return "company"
	case "mobile", "mail":
		return "contact"
	case "address", "district", "province", "postcode":
		return "delivery"
	}
	return "request"
}

func newFormView(l message.Language, a application.Application, t typed, wrong map[string]application.Problem, own []formview.Certificate) formView {
	view := formView{Reference: a.Reference, Path: pathOf(a), Kind: a.Kind, Version: a.PageVersion(), HasWord: a.SecurityWord != ""}
	add := func(f formview.Field) {
		f = f.Judged(wrong)
		group := groupOf(f.Name)
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Name != group {
			view.Groups = append(view.Groups, groupView{Name: group})
		}
		last := &view.Groups[len(view.Groups)-1]
		last.Fields = append(last.Fields, f)
		if f.Problem != "" {
			view.Wrong = append(view.Wrong, f)
		}
	}
	for _, f := range a.Kind.Fields() {
		shown := formview.New(f, t.Form, wrong)
		if shown.Fixed = a.IsFixed(f.Name); shown.Fixed {
			shown.WithoutLogin = a.WithoutLogin()
			shown.Words = site.FieldWords(l, f, shown.Value)
		}
		add(shown)
		if f.Name == "reason" && len(own) > 0 {
			add(formview.Field{Field: application.Field{Name: replacesField}, Value: t.Replaces, Certificates: own})
		}
	}
	view.Word = formview.Field{Field: application.Field{Name: wordField, Required: true}}.Judged(wrong)
	if view.Word.Problem != "" {
		view.Wrong = append(view.Wrong, view.Word)
	}
	return view
}
