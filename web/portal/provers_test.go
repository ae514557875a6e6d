package portal

import (
	"testing"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// TestEveryEntryIsProven: an audit knows each kind of entry that a store makes.
func TestEveryEntryIsProven(t *testing.T) {
	for _, kind := range record.Kinds {
		if provers[kind] == nil {
			t.Errorf("entries of kind %q would be findings", kind)
		}
	}
	if len(provers) != len(record.Kinds) {
		t.Errorf("%d kinds are proven, there are %d", len(provers), len(record.Kinds))
	}
}
