package cause_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/cause"
)

type both struct{}

func (both) Error() string               { return "in English" }
func (both) Sentence() protocol.Sentence { return protocol.Sentence{TR: "Türkçe", EN: "in English"} }

func TestErrorsInWords(t *testing.T) {
	_, missing := os.Open("/none")
	for name, tt := range map[string]struct {
		err    error
		tr, en string
	}{
		"of a file":      {fmt.Errorf("reading: %w", missing), "/none: böyle bir dosya yok", "/none: no such file"},
		"with its words": {fmt.Errorf("adding: %w", both{}), "Türkçe", "in English"},
		"a detail":       {fault.New(fault.Internal, errors.New("x of 3")), "teknik ayrıntı: x of 3", "x of 3"},
	} {
		if got := cause.Of(tt.err); got.TR != tt.tr || got.EN != tt.en {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
