package validation_test

import (
	"os"
	"regexp"
	"testing"
)

// TestReportIsDocumented looks for every reason, sub-indication and rule, and every member of report and policy, in the document that
// programs are written by.
func TestReportIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/validation-report.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("`\"?([A-Za-z0-9_-]+)\"?`").FindAllStringSubmatch(string(text), -1) {
		documented[m[1]] = true
	}
	for file, pattern := range map[string]string{
		"conclusion.go": `(?:ReasonCode|SubIndication|Indication) += "([A-Z_a-z-]+)"`,
		"turkish.go":    `(?:rule|unlessUnknown)\("(\w+)"|json:"(\w+)`,
		"report.go":     `json:"(\w+)`,
		"policy.go":     `json:"(\w+)`,
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(source), -1)
		if len(found) < 5 {
			t.Fatalf("%d names in %s: the test no longer sees them", len(found), file)
		}
		for _, m := range found {
			if name := m[1] + m[len(m)-1]; !documented[m[1]] && !documented[m[len(m)-1]] {
				t.Errorf("%s of %s is not documented", name, file)
			}
		}
	}
}
