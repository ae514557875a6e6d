package officer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// maxUpload is the largest upload: a file, with the form around it.
	maxUpload = store.MaxList + 64<<10
	fieldFile = "dosya"
	// maxShown bounds the lines that a page shows; the report that is downloaded has all of them.
	maxShown = 100
	maxLists = 20
)

// bounds are how many lists an institution may have.
func bounds(now time.Time) store.ListBounds {
	return store.ListBounds{Open: 3, Recent: 20, Since: now.Add(-24 * time.Hour)}
}

// turns has an officer upload one file at a time, since each is in memory until it was read.
type turns struct {
	mu   sync.Mutex
	busy map[string]bool
}

func (t *turns) enter(who string) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[who] {
		return nil, fault.New(refusal.ListLimit, nil)
	}
	if t.busy == nil {
		t.busy = map[string]bool{}
	}
	t.busy[who] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, who)
	}, nil
}

// listsView is the page from which a list is uploaded.
type listsView struct {
	At    institutionView
	Lists []listRow
	// Why a file was refused: the end of a key of the catalogue, "portal.officer.file.<Why>", with the line and the column.
	Why, Line, Column string
}

type listRow struct {
	store.PeopleList
	Path string
}

func (f *feature) lists(v *site.Visit, o officer) error {
	return f.renderLists(v, o, http.StatusOK, nil, "")
}

func (f *feature) renderLists(v *site.Visit, o officer, status int, refused *peoplelist.FileError, code fault.Code) error {
	all, err := f.Store.ListsOf(v.R.Context(), o.institution.ID, maxLists)
	if err != nil {
		return fmt.Errorf("lists: %w", err)
	}
	shown := listsView{At: view(v.Language, o.institution)}
	for _, l := range all {
		shown.Lists = append(shown.Lists, listRow{l, o.path() + "/liste/" + l.Reference})
	}
	if refused != nil {
		shown.Why, shown.Line = refused.Why, strconv.Itoa(refused.Line)
		if refused.Field != "" {
			shown.Column = message.Text(v.Language, "portal.officer.column."+refused.Field)
		}
	}
	return v.Render(status, "officer-lists", shown, code)
}

// upload keeps a file and shows what is wrong with it. Nothing is entered.
func (f *feature) upload(v *site.Visit, o officer) error {
	leave, err := f.uploads.enter(o.citizenNumber)
	if err != nil {
		return err
	}
	defer leave()
	content, err := v.FirstFile(fieldFile)
	if err != nil {
		return err
	}
	lines, err := peoplelist.Parse(content)
	if refused, ok := errors.AsType[*peoplelist.FileError](err); ok {
		return f.renderLists(v, o, http.StatusUnprocessableEntity, refused, refusal.ListFile)
	}
	if err != nil {
		return err
	}
	now := f.Now()
	l := store.PeopleList{
		Reference: reference.New(), Institution: o.institution.ID, UploadedBy: o.citizenNumber, SHA256: sha256.Sum256(content), Content: content,
		State: store.ListChecked, Lines: len(lines), UploadedAt: now, ChangedAt: now,
	}
	err = f.Store.PutList(v.R.Context(), l, bounds(now))
	if fault.CodeOf(err) == refusal.ListLimit {
		return f.renderLists(v, o, http.StatusTooManyRequests, nil, refusal.ListLimit)
	}
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	v.Log().Info("a list of people was uploaded", "list", l.Reference, "lines", l.Lines)
	return v.See(o.path() + "/liste/" + l.Reference)
}

// listView is one list.
type listView struct {
	At institutionView
	store.PeopleList
	Path string
	// Of a list that waits for a confirmation: how many people can be entered, and what is wrong with the others.
	Good, Bad int
	// Wrong are the first lines that cannot be entered, or were not.
	Wrong []wrongView
	// Cut is true where there are more.
	Cut     bool
	Percent int
}

// wrongView is what is wrong with a line. Field is "" for the line as a whole; Key is a key of the catalogue.
type wrongView struct {
	Line       int
	Field, Key string
}

// loadList returns the list that the address names, if it is of the institution.
func (f *feature) loadList(v *site.Visit, o officer) (store.PeopleList, error) {
	l, err := f.Store.List(v.R.Context(), v.R.PathValue("reference"))
	if errors.Is(err, store.ErrNotFound) || err == nil && l.Institution != o.institution.ID {
		return store.PeopleList{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return store.PeopleList{}, fmt.Errorf("list: %w", err)
	}
	return l, nil
}

// wrong returns what is wrong with a list's lines: of one that is not confirmed by the very file that is confirmed then, of others by
// what has become of them. good is how many people of the file can be entered.
func (f *feature) wrong(v *site.Visit, o officer, l store.PeopleList) (all []wrongView, good int, err error) {
	if l.State != store.ListChecked {
		refused, err := f.Store.RefusedLines(v.R.Context(), l.Reference, peoplelist.MaxPeople)
		for _, r := range refused {
			all = append(all, wrongView{r.Line, "", "portal.officer.refused." + string(r.Code)})
		}
		return all, 0, err
	}
	content, err := f.Store.ListContent(v.R.Context(), l.Reference)
	if err != nil {
		return nil, 0, err
	}
	lines, err := peoplelist.Parse(content)
	if err != nil {
		return nil, 0, err
	}
	if err := peoplelist.Judge(v.R.Context(), f.Store, l.Institution, o.citizenNumber, lines); err != nil {
		return nil, 0, err
	}
	for _, line := range lines {
		if len(line.Wrong) == 0 {
			good++
		}
		for _, w := range line.Wrong {
			all = append(all, wrongView{line.Number, w.Field, "form.problem." + string(w.Problem)})
		}
	}
	return all, good, nil
}

func (f *feature) list(v *site.Visit, o officer) error { return f.renderList(v, o, http.StatusOK, "") }

func (f *feature) renderList(v *site.Visit, o officer, status int, code fault.Code) error {
	l, err := f.loadList(v, o)
	if err != nil {
		return err
	}
	shown := listView{At: view(v.Language, o.institution), PeopleList: l, Path: o.path() + "/liste/" + l.Reference, Percent: l.Done * 100 / max(l.Lines, 1)}
	shown.Wrong, shown.Good, err = f.wrong(v, o, l)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	shown.Bad = l.Lines - shown.Good
	if len(shown.Wrong) > maxShown {
		shown.Wrong, shown.Cut = shown.Wrong[:maxShown], true
	}
	return v.Render(status, "officer-list", shown, code)
}

// decide confirms a list, or cancels it.
func (f *feature) decide(v *site.Visit, o officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	l, err := f.loadList(v, o)
	if err != nil {
		return err
	}
	pressed, err := formview.Value(v.R.PostForm, "islem")
	if err != nil {
		return err
	}
	switch pressed {
	case "onayla":
		err = f.Store.ConfirmList(v.R.Context(), l.Reference, o.citizenNumber, f.Now())
	case "iptal":
		err = f.Store.CancelList(v.R.Context(), l.Reference, f.Now())
	default:
		return fault.Errorf(fault.RequestInvalid, "an act of %d bytes", len(pressed))
	}
	if fault.CodeOf(err) == refusal.ListState {
		return f.renderList(v, o, http.StatusConflict, refusal.ListState)
	}
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	v.Log().Info("a list of people was decided", "list", l.Reference, "act", pressed)
	if pressed == "onayla" {
		f.Confirmed()
	}
	return v.See(o.path() + "/liste/" + l.Reference)
}

// report sends what is wrong with each line, without what the line holds.
func (f *feature) report(v *site.Visit, o officer) error {
	l, err := f.loadList(v, o)
	if err != nil {
		return err
	}
	wrong, _, err := f.wrong(v, o, l)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	rows := [][]string{{}}
	for _, column := range []string{"line", "column", "problem"} {
		rows[0] = append(rows[0], message.Text(v.Language, "portal.officer.report."+column))
	}
	for _, w := range wrong {
		column := ""
		if w.Field != "" {
			column = message.Text(v.Language, "portal.officer.column."+w.Field)
		}
		rows = append(rows, []string{strconv.Itoa(w.Line), column, message.Text(v.Language, w.Key)})
	}
	return answerCSV(v, "rapor.csv", peoplelist.WriteCSV(rows))
}

// template sends a file with the header that lists have.
func (f *feature) template(v *site.Visit, _ officer) error {
	return answerCSV(v, "sablon.csv", peoplelist.Template(v.Language))
}
