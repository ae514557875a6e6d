// Package inventory lists the readers, tokens and certificates of this machine, and keeps the latest list: an act may name
// what is in it, and nothing else.
//
// Which libraries are asked depends on the cards (package module). Those of one round are asked side by side; the next
// round is asked only while a card has shown no certificate. A library that was late once is not waited for again: it is
// listed as late, asked beside the session, and the window hears of it when it answers.
//
// What libraries show is validated here, once: certificates that the window could not read are left out, and the list is
// cut to what the window and the browser take.
package inventory

import (
	"context"
	"crypto/x509"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pinstate"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Config is what an Inventory works with. All fields but Obstacles are needed.
type Config struct {
	// Select says which libraries to ask about the cards with these answers to reset.
	Select func(cards [][]byte) module.Selection
	// Start returns the worker for a library. It is called once for each; Close closes the worker.
	Start func(module.Library) *worker.Client
	// Served is told which library showed the certificates of a card.
	Served func(atr []byte, library string)
	// States knows the PINs and PUKs of what is listed.
	States *pinstate.Tracker
	// HashSites tells which keys must not log in.
	HashSites hashsites.File
	// Obstacles were met before the session; every list has them.
	Obstacles []protocol.Finding
	// Changed is called when a new list may differ from the latest. It must not block.
	Changed func()
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}

// An Inventory is what one session sees of the cards. Its methods are for one goroutine.
type Inventory struct {
	Config
	// Readers watches the readers.
	Readers *reader.Watcher

	late    *lateLibraries
	workers map[string]*worker.Client // by the library's path

	certificates map[string]*Certificate // of the latest list, by Certificate.ID; nil before the first
	tokens       map[string]*Token       // of the latest list, by Token.ID
	// visibleReaders are the readers whose card a library has shown in the latest list.
	visibleReaders []string
	// needsRestart has the libraries, by path, of which the latest list showed that something is wrong.
	needsRestart map[string]bool
	serviceEpoch int             // of the PC/SC service that the workers have spoken with
	sawReader    bool            // PC/SC has shown a reader
	toldMissing  map[string]bool // families, by ID, of whose missing library the log was told

	mu            sync.Mutex
	awaitsRelease bool // the latest list lacks a card to which another program has exclusive access
}

// A Token is a token of the latest list, with what is needed to speak with it.
type Token struct {
	ID     string // protocol.Token.ID
	Worker *worker.Client
	Ref    worker.TokenRef
	PIN    protocol.PINState // kept up to date by refusals, as PUK is
	PUK    string            // a protocol.PUK… state
	Method worker.Method     // by which a PUK unblocks it
	PSS    bool              // its RSA keys sign by RSASSA-PSS alone
	Place  Place
}

// A Certificate is a certificate of the latest list, with what is needed to sign with its key.
type Certificate struct {
	*pki.Certificate
	Token  *Token
	KeyRef worker.Key
}

// ID is the certificate's protocol.Certificate.ID.
func (c *Certificate) ID() string { return certificateID(c.Certificate) }

// X509 returns the certificate as the standard library knows it.
func (c *Certificate) X509() *x509.Certificate { return c.Certificate.Certificate }

// KeyName names the certificate's key, as packages hashsites and keypins do.
func (c *Certificate) KeyName() string { return hashsites.KeyName(c.Certificate) }

// New returns an Inventory that watches the readers until ctx ends.
func New(ctx context.Context, c Config) *Inventory {
	i := &Inventory{
		Config: c, workers: map[string]*worker.Client{}, needsRestart: map[string]bool{}, toldMissing: map[string]bool{},
	}
	i.late = newLateLibraries(ctx, c.Changed)
	i.Readers = reader.Watch(ctx, c.Changed, i.cardReleased)
	return i
}

// cardReleased tells the window that a program has released its exclusive access, if the latest list lacks a card for that
// reason. Otherwise it is silent: a library may itself take exclusive access while it lists, and would be asked again and
// again.
func (i *Inventory) cardReleased() {
	i.mu.Lock()
	awaited := i.awaitsRelease
	i.mu.Unlock()
	if awaited {
		i.Changed()
	}
}

// Listed reports whether there is a list.
func (i *Inventory) Listed() bool { return i.certificates != nil }

// Find returns a certificate of the latest list, nil if it is not in it.
func (i *Inventory) Find(certificate string) *Certificate { return i.certificates[certificate] }

// Certificate returns a certificate of the latest list.
func (i *Inventory) Certificate(id string) (*Certificate, error) {
	if !i.Listed() {
		return nil, fault.Errorf(fault.Sequence, "a certificate is named before a list")
	}
	c := i.Find(id)
	if c == nil {
		return nil, fault.Errorf(fault.NoCertificate, "the certificate is not in the list")
	}
	return c, nil
}

// Token returns a token of the latest list.
func (i *Inventory) Token(id string) (*Token, error) {
	if !i.Listed() {
		return nil, fault.Errorf(fault.Sequence, "a token is named before a list")
	}
	t := i.tokens[id]
	if t == nil {
		return nil, fault.Errorf(fault.NoToken, "the token is not in the list")
	}
	return t, nil
}

// CertificateOf returns a certificate of the token, always the same one, nil if the token has none: people know their cards
// by it.
func (i *Inventory) CertificateOf(t *Token) *Certificate {
	return i.first(func(c *Certificate) bool { return c.Token == t })
}

// CertificateOfKey returns a certificate of the key, always the same one, nil if the key is not in the latest list.
func (i *Inventory) CertificateOfKey(name string) *Certificate {
	return i.first(func(c *Certificate) bool { return c.KeyName() == name })
}

// first returns the certificate with the least ID of those that fit.
func (i *Inventory) first(fits func(*Certificate) bool) *Certificate {
	var ids []string
	for id, c := range i.certificates {
		if fits(c) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return i.certificates[slices.Min(ids)]
}

// ListLibrary lists what one library shows. It does not change the latest list.
func (i *Inventory) ListLibrary(ctx context.Context, library module.Library) (*worker.Listing, error) {
	return i.late.list(ctx, i.worker(library))
}

// worker returns the library's worker, which it starts at the first need.
func (i *Inventory) worker(library module.Library) *worker.Client {
	w := i.workers[library.Path]
	if w == nil {
		w = i.Start(library)
		i.workers[library.Path] = w
	}
	return w
}

// WaitForLate returns when no library is being asked beside the session any more. The end of New's ctx brings that about.
func (i *Inventory) WaitForLate() { i.late.wait() }

// Close ends all workers.
func (i *Inventory) Close() {
	var closing sync.WaitGroup
	for _, w := range i.workers {
		closing.Go(w.Close)
	}
	closing.Wait()
}
