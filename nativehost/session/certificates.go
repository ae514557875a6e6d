package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A choice is a certificate that was listed, and what is needed to sign with it.
type choice struct {
	*holder
	certificate *pki.Certificate
	key         worker.Key
}

// A holder is a token that was listed, and what is needed to speak with it.
type holder struct {
	id     string // Token.ID
	worker *worker.Client
	ref    worker.TokenRef
	pin    *protocol.PINState // kept up to date by refusals, as puk is
	puk    string             // a protocol.PUK… state
	method worker.Method      // by which a PUK unblocks it
	pss    bool               // its RSA keys sign by RSASSA-PSS alone
	place
}

// certificates lists what the libraries show: round after round, until every card is served. A library that
// fails is a finding.
func (s *session) certificates(ctx context.Context) (any, error) {
	if s.phase != phaseOpen && s.phase != phaseReceiving {
		return nil, fault.Errorf(fault.Sequence, "certificates in phase %d", s.phase)
	}
	sight, selection := s.look(ctx)
	m := newMerger(s)
	asked := 0
	for _, round := range selection.Rounds {
		if asked > 0 && sight.allServed() || s.allKept(sight) {
			break
		}
		asked += len(round)
		s.ask(ctx, round, m, sight)
		if err := context.Cause(ctx); err != nil {
			return nil, fault.New(fault.Cancelled, err)
		}
	}
	s.explain(m, sight, selection, asked)
	m.fit()
	m.list.Readers = sight.list()
	s.ours = sight.shownReaders()
	s.listed, s.tokens = m.choices, m.tokens
	s.mu.Lock()
	s.awaited = sight.busy()
	s.mu.Unlock()
	return m.list, nil
}

// ask adds what the libraries of one round show.
func (s *session) ask(ctx context.Context, round []module.Library, m *merger, sight *sight) {
	listings := make([]*worker.Listing, len(round))
	failures := make([]error, len(round))
	workers := make([]*worker.Client, len(round))
	var asking sync.WaitGroup
	for i, library := range round {
		workers[i] = s.worker(library)
		doubted := s.doubted[library.Path]
		asking.Go(func() {
			if doubted {
				workers[i].Close()
			}
			listings[i], failures[i] = s.late.list(ctx, workers[i])
		})
	}
	asking.Wait()
	for i, w := range workers {
		if err := failures[i]; err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("listing", "module", w.Module(), "error", err)
			}
			delete(s.doubted, w.Module()) // the failure has ended it
			m.failed++
			m.libraries = append(m.libraries, shown{findings: []protocol.Finding{{Code: fault.CodeOf(err), Subject: filepath.Base(w.Module()), Detail: reason(err)}}})
			continue
		}
		places := make([]place, len(listings[i].Tokens))
		for k := range places {
			t := &listings[i].Tokens[k]
			places[k] = s.placeOf(ctx, t, sight)
			s.describePIN(ctx, &t.PIN, places[k])
		}
		m.slots += listings[i].Slots
		s.doubted[w.Module()] = m.add(w, round[i], listings[i], places)
		for _, atr := range sight.serve(listings[i], places) {
			s.Served(atr, w.Module())
		}
	}
}

func (s *session) worker(library module.Library) *worker.Client {
	w := s.workers[library.Path]
	if w == nil {
		w = s.Start(library)
		s.workers[library.Path] = w
	}
	return w
}

// maxSerial is a serial number's length in bits (RFC 5280, 4.1.2.2).
const maxSerial = 20 * 8

// A merger makes one list of what several libraries show. Two libraries may well serve the same card:
// what the first one showed, a later one does not show again.
type merger struct {
	session   *session
	list      protocol.CertificateList
	libraries []shown
	choices   map[string]*choice
	tokens    map[string]*holder
	slots     int // of all libraries
	failed    int // libraries that gave no list
}

func newMerger(s *session) *merger {
	m := &merger{session: s, choices: map[string]*choice{}, tokens: map[string]*holder{}}
	// Not nil: the window's side of JSON knows no difference between no list and an empty one.
	m.list.Tokens, m.list.Certificates = []protocol.Token{}, []protocol.Certificate{}
	m.list.Findings = slices.Clone(s.Obstacles)
	return m
}

func (m *merger) find(code fault.Code, subject string) {
	m.tell(protocol.Finding{Code: code, Subject: subject})
}

func (m *merger) tell(f protocol.Finding) { m.list.Findings = append(m.list.Findings, f) }

// reason is an error's, for the log and the help desk.
func reason(err error) string {
	return worker.CleanDetail(strings.TrimPrefix(err.Error(), string(fault.CodeOf(err))+": "))
}

// add adds what a library shows, and reports whether something is wrong with it. A card that was read badly once may be
// well, but libraries remember what they have read for as long as it stays in the reader: such a one is started again
// for the next list.
func (m *merger) add(w *worker.Client, library module.Library, l *worker.Listing, places []place) (doubtful bool) {
	out := shown{name: filepath.Base(w.Module())}
	for _, f := range l.Findings {
		if f.Subject == "" {
			f.Subject = out.name
		}
		out.tell(f)
	}
	for i := range l.Tokens {
		m.addToken(&out, w, library, l, &l.Tokens[i], places[i])
	}
	m.libraries = append(m.libraries, out)
	return slices.ContainsFunc(out.findings, func(f protocol.Finding) bool { return f.Code != fault.CertificatesLeftOut })
}

func (m *merger) addToken(out *shown, w *worker.Client, library module.Library, l *worker.Listing, t *worker.Token, at place) {
	id := tokenID(w.Module(), t)
	puk := worsePUK(t.PUK, m.session.puks[id])
	if puk == protocol.PUKReady && m.session.refusals.has(t.Serial) {
		puk = protocol.PUKLow
	}
	h := &holder{
		id: id, worker: w, ref: worker.TokenRef{Slot: t.Slot, Serial: t.Serial}, pin: &t.PIN, puk: puk, pss: t.PSS, place: at,
	}
	h.method = library.Unblocks(h.family)
	fresh, repeated := []protocol.Certificate{}, 0
	var unreadable []error
	for _, c := range l.Certificates {
		if c.Slot != t.Slot {
			continue
		}
		certificate, err := parse(c.DER)
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		if certificate.IsCA {
			continue // cards carry their issuers' too; nobody signs with those
		}
		name := certificateID(certificate)
		if m.choices[name] != nil {
			repeated++
			continue
		}
		chosen := &choice{
			holder: h, certificate: certificate,
			key: worker.Key{Slot: t.Slot, Serial: t.Serial, Certificate: c.DER},
		}
		m.choices[name] = chosen
		described := m.describe(certificate, id)
		described.KeyPIN = m.session.askedKeyPIN(chosen)
		fresh = append(fresh, described)
	}
	if len(fresh) == 0 && repeated > 0 {
		return // the same card, seen through an earlier library
	}
	if len(unreadable) > 0 {
		out.tell(protocol.Finding{Code: fault.CertificateMalformed, Subject: t.Label, Detail: reason(unreadable[0])})
	}
	if len(fresh) == 0 && !out.tells(fault.CertificateMalformed, t.Label) {
		out.tell(protocol.Finding{Code: fault.NoCertificate, Subject: t.Label})
	}
	m.tokens[id] = h
	out.tokens = append(out.tokens, protocol.Token{
		ID: id, Label: t.Label, Reader: at.name(t), Module: out.name, PIN: t.PIN, PUK: puk, Unblocks: h.method != worker.NoMethod,
	})
	out.certificates = append(out.certificates, fresh)
}

// parse is pki.Parse, and refuses what would make the window refuse the whole list: a serial number
// without bounds, or a date before 1970.
func parse(der []byte) (*pki.Certificate, error) {
	c, err := pki.Parse(der)
	if err != nil {
		return nil, err
	}
	if c.SerialNumber.BitLen() > maxSerial || c.NotBefore.Unix() < 0 || c.NotAfter.Unix() < 0 {
		return nil, fault.Errorf(fault.CertificateMalformed, "serial number of %d bits, valid from %v until %v", c.SerialNumber.BitLen(), c.NotBefore, c.NotAfter)
	}
	return c, nil
}

func (m *merger) describe(c *pki.Certificate, token string) protocol.Certificate {
	out := protocol.Certificate{
		ID: certificateID(c), Token: token, Holder: c.Holder(), Issuer: c.IssuerName(),
		CitizenMasked: c.MaskedCitizenNumber(), Serial: fmt.Sprintf("%X", c.SerialNumber),
		NotBefore: c.NotBefore.Unix(), NotAfter: c.NotAfter.Unix(),
		Key: c.Key(), Qualified: c.Qualified(), PublicKey: publicKey(c),
	}
	if err := c.Usable(m.session.Now()); err != nil {
		out.Problem = fault.CodeOf(err)
	}
	err := c.UsableForLogin(m.session.Now(), true)
	if err == nil {
		err = m.session.mayLogIn(c)
	}
	if err != nil {
		out.LoginProblem = fault.CodeOf(err)
	}
	return out
}

func certificateID(c *pki.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// tokenID is the same for the same token in the same slot of the same library.
func tokenID(module string, t *worker.Token) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q", module, t.Slot, t.Serial))
	return hex.EncodeToString(sum[:8])
}
