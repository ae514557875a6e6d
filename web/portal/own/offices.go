package own

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// recordedOffice is an institution of which the person is an officer.
type recordedOffice struct {
	Institution string `json:"institution"`
}

// recordedList is a list of people that the person has uploaded as an officer, without those people.
type recordedList struct {
	Reference   string          `json:"reference"`
	Institution string          `json:"institution"`
	State       store.ListState `json:"state"`
	Lines       int             `json:"lines"`
	Created     int             `json:"created"`
	UploadedAt  time.Time       `json:"uploaded_at"`
}

// readOffices reads what the person does for institutions.
func (w *own) readOffices(ctx context.Context, r *record) error {
	institutions, err := w.Store.InstitutionsOf(ctx, r.CitizenNumber, w.Now())
	if err != nil {
		return err
	}
	for _, c := range institutions {
		r.Offices = append(r.Offices, recordedOffice{c.ID})
	}
	r.cutAt("offices", len(institutions), store.MaxItems)
	list, err := w.Store.ListsBy(ctx, r.CitizenNumber, maxRows)
	for _, l := range list {
		r.Lists = append(r.Lists, recordedList{l.Reference, l.Institution, l.State, l.Lines, l.Created, l.UploadedAt})
	}
	r.cutAt("lists", len(list), maxRows)
	return err
}
