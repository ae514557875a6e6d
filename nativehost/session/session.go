// Package session is one window's conversation with the host, from hello to goodbye.
//
// # Phases
//
//	new       → hello                        → ready
//	ready     → document                     → receiving, or received if the document is empty
//	receiving → chunk                        → received with the last chunk of the document
//	received  → document, sign
//	delivered → nothing more: the product of an act has left the host
//
// The table in handlers.go names, for each request, the phases in which it is in its place. A refused PIN, like every other
// refused request, leaves the phase as it is: the person may try again. A type that is not known is answered with
// unsupported, one out of its phase with sequence.
//
// # Order
//
// One goroutine reads, one works off the requests in their order. Ping and cancel overtake the others: they are answered as
// they are read, also while a card is at work. What the window is told beside the answers are two events, tokens-changed
// and progress.
//
// # What is refused, and what must not happen without a journal entry
//
// That is for the acts to say (package act and its folders), and for the engine that they call (packages inventory and
// cardlogin).
package session

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/act/export"
	"github.com/e-onay/e-onay/nativehost/act/login"
	"github.com/e-onay/e-onay/nativehost/act/newpin"
	"github.com/e-onay/e-onay/nativehost/act/settings"
	"github.com/e-onay/e-onay/nativehost/act/sign"
	"github.com/e-onay/e-onay/nativehost/act/signhash"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pinstate"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/spool"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// maxQueue is how many requests may wait: enough for all documents in all their chunks, sent without waiting for answers.
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
	// Documents is the folder in which a session keeps the bytes of documents that a format needs again.
	Documents string
	// PUKRefusals, KeyPINs and HashSites are the files beside the configuration.
	PUKRefusals pukrefusals.File
	KeyPINs     keypins.File
	HashSites   hashsites.File
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

// A session is the state of one conversation. What stands below the queue belongs to the working goroutine.
type session struct {
	Config
	out *messaging.Writer

	mu       sync.Mutex
	listens  bool                               // hello was answered, and the window is there: events may be sent
	last     uint32                             // the latest request's number
	requests map[uint32]context.CancelCauseFunc // waiting or running
	queue    chan job

	greeted   bool
	inventory *inventory.Inventory
	cards     *cardlogin.Cards
	journal   *act.Journal
	signing   *sign.Act
	handlers  map[protocol.HostType]handler
}

// A job is a request on its way to the working goroutine.
type job struct {
	protocol.HostEnvelope // its Body is wiped once it is decoded
	ctx                   context.Context
}

var (
	errCancelled = errors.New("cancelled by the window")
	errGone      = errors.New("the window is gone")
)

// Serve converses on in and out until in ends, which returns nil, or until what comes in cannot be understood any more,
// which returns the reason after it was sent to the window.
func Serve(ctx context.Context, in io.Reader, out io.Writer, config Config) error {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &session{
		Config: config, out: messaging.NewWriter(out),
		requests: map[uint32]context.CancelCauseFunc{}, queue: make(chan job, maxQueue),
	}
	s.assemble(ctx)
	var working sync.WaitGroup
	working.Go(s.work)
	err := s.read(ctx, messaging.NewReader(in))
	cancel(errGone)
	close(s.queue)
	working.Wait()
	if err := s.signing.Close(); err != nil {
		s.Log.Warn("removing the documents", "error", err)
	}
	s.inventory.WaitForLate()
	s.cards.WaitForResets()
	s.mu.Lock()
	s.listens = false // the readers' watcher may come to its end later than Serve
	s.mu.Unlock()
	s.inventory.Close()
	return err
}

// assemble makes the engine, and the acts over it.
func (s *session) assemble(ctx context.Context) {
	states := pinstate.New(s.KeyPINs, s.PUKRefusals, s.Log)
	s.inventory = inventory.New(ctx, inventory.Config{
		Select: s.Select, Start: s.Start, Served: s.Served, States: states, HashSites: s.HashSites, Obstacles: s.Obstacles,
		Changed: s.tokensChanged, Now: s.Now, Log: s.Log,
	})
	s.cards = &cardlogin.Cards{Readers: s.inventory.Readers, States: states, HashSites: s.HashSites, Now: s.Now, Log: s.Log}
	s.journal = &act.Journal{Device: s.Device, Folder: s.JournalAt, Log: s.Log}
	s.signing = &sign.Act{Inventory: s.inventory, Cards: s.cards, Journal: s.journal, Spool: &spool.File{Folder: s.Documents}, Now: s.Now}
	s.handlers = s.table(acts{
		sign:     s.signing,
		login:    &login.Act{Inventory: s.inventory, Cards: s.cards, Journal: s.journal, HashSites: s.HashSites, Version: s.Version, Now: s.Now},
		export:   &export.Act{Inventory: s.inventory},
		signhash: &signhash.Act{Inventory: s.inventory, Cards: s.cards, Journal: s.journal, HashSites: s.HashSites, Now: s.Now},
		newpin: &newpin.Act{
			Inventory: s.inventory, Cards: s.cards, Journal: s.journal, Device: s.Device, DeviceAt: s.DeviceAt,
			Platform: s.Platform, Version: s.Version, Now: s.Now, Log: s.Log,
		},
		settings: &settings.Act{
			Inventory: s.inventory, Cards: s.cards, Journal: s.journal, HashSites: s.HashSites, Device: s.Device, Own: s.Own,
			RunDoctor: s.Diagnose, Now: s.Now, Log: s.Log,
		},
	})
}

// read takes requests in until the input ends. A frame that it cannot read ends the session: the window speaks another
// protocol, or the stream has lost its frames.
func (s *session) read(ctx context.Context, in *messaging.Reader) error {
	frame := make([]byte, protocol.MaxHostMessage) // for all: of each chunk of a document it would be garbage at once
	for {
		n, err := in.ReadInto(frame)
		if errors.Is(err, io.EOF) {
			return nil
		}
		var j job
		if err == nil {
			err = messaging.Decode(frame[:n], &j.HostEnvelope) // which copies the body
		}
		secret.Wipe(frame[:n])
		if err == nil {
			err = s.accept(ctx, j)
		}
		if err != nil {
			clear(j.Body)
			s.fail(0, err)
			return err
		}
	}
}

// accept answers ping and cancel at once, and queues the other requests.
func (s *session) accept(ctx context.Context, j job) error {
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

// cancel abandons a request. It is no mistake if that has been answered in the meantime. s.mu must be held.
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

// do has a request handled, and returns its answer's body, nil if that has none.
func (s *session) do(j job) (any, error) {
	defer clear(j.Body)
	h, known := s.handlers[j.Type]
	if err := context.Cause(j.ctx); err != nil && !h.owed {
		return nil, fault.New(fault.Cancelled, err)
	}
	if !known {
		return nil, fault.Errorf(fault.Unsupported, "request type %.300q", j.Type)
	}
	return h.handle(s, j)
}

// hello opens the session, or tells a window of another protocol which side is outdated.
func (s *session) hello(_ context.Context, _ act.Request, body *protocol.Hello) (*protocol.Welcome, error) {
	if body.Protocol > protocol.Version {
		return nil, fault.Errorf(fault.HostOutdated, "protocol %d", body.Protocol)
	}
	if body.Protocol != protocol.Version {
		return nil, fault.Errorf(fault.ExtensionOutdated, "protocol %d", body.Protocol)
	}
	s.greeted = true
	s.mu.Lock()
	s.listens = true
	s.mu.Unlock()
	return &protocol.Welcome{Protocol: protocol.Version, Version: s.Version, Platform: s.Platform}, nil
}
