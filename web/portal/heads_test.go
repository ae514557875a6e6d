package portal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

// chainSite is a store with a signer of its heads.
type chainSite struct {
	*testing.T
	store  *sqlite.Store
	signer *headSigner
	logins int
}

func newChainSite(t *testing.T) *chainSite {
	t.Helper()
	dir := t.TempDir()
	s := sqlitetest.Open(t, filepath.Join(dir, "portal.db"))
	return &chainSite{T: t, store: s, signer: newSigner(t, s, filepath.Join(dir, "heads"))}
}

func newSigner(t *testing.T, s store.Chain, path string) *headSigner {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &headSigner{store: s, key: key, path: path, log: slog.New(slog.DiscardHandler), now: time.Now}
}

// enter adds an entry.
func (c *chainSite) enter() {
	c.Helper()
	c.logins++
	now := time.Now()
	if err := c.store.RecordLogin(c.Context(), store.Login{Reference: fmt.Sprint(c.logins), ReceivedAt: now, Evidence: store.Evidence{VerifiedAt: now}}); err != nil {
		c.Fatal(err)
	}
}

// published returns the heads in the file, 0 in place of a line that cannot be read.
func (c *chainSite) published() (numbers []int64) {
	c.Helper()
	data, err := os.ReadFile(c.signer.path)
	if err != nil && !os.IsNotExist(err) {
		c.Fatal(err)
	}
	err = readHeads(bytes.NewReader(data), func(_ int, h store.Head, err error) error {
		if err == nil && !verifyHead(h, []*ecdsa.PublicKey{&c.signer.key.PublicKey}) {
			c.Errorf("the head of %d is not signed by the key", h.Number)
		}
		numbers = append(numbers, h.Number)
		return nil
	})
	if err != nil {
		c.Fatal(err)
	}
	return numbers
}

func (c *chainSite) want(numbers ...int64) {
	c.Helper()
	if got := c.published(); fmt.Sprint(got) != fmt.Sprint(numbers) {
		c.Errorf("published are the heads %v, want %v", got, numbers)
	}
}

func (c *chainSite) sign() {
	c.Helper()
	if err := c.signer.sign(c.Context()); err != nil {
		c.Fatal(err)
	}
}

// TestHeads signs and publishes the newest entry, once.
func TestHeads(t *testing.T) {
	c := newChainSite(t)
	c.sign()
	c.want()
	c.enter()
	c.enter()
	c.sign()
	c.sign()
	c.want(2)
	c.enter()
	c.sign()
	c.want(2, 3)

	again := *c.signer // another process publishes the newest anew, and signs nothing
	again.published = 0
	c.signer = &again
	c.sign()
	c.want(2, 3, 3)
	if h, err := c.store.NewestHead(t.Context()); err != nil || h.Number != 3 {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestHeadsOfManyProcesses has processes sign at once: one head is kept for an entry, and none fails.
func TestHeadsOfManyProcesses(t *testing.T) {
	c := newChainSite(t)
	c.enter()
	const processes = 8
	ended := make(chan error, processes)
	for range processes {
		signer := *c.signer
		go func() { ended <- signer.sign(t.Context()) }()
	}
	for range processes {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	c.want(1, 1, 1, 1, 1, 1, 1, 1)
}

// TestHeadsArePublishedLater fails to publish a head, and publishes it when that is possible.
func TestHeadsArePublishedLater(t *testing.T) {
	c := newChainSite(t)
	c.enter()
	if err := os.Mkdir(c.signer.path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.signer.sign(t.Context()); err == nil {
		t.Error("published to a folder")
	}
	if err := os.Remove(c.signer.path); err != nil {
		t.Fatal(err)
	}
	c.sign()
	c.want(1)
}

// TestHeadsAfterACrash: a line that was cut off stays apart from the next one.
func TestHeadsAfterACrash(t *testing.T) {
	c := newChainSite(t)
	c.enter()
	c.sign()
	data, err := os.ReadFile(c.signer.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.signer.path, append(data, data[:40]...), 0o600); err != nil {
		t.Fatal(err)
	}
	c.want(1)
	c.enter()
	c.sign()
	c.want(1, 0, 2)
}

// TestOpenSSLVerifiesHeads has a published head verified by what the documents say of it.
func TestOpenSSLVerifiesHeads(t *testing.T) {
	c := newChainSite(t)
	c.enter()
	c.sign()
	line, err := os.ReadFile(c.signer.path)
	if err != nil {
		t.Fatal(err)
	}
	var head struct {
		Number                int64
		Link, Time, Signature string
	}
	if err := json.Unmarshal(line, &head); err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(head.Signature)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&c.signer.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), "signature": signature,
		"text": fmt.Appendf(nil, "tr.eonay.head v1\n%d\n%s\n%s\n", head.Number, head.Link, head.Time),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("openssl", "dgst", "-sha256", "-verify", "key", "-signature", "signature", "text")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
	if key, err := readPublicKey(filepath.Join(dir, "key")); err != nil || !key.Equal(&c.signer.key.PublicKey) {
		t.Errorf("the public key: %v", err)
	}
	if _, err := readPublicKey(filepath.Join(dir, "text")); err == nil {
		t.Error("a text was taken for a key")
	}
}

// TestHeadOfAnotherKey is verified by the keys that are given, and changes with anything that it says.
func TestHeadOfAnotherKey(t *testing.T) {
	c := newChainSite(t)
	c.enter()
	e, err := c.store.NewestEntry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.signer.head(e)
	if err != nil {
		t.Fatal(err)
	}
	keys := []*ecdsa.PublicKey{&newSigner(t, c.store, "").key.PublicKey, &c.signer.key.PublicKey}
	if !verifyHead(h, keys) || verifyHead(h, keys[:1]) || verifyHead(h, nil) {
		t.Error("it is not the key that decides")
	}
	for name, change := range map[string]func(*store.Head){
		"number": func(h *store.Head) { h.Number++ }, "link": func(h *store.Head) { h.Link[0]++ },
		"time": func(h *store.Head) { h.SignedAt = h.SignedAt.Add(time.Second) }, "signature": func(h *store.Head) { h.Signature = []byte{0} },
	} {
		other := h
		change(&other)
		if verifyHead(other, keys) {
			t.Errorf("another %s is verified too", name)
		}
	}
}
