package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// sections returns the text under each heading of this level in a file, by the heading.
func sections(t *testing.T, file, level string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(data), "\n"+level+" ") {
		heading, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, "\n## ")
		found[strings.TrimSpace(heading)] = strings.TrimSpace(text)
	}
	return found
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// TestListings checks that the stores' texts are whole in both languages, are within the stores' limits, and have the name and
// the sentence that the package itself has.
func TestListings(t *testing.T) {
	points := map[string][]int{}
	for _, language := range []string{"tr", "en"} {
		var packed map[string]struct{ Message string }
		readJSON(t, "extension/_locales/"+language+"/messages.json", &packed)
		listing := sections(t, language+".md", "##")
		if listing["Name"] != packed["name"].Message || listing["Summary"] != packed["description"].Message {
			t.Errorf("%s: %q, %q; the package has %q, %q", language, listing["Name"], listing["Summary"], packed["name"].Message, packed["description"].Message)
		}
		for name, most := range map[string]int{"Name": 45, "Summary": 132, "Description": 16_000, "Privacy policy": 16_000} {
			if length := utf8.RuneCountInString(listing[name]); length == 0 || length > most {
				t.Errorf("%s: %s has %d characters, want 1 to %d", language, name, length, most)
			}
		}
		for _, name := range []string{"Description", "Privacy policy"} {
			points[name] = append(points[name], strings.Count(listing[name], "\n• ")+strings.Count(listing[name], "\n- "))
		}
	}
	for name, counts := range points {
		if counts[0] != counts[1] || counts[0] < 5 {
			t.Errorf("%s has %d points in Turkish, %d in English", name, counts[0], counts[1])
		}
	}
}

// TestPermissionsAreJustified checks that each permission of the manifest has its reason for Chrome's reviewers, and no reason is
// left of one that is gone: a permission is not added in passing.
func TestPermissionsAreJustified(t *testing.T) {
	var manifest map[string]json.RawMessage
	readJSON(t, "extension/manifest.base.json", &manifest)
	want := []string{"host_permissions"} // which extension/pack writes
	for key, value := range manifest {
		switch {
		case key == "permissions":
			var names []string
			if err := json.Unmarshal(value, &names); err != nil {
				t.Fatal(err)
			}
			want = append(want, names...)
		case strings.HasSuffix(key, "permissions"):
			want = append(want, key)
		}
	}
	checkReasons(t, "chrome.md", "Permissions", want, 1000)
}

// TestDataIsDeclared checks that Firefox's reviewers read why of each kind of data that the manifest declares, and that Chrome is
// told of the same kinds.
func TestDataIsDeclared(t *testing.T) {
	var manifest struct {
		Browser struct {
			Gecko struct {
				Data struct{ Required, Optional []string } `json:"data_collection_permissions"`
			}
		} `json:"browser_specific_settings"`
	}
	readJSON(t, "extension/manifest.firefox.json", &manifest)
	declared := append(manifest.Browser.Gecko.Data.Required, manifest.Browser.Gecko.Data.Optional...)
	checkReasons(t, "firefox.md", "Data collection", declared, 1000)

	// Chrome's kinds, each with Firefox's name for it where one is declared.
	kinds := map[string]string{
		"Personally identifiable information": "personallyIdentifyingInfo", "Authentication information": "authenticationInfo", "Website content": "websiteContent",
		"Health information": "healthInfo", "Financial and payment information": "financialAndPaymentInfo", "Personal communications": "personalCommunications",
		"Location": "locationInfo", "Web history": "browsingActivity", "User activity": "websiteActivity",
	}
	rows := regexp.MustCompile(`(?m)^\| ([A-Z][^|]*) \| (yes|no) \|`).FindAllStringSubmatch(sections(t, "chrome.md", "##")["Data use"], -1)
	for _, row := range rows {
		kind, answer := row[1], row[2]
		if (answer == "yes") != slices.Contains(declared, kinds[kind]) {
			t.Errorf("Chrome is told %s of %s, Firefox of %q", answer, kind, declared)
		}
		delete(kinds, kind)
	}
	if len(kinds) > 0 {
		t.Errorf("Chrome asks of %q as well", kinds)
	}
}

// checkReasons checks that a section of a file has a text for each of these names, and for no other.
func checkReasons(t *testing.T, file, section string, want []string, most int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var given []string
	for part := range strings.SplitSeq(text, "\n### ") {
		name, reason, _ := strings.Cut(part, "\n")
		if strings.TrimSpace(part) == "" || !strings.Contains(text, "\n### "+name+"\n") {
			continue // what stands before the first
		}
		given = append(given, name)
		if length := utf8.RuneCountInString(strings.TrimSpace(reason)); length < 60 || length > most {
			t.Errorf("%s: the reason for %s has %d characters, want 60 to %d", file, name, length, most)
		}
	}
	slices.Sort(given)
	slices.Sort(want)
	if !slices.Equal(given, want) {
		t.Errorf("%s gives reasons for %q, the manifest has %q", file, given, want)
	}
}

// TestPurposeFits checks the one sentence by which Chrome judges everything else.
func TestPurposeFits(t *testing.T) {
	purpose := sections(t, "chrome.md", "##")["Single purpose"]
	if length := utf8.RuneCountInString(purpose); length == 0 || length > 1000 || strings.Count(purpose, ".") != 1 {
		t.Errorf("the purpose has %d characters: %s", length, purpose)
	}
}
