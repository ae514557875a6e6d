// Package portal measures the portal, as real processes beside the sandbox's, through HTTP alone. Acts are signed by keys in
// software, of people whose numbers are nobody's.
//
// The floor of an act is what a portal that keeps nothing cannot do without: verifying the five signatures that the act rests
// on (the signer's, the certificate's, the CA's, the responder's certificate's, the answer's), and one commit of its rows.
// The portal verifies those over the CA's certificate and the responder's once.
package portal

import (
	"maps"
	"path/filepath"
	"runtime"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

// stages are the numbers of clients that send at once, with how many acts they sign in all.
var stages = []struct {
	name          string
	clients, acts int
}{{"1 client", 1, 200}, {"8 clients", 8, 600}, {"64 clients", 64, 960}}

// Measure adds the rows of the portal. It wants what make build builds.
func Measure(t e2e.T, b *table.Table) {
	least := measureFloor(t, b)
	w := newWorld(t)
	measureActs(b, w, least, "")
	least.rows(b, "8 clients under attack", w.underAttack(600, 8))
	measurePages(b, w)
	measureSize(b, newWorld(t), "")
	measureMemory(t, b)
	measureJobs(t, b)
	p := newWorld(t)
	least.commit = p.onPostgres(b)
	measureActs(b, p, least, inPostgres)
	measureSize(b, p, inPostgres)
}

// measureActs signs the acts of each stage, and measures how much the database has grown.
func measureActs(b *table.Table, w *world, least floor, end string) {
	before, acts := w.size(), 0
	for _, stage := range stages {
		least.rows(b, stage.name+end, w.sign(w.people(stage.acts, w.sandbox), stage.clients))
		acts += stage.acts
	}
	b.Add("portal: the database for a person with an act"+end, "KiB", []float64{(w.size() - before) / 1024 / float64(acts)})
}

// world is a portal with the authority whose cards it takes.
type world struct {
	t       e2e.T
	dir     string
	address string
	sandbox *e2e.Sandbox
	portal  *e2e.Process
	// postgres is how the portal's database is reached as its owner; empty where it is SQLite's.
	postgres string
}

func newWorld(t e2e.T) *world {
	w := &world{t: t, dir: temporary(t), address: e2e.FreeURL(t)}
	w.sandbox = e2e.StartSandbox(t, filepath.Join(w.dir, "sandbox"), w.address)
	w.restartPortal(nil)
	return w
}

// restartPortal has a new process take the portal's place.
func (w *world) restartPortal(changes map[string]any) {
	w.t.Helper()
	if w.portal != nil {
		w.portal.Stop()
	}
	w.portal = e2e.StartPortal(w.t, w.sandbox, w.settings(changes))
}

// settings are what the portal's settings differ by from the sandbox's.
func (w *world) settings(changes map[string]any) map[string]any {
	all := map[string]any{"lasting": nil} // the job beside the server is not measured
	if w.postgres != "" {
		all["database"], all["postgres_file"] = nil, servingFile
	}
	maps.Copy(all, changes)
	return all
}

// anotherAuthority starts a second authority, which the portal trusts from now on too.
func (w *world) anotherAuthority() *e2e.Sandbox {
	w.t.Helper()
	other := e2e.StartSandbox(w.t, filepath.Join(w.dir, "other"), w.address)
	changes := map[string]any{}
	for _, name := range []string{"anchors", "intermediates"} {
		path := filepath.Join(w.dir, name+".pem")
		join(w.t, path, filepath.Join(w.sandbox.Dir, name+".pem"), filepath.Join(other.Dir, name+".pem"))
		changes[name] = path
	}
	w.restartPortal(changes)
	return other
}

// rows adds what a stage has measured, against the floor.
func (f floor) rows(b *table.Table, stage string, m measured) {
	b.Add("portal: signed acts, "+stage, "1/s", []float64{m.perSecond}).Against(f.perSecond(m.clients))
	b.Add("portal: a signature posted → recorded, "+stage, "ms", m.times).Against(f.verify + f.commit)
	b.Add("portal: processor time of a signed act, "+stage, "ms", []float64{m.processor}).Against(f.verify)
}

// perSecond is how many acts a second the floor allows: with one client one thing after the other, with several as many
// verifications at once as there are processors. Several acts may share a commit.
func (f floor) perSecond(clients int) float64 {
	if clients == 1 {
		return 1000 / (f.verify + f.commit)
	}
	return float64(runtime.NumCPU()) * 1000 / f.verify
}
