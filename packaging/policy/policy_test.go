package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

func collected(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := collect("../..")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func schemaMembers(t *testing.T, files map[string][]byte) []member {
	t.Helper()
	members, err := readSchema(files["managed_schema.json"])
	if err != nil || len(members) < 5 {
		t.Fatalf("%d members: %v", len(members), err)
	}
	return members
}

// The same sources give the same archive.
func TestArchiveIsReproducible(t *testing.T) {
	first, err := archive(collected(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := archive(collected(t))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("another archive: %v", err)
	}
	read, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(read, "windows/tr-TR/e-onay.adml"); err != nil || len(read.File) != len(collected(t)) {
		t.Errorf("%d files in it: %v", len(read.File), err)
	}
}

// Every XML file is well-formed.
func TestXMLIsWellFormed(t *testing.T) {
	checked := 0
	for name, data := range collected(t) {
		if !strings.HasPrefix(string(data), "<?xml") {
			continue
		}
		checked++
		d := xml.NewDecoder(bytes.NewReader(data))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	if checked != 6 {
		t.Errorf("%d files of XML", checked)
	}
}

// The templates have each member of the schema for each browser, under the name that the extension reads, and both languages
// have every word and field that they name.
func TestTemplatesFollowTheSchema(t *testing.T) {
	files := collected(t)
	template := string(files["windows/e-onay.admx"])
	for _, browser := range browsers {
		for _, m := range schemaMembers(t, files) {
			policy := regexp.MustCompile(`(?s)<policy name="` + browser.id + `_` + m.name + `" .*?</policy>`).FindString(template)
			value := `valueName="` + m.name + `"`
			if m.kind == "array" { // whose values have a key of their own
				value = `key="` + browser.key + `\` + m.name + `"`
			}
			if !strings.Contains(policy, value) {
				t.Errorf("%s, %s: another value: %s", browser.id, m.name, policy)
			}
			if !strings.Contains(policy, `key="`+browser.key+`"`) || !strings.Contains(policy, `class="Machine"`) {
				t.Errorf("%s, %s: another key: %s", browser.id, m.name, policy)
			}
		}
	}
	for _, l := range languages {
		words := string(files["windows/"+l.tag+"/e-onay.adml"])
		for _, m := range regexp.MustCompile(`\$\((string|presentation)\.(\w+)\)`).FindAllStringSubmatch(template, -1) {
			if !strings.Contains(words, `<`+m[1]+` id="`+m[2]+`">`) {
				t.Errorf("%s has no %s %s", l.tag, m[1], m[2])
			}
		}
	}
	if !strings.Contains(string(files["windows/tr-TR/e-onay.adml"]), "Güvenlik sözü zorunlu") || !strings.Contains(string(files["windows/en-US/e-onay.adml"]), "Require a security phrase") {
		t.Error("the languages are not what they are called")
	}
}

// settingsIn returns what an example sets for the extension, by where it stands in it.
func settingsIn(t *testing.T, name string, data []byte) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, key := range map[string][]string{
		"examples/chromium.json":                {"3rdparty", "extensions", protocol.ChromiumExtensionID},
		"examples/firefox-policies.json":        {"policies", "3rdparty", "Extensions", protocol.FirefoxExtensionID},
		"examples/firefox-managed-storage.json": {"data"},
	}[name] {
		inner, ok := all[key].(map[string]any)
		if !ok {
			t.Fatalf("%s has no %q", name, key)
		}
		all = inner
	}
	return all
}

// The examples set every member of the schema, in its type, and nothing else.
func TestExamplesFollowTheSchema(t *testing.T) {
	files := collected(t)
	members := schemaMembers(t, files)
	checked := 0
	for name, data := range files {
		if !strings.HasPrefix(name, "examples/") {
			continue
		}
		checked++
		if strings.HasSuffix(name, ".plist") {
			for _, m := range members {
				if !strings.Contains(string(data), "<key>"+m.name+"</key>") {
					t.Errorf("%s lacks %s", name, m.name)
				}
			}
			if id := regexp.MustCompile(`extensions\.(\w+)\.plist`).FindStringSubmatch(name); id != nil && id[1] != protocol.ChromiumExtensionID {
				t.Errorf("%s is of another extension", name)
			}
			continue
		}
		set := settingsIn(t, name, data)
		for _, m := range members {
			kind := map[bool]string{true: "array"}[isTexts(set[m.name])]
			switch set[m.name].(type) {
			case bool:
				kind = "boolean"
			case string:
				kind = "string"
			}
			if want := strings.Replace(m.kind, "enum", "string", 1); kind != want {
				t.Errorf("%s: %s is %v, want %s", name, m.name, set[m.name], want)
			}
		}
		if len(set) != len(members) {
			t.Errorf("%s has %d members, the schema %d", name, len(set), len(members))
		}
	}
	if checked != 6 {
		t.Errorf("%d examples", checked)
	}
	if text := string(files["examples/firefox-managed-storage.json"]); !strings.Contains(text, `"name": "`+protocol.FirefoxExtensionID+`"`) {
		t.Error("the manifest of managed storage is of another extension")
	}
}

func isTexts(value any) bool {
	list, ok := value.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok })
}

// A member without a text in both languages stops the templates.
func TestNewMemberNeedsWords(t *testing.T) {
	if _, err := readSchema([]byte(`{"properties":{"colour":{"type":"string"}}}`)); err == nil {
		t.Error("a member without words was taken")
	}
}
