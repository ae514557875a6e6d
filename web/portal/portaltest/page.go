package portaltest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// CheckPage checks what holds of every page: well-formed, one main heading, unique ids, a label for
// each field, nothing that the policy forbids, no sentence missing, no whole citizen number.
func CheckPage(t *testing.T, name string, a Answer, language string) {
	t.Helper()
	if !strings.Contains(a.Body, `<html lang="`+language+`">`) {
		t.Errorf("%s: not in %s", name, language)
	}
	for _, part := range []string{Ayse, "portal.", "error.", "&lt;no value", " style=", " onclick=", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(a.Body, "/static/portal.css", ""), part) {
			t.Errorf("%s holds %q", name, part)
		}
	}
	count, ids := map[string]int{}, []string{}
	decoder := xml.NewDecoder(strings.NewReader(a.Body))
	decoder.Strict = false
	decoder.AutoClose = append(slices.Clone(xml.HTMLAutoClose), "wbr")
	decoder.Entity = xml.HTMLEntity
	whole := false // a line cannot end in the text that comes
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if text, ok := token.(xml.CharData); ok && count["body"] > 0 && !whole && bytes.Contains(text, []byte("E-Onay")) {
			t.Errorf("%s: a line can end inside E-Onay: %q", name, text)
		}
		element, ok := token.(xml.StartElement)
		whole = ok && (element.Name.Local == "textarea" ||
			slices.ContainsFunc(element.Attr, func(a xml.Attr) bool { return a.Name.Local == "class" && a.Value == "whole" }))
		if !ok {
			continue
		}
		count[element.Name.Local]++
		for _, attr := range element.Attr {
			if attr.Name.Local == "id" {
				ids = append(ids, attr.Value)
			}
		}
		if element.Name.Local == "script" && (len(element.Attr) < 2 || element.Attr[1].Name.Local != "src") {
			t.Errorf("%s has an inline script", name)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%s: ids %v are not unique", name, ids)
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
		t.Errorf("%s: %v", name, count)
	}
	if primary := strings.Count(a.Body, `class="primary"`) + strings.Count(a.Body, `class="button primary"`); primary > 1 && !strings.Contains(a.Body, `id="code"`) {
		t.Errorf("%s has %d primary buttons", name, primary)
	}
}
