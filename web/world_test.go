package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// world is a sandbox, a portal's settings for it, and one person with a card.
type world struct {
	t           *testing.T
	sandbox     string // its address
	config      string
	database    string
	postgres    string // connection string of the database in its place; empty for none
	number      string // the person's
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	client      http.Client
	cookie      string
}

// The synthetic people of the tests.
const (
	ayse   = "10000000146"
	mehmet = "11111111110"
	fatma  = "11111111101"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, thisProgram)
}

// newWorldOf is newWorld with the sandbox, and so the settings, of another version's program.
func newWorldOf(t *testing.T, program string) *world {
	t.Helper()
	dir := t.TempDir()
	box := startOf(t, program, "sandbox", "-state", dir, "-portal", fmt.Sprintf("http://localhost:%d", fixedPort(t)))
	t.Cleanup(func() {
		if status := box.end(syscall.SIGTERM); status != 0 {
			t.Errorf("the sandbox ended with %d\n%s", status, &box.log)
		}
	})
	w := &world{t: t, sandbox: box.url, number: ayse, config: filepath.Join(dir, "portal.json"), database: filepath.Join(dir, "portal.db"), cookie: crand.Text()}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.client.Transport = &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}
	w.issue()
	w.logIn()
	return w
}

// fixedPort returns a free port for a portal that comes back at the same place after each crash. It is below those that systems
// give to outgoing connections (from 32768 on): one of these could have it while the portal is down.
func fixedPort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 12000 + rand.IntN(8000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no free port")
	return 0
}

// person is somebody else in the same world, who is not logged in.
func (w *world) person(number string) *world {
	w.t.Helper()
	other := *w
	other.number = number
	other.issue()
	return &other
}

func (w *world) issue() {
	w.t.Helper()
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), crand.Reader); err != nil {
		w.t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(w.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"publicKey": public, "name": "Ayşe Yılmaz", "citizenNumber": w.number, "kind": "valid"})
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.Post(w.sandbox+"/ca/issue", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var issued struct{ Certificate []byte }
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		w.t.Fatal(err)
	}
	if w.certificate, err = x509.ParseCertificate(issued.Certificate); err != nil {
		w.t.Fatal(err)
	}
}

// open opens the portal's database beside the portal.
func (w *world) open() store.Store {
	w.t.Helper()
	s, err := w.tryOpen()
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) tryOpen() (store.Store, error) {
	if w.postgres != "" {
		return postgres.Open(context.Background(), w.postgres, false)
	}
	return sqlite.Open(context.Background(), w.database)
}

func (w *world) logIn() {
	w.t.Helper()
	if err := w.tryLogIn(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryLogIn() error {
	now := time.Now()
	if w.postgres != "" { // by a statement, since the database may have the schema of a version before
		db, err := sql.Open("pgx", w.postgres)
		if err != nil {
			return err
		}
		id := store.HashOf(w.cookie)
		_, err = db.ExecContext(w.t.Context(), `INSERT INTO eonay.session (id, citizen_number, name, acr, amr, device, created_at, seen_at, expires_at)
			VALUES ($1, $2, 'Ayşe Yılmaz', '', '', '', $3, $3, $4)`, id[:], w.number, now.UnixMilli(), now.Add(time.Hour).UnixMilli())
		return errors.Join(err, db.Close())
	}
	s, err := w.tryOpen()
	if err != nil {
		return err
	}
	err = s.CreateSession(w.t.Context(), store.Session{
		ID: store.HashOf(w.cookie), CitizenNumber: w.number, Name: "Ayşe Yılmaz",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	})
	return errors.Join(err, s.Close())
}

// do returns status and body, or an error when the portal is gone.
func (w *world) do(method, target, mediaType, body string) (int, string, error) {
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.AddCookie(&http.Cookie{Name: "oturum", Value: w.cookie})
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := w.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func (w *world) must(method, target, mediaType, body string, want int) string {
	w.t.Helper()
	status, answer, err := w.do(method, target, mediaType, body)
	if err != nil || status != want {
		w.t.Fatalf("%s %s: %d %v, want %d\n%s", method, target, status, err, want, answer)
	}
	return answer
}

var (
	field = regexp.MustCompile(`name="(islem|metin)" value="([^"]*)"`)
	actID = regexp.MustCompile(`data-act="([0-9A-Z-]{19})"`)
)

// prepare goes to screen 2/2 and signs; it returns the act and the request that records it.
func (w *world) prepare(portal string) (reference, body string) {
	w.t.Helper()
	form := url.Values{"onay": {"evet"}}
	for _, m := range field.FindAllStringSubmatch(w.must("GET", portal+"/nes/e-onay", "", "", 200), -1) {
		form.Set(m[1], m[2])
	}
	w.must("POST", portal+"/nes/e-onay", "application/x-www-form-urlencoded", form.Encode(), 303)
	m := actID.FindStringSubmatch(w.must("GET", portal+"/nes/e-onay/imza", "", "", 200))
	if m == nil {
		w.t.Fatal("screen 2/2 names no act")
	}
	return m[1], w.sign(m[1], w.must("GET", portal+"/nes/e-onay/imza/belge", "", "", 200))
}

// sign returns the request with a signature over an act's document.
func (w *world) sign(reference, document string) (body string) {
	w.t.Helper()
	hash, err := ades.HashFor(w.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	digest := hash.New()
	digest.Write([]byte(document))
	request := cades.Request{Signer: ades.Signer{Certificate: w.certificate, Hash: hash, Time: time.Now()}, ContentDigest: digest.Sum(nil)}
	signature, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return w.key.Sign(crand.Reader, digest, hash) })
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"act": reference, "signature": signature})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// whole checks that an act is on record with all its evidence, or not at all.
func (w *world) whole(reference string) (recorded bool) {
	w.t.Helper()
	s := w.open()
	defer s.Close()
	act, errAct := s.Act(context.Background(), reference)
	evidence, errEvidence := s.Evidence(context.Background(), reference)
	challenge, err := s.Challenge(context.Background(), reference)
	if err != nil {
		w.t.Fatal(err)
	}
	recorded = errAct == nil
	if recorded != (errEvidence == nil) || recorded != challenge.Used {
		w.t.Fatalf("half an act: %v, %v, used %v", errAct, errEvidence, challenge.Used)
	}
	if recorded && (len(evidence.Document) == 0 || len(evidence.Signature) == 0 || len(evidence.Path) != 3 ||
		len(evidence.OCSP) != 1 || len(evidence.CRLs) != 1 || act.Kind != challenge.Kind) {
		w.t.Fatalf("an act without all its evidence: %+v", act)
	}
	return recorded
}
