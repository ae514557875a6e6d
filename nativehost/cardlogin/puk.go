package cardlogin

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// CheckUnblock refuses a token whose PUK cannot be used.
func CheckUnblock(token *inventory.Token) error {
	switch {
	case token.Method == worker.NoMethod:
		return fault.Errorf(fault.UnblockUnsupported, "the registry knows no way")
	case token.PUK == protocol.PUKLocked:
		return fault.Errorf(fault.PUKLocked, "not sent to the card")
	}
	return nil
}

// SetPIN checks a new PIN and has usePUK give it to the token. The token has what usePUK learns of PUK and PIN from then on.
func (c *Cards) SetPIN(ctx context.Context, r act.Request, token *inventory.Token, pin []byte, usePUK func(card context.Context) error) error {
	if err := context.Cause(ctx); err != nil {
		return fault.New(fault.Cancelled, err)
	}
	if code := token.PIN.RefuseNew(nil, pin); code != "" {
		return notSent(token, code)
	}
	ctx, end := withGracePeriod(ctx)
	defer end()
	err := c.login(ctx, token, func(card context.Context) error {
		r.Progress(protocol.HostStagePIN)
		if err := usePUK(card); err != nil {
			return precise(card, token, err)
		}
		return nil
	})
	if err != nil {
		token.PUK = protocol.PUKAfter(token.PUK, fault.CodeOf(err))
		if fault.CodeOf(err) == fault.TriesFewer {
			token.PUK = protocol.PUKFinal
		}
		c.States.PUKFailed(ctx, token.ID, token.Ref.Serial, token.PUK)
		return err
	}
	token.PIN.State, token.PIN.Tries, token.PUK = protocol.PINReady, 0, protocol.PUKReady
	c.States.PUKAccepted(ctx, token.ID, token.Ref.Serial)
	return nil
}

// gracePeriod is how long a card may finish what it has begun after a cancel: many times what any card takes.
const gracePeriod = 5 * time.Second

// withGracePeriod returns a context that outlives ctx by the grace period. A PUK, or a new PIN, on its way to the card
// cannot be called back, and a worker that is killed then cannot tell what became of it. So a cancelled request that has
// reached the card ends with the card's answer, and with cancelled only if the card does not answer.
func withGracePeriod(ctx context.Context) (context.Context, context.CancelFunc) {
	out, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(gracePeriod, func() { end(context.Cause(ctx)) })
	})
	return out, func() { stop(); end(nil) }
}
