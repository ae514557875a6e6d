//go:build linux

package worker_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/testcard"
)

const (
	puk      = "87654321" // of insert's token: its security officer's PIN
	freshPIN = "135246"
)

// theToken lists the library's only token.
func theToken(t *testing.T, c *worker.Client) worker.Token {
	t.Helper()
	listing, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(listing.Tokens) != 1 {
		t.Fatalf("tokens %+v", listing.Tokens)
	}
	return listing.Tokens[0]
}

func ref(t worker.Token) worker.TokenRef {
	return worker.TokenRef{Slot: t.Slot, Serial: t.Serial}
}

// opens reports whether the PIN is the token's.
func opens(t *testing.T, c *worker.Client, key worker.Key, pin string) bool {
	t.Helper()
	token := theToken(t, c)
	key.Slot, key.Serial = token.Slot, token.Serial
	signer, err := c.Open(t.Context(), key, worker.Entry{PIN: []byte(pin)})
	if err != nil {
		return false
	}
	signer.Close(t.Context())
	return true
}

// A PUK gives a token another PIN, or its first; a wrong one changes nothing but the PUK's state.
func TestUnblockSetsThePIN(t *testing.T) {
	key := insert(t)
	c := client(t, softHSM(t), generous)
	token := theToken(t, c)
	if token.PUK != protocol.PUKReady {
		t.Errorf("PUK %q", token.PUK)
	}
	err := c.Unblock(t.Context(), ref(token), worker.InitPIN, []byte("00000000"), []byte(freshPIN), "")
	refused, ok := errors.AsType[*worker.PINError](err)
	if !ok || refused.Err.Code != fault.PUKIncorrect || refused.State.State != protocol.PINReady {
		t.Fatalf("wrong PUK: %v", err)
	}
	if after := theToken(t, c); after.PUK != protocol.PUKLow {
		t.Errorf("PUK %q after a wrong one", after.PUK)
	}
	if !opens(t, c, key, pin) {
		t.Error("the PIN was lost to a wrong PUK")
	}
	if err := c.Unblock(t.Context(), ref(token), worker.InitPIN, []byte(puk), []byte(freshPIN), ""); err != nil {
		t.Fatal(err)
	}
	if opens(t, c, key, pin) || !opens(t, c, key, freshPIN) {
		t.Error("the PIN is not the new one")
	}
	other := worker.TokenRef{Slot: token.Slot, Serial: "another"}
	if err := c.Unblock(t.Context(), other, worker.InitPIN, []byte(puk), []byte(pin), ""); fault.CodeOf(err) != fault.CardChanged {
		t.Errorf("another card: %v", err)
	}
}

// A PUK is not used where the token says that there is one try, or none, and the person was shown more.
func TestPUKIsNotSentBelowTheShownState(t *testing.T) {
	const soFinal, soLocked = 0x200000, 0x400000
	for name, tt := range map[string]struct {
		flags uint
		told  string
		want  fault.Code
	}{
		"one try, shown as ready": {soFinal, protocol.PUKReady, fault.TriesFewer},
		"one try, shown as low":   {soFinal, protocol.PUKLow, fault.TriesFewer},
		"one try, as shown":       {soFinal, protocol.PUKFinal, ""},
		"locked":                  {soLocked, protocol.PUKFinal, fault.PUKLocked},
	} {
		t.Run(name, func(t *testing.T) {
			insert(t)
			faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: "C_Login", Do: testcard.Pass, TokenFlags: tt.flags})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { faulty.Close() })
			c := client(t, faulty.Path, generous)
			err = c.Unblock(t.Context(), ref(theToken(t, c)), worker.InitPIN, []byte(puk), []byte(freshPIN), tt.told)
			if fault.CodeOf(err) != tt.want && (tt.want != "" || err != nil) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if logins := faulty.Calls(); (logins == 1) != (tt.want == "") {
				t.Errorf("%d logins", logins)
			}
		})
	}
}

// Every answer of a library to the one use of a PUK has its code, and no answer makes the program use it again.
func TestPUKErrorsHaveCodes(t *testing.T) {
	const (
		incorrect, invalid, lenRange, locked = 0xa0, 0xa1, 0xa2, 0xa4
		unsupported, userType, notLoggedIn   = 0x54, 0x103, 0x101
		soLow, soFinal, soLocked             = 0x100000, 0x200000, 0x400000
	)
	for name, tt := range map[string]struct {
		method   worker.Method
		function string
		returns  uint
		flags    uint
		want     fault.Code
		state    bool // of the PIN is told
	}{
		"login, wrong":             {worker.InitPIN, "C_Login", incorrect, 0, fault.PUKIncorrect, true},
		"login, wrong again":       {worker.InitPIN, "C_Login", incorrect, soLow, fault.PUKIncorrect, true},
		"login, last try":          {worker.InitPIN, "C_Login", incorrect, soLow | soFinal, fault.PUKLastTry, true},
		"login, that was the last": {worker.InitPIN, "C_Login", incorrect, soLow | soLocked, fault.PUKLocked, true},
		"login, locked":            {worker.InitPIN, "C_Login", locked, 0, fault.PUKLocked, true},
		"login, malformed":         {worker.InitPIN, "C_Login", invalid, 0, fault.PUKIncorrect, true},
		"login, length":            {worker.InitPIN, "C_Login", lenRange, 0, fault.PUKIncorrect, true},
		"login, no such user":      {worker.InitPIN, "C_Login", userType, 0, fault.UnblockUnsupported, false},
		"login, unsupported":       {worker.InitPIN, "C_Login", unsupported, 0, fault.UnblockUnsupported, false},
		"login, failure":           {worker.InitPIN, "C_Login", 0x30, 0, fault.TokenError, false},
		"init, wrong PUK":          {worker.InitPIN, "C_InitPIN", incorrect, 0, fault.PUKIncorrect, true},
		"init, locked":             {worker.InitPIN, "C_InitPIN", locked, 0, fault.PUKLocked, true},
		"init, new PIN malformed":  {worker.InitPIN, "C_InitPIN", invalid, 0, fault.PINRefused, true},
		"init, new PIN's length":   {worker.InitPIN, "C_InitPIN", lenRange, 0, fault.PINRefused, true},
		"init, no login":           {worker.InitPIN, "C_InitPIN", notLoggedIn, 0, fault.UnblockUnsupported, false},
		"set, wrong":               {worker.SetPIN, "C_SetPIN", incorrect, soFinal, fault.PUKLastTry, true},
		"set, locked":              {worker.SetPIN, "C_SetPIN", locked, 0, fault.PUKLocked, true},
		"set, new PIN malformed":   {worker.SetPIN, "C_SetPIN", invalid, 0, fault.PINRefused, true},
		"set, unsupported":         {worker.SetPIN, "C_SetPIN", unsupported, 0, fault.UnblockUnsupported, false},
		"set, removed":             {worker.SetPIN, "C_SetPIN", 0x32, 0, fault.TokenRemoved, false},
	} {
		t.Run(name, func(t *testing.T) {
			faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: tt.function, Do: testcard.Return, Value: tt.returns, TokenFlags: tt.flags})
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			insert(t)
			c := client(t, faulty.Path, generous)
			err = c.Unblock(t.Context(), ref(theToken(t, c)), tt.method, []byte(puk), []byte(freshPIN), "")
			if _, told := errors.AsType[*worker.PINError](err); codeOf(err) != tt.want || told != tt.state {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if n := faulty.Calls(); n != 1 {
				t.Errorf("%s was called %d times", tt.function, n)
			}
		})
	}
}

// A released PUK is used on the claim's card, by a child that ends with it, and on nothing else.
func TestResetSetsThePIN(t *testing.T) {
	key := insert(t)
	c := client(t, softHSM(t), generous)
	token := theToken(t, c)
	key.Serial = token.Serial
	where := device.Where{Path: filepath.Join(t.TempDir(), "device.json"), TPM: device.NoTPM}
	claim, machine := claimOf(t, where, key)
	sealed := seal(t, claim, machine, puk)
	other := key
	other.Serial = "another"
	otherClaim, _ := claimOf(t, where, other)
	third := key
	third.Certificate = pkitest.Root(t, "Başka").Certificate.Raw
	thirdClaim, _ := claimOf(t, where, third)
	for name, tt := range map[string]struct {
		edit func(*worker.Reset)
		want fault.Code
	}{
		"sealed for another claim": {func(r *worker.Reset) { r.Sealed = seal(t, otherClaim, machine, puk) }, fault.ReleaseInvalid},
		"tampered":                 {func(r *worker.Reset) { r.Sealed[70] ^= 1 }, fault.ReleaseInvalid},
		"cut":                      {func(r *worker.Reset) { r.Sealed = r.Sealed[:40] }, fault.ReleaseInvalid},
		"empty":                    {func(r *worker.Reset) { r.Sealed = nil }, fault.ReleaseInvalid},
		"claim of another card":    {func(r *worker.Reset) { r.Claim, r.Sealed = otherClaim, seal(t, otherClaim, machine, puk) }, fault.CardChanged},
		"another certificate":      {func(r *worker.Reset) { r.Claim, r.Sealed = thirdClaim, seal(t, thirdClaim, machine, puk) }, fault.CardChanged},
		"no claim":                 {func(r *worker.Reset) { r.Claim = []byte("iddia") }, fault.MessageInvalid},
		"no method":                {func(r *worker.Reset) { r.Method = worker.NoMethod }, fault.MessageInvalid},
		"no device key":            {func(r *worker.Reset) { r.Device.Path += ".none" }, fault.DeviceUnavailable},
		"wrong PUK":                {func(r *worker.Reset) { r.Sealed = seal(t, claim, machine, "00000000") }, fault.PUKIncorrect},
		"no PUK":                   {func(r *worker.Reset) { r.Sealed = seal(t, claim, machine, "0") }, fault.PUKIncorrect},
	} {
		t.Run(name, func(t *testing.T) {
			r := worker.Reset{Slot: token.Slot, Method: worker.InitPIN, Claim: claim, Sealed: append([]byte(nil), sealed...), Device: where}
			tt.edit(&r)
			if err := c.Reset(t.Context(), r, []byte(freshPIN), ""); codeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if opens(t, c, key, freshPIN) {
				t.Error("the PIN was changed")
			}
		})
	}
	r := worker.Reset{Slot: token.Slot, Method: worker.InitPIN, Claim: claim, Sealed: sealed, Device: where}
	if err := c.Reset(t.Context(), r, []byte(freshPIN), ""); err != nil {
		t.Fatal(err)
	}
	if opens(t, c, key, pin) || !opens(t, c, key, freshPIN) {
		t.Error("the PIN is not the new one")
	}
}

// claimOf makes a claim for a key's card, and the device key that claims.
func claimOf(t *testing.T, where device.Where, key worker.Key) ([]byte, release.Device) {
	t.Helper()
	installation := &device.Installation{Options: where.Options()}
	k, err := installation.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	machine, err := k.Describe("linux/amd64", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	claim, err := json.Marshal(release.Claim{Version: release.Version, Card: key.Serial, Certificate: key.Certificate, Device: machine})
	if err != nil {
		t.Fatal(err)
	}
	return claim, machine
}

func seal(t *testing.T, claim []byte, machine release.Device, puk string) []byte {
	t.Helper()
	sealed, err := release.Seal(claim, machine, []byte(puk))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// A child that got a PUK does nothing else before or after.
func TestPUKHasAFreshWorker(t *testing.T) {
	faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: "C_Initialize", Do: testcard.Pass})
	if err != nil {
		t.Fatal(err)
	}
	defer faulty.Close()
	insert(t)
	c := client(t, faulty.Path, generous)
	token := theToken(t, c)
	if err := c.Unblock(t.Context(), ref(token), worker.InitPIN, []byte(puk), []byte(freshPIN), ""); err != nil {
		t.Fatal(err)
	}
	theToken(t, c)
	seen := map[int]bool{}
	for range 3 {
		pid, err := faulty.Called(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		seen[pid] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d processes for list, unblock and list", len(seen))
	}
}

// A library that hangs is ended in time; one that hangs when the PIN is set, or refused, hides neither.
func TestTimeLimitOfAPUK(t *testing.T) {
	for name, tt := range map[string]struct {
		function, puk string
		want          fault.Code
	}{
		"at work":           {"C_InitPIN", puk, fault.ModuleTimeout},
		"after it was done": {"C_Logout", puk, ""},
		"after a refusal":   {"C_Logout", "00000000", fault.PUKIncorrect},
	} {
		t.Run(name, func(t *testing.T) {
			faulty, err := testcard.NewFaulty(t.TempDir(), testcard.Fault{Function: tt.function, Do: testcard.Hang})
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			insert(t)
			limits := generous
			limits.Unblock = 3 * time.Second // more than a busy machine needs to come to the function that hangs
			c := client(t, faulty.Path, limits)
			err = c.Unblock(t.Context(), ref(theToken(t, c)), worker.InitPIN, []byte(tt.puk), []byte(freshPIN), "")
			if codeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// OpenSC is given a configuration that keeps no PINs, unless the person has chosen one.
func TestOpenSCConfiguration(t *testing.T) {
	insert(t)
	for name, chosen := range map[string]string{"ours": "", "the person's": filepath.Join(t.TempDir(), "own.conf")} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			t.Setenv("XDG_CACHE_HOME", cache)
			t.Setenv("OPENSC_CONF", chosen)
			c := client(t, softHSM(t), generous, worker.OpenSC)
			token := theToken(t, c)
			_ = c.Unblock(t.Context(), ref(token), worker.SetPIN, []byte("00000000"), []byte(freshPIN), "")
			conf, err := os.ReadFile(filepath.Join(cache, "e-onay", "opensc-set-pin.conf"))
			if chosen != "" {
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("written all the same: %v\n%s", err, conf)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, wanted := range []string{"use_pin_caching = false;", "user_pin_unblock_style = set_pin_in_unlogged_session;"} {
				if !strings.Contains(string(conf), wanted) {
					t.Errorf("no %q in\n%s", wanted, conf)
				}
			}
		})
	}
}
