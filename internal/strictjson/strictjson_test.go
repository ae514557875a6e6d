package strictjson_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/strictjson"
)

type value struct {
	Name  string   `json:"name"`
	Data  []byte   `json:"data,omitempty"`
	Inner *value   `json:"inner,omitempty"`
	List  []string `json:"list,omitempty"`
}

func TestUnmarshal(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"name":"a"}`: true,
		" {\"name\":\"a\",\"data\":\"AQI=\",\"inner\":{\"name\":\"b\"},\"list\":[\"c\"]}\n": true,
		`{}`:                             true,
		`{"Name":"a"}`:                   false,
		`{"name":"a","NAME":"b"}`:        false,
		`{"name":"a","name":"b"}`:        false,
		`{"inner":{"name":"a","x":1}}`:   false,
		`{"inner":{"name":1}}`:           false,
		`{"other":1}`:                    false,
		`{"name":"a"}{"name":"a"}`:       false,
		`{"name":"a"} x`:                 false,
		`{"name":"a",}`:                  false,
		`{"data":"AQI"}`:                 false,
		"{\"data\":\"AQ\\nI=\"}":         false,
		"{\"name\":\"\xff\"}":            false,
		``:                               false,
		`[]`:                             false,
		strings.Repeat(`{"inner":`, 1e5): false,
	} {
		var v value
		if err := strictjson.Unmarshal([]byte(text), &v); (err == nil) != ok {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

// TestUnmarshalKnown passes over members that are not known, and refuses one that is there twice in any object.
func TestUnmarshalKnown(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"name":"a","other":{"x":[1]}}`:             true,
		`{"name":"a","name":"b"}`:                    false,
		`{"name":"a","other":1,"other":2}`:           false,
		`{"name":"a","other":[{"x":{"y":1,"y":2}}]}`: false,
		`{"name":1}`:                           false,
		`{"name":"a"} x`:                       false,
		"{\"other\":\"\xff\"}":                 false,
		`{"other":` + strings.Repeat(`[`, 1e6): false,
	} {
		var v value
		if err := strictjson.UnmarshalKnown([]byte(text), &v); (err == nil) != ok {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}
