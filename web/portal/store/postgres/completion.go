package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// errHeld is the outcome of a completion whose person, or receipt, somebody else has locked.
var errHeld = errors.New("store: somebody else has locked the receipt")

// Locks of a receipt and its person. One waits for the person's, and the receipt's comes with its deletion. The other waits for neither, since a
// transaction of several that waited for one of them could wait in a ring: with Postpone, which has many receipts too.
const (
	waitForLocks = `SELECT pg_advisory_xact_lock(` + personKey + `)::text IS NOT NULL FROM receipt WHERE number = $1 AND reference = $2`
	tryLocks     = `SELECT pg_try_advisory_xact_lock(` + personKey + `) FROM receipt WHERE number = $1 AND reference = $2 FOR UPDATE SKIP LOCKED`
)

// candidate is a receipt that is to become an act, with what it is judged by.
type candidate struct {
	store.Completion
	locked   *answer[bool]
	receipt  *answer[store.Receipt]
	issued   *answer[store.Challenge]
	previous *answer[state]
}

// askCandidate locks the person of a completion's receipt, and asks for what it is judged by once the lock was had.
func askCandidate(b *pgx.Batch, lock string, c store.Completion) candidate {
	return candidate{
		c,
		ask(b, scanValue[bool], lock, c.Receipt, c.Reference),
		ask(b, scanReceipt, receiptColumns+`WHERE number = $1 AND reference = $2`, c.Receipt, c.Reference),
		ask(b, scanChallenge, challengeColumns+`WHERE reference = $1`, c.Reference),
		askState(b, `(SELECT citizen_number FROM receipt WHERE number = $1)`, c.Receipt),
	}
}

// complete makes receipts, of a person each, acts in one trip for all that is judged, one for all that is written, and one for the entries. outcomes
// has nil for each that became an act, else why it did not: nothing of that one was written. An error is that of the transaction.
func complete(ctx context.Context, tx pgx.Tx, lock string, all ...store.Completion) (outcomes []error, err error) {
	b := &pgx.Batch{}
	var candidates []candidate
	var evidence []store.Evidence
	for _, c := range all {
		candidates, evidence = append(candidates, askCandidate(b, lock, c)), append(evidence, c.Evidence)
	}
	kept := askKept(b, evidence...)
	if err := send(ctx, tx, b); err != nil {
		return nil, err
	}
	var pass []candidate
	for _, c := range candidates {
		outcome, err := c.judge(ctx, tx)
		if err != nil {
			return nil, err
		}
		if outcomes = append(outcomes, outcome); outcome == nil {
			pass = append(pass, c)
		}
	}
	return outcomes, recordActs(ctx, tx, pass, *kept)
}

// judge returns why a receipt cannot become an act, nil where it can.
func (c candidate) judge(ctx context.Context, tx pgx.Tx) (outcome, err error) {
	switch {
	case !c.receipt.found: // it may have become an act before the lock was had
		return isOver(ctx, tx, c.Reference)
	case !c.locked.value:
		return errHeld, nil
	case !c.receipt.value.Open():
		return fault.New(c.receipt.value.Code, nil), nil
	}
	if err := c.Check(c.issued.value); err != nil {
		return err, nil
	}
	if !c.issued.value.Kind.After(c.previous.value.kind) {
		return fault.New(refusal.ActNotPossible, nil), nil
	}
	return nil, nil
}

// isOver returns the refusal of a completion without a receipt.
func isOver(ctx context.Context, tx pgx.Tx, reference string) (outcome, err error) {
	_, err = act(ctx, tx, reference)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fault.New(refusal.ActUnknown, nil), nil
	case err != nil:
		return nil, err
	}
	return fault.New(refusal.CodeUsed, nil), nil
}

// recordActs makes receipts acts, in one trip but for their entries. kept are the digests of bytes that are there already.
func recordActs(ctx context.Context, tx pgx.Tx, all []candidate, kept [][]byte) error {
	if len(all) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	var evidence []store.Evidence
	for _, c := range all {
		evidence = append(evidence, c.Evidence)
	}
	bringItems(b, kept, evidence...)
	var entries []entry
	for _, c := range all {
		queueAct(b, c)
		e, err := askEntry(b, record.EntryOf(c.issued.value.Kind), c.Reference, record.Items(c.Evidence))
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	return enterAfter(ctx, tx, b, entries...)
}

// queueAct makes a receipt an act of its person: on E-Onay the one after the newest, and of other kinds one without a number.
func queueAct(b *pgx.Batch, c candidate) {
	r, issued, e := c.receipt.value, c.issued.value, c.Evidence
	var number *int
	if issued.Kind.IsConsent() {
		next := c.previous.value.number + 1
		number = &next
	}
	b.Queue(
		`INSERT INTO act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at, acr, amr)
		 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, acr, amr FROM receipt WHERE number = $13`,
		r.Reference, r.CitizenNumber, number, r.Name, string(issued.Kind), issued.TextVersion, issued.Document, r.Signature,
		millis(e.SigningTime), millis(e.VerifiedAt), millis(e.RecordedAt), millis(r.ReceivedAt), r.Number)
	keepItems(b, `act_evidence`, r.Reference, e)
	b.Queue(`DELETE FROM receipt WHERE number = $1`, r.Number)
}
