package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/pinentry"
)

// unblock is the question for a token's PUK and its new PIN.
type unblock struct{ page *shared }

// Unblock opens the question.
type Unblock struct{ Token string }

func (Unblock) IsEvent() {}

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

func (u *unblock) open(token string) {
	t := u.page.inventory.Token(token)
	if t == nil {
		return
	}
	switch unblocking(*t) {
	case UnblockOffered, UnblockNeeded, UnblockFirst:
		u.page.askAbout(ScreenUnblock, token)
	}
}

// submit sends the PUK and the new PIN, once.
func (u *unblock) submit(e pinentry.SubmitNew) {
	t := u.page.subjectToken()
	if t == nil {
		e.Clear()
		return
	}
	if code, field := e.PUKRefusal(*t); code != "" {
		e.Clear()
		u.page.reject(code, field)
		return
	}
	if t.PIN.Pad {
		e.Clear()
		e.PUK, e.New = nil, nil
	}
	clear(e.Old)
	clear(e.Again)
	body := protocol.HostUnblockBody{Token: u.page.question.subject, Told: t.PUK}
	u.page.work(&hostclient.Request{Kind: protocol.HostUnblock, Body: body, PUK: e.PUK, New: e.New})
}

func (u *unblock) handleAnswer(*hostclient.Request, protocol.HostEnvelope) error {
	u.page.finish(DoneUnblocked)
	return nil
}

func (u *unblock) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	u.page.noteStates(f)
	if t := u.page.subjectToken(); t != nil && f.Code == fault.TriesFewer {
		t.PUK = protocol.PUKFinal
	}
	field := "new"
	if f.Code == fault.PUKIncorrect || f.Code == fault.PUKLastTry {
		field = "puk"
	}
	u.page.askAgain(f, field)
	return nil
}

// UnblockView is the question for a PUK and a new PIN.
type UnblockView struct {
	PINQuestionView
	PUK string // a protocol.PUK… state
}

func (u *unblock) view() UnblockView {
	var t protocol.Token
	if subject := u.page.subjectToken(); subject != nil {
		t = *subject
	}
	return UnblockView{
		PINQuestionView: u.page.pinQuestionView(t, "manage.unblock.title", t.PUK == protocol.PUKFinal, "manage.unblock.confirm"),
		PUK:             t.PUK,
	}
}
