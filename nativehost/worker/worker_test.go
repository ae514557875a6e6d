//go:build linux

package worker_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/testcard"
)

const pin = "246810"

// The test's own program is the child: `worker MODULE` is Main for a library, and for a module named
// after one of the liars below a child that answers what it likes.
func TestMain(m *testing.M) {
	if len(os.Args) >= 3 && os.Args[1] == "worker" {
		if lie, ok := liars[os.Args[2]]; ok {
			if os.Args[2] != "rude" {
				say(os.Stdout, `{"hello":true}`)
			}
			lie(messaging.NewReader(os.Stdin), os.Stdout)
			os.Exit(0)
		}
		var quirks []worker.Quirk
		for _, q := range os.Args[3:] {
			quirks = append(quirks, worker.Quirk(q))
		}
		os.Exit(worker.Main(os.Args[2], quirks...))
	}
	os.Exit(m.Run())
}

// generous is for what must not end by time.
var generous = worker.Limits{List: time.Minute, Login: time.Minute, Pad: time.Minute, Sign: time.Minute, Unblock: time.Minute, Reset: time.Minute, Logout: time.Minute}

func client(t testing.TB, module string, limits worker.Limits, quirks ...worker.Quirk) *worker.Client {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := worker.New(executable, module, limits, quirks...)
	t.Cleanup(c.Close)
	return c
}

// say writes replies as frames.
func say(out io.Writer, replies ...string) {
	w := messaging.NewWriter(out)
	for _, r := range replies {
		if err := w.WriteRaw([]byte(r)); err != nil {
			os.Exit(1)
		}
	}
}

// then gives the same answer to every request.
func then(replies ...string) func(*messaging.Reader, io.Writer) {
	return func(in *messaging.Reader, out io.Writer) {
		for {
			if _, err := in.Read(); err != nil {
				return
			}
			say(out, replies...)
		}
	}
}

const (
	aToken = `{"token":{"slot":1,"serial":"s","label":"l","reader":"r","pin":{"min":4,"max":8,"pad":false,"state":"ready"},"puk":"ready"}}`
	done   = `{"done":true}`
)

// liars are children that have been taken over.
var liars = map[string]func(*messaging.Reader, io.Writer){
	"honest":                then(aToken, `{"slots":1}`, `{"certificate":{"slot":1,"der":"AA=="}}`, `{"finding":{"code":"token_error","subject":"x"}}`, done),
	"full":                  then(full()...),
	"too many tokens":       then(append(tokens(33), done)...),
	"a token twice":         then(aToken, aToken, done),
	"too many certificates": then(slices.Concat([]string{aToken}, many(certificate(1, 1), 257), []string{done})...),
	"large certificate":     then(aToken, certificate(1, protocol.MaxCertificate+1), done),
	"large certificates":    then(slices.Concat([]string{aToken}, many(certificate(1, protocol.MaxCertificate), 33), []string{done})...),
	"another's certificate": then(aToken, certificate(2, 1), done),
	"too many findings":     then(append(many(`{"finding":{"code":"token_error","subject":"x"}}`, 66), done)...),
	"PIN alphabet":          then(strings.Replace(aToken, `"min":4`, `"alphabet":"digits"`, 1), done),
	"PIN tries":             then(strings.Replace(aToken, `"min":4`, `"tries":3`, 1), done),
	"long PIN":              then(strings.Replace(aToken, `"max":8`, `"max":65536`, 1), done),
	"refusal with a PIN":    then(`{"error":{"code":"pin_incorrect","detail":"C_Login","pin":{"min":4,"max":8,"state":"low"}}}`),
	"refusal with too much": then(`{"error":{"code":"pin_incorrect","detail":"C_Login","pin":{"min":4,"max":8,"state":"low","alphabet":"` + strings.Repeat("<", 200_000) + `"}}}`),
	"strange finding":       then(`{"finding":{"code":"login_required","subject":"x"}}`, done),
	"strange PIN state":     then(strings.Replace(aToken, "ready", "fine", 1), done),
	"negative PIN length":   then(strings.Replace(aToken, `"min":4`, `"min":-4`, 1), done),
	"strange PUK state":     then(strings.Replace(aToken, `"puk":"ready"`, `"puk":"fine"`, 1), done),
	"empty replies":         then(`{}`, done),
	"endless slots":         then(`{"slots":1}`, `{"slots":2}`, done),
	"signature to a list":   then(`{"signature":"AA=="}`, done),
	"not JSON":              then(`hello`),
	"not UTF-8":             then("{\"done\":\"\xff\"}"),
	"deep":                  then(strings.Repeat(`{"token":`, 1000)),
	"strange error":         then(`{"error":{"code":"digest_mismatch","detail":"x"}}`),
	"long error":            then(`{"error":{"code":"token_error","detail":"` + strings.Repeat(`\u001b[2Jx`, 10_000) + `"}}`),
	"dressed up":            then(`{"token":{"slot":1,"serial":"s","label":"a\u202eb\u0000\n`+strings.Repeat("ş", 100)+`","reader":"r","pin":{"state":"ready"},"puk":"ready"}}`, done),
	"long frame": func(in *messaging.Reader, out io.Writer) {
		_, _ = in.Read()
		_, _ = out.Write([]byte{0xff, 0xff, 0xff, 0xff})
		_, _ = in.Read()
	},
	"cut frame": func(in *messaging.Reader, out io.Writer) {
		_, _ = in.Read()
		_, _ = out.Write([]byte{9, 0, 0, 0, '{'})
	},
	"silent": func(in *messaging.Reader, out io.Writer) {
		for {
			if _, err := in.Read(); err != nil {
				return
			}
		}
	},
	"dead": func(*messaging.Reader, io.Writer) { os.Exit(7) },
	"rude": func(_ *messaging.Reader, out io.Writer) { say(out, aToken, done) },
}

func many(s string, n int) []string { return slices.Repeat([]string{s}, n) }

// tokens are replies of n tokens, in the slots from 1 on.
func tokens(n int) (out []string) {
	for slot := range n {
		out = append(out, strings.Replace(aToken, `"slot":1`, fmt.Sprintf(`"slot":%d`, slot+1), 1))
	}
	return out
}

// certificate is a reply of a certificate of so many bytes.
func certificate(slot, size int) string {
	return fmt.Sprintf(`{"certificate":{"slot":%d,"der":%q}}`, slot, base64.StdEncoding.EncodeToString(make([]byte, size)))
}

// full is the longest list that there may be.
func full() (out []string) {
	out = tokens(32)
	for slot := range 32 {
		out = append(out, many(certificate(slot+1, 2<<10), 256)...)
	}
	return slices.Concat(out, many(`{"finding":{"code":"certificates_left_out","subject":"x"}}`, 65), []string{done})
}

// Whatever a child answers, the host gets an error with a code, and goes on.
func TestHostileChild(t *testing.T) {
	for name, want := range map[string]fault.Code{
		"too many tokens": fault.ModuleCrashed, "too many certificates": fault.ModuleCrashed, "large certificate": fault.ModuleCrashed,
		"too many findings": fault.ModuleCrashed, "strange finding": fault.ModuleCrashed, "strange PIN state": fault.ModuleCrashed, "strange PUK state": fault.ModuleCrashed,
		"a token twice": fault.ModuleCrashed, "large certificates": fault.ModuleCrashed, "another's certificate": fault.ModuleCrashed,
		"PIN alphabet": fault.ModuleCrashed, "PIN tries": fault.ModuleCrashed, "long PIN": fault.ModuleCrashed,
		"negative PIN length": fault.ModuleCrashed, "empty replies": fault.ModuleCrashed, "endless slots": fault.ModuleCrashed,
		"signature to a list": fault.ModuleCrashed, "not JSON": fault.ModuleCrashed, "not UTF-8": fault.ModuleCrashed,
		"deep": fault.ModuleCrashed, "long frame": fault.ModuleCrashed, "cut frame": fault.ModuleCrashed, "dead": fault.ModuleCrashed, "rude": fault.ModuleCrashed,
		"strange error": fault.Internal, "long error": fault.TokenError,
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, name, generous)
			for range 2 {
				listing, err := c.List(t.Context())
				if listing != nil || err == nil || fault.CodeOf(err) != want {
					t.Fatalf("got %v, %v; want %s", listing, err, want)
				}
				if n := len(err.Error()); n > 500 || strings.ContainsAny(err.Error(), "\x1b\n") {
					t.Fatalf("error of %d bytes: %.200q", n, err)
				}
			}
		})
	}
}

func TestHonestChild(t *testing.T) {
	listing, err := client(t, "honest", generous).List(t.Context())
	if err != nil || len(listing.Tokens) != 1 || len(listing.Certificates) != 1 || len(listing.Findings) != 1 || listing.Slots != 1 {
		t.Fatalf("got %+v, %v", listing, err)
	}
}

// Each of a library's tokens has room of its own.
func TestFullList(t *testing.T) {
	listing, err := client(t, "full", generous).List(t.Context())
	if err != nil || len(listing.Tokens) != 32 || len(listing.Certificates) != 32*256 || len(listing.Findings) != 65 {
		t.Fatalf("%v; %+v", err, listing)
	}
}

// A refusal tells what a library may know of a PIN, and is a refusal all the same where it tells more.
func TestRefusalTellsOfThePIN(t *testing.T) {
	for child, told := range map[string]bool{"refusal with a PIN": true, "refusal with too much": false} {
		_, err := client(t, child, generous).Open(t.Context(), worker.Key{}, worker.Entry{PIN: []byte(pin)})
		refused, ok := errors.AsType[*worker.PINError](err)
		if fault.CodeOf(err) != fault.PINIncorrect || ok != told {
			t.Errorf("%s: %v", child, err)
		}
		if ok && refused.State != (protocol.PINState{Min: 4, Max: 8, State: protocol.PINLow}) {
			t.Errorf("%s: %+v", child, refused.State)
		}
	}
}

func TestTextIsCleaned(t *testing.T) {
	listing, err := client(t, "dressed up", generous).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := listing.Tokens[0].Label, "a�b��"+strings.Repeat("ş", 59); got != want {
		t.Fatalf("label %q, want %q", got, want)
	}
}

func TestLateChildIsKilled(t *testing.T) {
	limits := generous
	limits.List = 50 * time.Millisecond
	c := client(t, "silent", limits)
	for range 2 {
		if _, err := c.List(t.Context()); fault.CodeOf(err) != fault.ModuleTimeout {
			t.Fatalf("got %v", err)
		}
	}
}

// A library that hangs costs its time limit, and the next call gets a fresh worker: at each function of
// a signature.
func TestTimeLimitOfALibrary(t *testing.T) {
	const soon = 500 * time.Millisecond
	for function, shorten := range map[string]func(*worker.Limits){
		"C_Initialize":  func(l *worker.Limits) { l.List = soon },
		"C_GetSlotList": func(l *worker.Limits) { l.List = soon },
		"C_Login":       func(l *worker.Limits) { l.Login = soon },
		"C_SignInit":    func(l *worker.Limits) { l.Sign = soon },
		"C_Sign":        func(l *worker.Limits) { l.Sign = soon },
		"C_Logout":      func(l *worker.Limits) { l.Logout = soon },
	} {
		t.Run(function, func(t *testing.T) {
			faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: function, Do: testcard.Hang})
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			key := insert(t)
			limits := generous
			shorten(&limits)
			c := client(t, faulty.Path, limits)
			for range 2 {
				err := signOnce(t.Context(), c, key)
				want := fault.ModuleTimeout
				if function == "C_Logout" {
					want = "" // the signature is there; only the goodbye hangs
				}
				if codeOf(err) != want {
					t.Fatalf("got %v, want %s", err, want)
				}
			}
			first, err := faulty.Called(time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			second, err := faulty.Called(time.Minute)
			if err != nil || first == second {
				t.Fatalf("processes %d and %d (%v): the second is no fresh one", first, second, err)
			}
		})
	}
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

// insert makes a card for SOFTHSM2_CONF of this test, and returns the key to sign with but its slot and
// serial number, which only a listing tells.
func insert(t testing.TB) worker.Key {
	t.Helper()
	key, _ := insertToken(t)
	return key
}

func insertToken(t testing.TB) (worker.Key, *testcard.Token) {
	t.Helper()
	hsm, err := testcard.NewSoftHSM(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(hsm.Env(), "=")
	t.Setenv(name, value)
	token, err := hsm.AddToken("Kart", pin, "87654321")
	if err != nil {
		t.Fatal(err)
	}
	public, err := token.NewKey(testcard.P256, "imza", []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	certificate := pkitest.Root(t, "Kök").Issue(t, public).Raw
	if err := token.Store(certificate, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	return worker.Key{Certificate: certificate}, token
}

func signOnce(ctx context.Context, c *worker.Client, key worker.Key) error {
	listing, err := c.List(ctx)
	if err != nil {
		return err
	}
	key.Slot, key.Serial = listing.Tokens[0].Slot, listing.Tokens[0].Serial
	signer, err := c.Open(ctx, key, worker.Entry{PIN: []byte(pin)})
	if err != nil {
		return err
	}
	defer signer.Close(ctx)
	digest := sha256.Sum256([]byte("Onay"))
	_, err = sign(ctx, signer, digest[:])
	return err
}

func softHSM(t testing.TB) string {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// What a Signer was made for is gone with the child that had logged in, and with its Close.
// sign makes one signature.
func sign(ctx context.Context, signer *worker.Signer, digest []byte) (signature []byte, err error) {
	err = signer.Sign(ctx, crypto.SHA256, [][]byte{digest}, func(s []byte) { signature = s })
	return signature, err
}

func TestSignerEnds(t *testing.T) {
	key := insert(t)
	c := client(t, softHSM(t), generous)
	listing, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key.Slot, key.Serial = listing.Tokens[0].Slot, listing.Tokens[0].Serial
	digest := sha256.Sum256([]byte("Onay"))
	open := func() *worker.Signer {
		t.Helper()
		signer, err := c.Open(t.Context(), key, worker.Entry{PIN: []byte(pin)})
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	signer := open()
	if _, err := sign(t.Context(), signer, digest[:]); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, digest[:31], make([]byte, 64)} {
		if _, err := sign(t.Context(), signer, bad); fault.CodeOf(err) != fault.MessageInvalid {
			t.Errorf("digest of %d bytes: %v", len(bad), err)
		}
	}
	signer.Close(t.Context())
	if _, err := sign(t.Context(), signer, digest[:]); fault.CodeOf(err) != fault.MessageInvalid {
		t.Errorf("after Close: %v", err)
	}
	signer = open()
	c.Close()
	if _, err := sign(t.Context(), signer, digest[:]); fault.CodeOf(err) != fault.ModuleCrashed {
		t.Errorf("after the child's end: %v", err)
	}
	open().Close(t.Context())

	swapped := key
	swapped.Serial = "another card"
	if _, err := c.Open(t.Context(), swapped, worker.Entry{PIN: []byte(pin)}); fault.CodeOf(err) != fault.CardChanged {
		t.Errorf("another card in the slot: %v", err)
	}
	swapped = key
	swapped.Certificate = pkitest.Root(t, "Başka").Certificate.Raw
	if _, err := c.Open(t.Context(), swapped, worker.Entry{PIN: []byte(pin)}); fault.CodeOf(err) != fault.CardChanged {
		t.Errorf("certificate no longer there: %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	_, err := client(t, "honest", generous).List(ctx)
	if fault.CodeOf(err) != fault.Cancelled || !errors.Is(err, why) {
		t.Fatalf("got %v", err)
	}
}

func TestMissingProgram(t *testing.T) {
	c := worker.New("/none/eonay-host", "honest", generous)
	if _, err := c.List(t.Context()); fault.CodeOf(err) != fault.ModuleFailed {
		t.Fatalf("got %v", err)
	}
}

// The child takes what the host would never send, too, without a crash.
func TestChildRefuses(t *testing.T) {
	insert(t)
	for name, frames := range map[string][]string{
		"unknown operation":  {`{"op":"format"}`},
		"sign without login": {`{"op":"sign","hash":5,"digests":["AA=="]}`},
		"open without key":   {`{"op":"open"}`},
		"PIN with a list":    {`{"op":"list","pin":true}`, "1234"},
		"close":              {`{"op":"close"}`},
	} {
		t.Run(name, func(t *testing.T) {
			frame := startChild(t, softHSM(t)).answer(t, frames...)
			var r struct {
				Error *struct{ Code fault.Code }
				Done  bool
			}
			if err := json.Unmarshal(frame, &r); err != nil {
				t.Fatal(err)
			}
			if name == "close" {
				if !r.Done {
					t.Fatalf("got %s", frame)
				}
			} else if r.Error == nil || r.Error.Code != fault.MessageInvalid {
				t.Fatalf("got %s", frame)
			}
		})
	}
}
