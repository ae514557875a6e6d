package cardlogin

import (
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// checkPIN refuses a PIN that would only cost the person an attempt, or that the card would not take at all. told is the
// state that the window showed when the PIN was typed; empty stands for what the session told last. It returns the state
// with which the card is compared just before the login.
func checkPIN(token *inventory.Token, told string, pin []byte) (string, error) {
	if told == "" {
		told = token.PIN.State
	}
	code := token.PIN.Refuse(pin)
	if code == "" {
		code = token.PIN.Since(told)
	}
	if code != "" {
		return "", notSent(token, code)
	}
	return told, nil
}

// checkTries asks the card again, if it tells its tries, and refuses one with fewer tries left than the person was shown:
// other windows spend tries as well. If the card does not tell, the worker looks at the token's flags.
func (c *Cards) checkTries(ctx context.Context, token *inventory.Token, told string) error {
	c.States.AskTries(ctx, &token.PIN, token.Place.Insertion().Reader, token.Place.Family)
	if code := token.PIN.Since(told); code != "" {
		return notSent(token, code)
	}
	return nil
}

// notSent is the refusal of a PIN that the card has not received.
func notSent(token *inventory.Token, code fault.Code) error {
	return &worker.PINError{State: token.PIN, Err: fault.New(code, errors.New("not sent to the card"))}
}

// refusedPIN notes the PIN's state after a refusal, and returns the refusal with all that is known of it.
func (c *Cards) refusedPIN(ctx context.Context, token *inventory.Token, err error) error {
	e, ok := errors.AsType[*worker.PINError](err)
	if !ok || fault.CodeOf(err) != e.Err.Code {
		return err // a card that is gone, or that another program holds, has refused nothing
	}
	state := e.State
	c.States.Describe(ctx, &state, token.Place.Insertion().Reader, token.Place.Family)
	token.PIN = state
	return &worker.PINError{State: state, Err: e.Err}
}

// ChangePIN logs in with the old PIN and sets the new one; both are empty if the person types them on the reader. told is
// as in checkPIN, of the old one. The caller wipes both.
func (c *Cards) ChangePIN(ctx context.Context, r act.Request, token *inventory.Token, old, new []byte, told string) error {
	told, err := checkPIN(token, told, old)
	if err != nil {
		return err
	}
	if code := token.PIN.RefuseNew(old, new); code != "" {
		return notSent(token, code)
	}
	if err := context.Cause(ctx); err != nil {
		return fault.New(fault.Cancelled, err)
	}
	ctx, end := withGracePeriod(ctx)
	defer end()
	return c.login(ctx, token, func(card context.Context) error {
		if err := c.checkTries(card, token, told); err != nil {
			return err
		}
		r.Progress(protocol.HostStageLogin)
		if err := token.Worker.ChangePIN(card, token.Ref, old, new, told); err != nil {
			return precise(card, token, err)
		}
		return nil
	})
}
