package sqlite

import (
	"maps"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/web/portal/store/record"
)

// TestKindsAreListed: record.Kinds has each kind of which the store makes entries.
func TestKindsAreListed(t *testing.T) {
	if made := slices.Sorted(maps.Keys(covered)); !slices.Equal(made, slices.Sorted(slices.Values(record.Kinds))) {
		t.Errorf("entries are of %q, listed are %q", made, record.Kinds)
	}
}
