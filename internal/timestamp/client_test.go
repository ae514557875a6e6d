package timestamp_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
)

const (
	unavailable = fault.TimestampUnavailable
	refused     = fault.TimestampRefused
)

// timeStampReq is a TimeStampReq as another reader takes it.
type timeStampReq struct {
	Version int
	Imprint struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Digest []byte
	}
	Policy  asn1.ObjectIdentifier `asn1:"optional"`
	Nonce   *big.Int              `asn1:"optional"`
	CertReq bool                  `asn1:"optional"`
}

// server answers as an authority does. change, unless nil, changes an answer before it is signed.
type server struct {
	*authority
	t      testing.TB
	change func(q *timeStampReq, r *reply)
	asked  atomic.Int32
}

// reply is an answer before it is encoded.
type reply struct {
	status   []byte // PKIStatusInfo in DER
	info     *info
	envelope func(*envelope)
	noToken  bool
	media    string
	code     int
	tag      byte   // of the whole
	body     []byte // in place of all that
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	var q timeStampReq
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	if rest, err := asn1.Unmarshal(body, &q); err != nil || len(rest) > 0 || q.Version != 1 || !q.CertReq || q.Nonce == nil {
		s.t.Errorf("request %x: %+v, %v", body, q, err)
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		s.t.Errorf("%s of %s", r.Method, r.Header.Get("Content-Type"))
	}
	answer := reply{status: sequence(s.t, encode(s.t, 0)), info: newInfo(s.t), envelope: func(*envelope) {}, media: "application/timestamp-reply", code: 200, tag: 0x30}
	answer.info.imprint = sequence(s.t, sequence(s.t, encode(s.t, q.Imprint.Algorithm.OID)), encode(s.t, q.Imprint.Digest))
	answer.info.nonce = encode(s.t, q.Nonce)
	if s.change != nil {
		s.change(&q, &answer)
	}
	w.Header().Set("Content-Type", answer.media)
	w.WriteHeader(answer.code)
	if answer.body == nil {
		parts := [][]byte{answer.status}
		if !answer.noToken {
			parts = append(parts, s.token(s.t, answer.info.der(s.t), answer.envelope))
		}
		answer.body = tlv(s.t, answer.tag, parts...)
	}
	_, _ = w.Write(answer.body) // the client may have gone
}

func newServer(t testing.TB, change func(*timeStampReq, *reply)) (*server, timestamp.Authority) {
	s := &server{authority: newAuthority(t, "P-256"), t: t, change: change}
	running := httptest.NewServer(s)
	t.Cleanup(running.Close)
	return s, timestamp.Authority{URL: running.URL}
}

func stamp(t testing.TB, c *timestamp.Client) (*timestamp.Token, error) {
	t.Helper()
	return c.Stamp(t.Context(), crypto.SHA256, digest(crypto.SHA256, stamped))
}

func TestStamp(t *testing.T) {
	s, a := newServer(t, nil)
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256} {
		token, err := (&timestamp.Client{Authorities: []timestamp.Authority{a}}).Stamp(t.Context(), hash, digest(hash, stamped))
		if err != nil {
			t.Fatal(err)
		}
		if signer, err := token.Verify(); err != nil || !signer.Equal(s.certificate) || !token.Covers(hash, digest(hash, stamped)) {
			t.Errorf("%v: %v", hash, err)
		}
		if bits := token.Nonce.BitLen(); bits != 127 {
			t.Errorf("nonce of %d bits", bits)
		}
	}
	c := timestamp.Client{Authorities: []timestamp.Authority{a}}
	_, err := c.Stamp(t.Context(), crypto.SHA1, digest(crypto.SHA1, stamped))
	wantCode(t, err, algorithm)
	_, err = c.Stamp(t.Context(), crypto.SHA256, digest(crypto.SHA1, stamped))
	wantCode(t, err, fault.Internal)
	if asked := s.asked.Load(); asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

// TestAnswers changes one thing of an answer.
func TestAnswers(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) []byte { return generalized(t, now.Add(d).UTC().Format("20060102150405Z")) }
	status := func(parts ...[]byte) func(*timeStampReq, *reply) {
		return func(_ *timeStampReq, r *reply) { r.status = sequence(t, parts...) }
	}
	refuses := func(parts ...[]byte) func(*timeStampReq, *reply) {
		return func(_ *timeStampReq, r *reply) { r.status, r.noToken = sequence(t, parts...), true }
	}
	body := func(body []byte) func(*timeStampReq, *reply) {
		return func(_ *timeStampReq, r *reply) { r.body = body }
	}
	failure := func(bit int) []byte {
		bits := asn1.BitString{Bytes: make([]byte, 4), BitLength: bit + 1}
		bits.Bytes[bit/8] |= 0x80 >> (bit % 8)
		bits.Bytes = bits.Bytes[:bit/8+1]
		return encode(t, bits)
	}
	text := func(words string) []byte { return sequence(t, tlv(t, 0x0c, []byte(words))) }
	endless := body(make([]byte, 2<<20))
	for _, test := range []struct {
		name   string
		change func(q *timeStampReq, r *reply)
		code   fault.Code
		says   string
	}{
		{"good", nil, "", ""},
		{"granted with modifications", status(encode(t, 1)), "", ""},
		{"granted, with a text", status(encode(t, 0), text("Tamam")), "", ""},
		{"granted without a token", func(_ *timeStampReq, r *reply) { r.noToken = true }, invalid, "has none"},
		{"rejected", refuses(encode(t, 2), text("User 1 is not known"), failure(2)), refused, `badRequest: "User 1 is not known"`},
		{"rejected for the hash", refuses(encode(t, 2), failure(0)), refused, "badAlg"},
		{"rejected for the policy", refuses(encode(t, 2), failure(15)), refused, "unacceptedPolicy"},
		{"rejected for no reason", refuses(encode(t, 2)), refused, "status 2"},
		{"rejected for a reason of its own", refuses(encode(t, 2), failure(30)), refused, "failure 30"},
		{"rejected with a token", status(encode(t, 2)), refused, ""},
		{"no time", refuses(encode(t, 2), failure(14)), unavailable, "timeNotAvailable"},
		{"its system has failed", refuses(encode(t, 2), failure(25)), unavailable, "systemFailure"},
		{"waiting", refuses(encode(t, 3)), refused, "status 3"},
		{"unknown status", status(encode(t, 6)), invalid, ""},
		{"negative status", status(encode(t, -1)), invalid, ""},
		{"more failures than there are", refuses(encode(t, 2), encode(t, asn1.BitString{Bytes: make([]byte, 9), BitLength: 72})), invalid, ""},
		{"more in the status", status(encode(t, 0), encode(t, 0)), invalid, ""},

		{"another nonce", func(q *timeStampReq, r *reply) { r.info.nonce = encode(t, new(big.Int).Add(q.Nonce, big.NewInt(1))) }, invalid, "nonce"},
		{"no nonce", func(_ *timeStampReq, r *reply) { r.info.nonce = nil }, invalid, "nonce"},
		{"another imprint", func(_ *timeStampReq, r *reply) {
			r.info.imprint = sequence(t, sequence(t, encode(t, oidSHA256)), encode(t, make([]byte, 32)))
		}, invalid, "imprint"},
		{"another hash", func(_ *timeStampReq, r *reply) {
			r.info.imprint = sequence(t, sequence(t, encode(t, oidSHA1)), encode(t, digest(crypto.SHA1, stamped)))
		}, invalid, "imprint"},
		{"another policy", func(_ *timeStampReq, r *reply) { r.info.policy = encode(t, asn1.ObjectIdentifier{1, 2, 3}) }, invalid, "policy"},
		{"a minute ahead", func(_ *timeStampReq, r *reply) { r.info.time = at(time.Minute) }, "", ""},
		{"an hour ahead", func(_ *timeStampReq, r *reply) { r.info.time = at(time.Hour / 2) }, invalid, "asked for at"},
		{"an hour behind", func(_ *timeStampReq, r *reply) { r.info.time = at(-time.Hour / 2) }, invalid, "asked for at"},
		{"an hour behind, and accurate to that", func(_ *timeStampReq, r *reply) {
			r.info.time, r.info.accuracy = at(-time.Hour/2), sequence(t, encode(t, 3600))
		}, invalid, "asked for at"},
		{"no certificate", func(_ *timeStampReq, r *reply) { r.envelope = func(e *envelope) { e.certificates = nil } }, invalid, "no certificate"},
		{"not a signature", func(_ *timeStampReq, r *reply) {
			r.envelope = func(e *envelope) {
				e.signers = func(info []byte) [][]byte { info[len(info)-1] ^= 1; return [][]byte{info} }
			}
		}, invalid, "does not verify"},

		{"not found", func(_ *timeStampReq, r *reply) { r.code = http.StatusNotFound }, unavailable, "404"},
		{"its server has failed", func(_ *timeStampReq, r *reply) { r.code = http.StatusInternalServerError }, unavailable, "500"},
		{"another media type", func(_ *timeStampReq, r *reply) { r.media = "text/html" }, invalid, "text/html"},
		{"garbage", body([]byte("garbage")), invalid, ""},
		{"empty", body([]byte{}), invalid, ""},
		{"empty sequence", body([]byte{0x30, 0}), invalid, ""},
		{"three elements", body(sequence(t, sequence(t, encode(t, 0)), encode(t, 0), encode(t, 0))), invalid, ""},
		{"a set", func(_ *timeStampReq, r *reply) { r.tag = 0x31 }, invalid, ""},
		{"huge", endless, invalid, "over the limit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, a := newServer(t, test.change)
			a.Policy = oidPolicy
			_, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{a}})
			wantCode(t, err, test.code)
			if err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
		})
	}
}

// TestSignersTime checks that a token after the end of its signer's certificate is refused.
func TestSignersTime(t *testing.T) {
	s, a := newServer(t, nil)
	ended := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	}
	s.authority = newAuthority(t, "P-256", ended)
	_, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{a}})
	wantCode(t, err, invalid)
	s.authority = newAuthority(t, "P-256", purpose(t, true, codeSigning))
	_, err = stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{a}})
	if !errors.Is(err, timestamp.ErrPurpose) {
		t.Error(err)
	}
}

// TestAuthorityOfFormerYears checks that a token which Verify takes for its age is no new time stamp.
func TestAuthorityOfFormerYears(t *testing.T) {
	for name, test := range map[string]struct {
		key, digest string
		code        fault.Code
	}{
		"SHA-256":          {"RSA-2048", "sha256", ""},
		"SHA-1":            {"RSA-2048", "sha1", invalid},
		"SHA-224":          {"RSA-2048", "sha224", invalid},
		"RSA of 1024 bits": {"RSA-1024", "sha256", invalid},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, test.key)
			running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				request, err := io.ReadAll(r.Body)
				if err != nil {
					return // the client has gone
				}
				w.Header().Set("Content-Type", "application/timestamp-reply")
				_, _ = w.Write(a.reply(t, request, "signer_digest = "+test.digest))
			}))
			defer running.Close()
			_, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{{URL: running.URL}}, Timeout: time.Minute})
			wantCode(t, err, test.code)
			if err != nil && !strings.Contains(err.Error(), "no longer counts") {
				t.Error(err)
			}
		})
	}
}

// TestAuthoritiesInTurn asks several.
func TestAuthoritiesInTurn(t *testing.T) {
	wrong := func(_ *timeStampReq, r *reply) { r.info.nonce = nil }
	refusing := func(_ *timeStampReq, r *reply) { r.status, r.noToken = sequence(t, encode(t, 2)), true }
	failing := func(_ *timeStampReq, r *reply) { r.code = http.StatusServiceUnavailable }
	type changes = []func(*timeStampReq, *reply)
	for name, test := range map[string]struct {
		behave changes
		asked  int
		code   fault.Code
	}{
		"the first one answers":       {changes{nil, nil}, 1, ""},
		"the second one answers":      {changes{failing, nil}, 2, ""},
		"the third one answers":       {changes{refusing, wrong, nil}, 3, ""},
		"nobody answers":              {changes{failing, failing}, 2, unavailable},
		"what tells more is told":     {changes{failing, refusing, failing}, 3, refused},
		"the first that tells more":   {changes{wrong, refusing}, 2, invalid},
		"nobody":                      {nil, 0, unavailable},
		"the ninth one is not asked":  {changes{failing, failing, failing, failing, failing, failing, failing, failing, nil}, 8, unavailable},
		"the eighth one is still one": {changes{failing, failing, failing, failing, failing, failing, failing, nil}, 8, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var c timestamp.Client
			var servers []*server
			for _, change := range test.behave {
				s, a := newServer(t, change)
				servers, c.Authorities = append(servers, s), append(c.Authorities, a)
			}
			_, err := stamp(t, &c)
			wantCode(t, err, test.code)
			asked := 0
			for _, s := range servers {
				asked += int(s.asked.Load())
			}
			if asked != test.asked {
				t.Errorf("%d were asked, want %d", asked, test.asked)
			}
		})
	}
}

// TestAddresses checks which addresses are asked, and that none is but the one that was given.
func TestAddresses(t *testing.T) {
	var asked atomic.Int32
	redirecting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer redirecting.Close()
	for _, address := range []string{"", "ldap://127.0.0.1/", "file:///etc/hostname", "http://", "://",
		strings.Replace(redirecting.URL, "//", "//user:secret@", 1), redirecting.URL} {
		_, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{{URL: address}}})
		wantCode(t, err, unavailable)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want the one to the address without a password", n)
	}
}

func TestHTTPS(t *testing.T) {
	s := &server{authority: newAuthority(t, "P-256"), t: t}
	running := httptest.NewUnstartedServer(s)
	running.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	running.StartTLS()
	defer running.Close()
	c := timestamp.Client{Authorities: []timestamp.Authority{{URL: running.URL}}, HTTP: running.Client()}
	_, err := stamp(t, &c)
	wantCode(t, err, "")
	c.HTTP = nil // which does not know the server's certificate
	_, err = stamp(t, &c)
	wantCode(t, err, unavailable)
}

// TestHangingAuthority checks that one that hangs is given up in time, and that none after it is asked where whoever asks has left.
func TestHangingAuthority(t *testing.T) {
	arrived := make(chan struct{}, 2)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // only then does the server notice that the client has gone
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer hanging.Close()
	_, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{{URL: hanging.URL}}, Timeout: 50 * time.Millisecond})
	wantCode(t, err, unavailable)

	next, a := newServer(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-arrived
		leave()
	}()
	c := timestamp.Client{Authorities: []timestamp.Authority{{URL: hanging.URL}, a}, Timeout: time.Minute}
	_, err = c.Stamp(ctx, crypto.SHA256, digest(crypto.SHA256, stamped))
	wantCode(t, err, unavailable)
	if next.asked.Load() > 0 {
		t.Error("the next one was asked for somebody who has left")
	}
}

// TestHeader checks that the authority gets what its operator has set, and the media types all the same.
func TestHeader(t *testing.T) {
	_, a := newServer(t, nil)
	var got http.Header
	c := timestamp.Client{HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header
		return http.DefaultTransport.RoundTrip(r)
	})}}
	a.Header = http.Header{"Identity": {"a customer"}, "Content-Type": {"text/plain"}}
	c.Authorities = []timestamp.Authority{a}
	_, err := stamp(t, &c)
	wantCode(t, err, "")
	if got.Get("identity") != "a customer" || got.Get("Content-Type") != "application/timestamp-query" || got.Get("Accept") != "application/timestamp-reply" {
		t.Errorf("%v", got)
	}
	if len(a.Header) != 2 || a.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("the settings were changed: %v", a.Header)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRequestByOpenSSL has openssl answer our request, and verify the answer against it.
func TestRequestByOpenSSL(t *testing.T) {
	a := newAuthority(t, "RSA-2048")
	var request, answer []byte
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, _ = io.ReadAll(r.Body)
		answer = a.reply(t, request)
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(answer)
	}))
	defer running.Close()
	token, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{{URL: running.URL, Policy: oidPolicy}}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	query := write(t, dir, "request", request)
	openssl(t, "ts", "-verify", "-queryfile", query, "-in", write(t, dir, "answer", answer), "-CAfile", rootFile(t, a))
	openssl(t, "ts", "-verify", "-queryfile", query, "-token_in", "-in", write(t, dir, "token", token.DER), "-CAfile", rootFile(t, a))
	text, err := exec.Command("openssl", "ts", "-query", "-text", "-in", filepath.Join(dir, "request")).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Version: 1", "Hash Algorithm: sha256", "Policy OID: " + oidPolicy.String(), "Certificate required: yes", "Extensions:"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("openssl does not print %q in\n%s", want, text)
		}
	}
}
