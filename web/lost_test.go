package main

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/e-onay/e-onay/web/portal/store"
)

// sent is a signature that was sent to the portal.
type sent struct {
	reference, body string
	answered        bool // the portal has said that it has it
}

// signer signs one act after the other, at a portal that may be away at any moment.
type signer struct {
	*world
	portals  []string      // addresses; any may be asked
	answered *atomic.Int64 // of all signers
	codes    int           // that the session was given
	sent     []sent
}

var errAway = errors.New("the portal is away, or has nothing to sign")

func (s *signer) portal() string { return s.portals[rand.N(len(s.portals))] }

// run signs until ctx ends. What goes wrong before a signature is sent is tried again.
func (s *signer) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.act(ctx); err != nil {
			s.pause(ctx)
		}
	}
}

func (s *signer) pause(ctx context.Context) {
	select {
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
	}
}

func (s *signer) act(ctx context.Context) error {
	if s.codes%25 == 0 { // one session is given thirty codes at most
		s.cookie = crand.Text()
		if err := s.tryLogIn(); err != nil {
			return err
		}
	}
	form := url.Values{"onay": {"evet"}}
	_, page, err := s.do("GET", s.portal()+"/nes/e-onay", "", "")
	if err != nil {
		return err
	}
	for _, m := range field.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	if form.Get("islem") == "" {
		return errAway // a signature is being checked
	}
	s.codes++
	if _, _, err := s.do("POST", s.portal()+"/nes/e-onay", "application/x-www-form-urlencoded", form.Encode()); err != nil {
		return err
	}
	_, page, err = s.do("GET", s.portal()+"/nes/e-onay/imza", "", "")
	m := actID.FindStringSubmatch(page)
	if err != nil || m == nil {
		return errAway
	}
	status, document, err := s.do("GET", s.portal()+"/nes/e-onay/imza/belge?islem="+m[1], "", "")
	if err != nil || status != http.StatusOK {
		return errAway
	}
	s.deliver(ctx, sent{reference: m[1], body: s.sign(m[1], document)})
	return nil
}

// deliver sends a signature as the page does, again where no answer came; one browser in six has gone by then.
func (s *signer) deliver(ctx context.Context, one sent) {
	for stays := rand.N(6) > 0; ; {
		status, answer, err := s.do("POST", s.portal()+"/nes/e-onay/imza", "application/json", one.body)
		if err == nil && strings.Contains(answer, `"location":"/nes/e-onay/sonuc"`) {
			one.answered = true
			s.answered.Add(1)
			break
		}
		if err == nil && status != http.StatusServiceUnavailable && status != http.StatusBadGateway { // the proxy's, of a portal that was killed
			s.t.Errorf("%s: %d %s", one.reference, status, answer)
			break
		}
		if !stays || ctx.Err() != nil {
			break
		}
		s.pause(ctx)
	}
	s.sent = append(s.sent, one)
}

func (w *world) misbehave(how string) {
	w.t.Helper()
	response, err := http.Post(w.sandbox+"/admin/misbehave", "application/json", strings.NewReader(fmt.Sprintf(`{"ocsp":%q}`, how)))
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("misbehave %q: %v", how, err)
	}
	response.Body.Close()
}

// often is how often something happens in a test: as the variable of the environment says, or else as usual.
func often(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// drill leaves a test out of `make test-quick`: what is killed, filled up or replaced under load takes minutes. `make test` has it.
func drill(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a drill of minutes, which make test runs")
	}
}

// TestNoSignatureIsLost kills and stops the portal again and again while people sign and the responder comes and goes: every
// signature that the portal has said to have is an act in the end, the others are acts or have left nothing. `make lost`
// does so five hundred and twenty times.
func TestNoSignatureIsLost(t *testing.T) {
	drill(t)
	kills, stops := often(t, "KILLS", 10), often(t, "STOPS", 3)
	signals := make([]syscall.Signal, kills+stops)
	for i := range signals {
		signals[i] = syscall.SIGKILL
		if i < stops {
			signals[i] = syscall.SIGTERM
		}
	}
	rand.Shuffle(len(signals), func(i, j int) { signals[i], signals[j] = signals[j], signals[i] })

	w := newWorld(t)
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGKILL) }()
	answered, finish := w.threeSign(portal.url)
	for _, signal := range signals {
		w.misbehave("ok")
		w.until("a signature is answered", func(before int64) bool { return answered.Load() > before }, answered.Load())
		w.misbehave([]string{"ok", "ok", "ok", "down", "hang"}[rand.N(5)])
		<-time.After(rand.N(150 * time.Millisecond)) // the moment is what is tried
		if signal == syscall.SIGTERM {
			w.misbehave([]string{"ok", "down"}[rand.N(2)]) // the portal waits some seconds for one that hangs
		}
		status := portal.end(signal)
		if signal == syscall.SIGTERM && status != 0 {
			t.Errorf("told to stop, the portal ended with %d\n%s", status, &portal.log)
		}
		portal = start(t, "serve", "-config", w.config)
	}
	w.misbehave("ok")
	w.settled(finish())
}

// threeSign has three people sign, at any of some portals, until finish is called, which returns who they were. answered is how many signatures were
// answered until now.
func (w *world) threeSign(portals ...string) (answered *atomic.Int64, finish func() []*signer) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	var (
		running sync.WaitGroup
		signers []*signer
	)
	answered = new(atomic.Int64)
	for _, number := range []string{ayse, mehmet, fatma} {
		s := &signer{world: w.person(number), portals: portals, answered: answered}
		signers = append(signers, s)
		running.Go(func() { s.run(ctx) })
	}
	w.t.Cleanup(func() { stop(); running.Wait() })
	return answered, func() []*signer {
		stop()
		running.Wait()
		return signers
	}
}

// until waits for what other processes do.
func (w *world) until(what string, happened func(before int64) bool, before int64) {
	w.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !happened(before); <-tick.C {
		if time.Since(began) > 2*time.Minute {
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// settled waits until no signature is open, and checks what became of each.
func (w *world) settled(signers []*signer) {
	w.t.Helper()
	driver, address := "sqlite", w.database
	if w.postgres != "" {
		driver, address = "pgx", w.postgres+" search_path=eonay"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int64) {
		if err := db.QueryRow("SELECT count(*) FROM " + query).Scan(&n); err != nil {
			w.t.Fatal(err)
		}
		return n
	}
	w.until("no signature is open", func(int64) bool { return count("receipt WHERE code IS NULL") == 0 }, 0)
	if n := count("receipt"); n > 0 {
		w.t.Errorf("%d signatures were refused", n)
	}
	if n := count("act WHERE (SELECT count(*) FROM evidence WHERE evidence.reference = act.reference) <> 5"); n > 0 {
		w.t.Errorf("%d acts are without all their evidence", n)
	}
	s := w.open()
	defer s.Close()
	all, answered, recorded := 0, 0, int64(0)
	for _, signer := range signers {
		for _, one := range signer.sent {
			all++
			evidence, err := s.Evidence(w.t.Context(), one.reference)
			switch {
			case err == nil:
				recorded++
				var body struct{ Signature []byte }
				if err := json.Unmarshal([]byte(one.body), &body); err != nil || string(body.Signature) != string(evidence.Signature) {
					w.t.Errorf("%s has another signature", one.reference)
				}
			case !errors.Is(err, store.ErrNotFound):
				w.t.Error(err)
			case one.answered:
				w.t.Errorf("%s is lost", one.reference)
			}
			if one.answered {
				answered++
			}
		}
	}
	if n := count("act"); n != recorded {
		w.t.Errorf("%d acts are on record, of %d signatures", n, recorded)
	}
	w.t.Logf("%d signatures sent, %d answered, %d recorded", all, answered, recorded)
}
