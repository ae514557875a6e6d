package screen

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Date is a day of the calendar.
type Date struct{ Year, Month, Day int }

// Calendar returns the day, where the person is, of a moment in seconds since 1970.
type Calendar func(seconds int64) Date

// Text is the day in the way of the language: 31.12.2026 or 31 December 2026.
func (d Date) Text(l message.Language) string {
	if l == message.English {
		return fmt.Sprintf("%d %s %d", d.Day, months[(d.Month+11)%12], d.Year)
	}
	return fmt.Sprintf("%02d.%02d.%d", d.Day, d.Month, d.Year)
}

// Moment is a day with its time of day, where the person is.
type Moment struct {
	Date
	Hour, Minute int
}

// Text is the moment in the way of the language: 31.12.2026 14:05 or 31 December 2026, 14:05.
func (m Moment) Text(l message.Language) string {
	comma := ""
	if l == message.English {
		comma = ","
	}
	return fmt.Sprintf("%s%s %02d:%02d", m.Date.Text(l), comma, m.Hour, m.Minute)
}

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// DayNumber counts days, so that two dates can be told apart by how many lie between them (Gregorian calendar, from
// 1 March of the year 0).
func (d Date) DayNumber() int64 {
	y, month := int64(d.Year), int64(d.Month)
	if month < 3 {
		y, month = y-1, month+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(month-3)+2)/5 + int64(d.Day)
}

// Sentence is s in a language.
func Sentence(l message.Language, s protocol.Sentence) string {
	if l == message.English {
		return s.EN
	}
	return s.TR
}
