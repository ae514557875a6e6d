package portal

import (
	"context"

	"github.com/e-onay/e-onay/web/portal/peoplelist"
)

// startLists makes the engine that enters the people of officers' lists.
func (a *assembly) startLists() {
	a.lists = peoplelist.NewRunner(peoplelist.Options{Store: a.Store, Create: a.progress.Create, Log: a.Log, Now: a.Now})
}

// EnterPeople enters the people of lists that officers have confirmed, as peoplelist.Runner.Run does.
func (p *Portal) EnterPeople(ctx context.Context) { p.lists.Run(ctx) }
