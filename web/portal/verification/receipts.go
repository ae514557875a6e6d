package verification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// Lease is how long a receipt is left to the process that judges it, which renews this every judgeEvery: one that
	// dies is replaced soon.
	Lease = 10 * time.Second
	// judgeEvery is also how often the store is asked for receipts that are due.
	judgeEvery = time.Second
	// maxDue is how many receipts of the store are judged at once, beside those that requests have just brought. It is
	// less than a responder's places, so that those find one.
	maxDue = 16
	// A receipt is tried again after a quarter of its age, within these bounds.
	minPause, maxPause = 2 * time.Second, 5 * time.Minute
)

// ErrOpen means that a receipt is still open: the network has not answered, or the process stops.
var ErrOpen = errors.New("portal: the signature is not judged yet")

// ReceiptStore is the part of the store that judging needs, as store.Receipts has it.
type ReceiptStore interface {
	Challenge(ctx context.Context, reference string) (store.Challenge, error)
	TakeDue(ctx context.Context, now, until time.Time, limit int) ([]store.Receipt, error)
	Postpone(ctx context.Context, due time.Time, numbers ...int64) error
	Complete(ctx context.Context, c store.Completion) error
	Refuse(ctx context.Context, number int64, code fault.Code, at time.Time) error
}

// ReceiptsOptions is what judging needs.
type ReceiptsOptions struct {
	Store  ReceiptStore
	Engine *Engine
	// Within is how long a signature waits for answers on revocation that are not to be had.
	Within time.Duration
	// Move returns the change of an application that an Approval brings, of whoever's challenge it is.
	Move func(ctx context.Context, c store.Challenge) (*store.Move, error)
	// Moved is told of a change that was recorded with its act.
	Moved func(m *store.Move)
	// Judged is told what came of each judgement: "recorded", "waits" or the code of the refusal; nil tells nobody.
	Judged func(kind store.Kind, result string)
	Log    *slog.Logger
	Now    func() time.Time
}

// Receipts judges the signatures that have arrived, apart from the requests that brought them. A receipt that is not judged
// to the end stays open in the store, for this process or another. It is safe for concurrent use.
type Receipts struct {
	ReceiptsOptions
	life context.Context // ends when the process stops
	end  context.CancelFunc

	mu       sync.Mutex
	underWay map[int64]*Verdict // by the receipt's number
	running  sync.WaitGroup

	places chan struct{} // one value for each receipt that Run has taken from the store
	freed  chan struct{} // one value when there is a place again
}

// Verdict is the outcome of judging one receipt.
type Verdict struct {
	done chan struct{} // closed at the end
	err  error         // read it after done
}

// Wait returns nil once the act is recorded, the refusal, or ErrOpen when ctx ends first.
func (v *Verdict) Wait(ctx context.Context) error {
	select {
	case <-v.done:
		return v.err
	case <-ctx.Done():
		return ErrOpen
	}
}

// NewReceipts returns a judge of receipts. Run gives it those of the store.
func NewReceipts(o ReceiptsOptions) *Receipts {
	if o.Judged == nil {
		o.Judged = func(store.Kind, string) {}
	}
	r := &Receipts{ReceiptsOptions: o, underWay: map[int64]*Verdict{}, places: make(chan struct{}, maxDue), freed: make(chan struct{}, 1)}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// begin starts to judge a receipt, unless that is under way. After stop, receipts stay open.
func (j *Receipts) begin(number int64, judge func(ctx context.Context) error) *Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	if v := j.underWay[number]; v != nil {
		return v
	}
	v := &Verdict{done: make(chan struct{})}
	if j.life.Err() != nil {
		v.err = ErrOpen
		close(v.done)
		return v
	}
	j.underWay[number] = v
	j.running.Go(func() {
		defer close(v.done)
		v.err = judge(j.life)
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.underWay, number)
	})
	return v
}

// stop cancels what is under way, and waits for it.
func (j *Receipts) stop() {
	j.mu.Lock()
	j.end()
	j.mu.Unlock()
	j.running.Wait()
}

// Run judges what is open in the store, whichever process has received it, until ctx ends. Then it gives back what is not
// judged to the end, so that the next process goes on at once; nothing is judged any more. It is called once, and
// the store must not be closed before it has returned.
func (j *Receipts) Run(ctx context.Context) {
	defer j.stop()
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for {
		j.takeDue(ctx)
		select {
		case <-tick.C:
			j.renew(ctx)
		case <-j.freed:
		case <-ctx.Done():
			return
		}
	}
}

// renew extends the lease on the receipts that this process is judging.
func (j *Receipts) renew(ctx context.Context) {
	j.mu.Lock()
	numbers := slices.Collect(maps.Keys(j.underWay))
	j.mu.Unlock()
	if len(numbers) == 0 {
		return
	}
	if err := j.Store.Postpone(ctx, j.Now().Add(Lease), numbers...); err != nil && ctx.Err() == nil {
		j.Log.Error("renew", "error", err)
	}
}

// takeDue begins to judge as many due receipts as there are places for.
func (j *Receipts) takeDue(ctx context.Context) {
	free := cap(j.places) - len(j.places)
	if free == 0 {
		return
	}
	now := j.Now()
	receipts, err := j.Store.TakeDue(ctx, now, now.Add(Lease), free)
	if err != nil && ctx.Err() == nil {
		j.Log.Error("receipts", "error", err)
	}
	for _, r := range receipts {
		j.places <- struct{}{}
		v := j.Begin(r, nil)
		go func() {
			<-v.done
			<-j.places
			select {
			case j.freed <- struct{}{}:
			default:
			}
		}()
	}
}

// Begin starts to judge a receipt, unless that is under way. evidence is what CheckSignature has made of it; nil where another
// process has received it.
func (j *Receipts) Begin(r store.Receipt, evidence *relyingparty.Evidence) *Verdict {
	return j.begin(r.Number, func(ctx context.Context) (err error) {
		defer func() {
			if cause := recover(); cause != nil { // as one that ends a request: the process goes on
				j.Log.Error("panic", "reference", r.Reference, "cause", cause)
				err = ErrOpen
			}
		}()
		evidence, err := j.proveReceipt(ctx, r, evidence)
		if err == nil {
			err = j.record(ctx, r, evidence)
		}
		return j.settle(ctx, r, err)
	})
}

// proveReceipt returns the evidence of a receipt's signature with all that the network says.
func (j *Receipts) proveReceipt(ctx context.Context, r store.Receipt, e *relyingparty.Evidence) (*relyingparty.Evidence, error) {
	if e == nil {
		c, err := j.Store.Challenge(ctx, r.Reference)
		if err != nil {
			return nil, fmt.Errorf("code: %w", err)
		}
		if e, err = j.Engine.CheckSignature(r.Kind, r.Signature, c.Document, c.IssuedAt, r.ReceivedAt); err != nil {
			return nil, err
		}
		if err := e.Of(r.CitizenNumber); err != nil {
			return nil, err
		}
	}
	if err := j.Engine.Prove(ctx, e); err != nil {
		return nil, err
	}
	return e, nil
}

// record makes a receipt an act, with its evidence and what it brings, in one transaction; also when the process is to stop.
func (j *Receipts) record(ctx context.Context, r store.Receipt, e *relyingparty.Evidence) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RecordTimeout)
	defer cancel()
	c := store.Completion{Receipt: r.Number, Reference: r.Reference, Evidence: EvidenceOf(e, j.Now())}
	if r.Kind == store.Approval {
		challenge, err := j.Store.Challenge(ctx, r.Reference)
		if err != nil {
			return fmt.Errorf("code: %w", err)
		}
		if c.Move, err = j.Move(ctx, challenge); err != nil {
			return err
		}
	}
	if err := j.Store.Complete(ctx, c); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if c.Move != nil {
		j.Moved(c.Move)
	}
	return nil
}

// settle records the outcome of judging a receipt, nil or an error, and returns the verdict.
func (j *Receipts) settle(ctx context.Context, r store.Receipt, judged error) error {
	if judged == nil {
		j.Judged(r.Kind, "recorded")
		j.Log.Info("act recorded", "reference", r.Reference, "kind", r.Kind)
		return nil
	}
	stopping, now := ctx.Err() != nil, j.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RecordTimeout)
	defer cancel()
	code := site.CodeOf(judged)
	if stopping || j.mayChange(code, now.Sub(r.ReceivedAt)) {
		due := now
		if !stopping {
			due = now.Add(pause(now.Sub(r.ReceivedAt)))
		}
		j.Judged(r.Kind, "waits")
		j.Log.Warn("signature waits", "reference", r.Reference, "code", code, "error", judged, "until", due)
		if err := j.Store.Postpone(ctx, due, r.Number); err != nil {
			j.Log.Error("postpone", "reference", r.Reference, "error", err) // it is due when its lease ends
		}
		return ErrOpen
	}
	switch err := j.Store.Refuse(ctx, r.Number, code, now); {
	case errors.Is(err, store.ErrNotFound): // another judge was faster: the result's page has what came of it
		return ErrOpen
	case err != nil:
		j.Log.Error("refuse", "reference", r.Reference, "error", err)
		return ErrOpen
	}
	j.Judged(r.Kind, string(code))
	j.Log.Info("signature refused", "reference", r.Reference, "code", code, "error", judged)
	return judged
}

// mayChange reports whether a receipt of this age may have another outcome later. Answers that cannot be believed are no
// outcome either: otherwise an attacker between the portal and a responder could have signatures refused.
func (j *Receipts) mayChange(code fault.Code, age time.Duration) bool {
	switch code {
	case fault.RevocationUnavailable, fault.RevocationInvalid:
		return age < j.Within
	}
	return code == fault.Unavailable || code == fault.Internal
}

// pause is how long a receipt of this age waits before it is judged again.
func pause(age time.Duration) time.Duration { return min(max(age/4, minPause), maxPause) }
