package peoplelist_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	header = "TC Kimlik No;Ad Soyad;Doğum Tarihi;Birim;Unvan;Kurumsal E-posta;Cep Telefonu\r\n"
	ayse   = "10000000146;Ayşe Yılmaz;1984-02-29;Bilgi İşlem;Mühendis;ayse@kurum.example;0500 111 22 33\r\n"
)

var entry = application.Entry{CitizenNumber: "10000000146", Name: "Ayşe Yılmaz", Form: application.Form{
	"birth_date": "1984-02-29", "unit": "Bilgi İşlem", "title": "Mühendis", "mail": "ayse@kurum.example", "mobile": "+905001112233",
}}

// TestParse reads one person from what spreadsheets write.
func TestParse(t *testing.T) {
	windows, err := charmap.Windows1254.NewEncoder().String(header + ayse)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"UTF-8":                  header + ayse,
		"a byte order mark":      "\ufeff" + header + ayse,
		"Windows-1254":           windows,
		"commas":                 strings.ReplaceAll(header+ayse, ";", ","),
		"lines of Unix":          strings.ReplaceAll(header+ayse, "\r", ""),
		"no end of the line":     strings.TrimSuffix(header+ayse, "\r\n"),
		"quotes":                 header + `"10000000146";"Ayşe Yılmaz" ; "1984-02-29";Bilgi İşlem;"Mühendis";ayse@kurum.example;"0500 111 22 33"`,
		"a day as in Turkey":     strings.Replace(header+ayse, "1984-02-29", "29.2.1984", 1),
		"a day with slashes":     strings.Replace(header+ayse, "1984-02-29", "29/02/1984", 1),
		"capitals and blanks":    strings.Replace(header, "Ad Soyad", " AD  SOYAD ", 1) + ayse,
		"empty columns behind":   strings.ReplaceAll(header+ayse, "\r\n", ";;;\r\n"),
		"another order":          "Cep Telefonu;E-Posta;Unvan;Birim;Doğum Tarihi;Adı Soyadı;T.C. Kimlik No\n05001112233;AYSE@kurum.example;Mühendis;Bilgi İşlem;1984-02-29;Ayşe  Yılmaz;10000000146",
		"an English header":      "CITIZEN NUMBER,NAME,BIRTH DATE,UNIT,TITLE,E-MAIL,MOBILE\n" + strings.ReplaceAll(ayse, ";", ","),
		"the template":           string(peoplelist.Template(message.Turkish)) + ayse,
		"the template (English)": string(peoplelist.Template(message.English)) + ayse,
	} {
		lines, err := peoplelist.Parse([]byte(file))
		if err != nil || len(lines) != 1 || len(lines[0].Wrong) > 0 || lines[0].Number != 2 || !reflect.DeepEqual(lines[0].Entry, entry) {
			t.Errorf("%s: %+v, %v", name, lines, err)
		}
	}
}

// TestParseReports names line and field of what is wrong, and goes on with the next line.
func TestParseReports(t *testing.T) {
	file := header + // line 1
		ayse +
		"\r\n;;;;;;\r\n" + // lines 3 and 4: empty
		strings.Replace(ayse, "10000000146", "10000000147", 1) +
		ayse + // a second time
		`11111111110;"Mehmet;1984-02-29;;;m@kurum.example;05001112233` + "\r\n" + // a quotation mark without its other
		"11111111110;Mehmet;1984-02-29;m@kurum.example;05001112233\r\n" + // columns left out
		"11111111110;" + strings.Repeat("M", 5000) + "\r\n" +
		"11111111110;;1984-02-30;;;m;0312\r\n" +
		"11111111110;Mehmet;1984-02-29;;;m@kurum.example;05001112233\r\n"
	lines, err := peoplelist.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	got := map[int][]peoplelist.Wrong{}
	for _, l := range lines {
		got[l.Number] = l.Wrong
	}
	want := map[int][]peoplelist.Wrong{
		2: nil, 5: {{"number", application.NotANumber}}, 6: {{"number", peoplelist.Duplicate}}, 7: {{"", peoplelist.Quotes}}, 8: {{"", peoplelist.Columns}},
		9:  {{"", peoplelist.LongLine}},
		10: {{"name", application.Missing}, {"birth_date", application.NotADate}, {"mail", application.NotMail}, {"mobile", application.NotAPhone}},
		11: {{"number", peoplelist.Duplicate}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestParseRefusesFiles: what is no list of people is refused as a whole, and in few words.
func TestParseRefusesFiles(t *testing.T) {
	people := func(n int) string {
		return header + strings.Repeat(ayse, n)
	}
	for name, file := range map[string]struct{ text, why string }{
		"nothing":                {"", "empty"},
		"a header alone":         {header, "empty"},
		"blank lines":            {strings.Repeat("\n", 100_000), "empty"},
		"a NUL":                  {header + "10000000146;A\x00", "binary"},
		"Excel's own file":       {"PK\x03\x04 xl/workbook.xml", "binary"},
		"UTF-16":                 {"\xff\xfeT\x00C\x00", "utf16"},
		"a column of no field":   {"TC Kimlik No;Anne Adı\n", "column_unknown"},
		"a column twice":         {"TC Kimlik No;Ad Soyad;Ad Soyad\n", "column_twice"},
		"a column that is not":   {"TC Kimlik No;Ad Soyad;Doğum Tarihi;E-posta\n", "column_missing"},
		"no header":              {ayse, "column_unknown"},
		"quotes in the header":   {`"TC Kimlik No;Ad Soyad` + "\n", "header"},
		"a header of 8 MB":       {strings.Repeat("x;", 4<<20), "header"},
		"50,001 people":          {people(peoplelist.MaxPeople + 1), "many"},
		"more bytes than it may": {strings.Repeat("\n", store.MaxList+1), "too_long"},
	} {
		lines, err := peoplelist.Parse([]byte(file.text))
		refused, ok := errors.AsType[*peoplelist.FileError](err)
		if !ok || refused.Why != file.why || lines != nil || len(err.Error()) > 100 {
			t.Errorf("%s: %d lines, %v, want %s", name, len(lines), err, file.why)
		}
	}
	lines, err := peoplelist.Parse([]byte(people(peoplelist.MaxPeople)))
	if err != nil || len(lines) != peoplelist.MaxPeople {
		t.Errorf("50,000 people: %d, %v", len(lines), err)
	}
	lines, err = peoplelist.Parse([]byte(header + strings.Repeat(";", 8<<20) + "x\n" + strings.Repeat(`"`, 8<<20-600) + "x\n" + ayse))
	if err != nil || len(lines) != 3 || lines[0].Wrong[0].Problem != peoplelist.LongLine || lines[1].Wrong[0].Problem != peoplelist.LongLine || len(lines[2].Wrong) > 0 {
		t.Errorf("lines of 8 MB: %d lines, %v", len(lines), err)
	}
}

// TestWriteCSV: no value is a formula to a spreadsheet, and each is read again as it was.
func TestWriteCSV(t *testing.T) {
	for value, want := range map[string]string{
		"Ayşe": "Ayşe", "=1+1": "'=1+1", "+90500": "'+90500", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "\t=1": "' =1", "\r=1": "' =1",
		`a;"b"`: `a;""b""`, "＝1": "'＝1", "": "",
	} {
		if got := string(peoplelist.WriteCSV([][]string{{value, "x"}})); got != "\ufeff\""+want+"\";\"x\"\r\n" {
			t.Errorf("%q: %q", value, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	windows, _ := charmap.Windows1254.NewEncoder().String(header + ayse)
	for _, seed := range []string{
		header + ayse, windows, "\ufeff" + header + ayse, strings.ReplaceAll(header+ayse, ";", ","), header + `"a""b";"` + "\n;;\n", "\xff\xfe", header + "\x00",
		header + strings.Repeat(";", 40), header + strings.Repeat("x", 5000) + "\n" + ayse + ayse,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := peoplelist.Parse(data)
		if err != nil {
			if _, ok := errors.AsType[*peoplelist.FileError](err); !ok || lines != nil {
				t.Fatal(err)
			}
			return
		}
		last, numbers := 0, map[string]bool{}
		for _, l := range lines {
			if l.Number <= last || l.Number > bytes.Count(data, []byte("\n"))+1 {
				t.Fatalf("line %d after %d", l.Number, last)
			}
			last = l.Number
			if len(l.Wrong) > 0 {
				continue
			}
			typed := maps.Clone(map[string]string(l.Entry.Form))
			typed["number"], typed["name"] = l.Entry.CitizenNumber, l.Entry.Name
			again, wrong := application.NewEntry(typed)
			if len(wrong) > 0 || fmt.Sprint(again) != fmt.Sprint(l.Entry) || numbers[l.Entry.CitizenNumber] || !utf8.ValidString(l.Entry.Name) {
				t.Fatalf("line %d is not what an officer could have typed: %v", l.Number, wrong)
			}
			numbers[l.Entry.CitizenNumber] = true
		}
	})
}
