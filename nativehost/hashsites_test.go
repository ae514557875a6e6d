//go:build linux

package main_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/testcard"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// Hashes: for which key and site they are signed, and that no key logs in that does so.

var hashFunctions = map[crypto.Hash]string{crypto.SHA256: "SHA-256", crypto.SHA384: "SHA-384", crypto.SHA512: "SHA-512"}

// hashed is what the site wants signed.
func hashed(hash crypto.Hash) []byte {
	h := hash.New()
	h.Write([]byte("what nobody sees"))
	return h.Sum(nil)
}

func (m *machine) hashSites() hashsites.File {
	return hashsites.File{Path: filepath.Join(m.home, ".config", "e-onay", "hashsites.json")}
}

// hashRequest is a correct one of a site.
func hashRequest(certificate protocol.Certificate, hash crypto.Hash, origin string) protocol.HostSignHashBody {
	return protocol.HostSignHashBody{Certificate: certificate.ID, PIN: []byte(pin), Hash: hashed(hash), Function: hashFunctions[hash], Origin: origin}
}

// signHash asks for the signature of a hash.
func (w *window) signHash(certificate protocol.Certificate, hash crypto.Hash, origin string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostSignHash, hashRequest(certificate, hash, origin))
}

func (w *window) sites() []protocol.HostHashSite {
	w.t.Helper()
	return w.listed(w.ask(protocol.HostListHash, nil))
}

func (w *window) allow(certificate protocol.Certificate, origin string) []protocol.HostHashSite {
	w.t.Helper()
	return w.listed(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: certificate.PublicKey, Origin: origin}))
}

func (w *window) forbid(certificate protocol.Certificate, origin string) []protocol.HostHashSite {
	w.t.Helper()
	return w.listed(w.ask(protocol.HostForbidHash, protocol.HostHashSite{Key: certificate.PublicKey, Origin: origin}))
}

// listed waits for the pairs.
func (w *window) listed(id uint32) []protocol.HostHashSite {
	w.t.Helper()
	var sites protocol.HostHashSites
	w.answer(id, protocol.HostHashSiteList, &sites)
	if sites.Sites == nil {
		w.t.Fatal("no list")
	}
	return sites.Sites
}

// fresh is a window of its own with its list.
func (m *machine) fresh(t testing.TB) (*window, protocol.Certificate) {
	t.Helper()
	w := m.open(t)
	w.hello()
	return w, w.list().Certificates[0]
}

// Each kind of key signs each kind of hash, once it is allowed for the site; openssl verifies it.
func TestSignHash(t *testing.T) {
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.P256, testcard.P384} {
		m, _, certificate := oneCard(t, kind)
		w, listed := m.fresh(t)
		w.allow(listed, portal)
		want := []string{"allow-hash done"}
		for hash, name := range hashFunctions {
			t.Run(fmt.Sprintf("%s %s", kind, name), func(t *testing.T) {
				w, listed := m.fresh(t)
				w.refused(w.signHash(listed, hash, portal+":8443"), protocol.CodeHashOff)
				var result protocol.HashResult
				id := w.signHash(listed, hash, portal)
				w.answer(id, protocol.HostHashSigned, &result)
				algorithm := protocol.SignatureAlgorithm{Crypto: "ECC", Hash: name, Padding: "NONE"}
				if kind == testcard.RSA2048 {
					algorithm = protocol.SignatureAlgorithm{Crypto: "RSA", Hash: name, Padding: "PKCS1.5"}
				}
				if result.Algorithm != algorithm {
					t.Errorf("%+v", result.Algorithm)
				}
				verifies(t, certificate, false, strings.ReplaceAll(strings.ToLower(name), "-", ""), []byte("what nobody sees"), result.Signature)
				w.refused(w.signHash(listed, hash, portal), protocol.CodeSequence)
			})
			want = append(want, "sign-hash hash_off", "sign-hash done")
			acts := m.recorded(t, want...)
			wanted := journal.Document{Name: "hash", Digest: hex.EncodeToString(hashed(hash)), Function: name}
			if hash == crypto.SHA256 {
				wanted.Function = ""
			}
			last, document := acts[len(acts)-1], acts[len(acts)-1].Documents
			if last.Origin != portal || last.Certificate != listed.ID || len(document) != 1 || document[0] != wanted {
				t.Errorf("%+v", last)
			}
		}
	}
}

// What a window of ours never sends is refused, and the card hears no PIN; nor does it for a certificate that cannot sign.
func TestSignHashRefused(t *testing.T) {
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	w, good := m.fresh(t)
	w.allow(good, portal)
	for name, tt := range map[string]struct {
		edit func(*protocol.HostSignHashBody)
		want protocol.Code
	}{
		"another function":       {func(b *protocol.HostSignHashBody) { b.Function = "SHA-1" }, protocol.CodeUnsupported},
		"a shorter hash":         {func(b *protocol.HostSignHashBody) { b.Hash = b.Hash[1:] }, protocol.CodeMessageInvalid},
		"another function's":     {func(b *protocol.HostSignHashBody) { b.Function = "SHA-512" }, protocol.CodeMessageInvalid},
		"no hash":                {func(b *protocol.HostSignHashBody) { b.Hash = nil }, protocol.CodeMessageInvalid},
		"no origin":              {func(b *protocol.HostSignHashBody) { b.Origin = "" }, protocol.CodeMessageInvalid},
		"an opaque origin":       {func(b *protocol.HostSignHashBody) { b.Origin = "null" }, protocol.CodeMessageInvalid},
		"an origin of two lines": {func(b *protocol.HostSignHashBody) { b.Origin += "\n" + portal }, protocol.CodeMessageInvalid},
		"an origin without TLS":  {func(b *protocol.HostSignHashBody) { b.Origin = "http://portal.example" }, protocol.CodeMessageInvalid},
		"a name under localhost": {func(b *protocol.HostSignHashBody) { b.Origin = "http://portal.localhost" }, protocol.CodeMessageInvalid},
		"a long hash":            {func(b *protocol.HostSignHashBody) { b.Hash = make([]byte, 1<<16) }, protocol.CodeMessageInvalid},
		"a long function":        {func(b *protocol.HostSignHashBody) { b.Function = strings.Repeat("SHA-256", 1<<10) }, protocol.CodeUnsupported},
		"another site":           {func(b *protocol.HostSignHashBody) { b.Origin = "https://evil.example" }, protocol.CodeHashOff},
		"an unknown certificate": {func(b *protocol.HostSignHashBody) { b.Certificate = "none" }, protocol.CodeNoCertificate},
		"no PIN":                 {func(b *protocol.HostSignHashBody) { b.PIN = nil }, protocol.CodePINEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			body := hashRequest(good, crypto.SHA256, portal)
			tt.edit(&body)
			w.refused(w.ask(protocol.HostSignHash, body), tt.want)
		})
	}
	w.refused(w.login(good, pin, protocol.LoginFormat), protocol.CodeLoginOff)
	w.deliver([]byte("Onay"))
	w.refused(w.signHash(good, crypto.SHA256, portal), protocol.CodeSequence)
	if n := faulty.Calls(); n != 0 {
		t.Errorf("the card heard %d PINs", n)
	}
	for i, edit := range map[byte]func(*x509.Certificate){2: expired, 3: notQualified} {
		expiredOrNot := c.key(t, testcard.P256, i, edit)
		w := m.open(t)
		w.hello()
		list := w.list()
		at := slices.IndexFunc(list.Certificates, func(c protocol.Certificate) bool {
			return c.Serial == fmt.Sprintf("%X", expiredOrNot.SerialNumber)
		})
		one := list.Certificates[at]
		w.allow(one, portal)
		w.refused(w.signHash(one, crypto.SHA256, portal), one.Problem)
	}
}

// The person's list: pairs come and go with their entries, last, and are of keys that are here.
func TestHashSites(t *testing.T) {
	m, _, certificate := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	if sites := w.sites(); len(sites) != 0 {
		t.Fatalf("%+v", sites)
	}
	other := protocol.Certificate{PublicKey: strings.Repeat("0", 64)}
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: other.PublicKey, Origin: portal}), protocol.CodeNoCertificate)
	for _, bad := range []protocol.HostHashSite{{}, {Key: listed.PublicKey}, {Origin: portal}, {Key: listed.PublicKey, Origin: portal + "/"}, {Key: strings.ToUpper(listed.PublicKey), Origin: portal}} {
		w.refused(w.ask(protocol.HostAllowHash, bad), protocol.CodeMessageInvalid)
		w.refused(w.ask(protocol.HostForbidHash, bad), protocol.CodeMessageInvalid)
	}
	sites := w.allow(listed, portal)
	if len(sites) != 1 || sites[0].Key != listed.PublicKey || sites[0].Origin != portal || sites[0].Issuer != listed.Issuer || sites[0].Serial != listed.Serial || sites[0].Since == 0 {
		t.Fatalf("%+v", sites)
	}
	w.allow(listed, portal) // is no other act
	if sites := w.allow(listed, "http://localhost:8080"); len(sites) != 2 {
		t.Fatalf("%+v", sites)
	}
	w.close()
	w = m.open(t) // and takes it back without a card
	w.hello()
	if sites := w.sites(); len(sites) != 2 {
		t.Fatalf("%+v", sites)
	}
	w.forbid(other, portal)
	if sites := w.forbid(listed, portal); len(sites) != 1 || sites[0].Origin != "http://localhost:8080" {
		t.Fatalf("%+v", sites)
	}
	serial := fmt.Sprintf("%X", certificate.SerialNumber)
	for _, act := range m.recorded(t, "allow-hash done", "allow-hash done", "forbid-hash done") {
		if act.Origin == "" || act.Serial != serial || act.Issuer != listed.Issuer {
			t.Errorf("%+v", act)
		}
	}
}

// There are so many pairs, and no more.
func TestHashSitesAreBounded(t *testing.T) {
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	for i := range protocol.MaxHashSites {
		w.allow(listed, fmt.Sprintf("https://s%d.example", i))
	}
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal}), protocol.CodeHashSitesFull)
	if sites := w.sites(); len(sites) != protocol.MaxHashSites {
		t.Errorf("%d pairs", len(sites))
	}
}

// While nobody can tell which pairs there are, neither is done. The settings page puts a list that is broken aside, with an
// entry; then the key logs in, and signs no hash.
func TestHashSitesBroken(t *testing.T) {
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	broken := []byte(`{"version":1,"sites":[{"key":`)
	if err := os.WriteFile(m.hashSites().Path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if list := w.list(); list.Certificates[0].LoginProblem != protocol.CodeLoginOff {
		t.Errorf("%+v", list.Certificates[0])
	}
	w.refused(w.login(listed, pin, protocol.LoginFormat), protocol.CodeLoginOff)
	w.refused(w.signHash(listed, crypto.SHA256, portal), protocol.CodeHashOff)
	w.limit(0)
	w.refused(w.ask(protocol.HostListHash, nil), protocol.CodeJournalFailed)
	w.refused(w.login(listed, pin, protocol.LoginFormat), protocol.CodeLoginOff)
	w.limit(unix.RLIM_INFINITY)
	aside := m.hashSites().Path + ".broken"
	if err := os.Mkdir(aside, 0o700); err != nil { // in which place no file can be put
		t.Fatal(err)
	}
	w.refused(w.ask(protocol.HostListHash, nil), protocol.CodeInternal)
	w.refused(w.login(listed, pin, protocol.LoginFormat), protocol.CodeLoginOff)
	if err := os.Remove(aside); err != nil {
		t.Fatal(err)
	}
	if sites := w.sites(); len(sites) != 0 {
		t.Errorf("%+v", sites)
	}
	if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, broken) {
		t.Errorf("%q, %v", kept, err)
	}
	w.refused(w.signHash(listed, crypto.SHA256, portal), protocol.CodeHashOff)
	w.token(w.login(listed, pin, protocol.LoginFormat))
	m.recorded(t, "allow-hash done", "login login_off", "sign-hash hash_off", "forbid-hash done", "forbid-hash internal", "login login_off", "forbid-hash done", "sign-hash hash_off", "login done")
	// What cannot even be read is left to the person.
	if err := os.Mkdir(m.hashSites().Path, 0o700); err != nil {
		t.Fatal(err)
	}
	w, listed = m.fresh(t)
	w.refused(w.login(listed, pin, protocol.LoginFormat), protocol.CodeLoginOff)
	w.refused(w.signHash(listed, crypto.SHA256, portal), protocol.CodeHashOff)
	w.refused(w.ask(protocol.HostListHash, nil), protocol.CodeInternal)
}

// In whatever order it is asked, in one window, in another that was opened before, and in new ones, a key logs in or
// signs hashes. It is the key that counts: another certificate for it changes nothing.
func TestLoginOrHash(t *testing.T) {
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
			if one.PublicKey != listed.PublicKey || (one.LoginProblem == protocol.CodeLoginOff) != allowed {
				t.Errorf("act %d: %+v", i, one)
			}
			w := earlier
			if one.ID != listed.ID {
				w = now
			}
			switch {
			case act == "login" && allowed:
				w.refused(w.login(one, pin, loginFormats[i%2]), protocol.CodeLoginOff)
			case act == "login":
				w.token(w.login(one, pin, loginFormats[i%2]))
			case allowed:
				w.answer(w.signHash(one, crypto.SHA256, portal), protocol.HostHashSigned, nil)
			default:
				w.refused(w.signHash(one, crypto.SHA256, portal), protocol.CodeHashOff)
			}
		}
	}
}

// What is allowed changes while the card checks the PIN: at the moment of signing it counts as it is then, and cannot
// change until the signature is made.
func TestLoginOrHashAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before bool // it was allowed
		ask    func(w *window, c protocol.Certificate) uint32
		want   protocol.Code
	}{
		{"allowed during a login", false, func(w *window, c protocol.Certificate) uint32 { return w.login(c, pin, protocol.LoginFormat) }, protocol.CodeLoginOff},
		{"forbidden during a hash", true, func(w *window, c protocol.Certificate) uint32 { return w.signHash(c, crypto.SHA256, portal) }, protocol.CodeHashOff},
	} {
		t.Run(tt.name, func(t *testing.T) {
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
			if err := m.hashSites().Write(pair); err != nil {
				t.Fatal(err)
			}
			unlock()
			w.refused(id, tt.want)
		})
		t.Run(tt.name+", while the card signs", func(t *testing.T) {
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
			w.refused(id, protocol.CodeCancelled)
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
				t.Errorf("the pairs stay locked: %v", err)
			}
		})
	}
}

// The commands tell of it in words.
func TestLoginsAndHashesAreShown(t *testing.T) {
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
	m, _, certificate := oneCard(t, testcard.RSA2048)
	w, list, shown := m.ready(t, loginStatement(t, protocol.LoginFormat, "RS256", certificate))
	var signed protocol.HostSignedBody
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
