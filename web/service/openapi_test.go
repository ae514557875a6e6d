package service_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/service"
)

// TestMain has the answers of all tests judged in the end: each must be one that openapi.json describes.
func TestMain(m *testing.M) {
	status := pgtest.Run(m)
	if status == 0 && len(exchanges.all) > 0 {
		if err := judgeExchanges(flag.Lookup("test.run").Value.String() == ""); err != nil {
			fmt.Println(err)
			status = 1
		}
	}
	os.Exit(status)
}

// judgeExchanges validates openapi.json, and all answers against it. Where all tests have run every response must have been seen.
func judgeExchanges(all bool) error {
	input, err := json.Marshal(map[string]any{"document": json.RawMessage(service.OpenAPI), "exchanges": exchanges.all})
	if err != nil {
		return err
	}
	node := exec.Command("node", "testdata/validate.mjs")
	node.Stdin, node.Stderr = bytes.NewReader(input), os.Stderr
	out, err := node.Output()
	if err != nil {
		return fmt.Errorf("validate.mjs (npm ci?): %w", err)
	}
	findings, seen, ok := strings.Cut(string(out), "seen: ")
	if !ok || findings != "" {
		return fmt.Errorf("openapi.json, of %d answers:\n%s", len(exchanges.all), out)
	}
	for name := range description().Components.Responses {
		if all && !slices.Contains(strings.Fields(seen), name) {
			return fmt.Errorf("openapi.json describes the response %s, and no test has seen it", name)
		}
	}
	return nil
}

// schema is a JSON schema, as far as the tests read it.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Enum       []string          `json:"enum"`
}

// openAPI is the description, as far as the tests read it.
type openAPI struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Security    *[]any `json:"security"`
		Responses   map[string]any
	}
	Components struct {
		Responses map[string]any
		Schemas   map[string]schema
	}
}

func description() (d openAPI) {
	if err := json.Unmarshal(service.OpenAPI, &d); err != nil {
		panic(err)
	}
	return d
}

// TestDescribedCalls checks that every call of the program is described, and every described one is there; those without a key too.
func TestDescribedCalls(t *testing.T) {
	w := newWorld(t)
	calls := w.service.Calls()
	d := description()
	for path, method := range calls {
		operation, ok := d.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s %s is not described", method, path)
		}
		if open := operation.Security != nil; open == strings.HasPrefix(path, "/v1/") {
			t.Errorf("%s: described as without a key: %v", path, open)
		}
	}
	for path, operations := range d.Paths {
		if len(operations) != 1 || calls[path] == "" {
			t.Errorf("%s is described with %d methods, and the program has %q", path, len(operations), calls[path])
		}
	}
	if served := w.call("", "GET", "/openapi.json", nil); !bytes.Equal(served.Body, service.OpenAPI) {
		t.Errorf("what is served is %d %.100s", served.Status, served.Body)
	}
}

// bodies are the types of all schemas, by their names.
func bodies() map[string]any {
	all := map[string]any{
		"LoginRequest": relyingparty.LoginRequest{}, "CertificateRequest": relyingparty.CertificateRequest{}, "SignRequest": relyingparty.SignRequest{},
		"Document": relyingparty.Document{}, "CAdESOptions": protocol.CAdESOptions{}, "PAdESOptions": protocol.PAdESOptions{}, "Stamp": protocol.Stamp{},
		"XAdESOptions": protocol.XAdESOptions{}, "ASiCOptions": protocol.ASiCOptions{}, "JAdESOptions": protocol.JAdESOptions{}, "EYPOptions": protocol.EYPOptions{},
		"Sentence": relyingparty.Sentence{}, "Report": validation.Report{}, "SignatureReport": validation.SignatureReport{}, "Reason": validation.Reason{},
		"CertificateReport": validation.CertificateReport{}, "StatusReport": validation.StatusReport{}, "CoverageReport": validation.CoverageReport{},
		"PartReport": validation.PartReport{}, "PolicyReport": validation.PolicyReport{}, "ProfileReport": validation.ProfileReport{},
		"RuleReport": validation.RuleReport{}, "TimeStampReport": validation.TimeStampReport{}, "Site": protocol.SiteDocument{},
	}
	maps.Copy(all, service.Bodies)
	return all
}

// TestDescribedMembers checks that schemas and types have the same members, and that those which are always written are required.
func TestDescribedMembers(t *testing.T) {
	schemas, types := description().Components.Schemas, bodies()
	for name, value := range types {
		s, ok := schemas[name]
		if !ok {
			t.Errorf("%s is not described", name)
			continue
		}
		members := membersOf(reflect.TypeOf(value))
		if name == "Problem" {
			delete(members, "location") // a page's alone, never the service's
		}
		for member, always := range members {
			if _, ok := s.Properties[member]; !ok {
				t.Errorf("%s: the member %q is not described", name, member)
			}
			if always && !slices.Contains(s.Required, member) {
				t.Errorf("%s: the member %q is always there, and not required", name, member)
			}
		}
		for member := range s.Properties {
			if _, ok := members[member]; !ok {
				t.Errorf("%s: the member %q is described, and not there", name, member)
			}
		}
	}
	// Of what a multipart body has in its part "request" the file is a part of its own.
	for part, whole := range map[string]string{"SignedFilePart": "SignedFile", "ValidationRequestPart": "ValidationRequest", "ExtensionRequestPart": "ExtensionRequest"} {
		want := maps.Clone(schemas[whole].Properties)
		delete(want, "file")
		if !reflect.DeepEqual(schemas[part].Properties, want) {
			t.Errorf("%s is not %s without the file", part, whole)
		}
		types[part] = nil
	}
	for name, s := range schemas {
		if _, ok := types[name]; !ok && s.Enum == nil {
			t.Errorf("%s is described, and no type of the program", name)
		}
		if !bytes.Contains(service.OpenAPI, []byte(`"#/components/schemas/`+name+`"`)) {
			t.Errorf("%s is used nowhere", name)
		}
	}
}

// membersOf returns the members of a type's JSON, and whether each is always written.
func membersOf(kind reflect.Type) map[string]bool {
	members := map[string]bool{}
	for i := range kind.NumField() {
		field := kind.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			maps.Copy(members, membersOf(field.Type))
		case name != "-":
			members[name] = options != "omitempty"
		}
	}
	return members
}

// TestDescribedWords compares lists of words with the constants of the program.
func TestDescribedWords(t *testing.T) {
	source, err := os.ReadFile("../../internal/validation/conclusion.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{"Indication": "Indication", "SubIndication": "SubIndication"} {
		var want []string
		for _, m := range regexp.MustCompile(`(?m)^\t\w+ +`+kind+` = "([A-Z_-]+)"`).FindAllStringSubmatch(string(source), -1) {
			want = append(want, m[1])
		}
		got := slices.Sorted(slices.Values(description().Components.Schemas[name].Enum))
		if slices.Sort(want); !slices.Equal(got, want) || len(want) < 3 {
			t.Errorf("%s: described are\n%q, there are\n%q", name, got, want)
		}
	}
}
