//go:build linux

package main_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Logins: what is signed, for whom, and that nothing leaves without its entry.

const loginNonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

var loginFormats = []string{protocol.LoginFormat, protocol.LoginFormatWebEID}

// loginRequest is a correct one of a site.
func loginRequest(certificate protocol.Certificate, pin, format string) protocol.HostLoginBody {
	return protocol.HostLoginBody{Certificate: certificate.ID, PIN: []byte(pin), Format: format, Nonce: loginNonce, Origin: portal, Purpose: "Giriş"}
}

// login asks for a token.
func (w *window) login(certificate protocol.Certificate, pin, format string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostAuthenticate, loginRequest(certificate, pin, format))
}

// token waits for a request's token.
func (w *window) token(id uint32) map[string]string {
	w.t.Helper()
	var result protocol.LoginResult
	w.answer(id, protocol.HostAuthenticated, &result)
	if len(result.Token) > protocol.MaxLoginToken {
		w.t.Fatalf("a token of %d bytes", len(result.Token))
	}
	var members map[string]string
	if err := json.Unmarshal([]byte(result.Token), &members); err != nil {
		w.t.Fatalf("%v: %s", err, result.Token)
	}
	return members
}

// checkToken judges a token by the published words alone, with openssl.
func checkToken(t *testing.T, token map[string]string, format, algorithm string, certificate *x509.Certificate) {
	t.Helper()
	want := map[string]string{"format": format, "algorithm": algorithm, "signature": token["signature"]}
	data := base64.StdEncoding.EncodeToString(certificate.Raw)
	if format == protocol.LoginFormatWebEID {
		want["unverifiedCertificate"], want["appVersion"] = data, "https://e-onay.tr/app/"+version(t)
	} else {
		want["certificate"] = data
	}
	if !reflect.DeepEqual(token, want) {
		t.Fatalf("token %v", token)
	}
	signature, err := base64.StdEncoding.DecodeString(token["signature"])
	if err != nil {
		t.Fatal(err)
	}
	verifies(t, certificate, algorithm[:2] == "PS", "sha"+algorithm[2:], loginStatement(t, format, algorithm, certificate), signature)
}

// version is what the program calls its version.
func version(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(program, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// loginStatement is what a login of the portal's signs.
func loginStatement(t *testing.T, format, algorithm string, certificate *x509.Certificate) []byte {
	t.Helper()
	if format == protocol.LoginFormatWebEID {
		hash := "-sha" + algorithm[2:]
		return append(openssl(t, []byte(portal), "dgst", hash, "-binary"), openssl(t, []byte(loginNonce), "dgst", hash, "-binary")...)
	}
	fingerprint, _, _ := strings.Cut(string(openssl(t, certificate.Raw, "dgst", "-sha256", "-r")), " ")
	return []byte("tr.eonay.login v1\n" + portal + "\n" + loginNonce + "\n" + fingerprint + "\n")
}

// verifies has openssl verify a signature, of ECDSA r‖s, over data.
func verifies(t *testing.T, certificate *x509.Certificate, pss bool, hash string, data, signature []byte) {
	t.Helper()
	if _, ok := certificate.PublicKey.(*ecdsa.PublicKey); ok {
		half := len(signature) / 2
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])})
		if err != nil {
			t.Fatal(err)
		}
		signature = der
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: certificate.RawSubjectPublicKeyInfo}))
	args := []string{"dgst", "-" + hash, "-verify", key, "-signature", write("signature", signature)}
	if pss {
		args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
	}
	openssl(t, data, args...)
}

func openssl(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	command := exec.Command("openssl", args...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// Each kind of key logs in, in both formats; it is written down, and the session has done its work.
func TestLoginWithEachKindOfKey(t *testing.T) {
	t.Parallel()
	for kind, algorithm := range map[testcard.Kind]string{testcard.RSA2048: "RS256", testcard.RSA3072: "RS256", testcard.P256: "ES256", testcard.P384: "ES384"} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m, _, certificate := oneCard(t, kind)
			for _, format := range loginFormats {
				w := m.open(t)
				w.hello()
				listed := w.list().Certificates[0]
				if listed.LoginProblem != "" {
					t.Fatalf("%+v", listed)
				}
				id := w.login(listed, pin, format)
				checkToken(t, w.token(id), format, algorithm, certificate)
				checkProgress(t, w.events, id)
				w.refused(w.login(listed, pin, format), fault.Sequence)
				w.refused(w.ask(protocol.HostListHash, nil), fault.Sequence)
			}
			for _, act := range m.recorded(t, "login done", "login done") {
				if act.Origin != portal || act.Purpose != "Giriş" || act.Serial != fmt.Sprintf("%X", certificate.SerialNumber) || act.Issuer == "" || len(act.Documents) != 0 {
					t.Errorf("%+v", act)
				}
			}
		})
	}
}

// What a window of ours never sends, and what cannot log in, costs the card no PIN.
func TestLoginRefusesMalformedRequests(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	good := w.list().Certificates[0]
	for name, tt := range map[string]struct {
		edit func(*protocol.HostLoginBody)
		want fault.Code
	}{
		"no format":                {func(b *protocol.HostLoginBody) { b.Format = "" }, fault.Unsupported},
		"a later format":           {func(b *protocol.HostLoginBody) { b.Format = "web-eid:1.1" }, fault.Unsupported},
		"no nonce":                 {func(b *protocol.HostLoginBody) { b.Nonce = "" }, fault.MessageInvalid},
		"a short nonce":            {func(b *protocol.HostLoginBody) { b.Nonce = b.Nonce[4:] }, fault.MessageInvalid},
		"a nonce of two lines":     {func(b *protocol.HostLoginBody) { b.Nonce = b.Nonce[:40] + "\n" + b.Nonce[40:] }, fault.MessageInvalid},
		"a nonce that says more":   {func(b *protocol.HostLoginBody) { b.Nonce = "SIGN: " + b.Nonce }, fault.MessageInvalid},
		"a long nonce":             {func(b *protocol.HostLoginBody) { b.Nonce = strings.Repeat("A", protocol.MaxNonce+4) }, fault.MessageInvalid},
		"no origin":                {func(b *protocol.HostLoginBody) { b.Origin = "" }, fault.MessageInvalid},
		"an opaque origin":         {func(b *protocol.HostLoginBody) { b.Origin = "null" }, fault.MessageInvalid},
		"an origin without TLS":    {func(b *protocol.HostLoginBody) { b.Origin = "http://portal.example" }, fault.MessageInvalid},
		"a name under localhost":   {func(b *protocol.HostLoginBody) { b.Origin = "http://portal.localhost" }, fault.MessageInvalid},
		"an origin with a path":    {func(b *protocol.HostLoginBody) { b.Origin += "/" }, fault.MessageInvalid},
		"an origin of two lines":   {func(b *protocol.HostLoginBody) { b.Origin += "\n" + portal }, fault.MessageInvalid},
		"a long purpose":           {func(b *protocol.HostLoginBody) { b.Purpose = strings.Repeat("a", protocol.MaxPurpose+1) }, fault.MessageInvalid},
		"an unknown certificate":   {func(b *protocol.HostLoginBody) { b.Certificate = "none" }, fault.NoCertificate},
		"no PIN":                   {func(b *protocol.HostLoginBody) { b.PIN = nil }, fault.PINEmpty},
		"a PIN that is none":       {func(b *protocol.HostLoginBody) { b.PIN = []byte("1") }, fault.PINLength},
		"a PIN with other letters": {func(b *protocol.HostLoginBody) { b.PIN = []byte("24681ş") }, fault.PINCharacters},
	} {
		t.Run(name, func(t *testing.T) {
			body := loginRequest(good, pin, protocol.LoginFormat)
			tt.edit(&body)
			w.refused(w.ask(protocol.HostAuthenticate, body), tt.want)
		})
	}
	w.deliver([]byte("Onay"))
	w.refused(w.login(good, pin, protocol.LoginFormat), fault.Sequence)
	w.close()
	w = m.open(t)
	w.hello()
	w.refused(w.login(good, pin, protocol.LoginFormat), fault.Sequence) // before a list
	if n := faulty.Calls(); n != 0 {
		t.Errorf("the card heard %d PINs", n)
	}
}

// Who may log in is listed as it is refused. Whether it takes a certificate that is not qualified the site says.
func TestLoginCertificates(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	clientAuth := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	want := map[string]fault.Code{}
	for i, tt := range []struct {
		want  fault.Code
		edits []pkitest.Edit
	}{
		{"", nil},
		{"", []pkitest.Edit{notQualified, clientAuth}},
		{fault.CertificateNotQualified, []pkitest.Edit{notQualified}},
		{fault.CertificateNotForLogin, []pkitest.Edit{notForSigning}},
		{fault.CertificateNotForLogin, []pkitest.Edit{func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment }}},
		{fault.CertificateNotForLogin, []pkitest.Edit{func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }}},
		{fault.CertificateExpired, []pkitest.Edit{expired}},
		{fault.CertificateNotYetValid, []pkitest.Edit{notYetValid}},
	} {
		certificate := c.key(t, testcard.P256, byte(i+1), tt.edits...)
		want[fmt.Sprintf("%X", certificate.SerialNumber)] = tt.want
	}
	w := m.open(t)
	w.hello()
	list := w.list()
	if len(list.Certificates) != len(want) {
		t.Fatalf("%d certificates", len(list.Certificates))
	}
	for _, one := range list.Certificates {
		code := want[one.Serial]
		if one.LoginProblem != code {
			t.Errorf("%q, want %q", one.LoginProblem, code)
		}
		if code != "" {
			w.refused(w.login(one, pin, protocol.LoginFormat), code)
			continue
		}
		other := m.open(t)
		other.hello()
		other.list()
		other.token(other.login(one, pin, protocol.LoginFormat))
	}
}

// A wrong PIN is answered with the token's state, is sent once, and the right one logs in.
func TestLoginSendsAWrongPINOnce(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	certificate := m.insert(t, "Kart").key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	listed := w.list().Certificates[0]
	if f := w.refused(w.login(listed, "999999", protocol.LoginFormat), fault.PINIncorrect); f.PIN == nil || f.PIN.State != protocol.PINLow {
		t.Errorf("%+v", f.PIN)
	}
	if n := faulty.Calls(); n != 1 {
		t.Errorf("%d logins", n)
	}
	checkToken(t, w.token(w.login(listed, pin, protocol.LoginFormat)), protocol.LoginFormat, "ES256", certificate)
	m.recorded(t, "login pin_incorrect", "login done")
}

// A login whose PIN was refused for the last time is refused by the host from then on.
func TestLoginPINLocked(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	for _, code := range []fault.Code{fault.PINIncorrect, fault.PINLastTry, fault.PINLocked} {
		w.refused(w.login(list.Certificates[0], "999999", protocol.LoginFormat), code)
	}
	sent := m.card.Count(virtual.PINs)
	w.refused(w.login(list.Certificates[0], pin, protocol.LoginFormat), fault.PINLocked)
	if n := m.card.Count(virtual.PINs); n != sent {
		t.Errorf("%d more PINs were sent", n-sent)
	}
}

// A card that is pulled while it signs is told as that, and the login is made once it is back.
func TestLoginOfAPulledCard(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	struck := m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
	id := w.login(list.Certificates[0], pin, protocol.LoginFormat)
	happens(t, struck)
	m.card.Pull()
	w.refused(id, fault.TokenRemoved)
	w.close()
	m.card.ClearFault()
	m.put(t)
	w, list = settings(t, m.machine, 1) // in a window of its own: a library may be late to see a card that came back
	checkToken(t, w.token(w.login(list.Certificates[0], pin, protocol.LoginFormat)), protocol.LoginFormat, "ES256", certificate)
	m.recorded(t, "login token_removed", "login done")
}

// What a token signs with is told before, and named after.
func TestLoginOfLyingModules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, algorithm string
		kind            testcard.Kind
		lie             testcard.Lie
		want            fault.Code
		crypto, padding string
	}{
		{"PSS alone", "PS256", testcard.RSA2048, testcard.Lie{Mechanisms: []uint{ckmRSAPSS}}, "", "RSA", "PSS"},
		{"PSS and PKCS 1", "RS256", testcard.RSA2048, testcard.Lie{Mechanisms: []uint{ckmRSAPSS, ckmRSA}}, "", "RSA", "PKCS1.5"},
		{"short signature", "", testcard.P256, testcard.Lie{Signature: 63}, fault.TokenError, "ECC", "NONE"},
		{"short signature, RSA", "", testcard.RSA2048, testcard.Lie{Signature: 255}, fault.TokenError, "RSA", "PKCS1.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, newLying(t, tt.lie))
			certificate := m.insert(t, "Kart").key(t, tt.kind, 1)
			w := m.open(t)
			w.hello()
			listed := w.list().Certificates[0]
			var exported protocol.HostExportedBody
			w.answer(w.ask(protocol.HostExport, protocol.HostExportBody{Certificate: listed.ID}), protocol.HostExported, &exported)
			if len(exported.Algorithms) != 3 {
				t.Fatalf("%+v", exported.Algorithms)
			}
			for i, hash := range []string{"SHA-256", "SHA-384", "SHA-512"} {
				want := protocol.SignatureAlgorithm{Crypto: tt.crypto, Hash: hash, Padding: tt.padding}
				if exported.Algorithms[i] != want {
					t.Errorf("%+v, want %+v", exported.Algorithms[i], want)
				}
			}
			id := w.login(listed, pin, protocol.LoginFormatWebEID)
			if tt.want != "" {
				w.refused(id, tt.want)
				return
			}
			checkToken(t, w.token(id), protocol.LoginFormatWebEID, tt.algorithm, certificate)
		})
	}
}

// A signature by another key than the certificate's leaves in no token.
func TestLoginOfAnotherKey(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	if _, err := c.token.NewKey(testcard.P256, "imza", []byte{1}); err != nil {
		t.Fatal(err)
	}
	other := pkitest.Key(t, "P-256").Public()
	if err := c.token.Store(c.sub.Issue(t, other).Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	w.refused(w.login(w.list().Certificates[0], pin, protocol.LoginFormat), fault.KeyMissing)
	m.recorded(t, "login key_missing")
}

// Where an entry finds no room no token and no signature of a hash leaves.
func TestLoginNeedsItsEntry(t *testing.T) {
	t.Parallel()
	m, _, certificate := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	listed := w.list().Certificates[0]
	w.limit(0)
	w.refused(w.login(listed, pin, protocol.LoginFormat), fault.JournalFailed) // not even for the device key
	w.limit(unix.RLIM_INFINITY)
	w.answer(w.selfTest(listed.ID, pin), protocol.HostReady, nil)
	w.limit(0)
	w.refused(w.login(listed, pin, protocol.LoginFormat), fault.JournalFailed)
	w.refused(w.ask(protocol.HostAllowHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal}), fault.JournalFailed)
	w.limit(unix.RLIM_INFINITY)
	if sites := w.sites(); len(sites) != 0 {
		t.Errorf("allowed without an entry: %+v", sites)
	}
	w.allow(listed, portal)
	w.limit(0)
	w.refused(w.signHash(listed, crypto.SHA256, portal), fault.JournalFailed)
	w.refused(w.ask(protocol.HostForbidHash, protocol.HostHashSite{Key: listed.PublicKey, Origin: portal}), fault.JournalFailed)
	w.limit(unix.RLIM_INFINITY)
	if sites := w.sites(); len(sites) != 1 {
		t.Errorf("said to be refused, and forbidden: %+v", sites)
	}
	w.forbid(listed, portal)
	checkToken(t, w.token(w.login(listed, pin, protocol.LoginFormat)), protocol.LoginFormat, "ES256", certificate)
	m.recorded(t, "self-test done", "allow-hash done", "forbid-hash done", "login done")
}
