package store

import (
	"context"
	"time"
)

// Logins is the part of Store about logins with a card. Whoever comes from the gateway leaves no evidence here: the gateway has it.
type Logins interface {
	// RecordLogin keeps a login with a card for good, with all that proves it. Its reference must be new.
	RecordLogin(ctx context.Context, l Login) error
}

// Login is a login with a card.
type Login struct {
	Reference     string
	CitizenNumber string
	Name          string
	// Way is which kind of card it was, Origin the site's address that was signed, Nonce the challenge that Token answers.
	Way, Origin, Nonce string
	Token              []byte
	ReceivedAt         time.Time
	// Evidence has Path, answers, CRLSigners and VerifiedAt; nothing is signed but the token.
	Evidence Evidence
}
