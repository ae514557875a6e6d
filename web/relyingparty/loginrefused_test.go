package relyingparty_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestLoginTokensRefused has everything about a token that must be refused before anybody is asked.
func TestLoginTokensRefused(t *testing.T) {
	for _, format := range formats {
		w := newLoginWorld(t, "P-256")
		nonce := w.sameChallenge(t)
		good := w.token(t, format, "ES256", origin, nonce)
		certificate := "certificate"
		if format == relyingparty.FormatWebEID {
			certificate = "unverifiedCertificate"
		}
		other := w.sub.Issue(t, pkitest.Key(t, "P-256 başka").Public())
		big := func(size int) string { return base64.StdEncoding.EncodeToString(make([]byte, size)) }
		signature, err := base64.StdEncoding.DecodeString(good["signature"])
		if err != nil {
			t.Fatal(err)
		}
		text := string(good.json(t))
		for name, test := range map[string]struct {
			token []byte
			want  fault.Code
		}{
			"empty":                   {nil, fault.LoginFailed},
			"not JSON":                {[]byte("belge"), fault.LoginFailed},
			"an array":                {[]byte("[" + text + "]"), fault.LoginFailed},
			"cut short":               {[]byte(text[:len(text)-1]), fault.LoginFailed},
			"two tokens":              {[]byte(text + text), fault.LoginFailed},
			"a member twice":          {[]byte(`{"algorithm":"ES256",` + text[1:]), fault.LoginFailed},
			"another member":          {good.with("x", "y").json(t), fault.LoginFailed},
			"a name in other case":    {[]byte(strings.Replace(text, "format", "Format", 1)), fault.LoginFailed},
			"a member no string":      {[]byte(strings.Replace(text, `"ES256"`, `["ES256"]`, 1)), fault.LoginFailed},
			"too long":                {[]byte(text + strings.Repeat(" ", relyingparty.MaxLoginToken)), fault.LoginFailed},
			"no format":               {good.with("format", "").json(t), fault.LoginFailed},
			"a later format":          {good.with("format", format[:len(format)-1]+"2").json(t), fault.LoginFailed},
			"no algorithm":            {good.with("algorithm", "").json(t), fault.LoginFailed},
			"algorithm none":          {good.with("algorithm", "none").json(t), fault.SignatureAlgorithm},
			"algorithm of a secret":   {good.with("algorithm", "HS256").json(t), fault.SignatureAlgorithm},
			"algorithm of RSA":        {good.with("algorithm", "RS256").json(t), fault.LoginFailed},
			"algorithm of P-384":      {good.with("algorithm", "ES384").json(t), fault.LoginFailed},
			"no certificate":          {good.with(certificate, "").json(t), fault.LoginFailed},
			"certificate in PEM":      {good.with(certificate, good[certificate][:64]+"\n"+good[certificate][64:]).json(t), fault.LoginFailed},
			"certificate too large":   {good.with(certificate, big(protocol.MaxCertificate+1)).json(t), fault.LoginFailed},
			"bytes after certificate": {good.with(certificate, base64.StdEncoding.EncodeToString(append(slices.Clone(w.leaf.Raw), 0))).json(t), fault.LoginFailed},
			"no certificate in it":    {good.with(certificate, big(100)).json(t), fault.CertificateMalformed},
			"another certificate":     {good.with(certificate, base64.StdEncoding.EncodeToString(other.Raw)).json(t), fault.LoginFailed},
			"no signature":            {good.with("signature", "").json(t), fault.LoginFailed},
			"signature too short":     {good.with("signature", big(63)).json(t), fault.LoginFailed},
			"signature of zeros":      {good.with("signature", big(64)).json(t), fault.LoginFailed},
			"hash of P-384":           {w.token(t, format, "ES384", origin, nonce).json(t), fault.LoginFailed},
			"a zero before s":         {good.with("signature", base64.StdEncoding.EncodeToString(slices.Insert(signature, 32, 0))).json(t), fault.LoginFailed},
			"signature too long":      {good.with("signature", big(1025)).json(t), fault.LoginFailed},
			"signature in base64url":  {good.with("signature", strings.Repeat("_", 86)+"==").json(t), fault.LoginFailed},
			"another origin":          {w.token(t, format, "ES256", "https://giris.example.evil.example", nonce).json(t), fault.LoginFailed},
			"another port":            {w.token(t, format, "ES256", origin+":8443", nonce).json(t), fault.LoginFailed},
			"another scheme":          {w.token(t, format, "ES256", "http://giris.example", nonce).json(t), fault.LoginFailed},
			"another nonce":           {w.token(t, format, "ES256", origin, big(32)).json(t), fault.LoginFailed},
		} {
			t.Run(format+" "+name, func(t *testing.T) {
				e, err := w.verifyLogin(test.token)
				wantCode(t, err, test.want)
				if e != nil {
					t.Error("evidence beside the error")
				}
			})
		}
		if n := w.requests.Load(); n != 0 {
			t.Errorf("%s: %d requests were made", format, n)
		}
		_, err = w.verifyLogin(good.json(t))
		wantCode(t, err, "")
	}
}

// TestLoginAppVersion has what is asked of the only member that nothing depends on.
func TestLoginAppVersion(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	token := w.token(t, relyingparty.FormatWebEID, "ES256", origin, w.sameChallenge(t))
	for _, test := range []struct {
		value string
		want  fault.Code
	}{
		{"ı", ""}, {strings.Repeat("a", 256), ""}, {strings.Repeat("a", 257), fault.LoginFailed}, {"", fault.LoginFailed},
	} {
		_, err := w.verifyLogin(token.with("appVersion", test.value).json(t))
		wantCode(t, err, test.want)
	}
	_, err := w.verifyLogin(bytes.Replace(token.with("appVersion", "ı").json(t), []byte("ı"), []byte("\xff"), 1))
	wantCode(t, err, fault.LoginFailed)
}

// TestLoginEachBit flips every bit of a token but those of appVersion, which is there to be read by people.
func TestLoginEachBit(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			w := newLoginWorld(t, "P-256")
			token := w.token(t, format, "ES256", origin, w.sameChallenge(t))
			data := token.json(t)
			_, err := w.verifyLogin(data)
			wantCode(t, err, "")
			asked := w.requests.Load()
			from := strings.Index(string(data), token["appVersion"])
			for i := range data {
				if i >= from && i < from+len(token["appVersion"]) {
					continue
				}
				for bit := range 8 {
					data[i] ^= 1 << bit
					if _, err := w.verifyLogin(data); err == nil {
						t.Fatalf("taken with bit %d of byte %d another", bit, i)
					}
					data[i] ^= 1 << bit
				}
			}
			if w.requests.Load() != asked {
				t.Error("requests were made for what cannot be good")
			}
		})
	}
}

// TestLoginIsNoOtherSignature uses what the person signed elsewhere with the same key as the signature of a token.
func TestLoginIsNoOtherSignature(t *testing.T) {
	for _, test := range []struct{ kind, algorithm string }{{"P-256", "ES256"}, {"P-384", "ES384"}, {"RSA-2048", "RS256"}} {
		w := newLoginWorld(t, test.kind)
		nonce := w.sameChallenge(t)
		for i, format := range formats {
			t.Run(format+" "+test.kind, func(t *testing.T) {
				token := w.token(t, format, test.algorithm, origin, nonce)
				statement := w.statement(t, format, test.algorithm, origin, nonce)
				hash := w.openssl(t, statement, "dgst", "-sha"+test.algorithm[2:], "-binary")
				cms, value := w.signDocument(t, statement)
				for name, data := range map[string][]byte{
					"a document's signature":      cms,
					"… in place of the token's":   token.with("signature", value).json(t),
					"a hash that was signed":      token.with("signature", w.signature(t, test.algorithm, hash)).json(t),
					"the other format's":          token.with("signature", w.token(t, formats[1-i], test.algorithm, origin, nonce)["signature"]).json(t),
					"the other format":            w.token(t, formats[1-i], test.algorithm, origin, nonce).with("format", format).json(t),
					"a statement without its end": token.with("signature", w.signature(t, test.algorithm, statement[:len(statement)-1])).json(t),
				} {
					e, err := w.verifyLogin(data)
					if fault.CodeOf(err) != fault.LoginFailed || e != nil {
						t.Errorf("%s: %v, %v", name, e, err)
					}
				}
			})
		}
		if n := w.requests.Load(); n != 0 {
			t.Errorf("%d requests were made", n)
		}
	}
}

// signDocument has the host's own code sign a document, and returns the signature and the card's part of it, in the
// form of a token.
func (w *loginWorld) signDocument(t *testing.T, document []byte) (cms []byte, value string) {
	t.Helper()
	hash, err := ades.HashFor(w.leaf.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	h := hash.New()
	h.Write(document)
	r := cades.Request{Signer: ades.Signer{Certificate: w.leaf, Hash: hash, Time: time.Now()}, ContentDigest: h.Sum(nil)}
	cms, err = cades.Sign(r, func(digest []byte) ([]byte, error) {
		signature, err := w.key.Sign(rand.Reader, digest, hash)
		raw := signature
		if w.leaf.PublicKeyAlgorithm == x509.ECDSA {
			raw = rawECDSA(t, signature, hash.Size())
		}
		value = base64.StdEncoding.EncodeToString(raw)
		return signature, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return cms, value
}

// TestLoginAtOnce sends one token a thousand times at once.
func TestLoginAtOnce(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	token := w.token(t, relyingparty.FormatLogin, "ES256", origin, w.challenge(t)).json(t)
	var won, over atomic.Int32
	var group sync.WaitGroup
	start := make(chan struct{})
	for range 1000 {
		group.Go(func() {
			<-start
			switch _, err := w.verifyLogin(token); {
			case err == nil:
				won.Add(1)
			case fault.CodeOf(err) == fault.FormExpired:
				over.Add(1)
			}
		})
	}
	close(start)
	group.Wait()
	if won.Load() != 1 || over.Load() != 999 || w.requests.Load() != 2 {
		t.Errorf("%d won, %d came late, %d requests", won.Load(), over.Load(), w.requests.Load())
	}
}
