package worker

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/messaging"
)

// A Client is the host's side of one library. It starts a child with the first call, and again after one was killed. Calls
// from several goroutines are serialised: a library gets one request at a time. A cancelled context kills the child, since
// nothing else stops a library.
type Client struct {
	executable string
	module     string
	quirks     []Quirk
	limits     Limits

	mu      sync.Mutex
	child   *process          // nil before the first call, and after a child was killed
	guarded []string          // the readers of Guard
	typing  func(begins bool) // of the present call; may be nil
}

// New returns a Client for the library at path module, which has the quirks. executable is this program.
func New(executable, module string, limits Limits, quirks ...Quirk) *Client {
	return &Client{executable: executable, module: module, limits: limits, quirks: quirks}
}

// Module is the path of the library.
func (c *Client) Module() string { return c.module }

// List returns the tokens and certificates that the library shows without a PIN. Errors have the codes
// module_failed, module_architecture, module_crashed, module_timeout, cancelled or those of a token.
func (c *Client) List(ctx context.Context) (*Listing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	listing := new(Listing)
	err := c.call(ctx, c.limits.List, request{Op: opList}, nil, listing.add)
	if err != nil {
		return nil, err
	}
	return listing, nil
}

// Open logs in to key's token, once, with the entry's PIN, or, if that is empty, with what the person types on the reader. A
// refused PIN is a *PINError, or has its code alone if the library failed before it told the state. key_pin_required means
// that the key wants a PIN for each signature, and that it is not known which: no signature was tried. The entry's PINs are
// not kept; the caller wipes them.
func (c *Client) Open(ctx context.Context, key Key, e Entry) (*Signer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &Signer{client: c}
	note := func(r *reply) error {
		if s.pss || s.eachTime || !r.PSS && !r.EachTime {
			return errors.New("not asked for")
		}
		s.pss, s.eachTime = r.PSS, r.EachTime
		return nil
	}
	q := request{Op: opOpen, Key: &key, PIN: len(e.PIN) > 0, KeyPIN: len(e.KeyPIN) > 0, OnePIN: e.OnePIN, Told: e.Told}
	if err := c.call(ctx, c.limits.Login, q, [][]byte{e.PIN, e.KeyPIN}, note); err != nil {
		c.abandon(ctx)
		return nil, err
	}
	s.child = c.child
	return s, nil
}

// ChangePIN logs in to the token, once, with the old PIN, and sets the new one; both are empty if the person types them on
// the reader. told is as in Entry, of the old one. A refusal of the old PIN is a *PINError, and so is one of the new PIN,
// with code pin_refused. After any other error it is not known whether the PIN was changed. Neither PIN is kept; the caller
// wipes them.
func (c *Client) ChangePIN(ctx context.Context, token TokenRef, old, new []byte, told string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := request{Op: opChange, Token: &token, PIN: len(old) > 0, New: len(new) > 0, Told: told}
	if err := c.call(ctx, c.limits.Login, q, [][]byte{old, new}, noReplies); err != nil {
		c.abandon(ctx)
		return err
	}
	c.logout(ctx)
	return nil
}

// Guard names the readers whose card the child must reset if the host ends between now and Unguard: those of the token that
// is about to be logged in to.
func (c *Client) Guard(readers []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guarded = readers
}

// Unguard tells the child that the host has reset the card.
func (c *Client) Unguard(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guarded = nil
	c.logout(ctx)
}

// A Signer is a login on a token.
type Signer struct {
	client *Client
	child  *process // the one that has logged in
	pss    bool

	eachTime bool
	// Typing is called when the person has to type on the reader once more, and when they have. It may be nil.
	Typing func(begins bool)
}

// EachTime reports whether the key wants a PIN for each signature.
func (s *Signer) EachTime() bool { return s.eachTime }

// PSS reports whether the signatures of an RSA key are of RSASSA-PSS, with MGF1 of the same hash and a salt as long
// as it: the token makes no others.
func (s *Signer) PSS() bool { return s.pss }

// Sign signs digests made with hash and calls each with each signature, in their order, as soon as it is made:
// RSASSA-PKCS1-v1_5 or, with PSS, RSASSA-PSS; or ECDSA in DER (RFC 3279, 2.2.3). The caller verifies them with the
// certificate's key.
func (s *Signer) Sign(ctx context.Context, hash crypto.Hash, digests [][]byte, each func(signature []byte)) error {
	made := 0
	deliver := func(r *reply) error {
		if made == len(digests) || len(r.Signature) == 0 || len(r.Signature) > maxSignature {
			return errors.New("not a signature for each digest")
		}
		made++
		each(r.Signature)
		return nil
	}
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child != s.child {
		return fault.Errorf(fault.ModuleCrashed, "the worker that had logged in is gone")
	}
	c.typing = s.Typing
	defer func() { c.typing = nil }()
	if err := c.call(ctx, c.limits.Sign, request{Op: opSign, Hash: hash, Digests: digests}, nil, deliver); err != nil {
		return err
	}
	if made != len(digests) {
		return fault.Errorf(fault.ModuleCrashed, "worker: %d signatures for %d digests", made, len(digests))
	}
	return nil
}

// Close logs out.
func (s *Signer) Close(ctx context.Context) {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child == s.child {
		c.logout(ctx)
	}
}

// logout closes the login, also if ctx has been cancelled. The child has already reported the PIN's result: a library
// that hangs here must not hide that a PIN was changed or refused. A child that fails to log out is killed, which logs out
// as well. c.mu must be held.
func (c *Client) logout(ctx context.Context) {
	if c.child == nil {
		return
	}
	if err := c.call(context.WithoutCancel(ctx), c.limits.Logout, request{Op: opClose}, nil, noReplies); err != nil && c.child != nil {
		c.child.kill()
		c.child = nil
	}
}

// abandon closes a login that failed. OpenSC with lock_login then holds the card exclusively until C_Finalize, so its
// child is ended as well. The child does not reset the card: the host asks the card for its tries first, and resets it
// then. c.mu must be held.
func (c *Client) abandon(ctx context.Context) {
	if !slices.Contains(c.quirks, OpenSC) {
		c.logout(ctx)
		return
	}
	guarded := c.guarded
	c.guarded = nil
	c.logout(ctx)
	c.end()
	c.guarded = guarded
}

// Close ends the child. The Client may be used again.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

// end ends the child. c.mu must be held.
func (c *Client) end() {
	if c.child != nil {
		c.child.end()
		c.child = nil
	}
}

var errLate = errors.New("time limit")

// A stopwatch ends a call that is late. While the person types on the reader, another limit counts.
type stopwatch struct {
	timer      *time.Timer
	limit, pad time.Duration
	typings    int // that may still come
}

// typed changes the limit when the child reports that the person begins or ends to type.
func (w *stopwatch) typed(t typing) error {
	switch t {
	case typingBegins:
		if w.typings--; w.typings < 0 {
			return errors.New("more to type than there can be")
		}
		w.timer.Reset(w.pad)
	case typingEnds:
		w.timer.Reset(w.limit)
	default:
		return errors.New("typing")
	}
	return nil
}

// typings is how often a person may have to type for a request: for a login and a new PIN, and for each signature of a
// key that wants its PIN at a library that forgets logins.
func (q *request) typings() int { return 2 + 2*len(q.Digests) }

// call sends one request, followed by the PINs, and passes each reply that carries something to handle, whose error means
// that the reply makes no sense. It waits for limit at most, besides the time in which the person types. c.mu must be held.
//
// The child is killed if it was late, or did not answer as it should; also if its library would not load, since the next
// child's may. A request during which ctx has ended counts as not done, for the child is gone, unless it changed the token
// itself. A refusal stays a refusal, also if the child fails after it: it may have cost a try of the PIN.
func (c *Client) call(ctx context.Context, limit time.Duration, q request, pins [][]byte, handle func(*reply) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := &stopwatch{timer: time.AfterFunc(limit, func() { cancel(errLate) }), limit: limit, pad: c.limits.Pad, typings: q.typings()}
	defer watch.timer.Stop()
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	if c.child == nil {
		var environment []string
		if slices.Contains(c.quirks, OpenSC) {
			environment = lockingEnvironment()
		}
		child, err := start(c.executable, c.module, c.quirks, environment)
		if err != nil {
			return fault.Errorf(fault.ModuleFailed, "starting a worker: %w", err)
		}
		c.child = child
	}
	child := c.child
	q.Readers = c.guarded
	stop := context.AfterFunc(ctx, child.kill)
	var refused error
	answered, err := child.exchange(q, pins, func(r *reply) error {
		if r.Refused != nil && refused == nil {
			refused = r.Refused.err()
			return nil
		}
		if r.Typing == "" {
			if q.Op == opSign {
				watch.timer.Reset(limit) // the next signature has its own time
			}
			return handle(r)
		}
		if c.typing != nil {
			c.typing(r.Typing == typingBegins)
		}
		return watch.typed(r.Typing)
	})
	ended := !stop()
	if ended || !answered || notLoaded(err) {
		child.kill()
		c.child = nil
	}
	if !answered && refused != nil {
		return refused
	}
	if ended && (!answered || err == nil && !q.Op.lasting()) {
		return stopped(ctx)
	}
	if !answered {
		return fault.Errorf(fault.ModuleCrashed, "worker: %w (%s)", err, child.status())
	}
	return err
}

// notLoaded reports whether err means that the child has no library.
func notLoaded(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.ModuleFailed || code == fault.ModuleArchitecture
}

func stopped(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, errLate) {
		return fault.New(fault.Cancelled, cause)
	}
	return fault.New(fault.ModuleTimeout, errLate)
}

// hello waits until the child has reported that its memory is closed to other programs. Nothing is sent to it before.
func (p *process) hello() error {
	if p.greeted {
		return nil
	}
	var r reply
	frame, err := p.in.Read()
	if err == nil {
		err = messaging.Decode(frame, &r)
	}
	if err == nil && !r.Hello {
		err = errors.New("no hello")
	}
	p.greeted = err == nil
	return err
}

// exchange reports whether the child gave a complete and sensible answer, which may be an error.
func (p *process) exchange(q request, pins [][]byte, handle func(*reply) error) (answered bool, err error) {
	if err := p.hello(); err != nil {
		return false, err
	}
	if err := p.out.Write(q); err != nil {
		return false, err
	}
	for _, pin := range pins {
		if len(pin) == 0 {
			continue // typed on the reader; the request says so
		}
		if err := p.out.WriteRaw(pin); err != nil {
			return false, err
		}
	}
	for {
		frame, err := p.in.Read()
		if err != nil {
			return false, err
		}
		var r reply
		if err := messaging.Decode(frame, &r); err != nil {
			return false, err
		}
		switch {
		case r.Error != nil:
			return true, r.Error.err()
		case r.Done:
			return true, nil
		}
		if err := handle(&r); err != nil {
			return false, fmt.Errorf("unexpected reply to %s: %w", q.Op, err)
		}
	}
}

// noReplies is the handler of requests whose only answer is Done.
func noReplies(*reply) error { return errors.New("not asked for") }
