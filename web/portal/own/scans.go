package own

import (
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

// addScans adds the papers that the person has signed by hand, as the authority has scanned them.
func (b *archive) addScans() error {
	ctx := b.v.R.Context()
	list, err := b.Store.ApplicationsOf(ctx, b.v.Session.CitizenNumber, maxApplications)
	if err != nil {
		return err
	}
	for _, a := range list {
		history, err := b.Store.ApplicationHistory(ctx, a.Reference)
		if err != nil {
			return err
		}
		for _, c := range history {
			if _, digest := application.PaperOf(c.Basis); digest == "" {
				continue
			}
			scan, err := b.Store.PaperScan(ctx, a.Reference, c.Version)
			if errors.Is(err, store.ErrNotFound) {
				continue // erased meanwhile
			}
			if err != nil {
				return err
			}
			b.extend()
			name := fmt.Sprintf("%sislak-imza-%s-%d%s", root, a.Reference, c.Version, scan.Extension())
			if err := b.add(name, c.At, scan.Content); err != nil {
				return err
			}
		}
	}
	return nil
}
