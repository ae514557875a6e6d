// Package announcements is the engine of what everybody is told on the first page, in both languages, from one moment until
// another: by the operator, in a file, and by the authority's desk, in the store. A changed file is read anew at the next visit;
// one that cannot be used leaves what was announced before, and says so in the log.
package announcements

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	maxFile  = 64 << 10
	maxCount = 20
	maxTitle = 150  // bytes
	maxText  = 2000 // bytes
	maxLink  = 300  // bytes
)

// Announcement is one announcement.
type Announcement struct {
	TR Words `json:"tr"`
	EN Words `json:"en"`
	// From and Until are days, "2026-12-01", or minutes, "2026-12-01T08:30", in Turkey's time. It is shown from the beginning of
	// From to the end of Until.
	From  string `json:"from"`
	Until string `json:"until"`
	// Important sets it apart from others: what stops people from doing what they came for.
	Important bool `json:"important,omitempty"`
	// Link is an address beside the words; the operator's have none.
	Link string `json:"-"`

	from, until time.Time
}

// Words are an announcement in one language. Text may have paragraphs, with an empty line between them.
type Words struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// file is what the operator writes.
type file struct {
	Announcements []Announcement `json:"announcements"`
}

// Parse reads an operator's file.
func Parse(data []byte) ([]Announcement, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("longer than %d bytes", maxFile)
	}
	var f file
	if err := strictjson.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if len(f.Announcements) > maxCount {
		return nil, fmt.Errorf("more than %d announcements", maxCount)
	}
	for i := range f.Announcements {
		if err := f.Announcements[i].prepare(); err != nil {
			return nil, fmt.Errorf("announcement %d: %w", i+1, err)
		}
	}
	return f.Announcements, nil
}

// prepare checks an announcement and sets its times.
func (a *Announcement) prepare() (err error) {
	for language, words := range map[string]Words{"tr": a.TR, "en": a.EN} {
		if err := words.check(); err != nil {
			return fmt.Errorf("%s: %w", language, err)
		}
	}
	if a.from, _, err = parseTime(a.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	var length time.Duration
	if a.until, length, err = parseTime(a.Until); err != nil {
		return fmt.Errorf("until: %w", err)
	}
	if length > 0 {
		a.until = a.until.AddDate(0, 0, 1)
	}
	if !a.from.Before(a.until) {
		return fmt.Errorf("until %s is before from %s", a.Until, a.From)
	}
	return nil
}

func (w Words) check() error {
	if err := CheckTitle(w.Title); err != nil {
		return fmt.Errorf("title: %w", err)
	}
	if err := CheckText(w.Text); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	return nil
}

// CheckTitle refuses a title that cannot be shown as it is.
func CheckTitle(title string) error { return checkWords(title, maxTitle, "") }

// CheckText refuses a text that cannot be shown as it is. It may have lines.
func CheckText(text string) error { return checkWords(text, maxText, "\n") }

// checkWords refuses a text that is empty, is longer than most bytes, or has an invisible character that allowed does not have.
func checkWords(text string, most int, allowed string) error {
	if strings.TrimSpace(text) == "" || len(text) > most || !utf8.ValidString(text) {
		return fmt.Errorf("empty, longer than %d bytes, or not UTF-8", most)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Errorf("holds %U, which cannot be seen", r)
		}
	}
	return nil
}

// CheckLink refuses a link that is no plain https address, or does not show where it leads.
func CheckLink(link string) error {
	u, err := url.Parse(link)
	if err != nil || len(link) > maxLink || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return fmt.Errorf("want an address with https, of %d bytes at most", maxLink)
	}
	if strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("holds characters beyond ASCII, which may look like others")
	}
	return nil
}

// parseTime reads a moment in Turkey's time; length is a day where only the day is written.
func parseTime(written string) (at time.Time, length time.Duration, err error) {
	for layout, length := range map[string]time.Duration{time.DateOnly: 24 * time.Hour, "2006-01-02T15:04": 0} {
		if at, err := time.ParseInLocation(layout, written, site.Istanbul); err == nil {
			return at, length, nil
		}
	}
	return time.Time{}, 0, fmt.Errorf(`%.40q is neither "2026-12-01" nor "2026-12-01T08:30"`, written)
}

// Check reads a file as the portal does, and returns how many announcements it has.
func Check(path string) (int, error) {
	all, _, err := read(path)
	return len(all), err
}

func read(path string) ([]Announcement, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, info, err
	}
	all, err := Parse(data)
	return all, info, err
}

// Store is the part of the store that has the desk's announcements, as store.Announcements has it.
type Store interface {
	Announcements(ctx context.Context, now time.Time, limit int) ([]store.Announcement, error)
}

// Board has the announcements of a file and of the store.
type Board struct {
	path string // "" has none
	kept Store
	log  *slog.Logger

	mu   sync.Mutex
	seen os.FileInfo // of the file when it was read last, usable or not; nil if it was never read
	gone string      // the last error of a missing file, which is logged once
	good []Announcement
}

// NewBoard returns the board of a file, "" for none, and of a store.
func NewBoard(path string, kept Store, log *slog.Logger) *Board {
	return &Board{path: path, kept: kept, log: log}
}

// Current returns what is announced at a moment: what is important first, else the file's in its order before the desk's. A store
// that does not answer announces nothing, and takes no page down.
func (b *Board) Current(ctx context.Context, now time.Time) []Announcement {
	kept, err := b.kept.Announcements(ctx, now, maxCount)
	if err != nil && ctx.Err() == nil {
		b.log.Error("announcements: those of the desk", "error", err)
	}
	all := b.ofFile()
	for _, a := range kept {
		all = append(all, Announcement{
			TR: Words{a.TitleTR, a.TextTR}, EN: Words{a.TitleEN, a.TextEN}, Link: a.Link, Important: a.Important, from: a.From, until: a.Until,
		})
	}
	var important, others []Announcement
	for _, a := range all {
		switch {
		case now.Before(a.from) || !now.Before(a.until):
		case a.Important:
			important = append(important, a)
		default:
			others = append(others, a)
		}
	}
	return append(important, others...)
}

// ofFile returns the announcements of the file.
func (b *Board) ofFile() []Announcement {
	if b.path == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh()
	return slices.Clone(b.good)
}

// refresh reads the file if it is another one than was read last.
func (b *Board) refresh() {
	info, err := os.Stat(b.path)
	if err != nil {
		if b.gone != err.Error() {
			b.gone, b.seen = err.Error(), nil
			b.log.Error("announcements: the last good ones stay", "error", err)
		}
		return
	}
	b.gone = ""
	if b.seen != nil && os.SameFile(info, b.seen) && info.ModTime().Equal(b.seen.ModTime()) && info.Size() == b.seen.Size() {
		return
	}
	all, seen, err := read(b.path)
	if b.seen = seen; seen == nil {
		b.seen = info
	}
	if err != nil {
		b.log.Error("announcements: the last good ones stay", "error", err)
		return
	}
	b.good = all
	b.log.Info("announcements read", "count", len(all))
}
