package announcements

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// announcement is a good one; change may alter it.
func announcement(change func(*Announcement)) Announcement {
	a := Announcement{TR: Words{"Bakım", "Site kapalı olacak."}, EN: Words{"Maintenance", "The site will be closed."}, From: "2026-12-01", Until: "2026-12-02"}
	if change != nil {
		change(&a)
	}
	return a
}

func written(t *testing.T, all ...Announcement) []byte {
	t.Helper()
	data, err := json.Marshal(file{all})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// none is a store without announcements.
type none struct{}

func (none) Announcements(context.Context, time.Time, int) ([]store.Announcement, error) {
	return nil, nil
}

func TestParse(t *testing.T) {
	if all, err := Parse(written(t, announcement(nil), announcement(func(a *Announcement) { a.From, a.Until = "2026-12-01T08:30", "2026-12-01T08:31" }))); err != nil || len(all) != 2 {
		t.Errorf("%v (%v)", all, err)
	}
	for name, change := range map[string]func(*Announcement){
		"one language":         func(a *Announcement) { a.EN = Words{} },
		"no title":             func(a *Announcement) { a.TR.Title = " " },
		"long title":           func(a *Announcement) { a.TR.Title = strings.Repeat("a", maxTitle+1) },
		"long text":            func(a *Announcement) { a.EN.Text = strings.Repeat("a", maxText+1) },
		"title of two lines":   func(a *Announcement) { a.TR.Title = "a\nb" },
		"characters unseen":    func(a *Announcement) { a.TR.Text = "a\u202eb" },
		"no end":               func(a *Announcement) { a.Until = "" },
		"end before":           func(a *Announcement) { a.Until = "2026-11-30" },
		"end at the same":      func(a *Announcement) { a.From, a.Until = "2026-12-01T08:30", "2026-12-01T08:30" },
		"no such day":          func(a *Announcement) { a.Until = "2027-02-29" },
		"time with its zone":   func(a *Announcement) { a.Until = "2026-12-02T08:00Z" },
		"written as in Turkey": func(a *Announcement) { a.From = "01.12.2026" },
	} {
		if _, err := Parse(written(t, announcement(change))); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for name, data := range map[string][]byte{
		"empty":         nil,
		"unknown":       []byte(`{"announcements":[],"more":1}`),
		"a list":        []byte(`[]`),
		"member twice":  []byte(`{"announcements":[],"announcements":[]}`),
		"too many":      written(t, make([]Announcement, maxCount+1)...),
		"a long file":   append(written(t), bytes.Repeat([]byte(" "), maxFile)...),
		"cut in half":   written(t, announcement(nil))[:40],
		"not even JSON": []byte("Duyuru"),
	} {
		if _, err := Parse(data); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"announcements":[{"tr":{"title":"a","text":"b"},"en":{"title":"a","text":"b"},"from":"2026-12-01","until":"2026-12-01"}]}`))
	f.Add([]byte(`{"announcements":[{"from":"9999-12-31T23:59"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Parse(data)
		if err != nil {
			return
		}
		for _, a := range all {
			if !a.from.Before(a.until) || a.TR.Title == "" || a.EN.Text == "" {
				t.Fatalf("%+v was taken", a)
			}
		}
	})
}

// TestMoments looks at a board around the beginning and the end of what is announced, in Turkey's time.
func TestMoments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duyurular.json")
	minute := announcement(func(a *Announcement) { a.From, a.Until, a.Important = "2026-12-01T08:30", "2026-12-01T09:00", true })
	if err := os.WriteFile(path, written(t, announcement(nil), minute), 0o600); err != nil {
		t.Fatal(err)
	}
	b := NewBoard(path, none{}, slog.New(slog.DiscardHandler))
	at := func(written string) time.Time {
		when, err := time.ParseInLocation("2006-01-02T15:04:05", written, site.Istanbul)
		if err != nil {
			t.Fatal(err)
		}
		return when.UTC()
	}
	for when, want := range map[string]int{
		"2026-11-30T23:59:59": 0, "2026-12-01T00:00:00": 1, "2026-12-01T08:29:59": 1, "2026-12-01T08:30:00": 2, "2026-12-01T08:59:59": 2,
		"2026-12-01T09:00:00": 1, "2026-12-02T23:59:59": 1, "2026-12-03T00:00:00": 0,
	} {
		got := b.Current(t.Context(), at(when))
		if len(got) != want || want == 2 && !got[0].Important {
			t.Errorf("at %s: %d announcements, want %d, the important one first", when, len(got), want)
		}
	}
}

// TestBadFileKeepsTheLastGoodOne changes the file to what cannot be used, and back: each change is logged once.
func TestBadFileKeepsTheLastGoodOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duyurular.json")
	replace := func(data []byte) { // as an operator's tools do
		t.Helper()
		if err := os.WriteFile(path+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	b := NewBoard(path, none{}, slog.New(slog.NewTextHandler(&log, nil)))
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, site.Istanbul)
	shown := func(want string, logged int) {
		t.Helper()
		for range 3 {
			got := b.Current(t.Context(), now)
			if len(got) != 1 && want != "" || len(got) == 1 && got[0].TR.Title != want {
				t.Errorf("shown are %+v, want %q", got, want)
			}
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != logged {
			t.Errorf("%d errors in the log, want %d:\n%s", n, logged, &log)
		}
	}
	shown("", 1) // there is no file yet
	replace(written(t, announcement(nil)))
	shown("Bakım", 1)
	replace([]byte(`{"announcements":[{"tr":`))
	shown("Bakım", 2)
	replace([]byte(`{"announcements":[{}]}`))
	shown("Bakım", 3)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	shown("Bakım", 4)
	replace(written(t, announcement(func(a *Announcement) { a.TR.Title = "Yeni" })))
	shown("Yeni", 4)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	replace(written(t, announcement(func(a *Announcement) { a.TR.Title = "Yine" }))) // of the same size, and of the same time
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	shown("Yine", 4)
	replace(written(t))
	shown("", 4)
}

func TestCheckLink(t *testing.T) {
	for link, good := range map[string]bool{
		"https://www.example.tr/duyuru?no=1#a": true, "https://example.tr": true,
		"": false, "http://example.tr/": false, "javascript:alert(1)": false, "https:example.tr": false, "https://": false, "//example.tr/": false,
		"https://kurum.tr@example.tr/": false, "https://örnek.tr/": false, "https://example.tr/ a": false, "https://example.tr/" + strings.Repeat("a", 300): false,
	} {
		if err := CheckLink(link); (err == nil) != good {
			t.Errorf("%q: %v", link, err)
		}
	}
}
