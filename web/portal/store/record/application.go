package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

// ApplicationForm returns an application's form as its row has it, in every database the same. It refuses a version that its change does
// not lead to, and what is larger than a caller may bring.
func ApplicationForm(a application.Application, c application.Change) (string, error) {
	switch {
	case a.Version != c.Version || a.State != c.To || !slices.Contains(application.States, a.State):
		return "", fmt.Errorf("store: version %d in %.40q by a change to version %d in %.40q", a.Version, a.State, c.Version, c.To)
	case a.CitizenNumber == "":
		return "", errors.New("store: an application of no person")
	}
	if a.Form == nil {
		a.Form = application.Form{}
	}
	form, err := json.Marshal(a.Form) // its keys are sorted
	if err != nil {
		return "", fmt.Errorf("store: form: %w", err)
	}
	size := len(a.Name) + len(a.SecurityWord) + len(a.Approval.Basis) + len(a.Certificate.Serial) + len(a.Shipment) + len(c.Basis) + len(c.Reason)
	if len(form) > store.MaxForm || size > store.MaxForm {
		return "", errors.New("store: the application is too large")
	}
	return string(form), nil
}

// ShareLimit takes from the groups in turn, so that a long one does not keep the others waiting. An application that two groups have comes
// once.
func ShareLimit(limit int, groups ...[]application.Application) (due []application.Application) {
	seen := map[string]bool{}
	for i := range limit {
		for _, group := range groups {
			if i >= len(group) || seen[group[i].Reference] || len(due) == limit {
				continue
			}
			seen[group[i].Reference] = true
			due = append(due, group[i])
		}
	}
	return due
}
