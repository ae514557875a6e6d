package session_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Neither answer nor log repeats a PIN or PUK of the requests for a new PIN, understood or not.
func TestNoPUKIsRepeated(t *testing.T) {
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "none"))
	const code = "Z2l6bGkxMjM0"
	var log bytes.Buffer
	answers, _ := converse(t, config(&log), stream(
		`{"id":1,"type":"hello","body":{"protocol":1}}`,
		`{"id":2,"type":"certificates"}`,
		`{"id":3,"type":"claim","body":{"certificate":"00","origin":"https://a","code":"168857414351237","act":"a","pin":"`+code+`"}}`,
		`{"id":4,"type":"claim","body":{"certificate":"00","pin":"`+code+`","act":1}}`,
		`{"id":5,"type":"release","body":{"sealed":"AA==","new":"`+code+`"}}`,
		`{"id":6,"type":"release","body":{"new":"`+code+`","sealed":1}}`,
		`{"id":7,"type":"unblock","body":{"token":"00","puk":"`+code+`","new":"`+code+`"}}`,
		`{"id":8,"type":"unblock","body":{"puk":"`+code+`","new":"`+code+`","token":1}}`,
	))
	text, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) != 8 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, secret := range []string{code, "gizli1234"} {
		if bytes.Contains(text, []byte(secret)) || strings.Contains(log.String(), secret) {
			t.Errorf("%q came out again", secret)
		}
	}
}
