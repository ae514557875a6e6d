package statuses

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Limits of wrong words. Of one person they are few; from one address there may be more, since an institution's people share one.
// Whoever uses up a person's tries on the page leaves them those at the desk.
var (
	personLimit  = store.Limit{Count: 5, Window: time.Hour}
	addressLimit = store.Limit{Count: 20, Window: time.Hour}
)

// wordsTried is how many words are hashed at each try, whoever is asked about: neither the time nor the answer tells whether
// there is such a person.
const wordsTried = 3

// nobodysWord is the hash of a word that nobody knows, for tries where a person has none. One for the process: it costs as much as a try.
var nobodysWord = sync.OnceValue(func() string { return application.HashWord("nobody knows " + rand.Text()[:20]) })

// New returns an engine.
func New(o Options) (*Engine, error) {
	key, err := hkdf.Key(sha256.New, []byte(o.Secret), nil, "e-onay portal: tries at security words", 32)
	if err != nil {
		return nil, fmt.Errorf("statuses: key: %w", err)
	}
	return &Engine{o, key, nobodysWord(), application.VerifyWord}, nil
}

// Teller is who names a security word: the person themself, from an address ("" where it is not known), or an officer who hears it on
// the telephone. Their tries are counted apart.
type Teller struct{ Address, Officer string }

// ProveWord returns the references of those of a person's certificates that can still be suspended or revoked and whose
// security word is the one that was typed. Refusals: refusal.WordWait after too many wrong ones; refusal.WordWrong where there is none,
// which does not tell why.
func (e *Engine) ProveWord(ctx context.Context, citizenNumber, word string, by Teller) ([]string, error) {
	if application.CheckWord(word) != "" {
		return nil, fault.New(refusal.WordWrong, nil) // it cannot be anybody's
	}
	try := store.Try{ID: rand.Text(), At: e.Now(), Subjects: e.subjects(citizenNumber, by)}
	if err := e.Store.BeginTry(ctx, try); err != nil {
		return nil, fmt.Errorf("try: %w", err)
	}
	list, err := e.Store.CertificatesOf(ctx, citizenNumber, maxCertificates)
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	proven := e.wordsOf(list, word)
	if len(proven) == 0 {
		return nil, fault.New(refusal.WordWrong, nil)
	}
	if err := e.Store.ForgetTry(ctx, try.ID); err != nil {
		return nil, fmt.Errorf("try: %w", err)
	}
	return proven, nil
}

// wordsOf returns the references of those that have a word, and does as much whether there are any or none.
func (e *Engine) wordsOf(list []application.Application, word string) (references []string) {
	tried := 0
	for _, a := range list {
		possible := len(e.Possible(Certificate{Application: a}, application.Person)) > 0
		if !possible || a.SecurityWord == "" || tried == wordsTried {
			continue
		}
		tried++
		if e.verify(a.SecurityWord, word) {
			references = append(references, a.Reference)
		}
	}
	for ; tried < wordsTried; tried++ {
		e.verify(e.dummy, word)
	}
	return references
}

func (e *Engine) subjects(citizenNumber string, by Teller) []store.TrySubject {
	if by.Officer != "" {
		return []store.TrySubject{{Subject: e.hash("desk", citizenNumber), Limit: personLimit}, {Subject: e.hash("officer", by.Officer), Limit: addressLimit}}
	}
	subjects := []store.TrySubject{{Subject: e.hash("person", citizenNumber), Limit: personLimit}}
	if by.Address != "" {
		subjects = append(subjects, store.TrySubject{Subject: e.hash("address", by.Address), Limit: addressLimit})
	}
	return subjects
}

func (e *Engine) hash(kind, of string) store.Hash {
	mac := hmac.New(sha256.New, e.key)
	mac.Write([]byte(kind + "\n" + of)) // never fails
	return store.Hash(mac.Sum(nil))
}
