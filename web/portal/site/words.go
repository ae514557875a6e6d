package site

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the time of Turkey on machines without a time zone database
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/message"
)

// How the portal writes times, sizes, cards and machines for people.

// Istanbul is the time of Turkey.
var Istanbul = func() *time.Location {
	location, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return location
}()

var months = map[message.Language][]string{
	message.Turkish: {"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"},
	message.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Moment writes a time for people, in Turkey's time: "23 Kasım 2026, 12:04".
func Moment(l message.Language, t time.Time) string {
	return Day(l, t) + ", " + t.In(Istanbul).Format("15:04")
}

// ExactMoment writes a time for people with its seconds: "23 Kasım 2026, 12:04:15".
func ExactMoment(l message.Language, t time.Time) string {
	return Day(l, t) + ", " + t.In(Istanbul).Format("15:04:05")
}

// Day writes a moment's day, as in "23 Kasım 2026".
func Day(l message.Language, t time.Time) string {
	t = t.In(Istanbul)
	return fmt.Sprintf("%d %s %d", t.Day(), months[l][t.Month()-1], t.Year())
}

// size writes a file's size for people.
func size(l message.Language, bytes int64) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", (bytes+999)/1000)
	}
	s := fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	if l == message.Turkish {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// IsReadable reports whether a text shows what it holds: no control characters but ends of lines, none that change the direction.
func IsReadable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
	})
}

// ClockTime writes a time of day in Turkey: "12:04".
func ClockTime(t time.Time) string { return t.In(Istanbul).Format("15:04") }

// LastDigits is what is shown of a card's serial number.
func LastDigits(serial string) string { return serial[max(0, len(serial)-4):] }

// ShortMachine is what is shown of a machine's ID.
func ShortMachine(id string) string { return id[:8] }

// SystemName writes GOOS/GOARCH for people.
func SystemName(platform string) string {
	name, processor, _ := strings.Cut(platform, "/")
	if known, ok := map[string]string{"linux": "Linux", "windows": "Windows", "darwin": "macOS"}[name]; ok {
		name = known
	}
	return name + " (" + processor + ")"
}

// Money writes a sum for people: "1.250,00 TL"; "" for nothing.
func Money(l message.Language, kurus int64) string {
	if kurus <= 0 {
		return ""
	}
	thousands, decimals := ".", ","
	if l == message.English {
		thousands, decimals = ",", "."
	}
	lira := fmt.Sprint(kurus / 100)
	var groups []string
	for len(lira) > 3 {
		groups = append([]string{lira[len(lira)-3:]}, groups...)
		lira = lira[:len(lira)-3]
	}
	groups = append([]string{lira}, groups...)
	return fmt.Sprintf("%s%s%02d TL", strings.Join(groups, thousands), decimals, kurus%100)
}
