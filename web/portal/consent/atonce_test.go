package consent_test

import (
	"net/http"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestAtOnce posts many signatures for one code, and one each in many sessions of one person.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	const tabs = 8
	t.Run("one code", func(t *testing.T) {
		s := portaltest.NewSite(t, nil)
		person := s.Person(portaltest.Ayse)
		shown := person.ToCode()
		raceTo(t, tabs, func(int) (*portaltest.Browser, portaltest.Act) { return person, shown }, refusal.CodeUsed)
	})
	t.Run("one person", func(t *testing.T) {
		s := portaltest.NewSite(t, nil)
		raceTo(t, tabs, func(int) (*portaltest.Browser, portaltest.Act) {
			b := s.Person(portaltest.Ayse)
			return b, b.ToCode()
		}, refusal.ActNotPossible, refusal.SignaturePending)
		s.Recorded(portaltest.Ayse, store.Give)
	})
}

func raceTo(t *testing.T, n int, tab func(int) (*portaltest.Browser, portaltest.Act), losers ...fault.Code) {
	t.Helper()
	people, acts := make([]*portaltest.Browser, n), make([]portaltest.Act, n)
	for i := range n {
		people[i], acts[i] = tab(i)
	}
	portaltest.OneWon(t, portaltest.AtOnce(n, func(i int) portaltest.Answer {
		return people[i].Another().Sign(acts[i].Reference, []byte{byte(i)})
	}), http.StatusConflict, losers...)
}
