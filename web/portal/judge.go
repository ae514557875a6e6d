package portal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// answerWait is how long the request that brought a signature waits for the outcome.
	answerWait = 8 * time.Second
	// judgeLease is how long a receipt is left to the process that judges it, which renews this every judgeEvery: one that
	// dies is replaced soon.
	judgeLease = 10 * time.Second
	// judgeEvery is how often the store is asked for receipts that are due, too.
	judgeEvery = time.Second
	// maxDue is how many receipts of the store are judged at once, beside those that requests have just brought. It is
	// less than a responder's places, so that those find one.
	maxDue = 16
	// A receipt is tried again after a quarter of its age, within these bounds.
	minPause, maxPause = 2 * time.Second, 5 * time.Minute
)

// errOpen means that a receipt is still open: the network has not answered, or the process stops.
var errOpen = errors.New("portal: the signature is not judged yet")

// judges judge the signatures that have arrived, apart from the requests that brought them. What they do not judge to the
// end stays open in the store, for this process or another. It is safe for concurrent use.
type judges struct {
	life context.Context // ends when the process stops
	end  context.CancelFunc

	mu       sync.Mutex
	underWay map[int64]*verdict // by the receipt's number
	running  sync.WaitGroup

	places chan struct{} // one value for each receipt that Judge has taken from the store
	freed  chan struct{} // one value when there is a place again
}

// verdict is what comes of judging one receipt.
type verdict struct {
	done chan struct{} // closed at the end
	err  error         // nil if the act is recorded, errOpen, or the refusal; read it after done
}

func newJudges() *judges {
	j := &judges{underWay: map[int64]*verdict{}, places: make(chan struct{}, maxDue), freed: make(chan struct{}, 1)}
	j.life, j.end = context.WithCancel(context.Background())
	return j
}

// begin judges a receipt, unless that is under way. One that comes after the end stays as it is.
func (j *judges) begin(number int64, judge func(ctx context.Context) error) *verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	if v := j.underWay[number]; v != nil {
		return v
	}
	v := &verdict{done: make(chan struct{})}
	if j.life.Err() != nil {
		v.err = errOpen
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

// stop ends what is under way, and waits for it.
func (j *judges) stop() {
	j.mu.Lock()
	j.end()
	j.mu.Unlock()
	j.running.Wait()
}

// Judge judges what is open in the store, whichever process has received it, until ctx ends. Then it gives back what is not
// judged to the end, so that the next process goes on at once; the portal judges nothing any more. It is called once, and
// before it has returned the store must not be closed.
func (p *Portal) Judge(ctx context.Context) {
	defer p.judges.stop()
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for {
		p.takeDue(ctx)
		select {
		case <-tick.C:
			p.renew(ctx)
		case <-p.judges.freed:
		case <-ctx.Done():
			return
		}
	}
}

// renew keeps other processes from what this one is judging.
func (p *Portal) renew(ctx context.Context) {
	p.judges.mu.Lock()
	numbers := slices.Collect(maps.Keys(p.judges.underWay))
	p.judges.mu.Unlock()
	if len(numbers) == 0 {
		return
	}
	if err := p.store.Postpone(ctx, p.now().Add(judgeLease), numbers...); err != nil && ctx.Err() == nil {
		p.log.Error("renew", "error", err)
	}
}

// takeDue begins to judge as many due receipts as there are places for.
func (p *Portal) takeDue(ctx context.Context) {
	free := cap(p.judges.places) - len(p.judges.places)
	if free == 0 {
		return
	}
	now := p.now()
	receipts, err := p.store.TakeDue(ctx, now, now.Add(judgeLease), free)
	if err != nil && ctx.Err() == nil {
		p.log.Error("receipts", "error", err)
	}
	for _, r := range receipts {
		p.judges.places <- struct{}{}
		v := p.judge(r, nil)
		go func() {
			<-v.done
			<-p.judges.places
			select {
			case p.judges.freed <- struct{}{}:
			default:
			}
		}()
	}
}

// judge begins to judge a receipt. evidence is what check has made of it, nil where that was another process.
func (p *Portal) judge(r store.Receipt, evidence *relyingparty.Evidence) *verdict {
	return p.judges.begin(r.Number, func(ctx context.Context) (err error) {
		defer func() {
			if cause := recover(); cause != nil { // as one that ends a request: the process goes on
				p.log.Error("panic", "reference", r.Reference, "cause", cause)
				err = errOpen
			}
		}()
		evidence, err := p.proveReceipt(ctx, r, evidence)
		if err == nil {
			err = p.record(ctx, r, evidence)
		}
		return p.settle(ctx, r, err)
	})
}

// proveReceipt returns the evidence of a receipt's signature with all that the network says.
func (p *Portal) proveReceipt(ctx context.Context, r store.Receipt, e *relyingparty.Evidence) (*relyingparty.Evidence, error) {
	if e == nil {
		c, err := p.store.Challenge(ctx, r.Reference)
		if err != nil {
			return nil, fmt.Errorf("code: %w", err)
		}
		if e, err = p.check(r.Signature, c.Document, c.IssuedAt, r.ReceivedAt); err != nil {
			return nil, err
		}
		if err := e.Of(r.CitizenNumber); err != nil {
			return nil, err
		}
	}
	if err := p.prove(ctx, e); err != nil {
		return nil, err
	}
	return e, nil
}

// record makes a receipt an act, with its evidence, in one transaction; also when the process is to stop.
func (p *Portal) record(ctx context.Context, r store.Receipt, e *relyingparty.Evidence) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := p.store.Complete(ctx, store.Completion{
		Receipt: r.Number, Reference: r.Reference,
		Evidence: evidenceOf(e, p.now()),
	})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// settle writes down what judging a receipt has ended with, nil or an error, and returns the verdict.
func (p *Portal) settle(ctx context.Context, r store.Receipt, judged error) error {
	if judged == nil {
		p.log.Info("act recorded", "reference", r.Reference, "kind", r.Kind)
		return nil
	}
	stopping, now := ctx.Err() != nil, p.now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	code := codeOf(judged)
	if stopping || p.mayChange(code, now.Sub(r.ReceivedAt)) {
		due := now
		if !stopping {
			due = now.Add(pause(now.Sub(r.ReceivedAt)))
		}
		p.log.Warn("signature waits", "reference", r.Reference, "code", code, "error", judged, "until", due)
		if err := p.store.Postpone(ctx, due, r.Number); err != nil {
			p.log.Error("postpone", "reference", r.Reference, "error", err) // it is due when its lease ends
		}
		return errOpen
	}
	switch err := p.store.Refuse(ctx, r.Number, code, now); {
	case errors.Is(err, store.ErrNotFound): // another judge was faster: the result's page has what came of it
		return errOpen
	case err != nil:
		p.log.Error("refuse", "reference", r.Reference, "error", err)
		return errOpen
	}
	p.log.Info("signature refused", "reference", r.Reference, "code", code, "error", judged)
	return judged
}

// mayChange reports whether a receipt of this age may have another outcome later. Answers that cannot be believed are no
// outcome either: whoever sits between the portal and a responder could have signatures refused by them.
func (p *Portal) mayChange(code fault.Code, age time.Duration) bool {
	switch code {
	case fault.RevocationUnavailable, fault.RevocationInvalid:
		return age < p.settings.judgeWithin()
	}
	return code == fault.Unavailable || code == fault.Internal
}

// pause is how long a receipt of this age waits before it is judged again.
func pause(age time.Duration) time.Duration { return min(max(age/4, minPause), maxPause) }
