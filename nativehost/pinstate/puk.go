package pinstate

import (
	"context"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
)

// noteTime bounds the writing of a note that must not be lost with a cancelled request.
const noteTime = 30 * time.Second

// PUK returns the state of a token's PUK, which its library lists as listed: the worst that anybody has told. token is its
// ID in the window's list, serial its serial number.
func (t *Tracker) PUK(token, serial, listed string) string {
	puk := worsePUK(listed, t.puks[token])
	if puk == protocol.PUKReady && t.pukRefusals.Has(serial) {
		puk = protocol.PUKLow
	}
	return puk
}

// PUKFailed notes the state of a PUK after a use that failed.
func (t *Tracker) PUKFailed(ctx context.Context, token, serial, state string) {
	t.puks[token] = state
	if state != protocol.PUKReady {
		t.notePUK(ctx, serial, true)
	}
}

// PUKAccepted notes that a card has accepted its PUK.
func (t *Tracker) PUKAccepted(ctx context.Context, token, serial string) {
	delete(t.puks, token)
	t.notePUK(ctx, serial, false)
}

// notePUK tells later sessions whether the card has refused its PUK.
func (t *Tracker) notePUK(ctx context.Context, serial string, refused bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	if err := t.pukRefusals.Note(ctx, serial, refused); err != nil {
		t.log.Warn("not remembering what the card did with a PUK", "error", err)
	}
}

// worsePUK returns the state of the two that leaves fewer tries.
func worsePUK(a, b string) string {
	states := []string{protocol.PUKReady, protocol.PUKLow, protocol.PUKFinal, protocol.PUKLocked}
	if slices.Index(states, a) < slices.Index(states, b) {
		return b
	}
	return a
}
