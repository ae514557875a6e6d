package storetest

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

// onPaper is an approval by a paper that was scanned.
func onPaper(a application.Application, scan application.Scan) application.Change {
	c := changeOf(application.Approve, application.Authority, a.CitizenNumber, a.ChangedAt.Add(time.Minute))
	c.Basis, c.Scan = application.PaperBasis("KOD-1", scan), scan
	return c
}

func paperScans(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := walk(t, s, applied(t, s, "A", ayse), path[:2]...)
	scan := application.Scan{MediaType: "application/pdf", Content: []byte("%PDF-1.7\x00ş")}
	entries := newest(t, s).Number
	for name, alter := range map[string]func(c *application.Change){
		"another scan":         func(c *application.Change) { c.Scan.Content = []byte("%PDF-") },
		"no scan":              func(c *application.Change) { c.Scan = application.Scan{} },
		"an empty scan":        func(c *application.Change) { c.Scan.Content = nil },
		"no digest":            func(c *application.Change) { c.Basis = "KOD-1" },
		"another type":         func(c *application.Change) { c.Scan.MediaType = "text/html" },
		"no type":              func(c *application.Change) { c.Scan.MediaType = "" },
		"what is not on paper": func(c *application.Change) { c.Way, c.By = application.BySignature, application.Person },
		"a large one": func(c *application.Change) {
			*c = onPaper(a, application.Scan{MediaType: "image/png", Content: make([]byte, application.MaxScan+1)})
		},
	} {
		c := onPaper(a, scan)
		alter(&c)
		if _, err := change(t, s, a, c); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	if stored(t, s, "A").Version != a.Version || newest(t, s).Number != entries {
		t.Fatal("a refused approval was kept")
	}

	approved, err := change(t, s, a, onPaper(a, scan))
	must(t, err)
	if got, err := s.PaperScan(ctx, "A", approved.Version); err != nil || !reflect.DeepEqual(got, scan) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, version := range []int{a.Version, approved.Version + 1} {
		_, err = s.PaperScan(ctx, "A", version)
		wantNotFound(t, err)
	}
	largest := application.Scan{MediaType: "image/png", Content: bytes.Repeat([]byte{1}, application.MaxScan)}
	b := walk(t, s, applied(t, s, "B", mehmet), path[:2]...)
	b, err = change(t, s, b, onPaper(b, largest))
	must(t, err)

	approved = walk(t, s, approved, step{application.Reject, application.Authority})
	if _, err := s.PaperScan(ctx, "A", approved.Version-1); err != nil {
		t.Errorf("of a rejected application: %v", err)
	}
	must(t, s.EraseApplication(ctx, "A", now.AddDate(1, 0, 0)))
	_, err = s.PaperScan(ctx, "A", approved.Version-1)
	wantNotFound(t, err)
	if got, err := s.PaperScan(ctx, "B", b.Version); err != nil || !bytes.Equal(got.Content, largest.Content) {
		t.Errorf("another's scan went too: %v", err)
	}
}
