package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/pinentry"
)

// Unblocking is what a PUK can do for a card.
type Unblocking string

// What it can do.
const (
	UnblockNone       Unblocking = ""           // nothing: the PIN works, and no way is known
	UnblockOffered    Unblocking = "offered"    // the PIN works, and may be forgotten
	UnblockNeeded     Unblocking = "needed"     // the PIN is blocked
	UnblockFirst      Unblocking = "first"      // there is no PIN yet
	UnblockImpossible Unblocking = "impossible" // the PIN is needed, and no way is known
	UnblockSpent      Unblocking = "spent"      // the PIN works; the PUK does not any more
	UnblockLost       Unblocking = "lost"       // neither works
)

func unblocking(t protocol.Token) Unblocking {
	works := pinentry.HasPIN(t.PIN)
	switch {
	case works && t.PUK == protocol.PUKLocked:
		return UnblockSpent
	case t.PUK == protocol.PUKLocked:
		return UnblockLost
	case works && !t.Unblocks:
		return UnblockNone
	case !t.Unblocks:
		return UnblockImpossible
	case works:
		return UnblockOffered
	case t.PIN.State == protocol.PINUnset:
		return UnblockFirst
	}
	return UnblockNeeded
}

// unblock opens the question for a token's PUK and its new PIN.
func (p *Page) unblock(id string) {
	t := p.inventory.Token(id)
	if t == nil {
		return
	}
	switch unblocking(*t) {
	case UnblockOffered, UnblockNeeded, UnblockFirst:
		p.subject = id
		p.show(ScreenUnblock)
	}
}

// submitUnblock sends the PUK and the new PIN, once.
func (p *Page) submitUnblock(e pinentry.SubmitNew) {
	t := p.token()
	if t == nil {
		e.Clear()
		return
	}
	code, field := e.PUKRefusal(*t)
	if code != "" {
		e.Clear()
		p.refuse(code, field)
		return
	}
	if t.PIN.Pad {
		e.Clear()
		e.PUK, e.New = nil, nil
	}
	clear(e.Old)
	clear(e.Again)
	p.work(&hostclient.Request{Kind: protocol.HostUnblock, Body: protocol.HostUnblockBody{Token: p.subject, Told: t.PUK}, PUK: e.PUK, New: e.New})
}

// fieldOf is the field that a refusal of the host is about.
func fieldOf(question Screen, state protocol.PINState, code fault.Code) string {
	switch {
	case state.Pad:
		return ""
	case question == ScreenTest:
		return "pin"
	case code == fault.PUKIncorrect, code == fault.PUKLastTry:
		return "puk"
	case question == ScreenUnblock, code == fault.PINWeak, code == fault.PINSame, code == fault.PINRefused:
		return "new"
	}
	return "old"
}
