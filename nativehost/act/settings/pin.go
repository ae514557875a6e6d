package settings

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// ChangePIN changes the PIN of a token of the latest list.
func (a *Act) ChangePIN(ctx context.Context, r act.Request, body *protocol.HostChangePINBody) error {
	token, err := a.Inventory.Token(body.Token)
	if err != nil {
		return err
	}
	err = a.Cards.ChangePIN(ctx, r, token, body.Old, body.New, body.Told)
	act.Wipe(body) // however long the journal takes
	return a.Journal.Note(ctx, r, a.tokenEntry(protocol.JournalChangePIN, token), err)
}

// Unblock gives a token of the latest list a new PIN with a PUK that the person has.
func (a *Act) Unblock(ctx context.Context, r act.Request, body *protocol.HostUnblockBody) error {
	token, err := a.Inventory.Token(body.Token)
	if err != nil {
		return err
	}
	err = a.unblock(ctx, r, token, body)
	act.Wipe(body)
	return a.Journal.Note(ctx, r, a.tokenEntry(protocol.JournalUnblock, token), err)
}

func (a *Act) unblock(ctx context.Context, r act.Request, token *inventory.Token, body *protocol.HostUnblockBody) error {
	if err := cardlogin.CheckUnblock(token); err != nil {
		return err
	}
	if code := token.PIN.RefusePUK(body.PUK); code != "" {
		return &worker.PINError{State: token.PIN, Err: fault.Errorf(code, "of the PUK, which was not sent to the card")}
	}
	told := body.Told
	if told == "" {
		told = token.PUK
	}
	return a.Cards.SetPIN(ctx, r, token, body.New, func(card context.Context) error {
		return token.Worker.Unblock(card, token.Ref, token.Method, body.PUK, body.New, told)
	})
}

// tokenEntry is the entry of an act on a token, with a certificate by which people know the card.
func (a *Act) tokenEntry(kind string, token *inventory.Token) journal.Act {
	return act.WithCertificate(journal.Act{Kind: kind}, a.Inventory.CertificateOf(token))
}
