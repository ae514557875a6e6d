package officer

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// entryView is the form in which an officer enters a person, or corrects what was entered.
type entryView struct {
	At      institutionView
	Fields  []fieldView
	Wrong   []fieldView
	Correct bool
	// Of a correction:
	Reference, Number, Action string
	Version                   int
	Told                      *toldView
}

type fieldView struct {
	formview.Field
	Keep bool // what was entered stays where nothing is typed
}

// newEntryView returns the form with what was typed and what is wrong with it.
func newEntryView(v *site.Visit, o officer, typed map[string]string, wrong map[string]application.Problem) entryView {
	shown := entryView{At: view(v.Language, o.institution), Action: o.path() + "/yeni"}
	for _, f := range application.EntryFields() {
		one := fieldView{Field: formview.New(f, typed, wrong)}
		shown.Fields = append(shown.Fields, one)
		if one.Problem != "" {
			shown.Wrong = append(shown.Wrong, one)
		}
	}
	return shown
}

// readEntry reads the fields of the form.
func readEntry(v *site.Visit) (typed map[string]string, err error) {
	if err := v.ParseForm(); err != nil {
		return nil, err
	}
	typed = map[string]string{}
	for _, f := range application.EntryFields() {
		if typed[f.Name], err = formview.Value(v.R.PostForm, f.Name); err != nil {
			return nil, err
		}
	}
	return typed, nil
}

func (f *feature) newPage(v *site.Visit, o officer) error {
	return v.Render(http.StatusOK, "officer-entry", newEntryView(v, o, nil, nil), "")
}

// create enters a person. That they have applied by themselves, or for another institution, is said as late as here.
func (f *feature) create(v *site.Visit, o officer) error {
	typed, err := readEntry(v)
	if err != nil {
		return err
	}
	entry, wrong := application.NewEntry(typed)
	if entry.CitizenNumber == o.citizenNumber {
		wrong["number"] = peoplelist.Own
	}
	if len(wrong) > 0 {
		return v.Render(http.StatusUnprocessableEntity, "officer-entry", newEntryView(v, o, typed, wrong), "")
	}
	a, err := f.Progress.Create(v.R.Context(), peoplelist.NewApplication(o.institution, entry), application.Officer, o.citizenNumber)
	if fault.CodeOf(err) == refusal.ApplicationOpen {
		wrong["number"] = peoplelist.Open
		return v.Render(http.StatusConflict, "officer-entry", newEntryView(v, o, typed, wrong), "")
	}
	if err != nil {
		return err
	}
	return v.See(o.path() + "/basvuru/" + a.Reference)
}

// kept are the fields of a correction that are not shown: the officer sees no contact.
var kept = []string{"mail", "mobile"}

// correctionView returns the form of a correction: what the institution has entered, but number and contact.
func (f *feature) correctionView(v *site.Visit, o officer, a application.Application, typed map[string]string, wrong map[string]application.Problem) (entryView, error) {
	one, err := f.oneView(v, o, a)
	if err != nil {
		return entryView{}, err
	}
	shown := newEntryView(v, o, typed, wrong)
	shown.Correct, shown.Reference, shown.Number, shown.Version, shown.Told = true, a.Reference, one.Number, a.Version, one.Told
	shown.Action = one.Path + "/duzelt"
	shown.Fields = shown.Fields[1:] // without the number
	for i := range shown.Fields {
		if field := &shown.Fields[i]; field.Name == "mail" || field.Name == "mobile" {
			field.Keep, field.Required = true, false
		}
	}
	return shown, nil
}

func (f *feature) correctPage(v *site.Visit, o officer) error {
	a, err := f.load(v, o)
	if err != nil {
		return err
	}
	if !f.can(a, o, application.Correct) {
		return v.See(o.path() + "/basvuru/" + a.Reference)
	}
	typed := map[string]string{"name": a.Name}
	for _, name := range []string{"birth_date", "unit", "title"} {
		typed[name] = a.Form[name]
	}
	shown, err := f.correctionView(v, o, a, typed, nil)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "officer-entry", shown, "")
}

// correct enters anew what was wrong. The citizen number stays: a wrong one is another person's.
func (f *feature) correct(v *site.Visit, o officer) error {
	typed, err := readEntry(v)
	if err != nil {
		return err
	}
	a, version, err := f.post(v, o)
	if err != nil {
		return err
	}
	if !f.can(a, o, application.Correct) {
		return f.refuse(v, o, refusal.ApplicationState)
	}
	whole := map[string]string{"number": a.CitizenNumber}
	for name, value := range typed {
		if name != "number" {
			whole[name] = value
		}
	}
	for _, name := range kept {
		if strings.TrimSpace(whole[name]) == "" {
			whole[name] = a.Form[name]
		}
	}
	entry, wrong := application.NewEntry(whole)
	delete(wrong, "number") // it was entered by earlier rules
	if len(wrong) > 0 {
		shown, err := f.correctionView(v, o, a, typed, wrong)
		if err != nil {
			return err
		}
		return v.Render(http.StatusUnprocessableEntity, "officer-entry", shown, "")
	}
	entry.Form["institution"] = o.institution.NameTR
	return f.do(v, o, a, version, application.Change{Event: application.Correct, Name: entry.Name, Form: entry.Form})
}

// post returns the application that a form is about, and the version that the form was shown for.
func (f *feature) post(v *site.Visit, o officer) (a application.Application, version int, err error) {
	if a, err = f.load(v, o); err != nil {
		return a, 0, err
	}
	text, err := formview.Value(v.R.PostForm, "surum")
	if err != nil {
		return a, 0, err
	}
	version, err = strconv.Atoi(text)
	if err != nil || version < 1 {
		return a, 0, fault.Errorf(fault.RequestInvalid, "a version of %d bytes", len(text))
	}
	if a.CitizenNumber == o.citizenNumber {
		return a, 0, fault.Errorf(refusal.OwnApplication, "application %s", a.Reference)
	}
	return a, version, nil
}

// do has a change happen by the officer, and shows what comes of it.
func (f *feature) do(v *site.Visit, o officer, a application.Application, version int, c application.Change) error {
	c.By, c.Who = application.Officer, o.citizenNumber
	_, err := f.Progress.Do(v.R.Context(), a.Reference, version, c)
	switch code := fault.CodeOf(err); {
	case err == nil:
		return v.See(o.path() + "/basvuru/" + a.Reference)
	case code == refusal.ApplicationChanged, code == refusal.ApplicationState:
		return f.refuse(v, o, code)
	}
	return err
}

// refuse shows the application that the address names as it is now, with why nothing was done.
func (f *feature) refuse(v *site.Visit, o officer, code fault.Code) error {
	a, err := f.load(v, o)
	if err != nil {
		return err
	}
	shown, err := f.oneView(v, o, a)
	if err != nil {
		return err
	}
	return v.Render(http.StatusConflict, "officer-one", shown, code)
}
