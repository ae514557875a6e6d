package worker

import (
	"context"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
)

// Unblock uses the PUK, once, to give the token a new PIN; both are empty if the person types them on the reader.
// What the card refuses is a *PINError of code puk_incorrect, puk_last_try, puk_locked or pin_refused, with the PIN's
// state after it. Neither is kept; clearing them is the caller's. After any error but these, unblock_unsupported and
// card_changed it is not known whether the card has seen the PUK.
//
// told is the PUK's state that the person was shown.
func (c *Client) Unblock(ctx context.Context, token TokenRef, method Method, puk, new []byte, told string) error {
	q := request{Op: opUnblock, Token: &token, Method: method, PIN: len(puk) > 0, New: len(new) > 0, Told: told}
	return c.callInFreshWorker(ctx, method, c.limits.Unblock, q, [][]byte{puk, new})
}

// Reset is Unblock with a PUK that was released, which the child opens: its errors are those of Unblock, also
// release_invalid and device_unavailable, after which the card has seen nothing.
func (c *Client) Reset(ctx context.Context, r Reset, new []byte, told string) error {
	q := request{Op: opReset, Reset: &r, New: len(new) > 0, Told: told}
	return c.callInFreshWorker(ctx, r.Method, c.limits.Reset, q, [][]byte{new})
}

// callInFreshWorker makes one call in a child that is started for the method and ends with the call: whatever library and
// cryptography keep of the PUK ends with it.
func (c *Client) callInFreshWorker(ctx context.Context, method Method, limit time.Duration, q request, pins [][]byte) error {
	var environment []string
	if slices.Contains(c.quirks, OpenSC) {
		var err error
		if environment, err = unblockEnvironment(method); err != nil {
			return fault.Errorf(fault.ModuleFailed, "configuring OpenSC: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	child, err := start(c.executable, c.module, c.quirks, environment)
	if err != nil {
		return fault.Errorf(fault.ModuleFailed, "starting a worker: %w", err)
	}
	c.child = child
	defer c.end()
	return c.call(ctx, limit, q, pins, noReplies)
}
