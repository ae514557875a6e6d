package own_test

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestRecordOfAnOfficer has what a person does for an institution, and nothing of the people in their lists.
func TestRecordOfAnOfficer(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(portaltest.Zeynep, "belediye")
	content := []byte("bir kişi")
	l := store.PeopleList{Reference: "L", Institution: "belediye", UploadedBy: portaltest.Zeynep, SHA256: sha256.Sum256(content), Content: content, Lines: 1, UploadedAt: s.Clock.Now()}
	if err := s.Store.PutList(t.Context(), l, store.ListBounds{Open: 1, Recent: 1}); err != nil {
		t.Fatal(err)
	}
	members, _ := recordOf(t, officer)
	got, err := json.Marshal([]any{members["offices"], members["lists"]})
	want := `[[{"institution":"belediye"}],[{"created":0,"institution":"belediye","lines":1,"reference":"L","state":"checked","uploaded_at":"2026-11-23T09:00:00Z"}]]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}
