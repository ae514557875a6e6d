package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
)

// crowd has acts wait for one transaction, while another program holds the chain's lock.
type crowd struct {
	t          *testing.T
	connection string
	s          *postgres.Store
	other      *pgx.Conn
	outcomes   []chan error
}

// chain is the chain's lock (lock.go).
const chain = 0x656f6e61792d6368

func newCrowd(t *testing.T) *crowd {
	c := &crowd{t: t, connection: database(t)}
	c.s, c.other = open(t, c.connection), raw(t, c.connection)
	c.execute(fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, chain))
	c.complete(c.received(0))
	waiting(t, c.other)
	return c
}

func (c *crowd) execute(statement string) {
	c.t.Helper()
	_, err := c.other.Exec(c.t.Context(), statement)
	must(c.t, err)
}

// received returns the completion of a receipt of a person of their own.
func (c *crowd) received(n int) store.Completion {
	c.t.Helper()
	reference := fmt.Sprintf("ACT-%d", n)
	_, arrival := issue(c.t, c.s, reference, fmt.Sprintf("%011d", n))
	r, err := c.s.Receive(c.t.Context(), arrival)
	must(c.t, err)
	own := evidence
	own.OCSP = []store.Answer{{DER: []byte(reference), URL: "http://ocsp.example"}}
	return store.Completion{Receipt: r.Number, Reference: reference, Evidence: own}
}

// complete has a completion wait after those before it. The first has the turn.
func (c *crowd) complete(completion store.Completion) {
	c.t.Helper()
	before := c.s.Waiting()
	outcome := make(chan error, 1)
	c.outcomes = append(c.outcomes, outcome)
	go func() { outcome <- c.s.Complete(context.WithoutCancel(c.t.Context()), completion) }()
	for len(c.outcomes) > 1 && c.s.Waiting() == before {
	}
}

// release ends the wait for the chain's lock.
func (c *crowd) release() {
	c.t.Helper()
	c.execute(fmt.Sprintf(`SELECT pg_advisory_unlock(%d)`, chain))
}

// want checks outcomes by their codes, from the first one's on; "" is for an act that was recorded.
func (c *crowd) want(codes ...fault.Code) {
	c.t.Helper()
	for i, code := range codes {
		if err := <-c.outcomes[i]; (err == nil) != (code == "") || err != nil && fault.CodeOf(err) != code {
			c.t.Errorf("completion %d: %v, want %q", i, err, code)
		}
	}
}

// wantActs checks that so many acts are on record, each with its evidence and entry, by so many transactions.
func (c *crowd) wantActs(acts, transactions int) {
	c.t.Helper()
	if found, contents := audit(c.t, c.connection); len(found) > 0 || contents.Acts != acts || contents.Entries != acts {
		c.t.Errorf("%+v, %v, want %d acts", contents, found, acts)
	}
	var n int
	must(c.t, c.other.QueryRow(c.t.Context(), `SELECT count(DISTINCT xmin::text) FROM act`).Scan(&n))
	if n != transactions {
		c.t.Errorf("%d transactions have recorded them, want %d", n, transactions)
	}
}

// TestTogetherRefusesAlone has acts that wait go into one transaction; the refused ones among them take no other along.
func TestTogetherRefusesAlone(t *testing.T) {
	c := newCrowd(t)
	again, unknown := c.received(1), c.received(2)
	unknown.Reference = "ACT-9"
	for _, completion := range []store.Completion{again, unknown, c.received(3), again, c.received(4)} {
		c.complete(completion)
	}
	c.release()
	c.want("", "", refusal.ActUnknown, "", refusal.CodeUsed, "")
	c.wantActs(4, 2)
}

// TestTogetherWaitsForNone has another program lock a receipt: those beside it are recorded meanwhile, and it is later.
func TestTogetherWaitsForNone(t *testing.T) {
	c := newCrowd(t)
	held := c.received(3)
	c.complete(c.received(1))
	c.complete(c.received(2))
	c.complete(held)
	c.execute(fmt.Sprintf(`BEGIN; UPDATE receipt SET due_at = 1 WHERE number = %d`, held.Receipt))
	c.release()
	c.want("", "", "")
	c.execute("COMMIT")
	if err := <-c.outcomes[3]; err != nil {
		t.Error(err)
	}
	c.wantActs(4, 3)
}

// TestTogetherFails has the database refuse one of several, whom the store has not: the others are recorded.
func TestTogetherFails(t *testing.T) {
	c := newCrowd(t)
	c.complete(c.received(1))
	c.complete(c.received(2))
	c.complete(c.received(3))
	c.execute(`INSERT INTO ` + act + ` VALUES ('ACT-2', '` + ayse + `', 1, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3, 4)`)
	c.release()
	c.want("", "", refusal.CodeUsed, "")
	for _, reference := range []string{"ACT-0", "ACT-1", "ACT-3"} {
		if e, err := c.s.Evidence(t.Context(), reference); err != nil || len(e.Path) != 1 || string(e.OCSP[0].DER) != reference {
			t.Errorf("%s: %+v, %v", reference, e, err)
		}
	}
}
