//go:build linux

package main_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/test/testcard"
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
func TestSignHashWithEachKindOfKey(t *testing.T) {
	t.Parallel()
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.P256, testcard.P384} {
		m, _, certificate := oneCard(t, kind)
		w, listed := m.fresh(t)
		w.allow(listed, portal)
		want := []string{"allow-hash done"}
		for hash, name := range hashFunctions {
			t.Run(fmt.Sprintf("%s %s", kind, name), func(t *testing.T) {
				w, listed := m.fresh(t)
				w.refused(w.signHash(listed, hash, portal+":8443"), fault.HashOff)
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
				w.refused(w.signHash(listed, hash, portal), fault.Sequence)
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
func TestSignHashRefusesMalformedRequests(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	w, good := m.fresh(t)
	w.allow(good, portal)
	for name, tt := range map[string]struct {
		edit func(*protocol.HostSignHashBody)
		want fault.Code
	}{
		"another function":       {func(b *protocol.HostSignHashBody) { b.Function = "SHA-1" }, fault.Unsupported},
		"a shorter hash":         {func(b *protocol.HostSignHashBody) { b.Hash = b.Hash[1:] }, fault.MessageInvalid},
		"another function's":     {func(b *protocol.HostSignHashBody) { b.Function = "SHA-512" }, fault.MessageInvalid},
		"no hash":                {func(b *protocol.HostSignHashBody) { b.Hash = nil }, fault.MessageInvalid},
		"no origin":              {func(b *protocol.HostSignHashBody) { b.Origin = "" }, fault.MessageInvalid},
		"an opaque origin":       {func(b *protocol.HostSignHashBody) { b.Origin = "null" }, fault.MessageInvalid},
		"an origin of two lines": {func(b *protocol.HostSignHashBody) { b.Origin += "\n" + portal }, fault.MessageInvalid},
		"an origin without TLS":  {func(b *protocol.HostSignHashBody) { b.Origin = "http://portal.example" }, fault.MessageInvalid},
		"a name under localhost": {func(b *protocol.HostSignHashBody) { b.Origin = "http://portal.localhost" }, fault.MessageInvalid},
		"a long hash":            {func(b *protocol.HostSignHashBody) { b.Hash = make([]byte, 1<<16) }, fault.MessageInvalid},
		"a long function":        {func(b *protocol.HostSignHashBody) { b.Function = strings.Repeat("SHA-256", 1<<10) }, fault.Unsupported},
		"another site":           {func(b *protocol.HostSignHashBody) { b.Origin = "https://evil.example" }, fault.HashOff},
		"an unknown certificate": {func(b *protocol.HostSignHashBody) { b.Certificate = "none" }, fault.NoCertificate},
		"no PIN":                 {func(b *protocol.HostSignHashBody) { b.PIN = nil }, fault.PINEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			body := hashRequest(good, crypto.SHA256, portal)
			tt.edit(&body)
			w.refused(w.ask(protocol.HostSignHash, body), tt.want)
		})
	}
	w.refused(w.login(good, pin, protocol.LoginFormat), fault.LoginOff)
	w.deliver([]byte("Onay"))
	w.refused(w.signHash(good, crypto.SHA256, portal), fault.Sequence)
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
func TestHashPairsComeAndGo(t *testing.T) {
	t.Parallel()
	m, _, certificate := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	if sites := w.sites(); len(sites) != 0 {
		t.Fatalf("%+v", sites)
	}
	other := protocol.Certificate{PublicKey: strings.Repeat("0", 64)}
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: other.PublicKey, Origin: portal}), fault.NoCertificate)
	for _, bad := range []protocol.HostHashSite{{}, {Key: listed.PublicKey}, {Origin: portal}, {Key: listed.PublicKey, Origin: portal + "/"}, {Key: strings.ToUpper(listed.PublicKey), Origin: portal}} {
		w.refused(w.ask(protocol.HostAllowHash, bad), fault.MessageInvalid)
		w.refused(w.ask(protocol.HostForbidHash, bad), fault.MessageInvalid)
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

// A pair beyond the limit is refused.
func TestHashSitesAreBounded(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	for i := range protocol.MaxHashSites {
		w.allow(listed, fmt.Sprintf("https://s%d.example", i))
	}
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal}), fault.HashSitesFull)
	if sites := w.sites(); len(sites) != protocol.MaxHashSites {
		t.Errorf("%d pairs", len(sites))
	}
}

// While the pairs cannot be read, a key neither logs in nor signs hashes. The settings page sets a broken list aside, with an
// entry; then the key logs in, and signs no hash.
func TestBrokenHashPairsAllowNothing(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	broken := []byte(`{"version":1,"sites":[{"key":`)
	if err := os.WriteFile(m.hashSites().Path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if list := w.list(); list.Certificates[0].LoginProblem != fault.LoginOff {
		t.Errorf("%+v", list.Certificates[0])
	}
	w.refused(w.login(listed, pin, protocol.LoginFormat), fault.LoginOff)
	w.refused(w.signHash(listed, crypto.SHA256, portal), fault.HashOff)
	w.limit(0)
	w.refused(w.ask(protocol.HostListHash, nil), fault.JournalFailed)
	w.refused(w.login(listed, pin, protocol.LoginFormat), fault.LoginOff)
	w.limit(unix.RLIM_INFINITY)
	aside := m.hashSites().Path + ".broken"
	if sites := w.sites(); len(sites) != 0 {
		t.Errorf("%+v", sites)
	}
	if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, broken) {
		t.Errorf("%q, %v", kept, err)
	}
	w.refused(w.signHash(listed, crypto.SHA256, portal), fault.HashOff)
	w.token(w.login(listed, pin, protocol.LoginFormat))
	m.recorded(t, "allow-hash done", "login login_off", "sign-hash hash_off", "forbid-hash done", "sign-hash hash_off", "login done")
	// Nor does what is no file, and keeps no window waiting; what was set aside before stays.
	for i, put := range []func(path string) error{
		func(path string) error { return os.Mkdir(path, 0o700) },
		func(path string) error { return unix.Mkfifo(path, 0o600) },
		func(path string) error { return os.Symlink(path, path) },
	} {
		if err := put(m.hashSites().Path); err != nil {
			t.Fatal(err)
		}
		w, listed = m.fresh(t)
		w.refused(w.login(listed, pin, protocol.LoginFormat), fault.LoginOff)
		w.refused(w.signHash(listed, crypto.SHA256, portal), fault.HashOff)
		if sites := w.sites(); len(sites) != 0 {
			t.Errorf("%+v", sites)
		}
		w.token(w.login(listed, pin, protocol.LoginFormat))
		if _, err := os.Lstat(fmt.Sprintf("%s-%d", aside, i+2)); err != nil {
			t.Error(err)
		}
	}
}

// A pair that is taken away is gone, wherever the host is killed, and the journal comes to say so.
func TestForbidSurvivesAKill(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	w.close()
	for n := 0; ; n++ {
		w, listed := m.fresh(t)
		seen := m.killedAt(t, w, n)
		w.ask(protocol.HostForbidHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal})
		w.gives()
		happened := seen()
		list, err := m.hashSites().Read()
		if err != nil || happened > 0 && len(list.Sites) != 0 { // the journal is written to once the pair is gone
			t.Fatalf("killed at %d: %+v, %v", n, list, err)
		}
		w, listed = m.fresh(t)
		gone := len(w.sites()) == 0
		acts, err := m.acts(t)
		if err != nil || len(acts) == 0 {
			t.Fatal(err)
		}
		if last := withoutFindings(acts); (last[len(last)-1].Kind == protocol.JournalForbidHash) != gone {
			t.Errorf("killed at %d: the pair is gone: %v, and the journal ends with %+v", n, gone, last[len(last)-1])
		}
		w.allow(listed, portal)
		w.close()
		if happened <= n {
			break // it was not killed
		}
	}
}

// Taking away needs no room in the journal; the entry comes when there is some. Allowing does need it.
func TestForbidNeedsNoRoom(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, listed := m.fresh(t)
	w.allow(listed, portal)
	w.allow(listed, portal+":8443")
	written, err := os.Stat(m.hashSites().Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := filepath.Join(m.journalDir(), "entries-000000000001.jsonl")
	for { // until the journal's file is larger than the list
		info, err := os.Stat(lines)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 2*written.Size() {
			w.limit(uint64(info.Size()))
			break
		}
		w.refused(w.selfTest(listed.ID, "1"), fault.PINLength)
	}
	before := len(m.onlyKind(t, protocol.JournalForbidHash))
	if sites := w.forbid(listed, portal); len(sites) != 1 {
		t.Errorf("%+v", sites)
	}
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal}), fault.JournalFailed)
	if sites := w.sites(); len(sites) != 1 {
		t.Errorf("%+v", sites)
	}
	if got := m.onlyKind(t, protocol.JournalForbidHash); len(got) != before {
		t.Errorf("%+v", got)
	}
	w.limit(unix.RLIM_INFINITY)
	w.page(protocol.HostJournalBody{Limit: 1})
	if got := m.onlyKind(t, protocol.JournalForbidHash); len(got) != before+1 || got[before].Origin != portal {
		t.Errorf("%+v", got)
	}
	if list, err := m.hashSites().Read(); err != nil || len(list.Owed) != 0 || len(list.Sites) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// onlyKind is the acts of a kind in the machine's journal.
func (m *machine) onlyKind(t testing.TB, kind string) []journal.Act {
	t.Helper()
	acts, err := m.acts(t)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(acts, func(a journal.Act) bool { return a.Kind != kind })
}
