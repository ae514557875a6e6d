package peoplelist

import (
	"bytes"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
)

// WriteCSV writes rows as Excel in Turkey opens them: UTF-8 with a byte order mark, semicolons, every value in quotes. A value that a
// spreadsheet would take for a formula has an apostrophe before it.
func WriteCSV(rows [][]string) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				b.WriteByte(';')
			}
			b.WriteString(`"` + strings.ReplaceAll(plain(value), `"`, `""`) + `"`)
		}
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// plain returns a value that no spreadsheet calculates.
func plain(value string) string {
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, value)
	if begin := strings.TrimLeft(value, " \u00a0\u3000"); begin != "" && strings.ContainsAny(begin[:1], "=+-@") || strings.HasPrefix(value, "＝") ||
		strings.HasPrefix(value, "＋") || strings.HasPrefix(value, "－") || strings.HasPrefix(value, "＠") {
		return "'" + value
	}
	return value
}

// Template is a file with the header that Parse reads, and no people.
func Template(l message.Language) []byte {
	var names []string
	for _, f := range application.EntryFields() {
		names = append(names, message.Text(l, "portal.officer.column."+f.Name))
	}
	return WriteCSV([][]string{names})
}
