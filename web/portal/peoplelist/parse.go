// Package peoplelist is the engine of lists of people that an officer brings as one CSV file: it reads the file (Parse), writes the
// template and what officers take with them (WriteCSV), and enters the people of lists that were confirmed (Runner).
//
// The file is hostile. A line is one record, whatever its quotes: one that is not closed spoils its line and no other, and nothing is
// as long as the file lets it be. What a line holds is in no error and no log; a line is known by its number.
package peoplelist

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Bounds of a file. Its bytes are bounded by store.MaxList.
const (
	MaxPeople = 50_000
	maxLine   = 4 << 10 // bytes of UTF-8
	maxFields = 16
)

// Line is one person of a file.
type Line struct {
	// Number is the line's in the file, from 1: the header is line 1 where no empty line precedes it.
	Number int
	Entry  application.Entry
	Wrong  []Wrong // in the order of the form; none means that the person can be entered
}

// Wrong is what is wrong with a line. Field is one of application.EntryFields, or "" for the line as a whole; the catalogue has
// "form.problem.<Problem>".
type Wrong struct {
	Field   string
	Problem application.Problem
}

// Problems of lines, beside those of forms.
const (
	LongLine  application.Problem = "long_line"
	Quotes    application.Problem = "quotes"    // a quotation mark where none may be, or none where one is needed
	Columns   application.Problem = "columns"   // more or fewer columns than the header has
	Duplicate application.Problem = "duplicate" // an earlier line has the same citizen number
	Own       application.Problem = "own"       // it is the officer's own
	Open      application.Problem = "open"      // the institution has entered the person already
)

// FileError says why a file is no list of people. Why is the end of a key of the catalogue, "portal.officer.file.<Why>"; Line and Field
// are where, if that says anything.
type FileError struct {
	Why   string
	Line  int
	Field string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("peoplelist: %s at line %d, field %q", e.Why, e.Line, e.Field)
}

// parsing has one file read at a time in a process: a large one takes tens of megabytes.
var parsing = make(chan struct{}, 1)

// Parse reads a file: UTF-8, with a byte order mark or without, or Windows-1254, as Excel in Turkey writes it. Columns are separated by
// semicolons or commas, in any order, and named by the first line that is not empty. Errors are *FileError.
func Parse(data []byte) ([]Line, error) {
	parsing <- struct{}{}
	defer func() { <-parsing }()
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	p := parser{first: map[string]int{}}
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if err := p.add(number, bytes.TrimSuffix(line, []byte("\r"))); err != nil {
			return nil, err
		}
	}
	if len(p.lines) == 0 {
		return nil, &FileError{Why: "empty"}
	}
	return p.lines, nil
}

// decode returns the file's text in UTF-8.
func decode(data []byte) ([]byte, error) {
	switch {
	case len(data) > store.MaxList:
		return nil, &FileError{Why: "too_long"}
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, &FileError{Why: "utf16"}
	case bytes.IndexByte(data, 0) >= 0, bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, &FileError{Why: "binary"} // also Excel's own files
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return data, nil
	}
	text, err := charmap.Windows1254.NewDecoder().Bytes(data)
	if err != nil {
		return nil, &FileError{Why: "binary"}
	}
	return text, nil
}

// parser reads the lines of one file.
type parser struct {
	separator byte
	columns   []string       // the field of each, once the header was read
	first     map[string]int // the line on which a citizen number came first
	lines     []Line
}

// add reads the next line.
func (p *parser) add(number int, line []byte) error {
	if len(bytes.Trim(line, " \t;,\"")) == 0 {
		return nil
	}
	if p.columns == nil {
		return p.readHeader(number, line)
	}
	if len(p.lines) == MaxPeople {
		return &FileError{Why: "many", Line: number}
	}
	p.lines = append(p.lines, p.read(number, line))
	return nil
}

// headers are the names of the columns, by field, as fold makes them.
var headers = map[string][]string{
	"number":     {"tckimlikno", "tckimliknumarası", "kimlikno", "citizennumber"},
	"name":       {"adsoyad", "adısoyadı", "name"},
	"birth_date": {"doğumtarihi", "birthdate"},
	"unit":       {"birim", "unit"},
	"title":      {"unvan", "ünvan", "title"},
	"mail":       {"kurumsaleposta", "eposta", "email", "mail"},
	"mobile":     {"ceptelefonu", "cep", "mobile"},
}

// fold leaves of a header's name its small letters.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.TurkishCase.ToLower(r)
		}
		return -1
	}, name)
}

// fieldOf returns the field that a column's header names, "" for none.
func fieldOf(name string) string {
	folded := fold(name)
	plain := strings.ReplaceAll(folded, "ı", "i") // English names in capitals
	for _, f := range application.EntryFields() {
		for _, known := range headers[f.Name] {
			if folded == known || plain == known {
				return f.Name
			}
		}
	}
	return ""
}

func (p *parser) readHeader(number int, line []byte) error {
	p.separator = ','
	if bytes.IndexByte(line, ';') >= 0 {
		p.separator = ';'
	}
	names, problem := p.split(line)
	if problem != "" {
		return &FileError{Why: "header", Line: number}
	}
	columns, seen := []string{}, map[string]bool{}
	for _, name := range names {
		field := fieldOf(name)
		if field == "" && strings.TrimSpace(name) != "" {
			return &FileError{Why: "column_unknown", Line: number}
		}
		if field != "" && seen[field] {
			return &FileError{Why: "column_twice", Line: number, Field: field}
		}
		seen[field] = true
		columns = append(columns, field)
	}
	for _, f := range application.EntryFields() {
		if f.Required && !seen[f.Name] {
			return &FileError{Why: "column_missing", Line: number, Field: f.Name}
		}
	}
	p.columns = columns
	return nil
}

// read reads a line of a person.
func (p *parser) read(number int, line []byte) Line {
	values, problem := p.split(line)
	for len(values) > len(p.columns) && strings.TrimSpace(values[len(values)-1]) == "" {
		values = values[:len(values)-1]
	}
	if problem == "" && len(values) != len(p.columns) {
		problem = Columns
	}
	if problem != "" {
		return Line{Number: number, Wrong: []Wrong{{Problem: problem}}}
	}
	typed := map[string]string{}
	for i, field := range p.columns {
		typed[field] = values[i]
	}
	typed["birth_date"] = isoDate(strings.TrimSpace(typed["birth_date"]))
	l := Line{Number: number}
	entry, wrong := application.NewEntry(typed)
	l.Entry = entry
	for _, f := range application.EntryFields() {
		if wrong[f.Name] != "" {
			l.Wrong = append(l.Wrong, Wrong{f.Name, wrong[f.Name]})
		}
	}
	if wrong["number"] != "" {
		return l
	}
	if p.first[entry.CitizenNumber] > 0 {
		l.Wrong = append(l.Wrong, Wrong{"number", Duplicate})
		return l
	}
	p.first[entry.CitizenNumber] = number
	return l
}

// split returns the values of a line (RFC 4180, but that no value goes over lines).
func (p *parser) split(line []byte) (values []string, problem application.Problem) {
	if len(line) > maxLine {
		return nil, LongLine
	}
	for rest := string(line); ; {
		if len(values) == maxFields {
			return nil, Columns
		}
		value, after, found, ok := p.value(rest)
		if !ok {
			return nil, Quotes
		}
		values = append(values, value)
		if !found {
			return values, ""
		}
		rest = after
	}
}

// value returns the first value of a line, and what comes after its separator, if there is one.
func (p *parser) value(line string) (value, after string, found, ok bool) {
	separator := string(p.separator)
	trimmed := strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(trimmed, `"`) {
		value, after, found = strings.Cut(line, separator)
		return value, after, found, !strings.Contains(value, `"`)
	}
	var text strings.Builder
	for rest := trimmed[1:]; ; {
		part, following, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", "", false, false
		}
		text.WriteString(part)
		if strings.HasPrefix(following, `"`) { // two stand for one
			text.WriteByte('"')
			rest = following[1:]
			continue
		}
		blank, after, found := strings.Cut(following, separator)
		return text.String(), after, found, strings.TrimSpace(blank) == ""
	}
}

// isoDate returns a day as YYYY-MM-DD where it was written as DD.MM.YYYY or DD/MM/YYYY; else it returns what was written.
func isoDate(day string) string {
	parts := strings.FieldsFunc(day, func(r rune) bool { return r == '.' || r == '/' })
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 4 {
		return day
	}
	return fmt.Sprintf("%s-%02s-%02s", parts[2], parts[1], parts[0])
}
