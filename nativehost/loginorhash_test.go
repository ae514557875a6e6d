//go:build linux

package main_test

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/test/testcard"
)

// In whatever order it is asked, in one window, in another that was opened before, and in new ones, a key logs in or
// signs hashes. It is the key that counts: another certificate for it changes nothing.
func TestKeyLogsInOrSignsHashes(t *testing.T) {
	t.Parallel()
	m, c, certificate := oneCard(t, testcard.P256)
	if err := c.token.Store(c.sub.Issue(t, certificate.PublicKey).Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	old := map[string][]*window{}
	for _, act := range []string{"login", "hash"} {
		for range 16 {
			w, _ := m.fresh(t)
			old[act] = append(old[act], w)
		}
	}
	settings, listed := m.fresh(t)
	allowed := false
	// Each act follows each other one.
	for i, act := range strings.Fields("login hash allow login allow hash forbid hash forbid login login hash hash allow allow forbid forbid allow") {
		switch act {
		case "allow":
			settings.allow(listed, portal)
			allowed = true
			continue
		case "forbid":
			settings.forbid(listed, portal)
			allowed = false
			continue
		}
		earlier := old[act][0]
		old[act] = old[act][1:]
		now := m.open(t)
		now.hello()
		for _, one := range now.list().Certificates {
			if one.PublicKey != listed.PublicKey || (one.LoginProblem == fault.LoginOff) != allowed {
				t.Errorf("act %d: %+v", i, one)
			}
			w := earlier
			if one.ID != listed.ID {
				w = now
			}
			switch {
			case act == "login" && allowed:
				w.refused(w.login(one, pin, loginFormats[i%2]), fault.LoginOff)
			case act == "login":
				w.token(w.login(one, pin, loginFormats[i%2]))
			case allowed:
				w.answer(w.signHash(one, crypto.SHA256, portal), protocol.HostHashSigned, nil)
			default:
				w.refused(w.signHash(one, crypto.SHA256, portal), fault.HashOff)
			}
		}
	}
}

// What is allowed changes while the card checks the PIN: at the moment of signing it counts as it is then, and cannot
// change until the signature is made.
func TestHashPairsAreLockedWhileSigning(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before bool // it was allowed
		ask    func(w *window, c protocol.Certificate) uint32
		want   fault.Code
	}{
		{"allowed during a login", false, func(w *window, c protocol.Certificate) uint32 { return w.login(c, pin, protocol.LoginFormat) }, fault.LoginOff},
		{"forbidden during a hash", true, func(w *window, c protocol.Certificate) uint32 { return w.signHash(c, crypto.SHA256, portal) }, fault.HashOff},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, listed := m.fresh(t)
			pair := []protocol.HostHashSite{{Key: listed.PublicKey, Origin: portal}}
			if tt.before {
				w.allow(listed, portal)
			}
			unlock, err := m.hashSites().Lock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			id := tt.ask(w, listed)
			if _, err := faulty.Called(patience); err != nil { // it has looked, and the card hears the PIN
				t.Fatal(err)
			}
			if tt.before {
				pair = nil
			}
			if err := m.hashSites().Write(hashsites.List{Sites: pair}); err != nil {
				t.Fatal(err)
			}
			unlock()
			w.refused(id, tt.want)
		})
		t.Run(tt.name+", while the card signs", func(t *testing.T) {
			t.Parallel()
			m, faulty := withFault(t, testcard.Fault{Function: "C_Sign", Do: testcard.Hang})
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, listed := m.fresh(t)
			if tt.before {
				w.allow(listed, portal)
			}
			id := tt.ask(w, listed)
			if _, err := faulty.Called(patience); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(m.hashSites().Path+".lock", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
				t.Errorf("the pairs are not locked: %v", err)
			}
			w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
			w.refused(id, fault.Cancelled)
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
				t.Errorf("the pairs stay locked: %v", err)
			}
		})
	}
}

// The commands tell of it in words.
func TestLoginsAndHashesAreShown(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	m.checks(t, "hashsites", "signs what cannot be shown: 1")
	w.answer(w.signHash(listed, crypto.SHA384, portal), protocol.HostHashSigned, nil)
	w, _ = m.fresh(t)
	w.forbid(listed, portal)
	w.token(w.login(listed, pin, protocol.LoginFormat))
	for language, words := range map[string][]string{
		"en": {"Unseen content allowed: done", "Signature of unseen content: done", "Unseen content forbidden: done", "Login to a site: done"},
		"tr": {"İçeriği görünmeyen imzaya izin: yapıldı", "İçeriği görünmeyen imza: yapıldı", "İçeriği görünmeyen imza izninin geri alınması: yapıldı", "Siteye giriş: yapıldı"},
	} {
		stdout, _, _ := m.command(t, "journal", "--lang", language)
		for _, want := range append(words, fmt.Sprintf(`"hash" "SHA-384" "%x"`, hashed(crypto.SHA384))) {
			if !strings.Contains(stdout, want) {
				t.Errorf("no %q in\n%s", want, stdout)
			}
		}
	}
	if stdout, _, _ := m.command(t, "doctor", "--lang", "en"); strings.Contains(stdout, "cannot be shown") {
		t.Errorf("the doctor tells of what is not\n%s", stdout)
	}
	if err := os.WriteFile(m.hashSites().Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.checks(t, "hashsitesbroken", "no card logs in")
}

// Nothing that the host signs is anything else that it signs: a document, a login in either format, and even a hash
// of what a login looks like, which is the reason why a key does not do both.
func TestProductsAreApart(t *testing.T) {
	t.Parallel()
	m, _, certificate := oneCard(t, testcard.RSA2048)
	w, list, shown := m.ready(t, loginStatement(t, protocol.LoginFormat, "RS256", certificate))
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, asked(list.Certificates[0], pin, shown, "")), protocol.HostSigned, &signed)
	cms := signed.Signatures[0].Data
	// The card's part of a CMS is its end (RFC 5652, 5.3: without unsigned attributes).
	products := map[string][]byte{"document": cms[len(cms)-256:]}
	for _, format := range loginFormats {
		w, listed := m.fresh(t)
		signature, err := base64.StdEncoding.DecodeString(w.token(w.login(listed, pin, format))["signature"])
		if err != nil {
			t.Fatal(err)
		}
		products[format] = signature
	}
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	var result protocol.HashResult
	w.answer(w.signHash(listed, crypto.SHA256, portal), protocol.HostHashSigned, &result)
	products["hash"] = result.Signature
	key := certificate.PublicKey.(*rsa.PublicKey)
	digests := map[string]string{}
	for name, signature := range products {
		digest := signedBy(key, signature)
		if other, ok := digests[digest]; ok {
			t.Errorf("%s and %s are signatures of one thing", name, other)
		}
		digests[digest] = name
	}
	for _, format := range loginFormats {
		h := crypto.SHA256.New()
		h.Write(loginStatement(t, format, "RS256", certificate))
		if got := digests[hex.EncodeToString(h.Sum(nil))]; got != format {
			t.Errorf("a login in %s is a %s", format, got)
		}
	}
	if got := digests[hex.EncodeToString(hashed(crypto.SHA256))]; got != "hash" {
		t.Errorf("the hash is a %s", got)
	}
	if signedBy(key, products["document"]) == hex.EncodeToString(shown[0]) {
		t.Error("the card has signed the digest of a document that reads like a login")
	}
}

// signedBy recovers the digest that a signature of RSASSA-PKCS1-v1_5 is of, in hexadecimal.
func signedBy(key *rsa.PublicKey, signature []byte) string {
	m := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	return hex.EncodeToString(m[len(m)-crypto.SHA256.Size():])
}
