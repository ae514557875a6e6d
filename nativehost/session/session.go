// Package session is one signing window's conversation with the host, from hello to goodbye.
//
// # Phases
//
//	new      → hello                                   → open
//	open     → certificates, document (→ receiving), sign (→ signed); without a document authenticate or sign-hash (→ signed)
//	receiving → chunk (→ open with the last), certificates
//	signed   → nothing more
//
// A refused PIN, like every other refused request, leaves the phase as it is: the person may try again.
// Cancel and ping are answered at any time, also while a card is at work: one goroutine reads, one works.
// A type that is not known is answered with unsupported, one out of its phase with sequence.
//
// Which libraries there are to ask depends on the cards (package module); those that are tried together are
// listed side by side. One that did not answer in time is not waited for again: it is
// reported as late, asked beside the session, and tokens-changed follows when it answers.
//
// # A new PIN
//
// claim and release go together in phase open: a release needs the session's claim and ends it, whatever comes of it,
// and is answered with a signed report, whatever came of it. Only what happens before there is a claim, and a device
// key that does not sign the report, is an error. Once the card is at work with a PUK, cancel and the window's end
// wait for it, for some seconds: the answer tells what the card did. It is cancelled where the card said nothing in
// that time, and then, as after token_removed and module_timeout, the card may have a new PIN or not.
//
// # What is refused
//
// Every act that logs in to a card goes through withLogin: it refuses a card that was taken out since the list, and resets
// the card however the act has ended.
//
// Of documents the host signs only what the window showed (it compares digests). It signs only with a certificate that it
// has listed and that is usable at that moment, and never passes on a PIN whose length the card would refuse.
//
// # Logins and hashes
//
// What signs a hash that a page has made signs anything, a login to another site too. So a key for which there is a pair
// in package hashsites logs in nowhere, and none signs a hash without its pair. Both are looked at before the card hears
// a PIN, and again while the pairs are locked, until the signature is made: no other window changes them in between.
//
// # The journal
//
// An act begins with a request that is in its place and understood. What comes of it is written down before it is
// answered: a signature leaves only if it was, and no pair of a key and a site changes before. What the card has done
// with its PIN, and every refusal, is answered as it is, also where it cannot be written; the log tells of that.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// maxQueue is how many requests may wait: enough for all documents in all their chunks, sent without
// waiting for answers.
const maxQueue = 64

// Config is what a session works with. All fields but Obstacles are needed.
type Config struct {
	Version  string
	Platform string
	// Select says which libraries to ask about the cards with these answers to reset.
	Select func(cards [][]byte) module.Selection
	// Start returns the worker for a library. The session asks for each once, and closes it.
	Start func(module.Library) *worker.Client
	// Served is told which library showed the certificates of a card.
	Served func(atr []byte, library string)
	// Device has this installation's key; DeviceAt is where a worker finds it.
	Device   *device.Installation
	DeviceAt device.Where
	// JournalAt is the journal's folder.
	JournalAt string
	// RefusedAt is the file of the cards that have refused a PUK.
	RefusedAt string
	// KeyPINs is the file that tells, of keys that want a PIN for each signature, whether it is the card's.
	KeyPINs keypins.File
	// HashSites are the pairs of a key and a site that sign hashes.
	HashSites hashsites.File
	// Own is the person's own list of libraries.
	Own module.Own
	// Diagnose looks at everything, at the machine by the ways that it is given.
	Diagnose func(ctx context.Context, m doctor.Machine, tell func(protocol.Check))
	// Obstacles were met before the session; every list of certificates tells of them.
	Obstacles []protocol.Finding
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}

// A session is the state of one conversation. The fields below the queue belong to the working goroutine.
type session struct {
	Config
	out     *messaging.Writer
	readers *reader.Watcher
	late    *lateness

	mu       sync.Mutex
	awaited  bool                               // the last list lacks a card that another program keeps to itself
	greeted  bool                               // hello was answered, and the window is there: events may be sent
	last     uint32                             // the latest request's number
	requests map[uint32]context.CancelCauseFunc // waiting or running
	queue    chan job

	workers   map[string]*worker.Client // by the library's path
	phase     phase
	listed    map[string]*choice     // by Certificate.ID
	tokens    map[string]*holder     // by Token.ID
	epoch     int                    // of the PC/SC service, that the workers are of
	plugged   bool                   // PC/SC has shown a reader
	ours      []string               // readers whose card a library has shown in the latest list
	mute      map[string]bool        // readers whose card did not tell its tries
	doubted   map[string]bool        // libraries, by their paths, of whose latest list something is wrong
	logged    map[string]bool        // kinds of cards whose library is missing
	puks      map[string]string      // what refusals told of PUKs, by Token.ID: not every library's list does
	keys      map[string]keypins.Key // that want a PIN of their own, as this session has seen
	refusals  refusals               // of PUKs, in sessions before this one
	documents []*document
	pending   *pending // the claim that a release may come for; nil where none may
}

type phase int

const (
	phaseNew phase = iota
	phaseOpen
	phaseReceiving
	phaseSigned
)

// A job is a request on its way to the working goroutine.
type job struct {
	protocol.HostEnvelope // its Body is cleared after the answer
	ctx                   context.Context
}

var (
	errCancelled = errors.New("cancelled by the window")
	errGone      = errors.New("the window is gone")
)

// Serve converses on in and out until in ends, which returns nil, or until what comes in cannot be
// understood any more, which returns the reason after it was sent to the window.
func Serve(ctx context.Context, in io.Reader, out io.Writer, config Config) error {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &session{
		Config: config, out: messaging.NewWriter(out),
		requests: map[uint32]context.CancelCauseFunc{}, queue: make(chan job, maxQueue),
		workers: map[string]*worker.Client{}, mute: map[string]bool{}, doubted: map[string]bool{}, logged: map[string]bool{},
		puks: map[string]string{}, keys: map[string]keypins.Key{}, refusals: refusals{path: config.RefusedAt},
	}
	s.late = newLateness(ctx, s.tokensChanged)
	s.readers = reader.Watch(ctx, s.tokensChanged, s.cardFreed)
	var working sync.WaitGroup
	working.Go(s.work)
	err := s.read(ctx, messaging.NewReader(in))
	cancel(errGone)
	close(s.queue)
	working.Wait()
	s.late.wait()
	s.waitForResets()
	s.mu.Lock()
	s.greeted = false // the readers' watcher may come to its end later than Serve
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, w := range s.workers {
		closing.Go(w.Close)
	}
	closing.Wait()
	return err
}

// read takes requests in until the input ends. What it cannot read ends the session: the window is of
// another making, or the stream has lost its frames.
func (s *session) read(ctx context.Context, in *messaging.Reader) error {
	for {
		frame, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var j job
		if err == nil {
			err = messaging.Decode(frame, &j.HostEnvelope) // which copies the body
			secret.Wipe(frame)
		}
		if err == nil {
			err = s.take(ctx, j)
		}
		if err != nil {
			clear(j.Body)
			s.fail(0, err)
			return err
		}
	}
}

// take answers what is answered at once and queues the rest.
func (s *session) take(ctx context.Context, j job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.ID <= s.last {
		return fault.Errorf(fault.MessageInvalid, "request number %d after %d", j.ID, s.last)
	}
	s.last = j.ID
	switch j.Type {
	case protocol.HostPing:
		s.send(j.ID, protocol.HostReady, nil)
		return nil
	case protocol.HostCancel:
		s.cancel(j)
		return nil
	}
	var cancel context.CancelCauseFunc
	j.ctx, cancel = context.WithCancelCause(ctx)
	select {
	case s.queue <- j:
		s.requests[j.ID] = cancel
	default:
		cancel(nil)
		clear(j.Body)
		s.fail(j.ID, fault.Errorf(fault.Sequence, "%d requests wait already", maxQueue))
	}
	return nil
}

// cancel abandons a request. One that has been answered in the meantime is no mistake. s.mu is held.
func (s *session) cancel(j job) {
	var body protocol.HostCancelBody
	if err := messaging.Decode(j.Body, &body); err != nil {
		s.fail(j.ID, err)
		return
	}
	if cancel, ok := s.requests[body.Request]; ok {
		cancel(errCancelled)
	}
	s.send(j.ID, protocol.HostReady, nil)
}

// work does the queued requests one after the other.
func (s *session) work() {
	for j := range s.queue {
		body, err := s.do(j)
		clear(j.Body)
		s.mu.Lock()
		s.requests[j.ID](nil)
		delete(s.requests, j.ID)
		s.mu.Unlock()
		if err != nil {
			s.fail(j.ID, err)
			continue
		}
		s.send(j.ID, j.Type.Answer(), body)
	}
}

// do does a request, and returns what its answer says.
func (s *session) do(j job) (body any, err error) {
	// A release that nobody waits for is owed a report all the same.
	if err := context.Cause(j.ctx); err != nil && j.Type != protocol.HostRelease {
		return nil, fault.New(fault.Cancelled, err)
	}
	switch j.Type {
	case protocol.HostHello:
		return with(j, s.hello)
	case protocol.HostCertificates:
		return s.certificates(j.ctx)
	case protocol.HostDocument:
		return with(j, s.document)
	case protocol.HostChunk:
		return with(j, s.chunk)
	case protocol.HostSign:
		return s.sign(j)
	case protocol.HostAuthenticate:
		return s.authenticate(j)
	case protocol.HostSignHash:
		return s.signHash(j)
	case protocol.HostListHash:
		return s.hashSites(j)
	case protocol.HostAllowHash:
		return with(j, func(body *protocol.HostHashSite) (any, error) { return s.allowHash(j, body) })
	case protocol.HostForbidHash:
		return with(j, func(body *protocol.HostHashSite) (any, error) { return s.forbidHash(j, body) })
	case protocol.HostExport:
		return with(j, s.export)
	case protocol.HostChangePIN:
		return nil, s.noted(j, s.changePIN)
	case protocol.HostSelfTest:
		return nil, s.noted(j, s.selfTest)
	case protocol.HostClaim:
		return s.claim(j)
	case protocol.HostRelease:
		return s.release(j)
	case protocol.HostUnblock:
		return nil, s.noted(j, s.unblock)
	case protocol.HostDiagnose:
		return s.diagnose(j.ctx)
	case protocol.HostJournal:
		return with(j, func(body *protocol.HostJournalBody) (any, error) { return s.journalPage(j, body) })
	case protocol.HostAddModule:
		return nil, s.addModule(j)
	case protocol.HostRemoveModule:
		return nil, s.removeModule(j)
	default:
		return nil, fault.Errorf(fault.Unsupported, "request type %q", truncate(string(j.Type)))
	}
}

// with decodes a request's body for its handler.
func with[B any](j job, handle func(*B) (any, error)) (any, error) {
	var body B
	if err := messaging.Decode(j.Body, &body); err != nil {
		return nil, err
	}
	return handle(&body)
}

// take decodes a body that has secrets in it; they are in the body alone then, while the card takes its time. The caller
// clears them, also where the body is not understood to its end: they may stand before that.
func (j job) take(body any) error {
	err := messaging.Decode(j.Body, body)
	secret.Wipe(j.Body)
	return err
}

// hello opens the session, or tells a window of another protocol which side is the old one.
func (s *session) hello(body *protocol.Hello) (any, error) {
	if s.phase != phaseNew {
		return nil, fault.Errorf(fault.Sequence, "second hello")
	}
	if body.Protocol > protocol.Version {
		return nil, fault.Errorf(fault.HostOutdated, "protocol %d", body.Protocol)
	}
	if body.Protocol != protocol.Version {
		return nil, fault.Errorf(fault.ExtensionOutdated, "protocol %d", body.Protocol)
	}
	s.phase = phaseOpen
	s.mu.Lock()
	s.greeted = true
	s.mu.Unlock()
	return protocol.Welcome{Protocol: protocol.Version, Version: s.Version, Platform: s.Platform}, nil
}

// cardFreed wakes the window if it waits for a card that another program had: a library may itself keep a card to
// itself while it lists, and would else be asked again and again.
func (s *session) cardFreed() {
	s.mu.Lock()
	awaited := s.awaited
	s.mu.Unlock()
	if awaited {
		s.tokensChanged()
	}
}

func (s *session) tokensChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.greeted {
		s.send(0, protocol.HostTokensChanged, nil)
	}
}

// send writes a message. Where that is too large for the browser, a small error goes out in its place: no request is left
// without an answer. Where the window no longer listens, its end of the input follows.
func (s *session) send(id uint32, kind protocol.HostType, body any) {
	err := s.write(id, kind, body)
	if err == nil {
		return
	}
	s.Log.Warn("writing", "type", kind, "error", err)
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return // the stream is broken
	}
	small := protocol.HostFailure{Code: refused.Code}
	if failure, ok := body.(protocol.HostFailure); ok {
		small.Code = failure.Code
	}
	if err := s.write(id, protocol.HostError, small); err != nil {
		s.Log.Warn("writing", "type", protocol.HostError, "error", err)
	}
}

// write writes a message. A *fault.Error means that nothing of it was written.
func (s *session) write(id uint32, kind protocol.HostType, body any) error {
	e := protocol.HostEnvelope{ID: id, Type: kind}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fault.New(fault.Internal, err)
		}
		e.Body = raw
	}
	return s.out.Write(e)
}

// fail answers with an error and logs it. Errors never hold a PIN or a citizen number.
func (s *session) fail(id uint32, err error) {
	s.Log.Info("refused", "request", id, "error", err)
	failure := protocol.HostFailure{Code: fault.CodeOf(err), Detail: truncate(err.Error())}
	if e, ok := errors.AsType[*worker.PINError](err); ok {
		failure.PIN = &e.State
	}
	if e, ok := errors.AsType[*keyPINError](err); ok {
		failure.KeyPIN = &e.state
	}
	s.send(id, protocol.HostError, failure)
}

func truncate(s string) string {
	const limit = 300
	runes := []rune(s)
	if len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}
