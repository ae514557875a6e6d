package application_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

var entered = map[string]string{
	"number": "10000000146", "name": "  Ayşe   Yılmaz ", "birth_date": "1984-02-29", "unit": "Bilgi İşlem", "title": "Mühendis",
	"mail": "Ayse@Kurum.example", "mobile": "0500 111 22 33",
}

func TestNewEntry(t *testing.T) {
	e, wrong := application.NewEntry(entered)
	want := application.Form{"birth_date": "1984-02-29", "unit": "Bilgi İşlem", "title": "Mühendis", "mail": "ayse@kurum.example", "mobile": "+905001112233"}
	if len(wrong) > 0 || e.CitizenNumber != "10000000146" || e.Name != "Ayşe Yılmaz" || !maps.Equal(e.Form, want) {
		t.Errorf("got %+v, %v", e, wrong)
	}
	for name, one := range map[string]struct {
		field, value string
		want         application.Problem
	}{
		"no number":                 {"number", "", application.NotANumber},
		"ten digits":                {"number", "1000000014", application.NotANumber},
		"a first check digit":       {"number", "10000000156", application.NotANumber},
		"a second check digit":      {"number", "10000000147", application.NotANumber},
		"a number that begins by 0": {"number", "01234567890", application.NotANumber},
		"no name":                   {"name", " ", application.Missing},
		"a long name":               {"name", strings.Repeat("ş", application.MaxName+1), application.TooLong},
		"a name with a NUL":         {"name", "A\x00", application.Unreadable},
		"no birth date":             {"birth_date", "", application.Missing},
		"the 30th of February":      {"birth_date", "1984-02-30", application.NotADate},
		"a telephone at work":       {"mobile", "0312 111 22 33", application.NotAPhone},
		"no mail":                   {"mail", "ayse", application.NotMail},
	} {
		typed := maps.Clone(entered)
		typed[one.field] = one.value
		if _, wrong := application.NewEntry(typed); len(wrong) != 1 || wrong[one.field] != one.want {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

func TestSameName(t *testing.T) {
	for _, one := range []struct {
		a, b string
		same bool
	}{
		{"Ayşe Yılmaz", "AYŞE YILMAZ", true}, {"işil  ışık ", "İŞİL IŞIK", true}, {"Lâle Hâkî", "LALE HAKİ", true}, {"A\u0306li", "Ăli", true},
		{"Ayşe Yılmaz", "AYSE YILMAZ", false}, {"Işıl", "İşil", false}, {"Ayşe Yılmaz", "Ayşe Yılmaz Şahin", false}, {"", "AYŞE", false},
	} {
		if application.SameName(one.a, one.b) != one.same {
			t.Errorf("%q and %q", one.a, one.b)
		}
	}
}

func preApplied() application.Application {
	a := application.PreApplication(application.NES, "belediye")
	e, _ := application.NewEntry(entered)
	a.Reference, a.CitizenNumber, a.Name, a.Form = "R", e.CitizenNumber, e.Name, e.Form
	a.Form["institution"] = "Belediye"
	return a
}

// TestFixedFields: what a form is saved with does not change what the institution has entered, whatever a page sends.
func TestFixedFields(t *testing.T) {
	a := apply(t, preApplied(), application.Open, application.Person)
	posted := maps.Clone(complete)
	posted["institution"], posted["title"], posted["birth_date"] = "Başka", "Müdür", "1990-01-01"
	next, _, err := a.Apply(application.Change{Event: application.SaveForm, By: application.Person, At: now, Form: posted}, rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"institution", "unit", "title", "birth_date"} {
		if !a.IsFixed(name) || next.Form[name] != a.Form[name] {
			t.Errorf("%s: %q, want %q", name, next.Form[name], a.Form[name])
		}
	}
	if next.Form["mail"] != complete["mail"] || a.IsFixed("mail") {
		t.Error("the person cannot change their mail address")
	}
	if posted["title"] != "Müdür" {
		t.Error("the caller's form was changed")
	}
	if applicationIn(application.Draft).IsFixed("title") {
		t.Error("a title is fixed that no institution has entered")
	}
}

// TestDispute: what was entered wrongly goes back with a reason, cannot be opened meanwhile, and is entered anew.
func TestDispute(t *testing.T) {
	a := preApplied()
	if _, _, err := a.Apply(application.Change{Event: application.Dispute, By: application.Person, At: now}, rules); fault.CodeOf(err) != refusal.ReasonMissing {
		t.Errorf("without a reason: %v", err)
	}
	a = apply(t, a, application.Dispute, application.Person)
	if slices.Contains(a.Possible(application.Person, now, rules), application.Open) {
		t.Error("the person can open what they have disputed")
	}
	form := maps.Clone(a.Form)
	form["birth_date"] = "1984-03-01"
	a, _, err := a.Apply(application.Change{Event: application.Correct, By: application.Officer, At: now, Name: "Ayşe Demir", Form: form}, rules)
	if err != nil || a.State != application.PreApplied || a.Name != "Ayşe Demir" || a.Form["birth_date"] != "1984-03-01" {
		t.Errorf("%+v, %v", a, err)
	}
	a, _, err = a.Apply(application.Change{Event: application.Open, By: application.Person, At: now, Name: "AYŞE DEMİR"}, rules)
	if err != nil || a.Name != "AYŞE DEMİR" {
		t.Errorf("opened: %+v, %v", a, err)
	}
	if _, _, err := a.Apply(application.Change{Event: application.Cancel, By: application.Officer, At: now}, rules); fault.CodeOf(err) != refusal.ReasonMissing {
		t.Errorf("an officer cancels without a reason: %v", err)
	}
}
