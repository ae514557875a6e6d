package relyingparty

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/login"
)

// MinChallengeKey is the shortest Login.Key, in bytes.
const MinChallengeKey = 32

// A nonce is these three parts, one after the other, in base64: the end of the challenge's life in seconds since 1970,
// random bytes, and a MAC over both and the session. It is 96 characters long.
const (
	expiresSize = 8
	randomSize  = 32
	nonceSize   = expiresSize + randomSize + sha256.Size
)

// challengeLabel keeps the MAC apart from those that a site makes with the same key for something else.
const challengeLabel = "tr.eonay.challenge v1\n"

// ErrChallengeUsed means that a challenge has been used up.
var ErrChallengeUsed = errors.New("relyingparty: the challenge has been used up")

// UsedChallenges keeps the challenges that were used up, for all processes of a site. Methods are called by many
// goroutines at once. The package challengetest proves an implementation.
//
// Only a token that a card has signed for the challenge, with a certificate that leads to an anchor, comes this far: asking
// for challenges writes nothing.
type UsedChallenges interface {
	// Use records that a challenge is used up, in one step: of any number of calls with it, in any number of
	// processes, one returns nil. The others get ErrChallengeUsed. What was recorded must be kept until the given time,
	// after a crash too; any other error refuses the login. digest is 64 hexadecimal digits.
	Use(ctx context.Context, digest string, until time.Time) error
}

// keepUsed is how long after its end a used challenge is kept: longer than any request that arrived before the end.
const keepUsed = time.Hour

// challenger makes challenges and sees that each is good for one login.
type challenger struct {
	key  []byte
	used UsedChallenges
}

// processChallenger is that of all Logins that have neither Key nor Used.
var processChallenger = sync.OnceValue(func() challenger {
	key := make([]byte, MinChallengeKey)
	_, _ = rand.Read(key) // never fails
	return challenger{key, &usedInMemory{max: maxUsedInMemory}}
})

// challenge is what an opened nonce says.
type challenge struct {
	digest  string
	expires time.Time
}

// issue returns a new nonce for a session.
func (c challenger) issue(session string, expires time.Time) (nonce string) {
	parts := binary.BigEndian.AppendUint64(make([]byte, 0, nonceSize), uint64(expires.Unix()))
	parts = parts[:expiresSize+randomSize]
	_, _ = rand.Read(parts[expiresSize:]) // never fails
	return base64.StdEncoding.EncodeToString(c.mac(parts, session, parts))
}

// open returns what a nonce says, if it was issued with this key for this session. Whether it is over is the caller's
// to judge.
func (c challenger) open(session, nonce string) (challenge, error) {
	data, err := login.Decode64(nonce, nonceSize)
	if err != nil || len(data) != nonceSize {
		return challenge{}, fmt.Errorf("a nonce of %d characters, which was not issued here", len(nonce))
	}
	signed, mac := data[:expiresSize+randomSize], data[expiresSize+randomSize:]
	if !hmac.Equal(mac, c.mac(nil, session, signed)) {
		return challenge{}, errors.New("the nonce was issued for another session, or with another key")
	}
	digest := sha256.Sum256(data)
	return challenge{
		digest:  hex.EncodeToString(digest[:]),
		expires: time.Unix(int64(binary.BigEndian.Uint64(signed)), 0).UTC(),
	}, nil
}

// mac appends the MAC to dst. The session's digest has a fixed length, so that no two sessions and nonces read alike.
func (c challenger) mac(dst []byte, session string, signed []byte) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(challengeLabel))
	name := sha256.Sum256([]byte(session))
	h.Write(name[:])
	h.Write(signed)
	return h.Sum(dst)
}

// maxUsedInMemory is some megabytes, and more logins than one process can judge within an hour of what a card can sign.
const maxUsedInMemory = 100_000

// usedInMemory keeps used challenges in this process.
type usedInMemory struct {
	max int

	mu    sync.Mutex
	until map[string]time.Time // by digest
}

// Use is that of UsedChallenges. Where max challenges are kept and none is over it refuses: to forget one would let its
// token log in again.
func (u *usedInMemory) Use(_ context.Context, digest string, until time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, used := u.until[digest]; used {
		return ErrChallengeUsed
	}
	if len(u.until) >= u.max {
		now := time.Now()
		maps.DeleteFunc(u.until, func(_ string, until time.Time) bool { return until.Before(now) })
	}
	if len(u.until) >= u.max {
		return fmt.Errorf("relyingparty: %d used challenges are kept already", u.max)
	}
	if u.until == nil {
		u.until = map[string]time.Time{}
	}
	u.until[digest] = until
	return nil
}
