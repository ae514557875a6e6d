package release_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
)

// A machine has a device key in software; package device has the real ones.
type machine struct {
	signing *ecdsa.PrivateKey
	sealing *ecdh.PrivateKey
}

func newMachine(t testing.TB) machine {
	t.Helper()
	signing, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return machine{signing, sealing}
}

func (m machine) device(t testing.TB) release.Device {
	t.Helper()
	signing, err := m.signing.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return release.Device{
		Signing: signing, Sealing: m.sealing.PublicKey().Bytes(), Protection: protocol.ProtectionTPM, Platform: "linux/amd64", Version: "1.0.0",
	}
}

// sign is a device key's signature of a statement.
func (m machine) sign(t testing.TB, kind release.Kind, message []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(release.StatementOf(kind, message))
	r, s, err := ecdsa.Sign(rand.Reader, m.signing, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}

func (m machine) claim(t testing.TB) release.Claim {
	t.Helper()
	return release.Claim{
		Version: release.Version, Act: "act-1", Code: "168857414351237", Origin: "https://portal.example", Card: "0123456789abcdef",
		Certificate: bytes.Repeat([]byte{0x30}, 700), PIN: protocol.PINLocked, Device: m.device(t), Time: 1_800_000_000,
	}
}

func (m machine) report(t testing.TB, claim []byte) release.Report {
	t.Helper()
	return release.Report{Version: release.Version, Claim: release.Digest(claim), Outcome: protocol.OutcomeDone, Time: 1_800_000_001}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadClaim(t *testing.T) {
	m := newMachine(t)
	want := m.claim(t)
	data := encode(t, want)
	got, err := release.ReadClaim(data, m.sign(t, release.KindClaim, data))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, got), data) || got.Device.ID() != want.Device.ID() {
		t.Errorf("read %+v", got)
	}
}

// The largest certificate of a card and the largest endorsement have room in one claim.
func TestFullestClaim(t *testing.T) {
	m := newMachine(t)
	c := m.claim(t)
	c.Act, c.Origin, c.Card = strings.Repeat("a", protocol.MaxAct), strings.Repeat("a", 300), strings.Repeat("a", 64)
	c.Certificate = make([]byte, protocol.MaxCertificate)
	c.Device.Endorsement = [][]byte{make([]byte, 3<<10), make([]byte, 1<<10), make([]byte, 1<<10), make([]byte, 1<<10)}
	data := encode(t, c)
	if _, err := release.ReadClaim(data, m.sign(t, release.KindClaim, data)); err != nil {
		t.Errorf("%d bytes: %v", len(data), err)
	}
}

// What is signed has the form of a claim or is refused, field by field.
func TestClaimMalformed(t *testing.T) {
	m := newMachine(t)
	long := func(n int) string { return strings.Repeat("a", n+1) }
	for name, edit := range map[string]func(*release.Claim){
		"version":             func(c *release.Claim) { c.Version = 2 },
		"no act":              func(c *release.Claim) { c.Act = "" },
		"long act":            func(c *release.Claim) { c.Act = long(protocol.MaxAct) },
		"short code":          func(c *release.Claim) { c.Code = c.Code[1:] },
		"long code":           func(c *release.Claim) { c.Code += "1" },
		"no origin":           func(c *release.Claim) { c.Origin = "" },
		"long origin":         func(c *release.Claim) { c.Origin = long(300) },
		"no card":             func(c *release.Claim) { c.Card = "" },
		"long card":           func(c *release.Claim) { c.Card = long(64) },
		"no certificate":      func(c *release.Claim) { c.Certificate = nil },
		"large certificate":   func(c *release.Claim) { c.Certificate = make([]byte, protocol.MaxCertificate+1) },
		"long PIN state":      func(c *release.Claim) { c.PIN = long(40) },
		"long protection":     func(c *release.Claim) { c.Device.Protection = long(40) },
		"long platform":       func(c *release.Claim) { c.Device.Platform = long(40) },
		"long version":        func(c *release.Claim) { c.Device.Version = long(40) },
		"five endorsements":   func(c *release.Claim) { c.Device.Endorsement = [][]byte{{1}, {1}, {1}, {1}, {1}} },
		"large endorsement":   func(c *release.Claim) { c.Device.Endorsement = [][]byte{make([]byte, 6<<10), {1}} },
		"empty endorsement":   func(c *release.Claim) { c.Device.Endorsement = [][]byte{{1}, {}} },
		"no sealing key":      func(c *release.Claim) { c.Device.Sealing = nil },
		"sealing to no point": func(c *release.Claim) { c.Device.Sealing[40] ^= 1 },
		"no signing key":      func(c *release.Claim) { c.Device.Signing = nil },
		"signing by no point": func(c *release.Claim) { c.Device.Signing[40] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := m.claim(t)
			edit(&c)
			refuses(t, m, encode(t, c))
		})
	}
	good := string(encode(t, m.claim(t)))
	for name, data := range map[string]string{
		"empty":           "",
		"no object":       `["claim"]`,
		"another field":   strings.Replace(good, `{"version"`, `{"puk":"1","version"`, 1),
		"another's field": strings.Replace(good, `{"signing"`, `{"private":"AA==","signing"`, 1),
		"a field twice":   strings.Replace(good, `{"version"`, `{"code":"168857414351237","version"`, 1),
		"in other case":   strings.Replace(good, `"code"`, `"Code"`, 1),
		"two values":      good + "{}",
		"cut":             good[:len(good)-1],
		"too long":        good + strings.Repeat(" ", protocol.MaxClaim),
	} {
		t.Run(name, func(t *testing.T) { refuses(t, m, []byte(data)) })
	}
}

func refuses(t *testing.T, m machine, data []byte) {
	t.Helper()
	if _, err := release.ReadClaim(data, m.sign(t, release.KindClaim, data)); !errors.Is(err, release.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

// No bit of a claim, a report or their signatures can be changed, and neither passes for the other.
func TestTampered(t *testing.T) {
	m := newMachine(t)
	claim := encode(t, m.claim(t))
	report := encode(t, m.report(t, claim))
	device := m.device(t)
	for name, tt := range map[string]struct {
		kind release.Kind
		data []byte
		read func(data, signature []byte) error
	}{
		"claim": {release.KindClaim, claim, func(data, signature []byte) error {
			_, err := release.ReadClaim(data, signature)
			return err
		}},
		"report": {release.KindReport, report, func(data, signature []byte) error {
			_, err := release.ReadReport(data, signature, claim, device)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			signature := m.sign(t, tt.kind, tt.data)
			if err := tt.read(tt.data, signature); err != nil {
				t.Fatal(err)
			}
			for bit := range 8 * len(tt.data) {
				if err := tt.read(flipped(tt.data, bit), signature); !errors.Is(err, release.ErrMalformed) {
					t.Fatalf("bit %d: %v", bit, err)
				}
			}
			for bit := range 8 * len(signature) {
				if err := tt.read(tt.data, flipped(signature, bit)); !errors.Is(err, release.ErrMalformed) {
					t.Fatalf("bit %d of the signature: %v", bit, err)
				}
			}
			other := map[release.Kind]release.Kind{release.KindClaim: release.KindReport, release.KindReport: release.KindClaim}[tt.kind]
			for what, wrong := range map[string][]byte{
				"none": nil, "short": signature[:63], "long": append(bytes.Clone(signature), 0), "zero": make([]byte, 64),
				"of another machine": newMachine(t).sign(t, tt.kind, tt.data), "of the other kind": m.sign(t, other, tt.data),
			} {
				if err := tt.read(tt.data, wrong); !errors.Is(err, release.ErrMalformed) {
					t.Errorf("signature %s: %v", what, err)
				}
			}
		})
	}
}

func flipped(data []byte, bit int) []byte {
	out := bytes.Clone(data)
	out[bit/8] ^= 1 << (bit % 8)
	return out
}

// A report is of one claim, and has an outcome.
func TestReportMalformed(t *testing.T) {
	m := newMachine(t)
	claim := encode(t, m.claim(t))
	for name, edit := range map[string]func(*release.Report){
		"version":          func(r *release.Report) { r.Version = 0 },
		"of another claim": func(r *release.Report) { r.Claim = release.Digest([]byte("iddia")) },
		"of none":          func(r *release.Report) { r.Claim = "" },
		"no outcome":       func(r *release.Report) { r.Outcome = "" },
		"long outcome":     func(r *release.Report) { r.Outcome = fault.Code(strings.Repeat("a", 41)) },
		"long proof":       func(r *release.Report) { r.Proof = make([]byte, 33) },
	} {
		t.Run(name, func(t *testing.T) {
			r := m.report(t, claim)
			edit(&r)
			data := encode(t, r)
			if _, err := release.ReadReport(data, m.sign(t, release.KindReport, data), claim, m.device(t)); !errors.Is(err, release.ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A machine's ID is of both keys.
func TestDeviceID(t *testing.T) {
	a, b := newMachine(t).device(t), newMachine(t).device(t)
	mixed := a
	mixed.Sealing = b.Sealing
	if a.ID() == b.ID() || mixed.ID() == a.ID() || mixed.ID() == b.ID() || len(a.ID()) != 64 {
		t.Errorf("%s, %s, %s", a.ID(), b.ID(), mixed.ID())
	}
}

// What is sealed opens for the claim and the machine that it is for, has one length whatever the PUK's, and never
// looks the same twice.
func TestSeal(t *testing.T) {
	m := newMachine(t)
	claim := encode(t, m.claim(t))
	for _, puk := range []string{"1", "93817264", strings.Repeat("9", protocol.MaxPIN)} {
		sealed := seal(t, m, claim, puk)
		if len(sealed) > protocol.MaxSealed || len(sealed) != len(seal(t, m, claim, "0")) {
			t.Errorf("sealed in %d bytes", len(sealed))
		}
		if bytes.Equal(sealed, seal(t, m, claim, puk)) {
			t.Error("sealed to the same twice")
		}
		plain, err := open(t, m, release.Info(claim), sealed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := release.Unpad(plain); err != nil || string(got) != puk {
			t.Errorf("opened %q, %v", got, err)
		}
		if _, err := open(t, newMachine(t), release.Info(claim), sealed); err == nil {
			t.Error("opened on another machine")
		}
		for _, info := range [][]byte{nil, claim, release.Info(claim[:len(claim)-1]), release.Info(flipped(claim, 3))} {
			if _, err := open(t, m, info, sealed); err == nil {
				t.Errorf("opened for %.30q", info)
			}
		}
		for bit := range 8 * len(sealed) {
			if _, err := open(t, m, release.Info(claim), flipped(sealed, bit)); err == nil {
				t.Fatalf("opened with bit %d changed", bit)
			}
		}
	}
}

func TestSealRefuses(t *testing.T) {
	m := newMachine(t)
	claim := encode(t, m.claim(t))
	for _, n := range []int{0, protocol.MaxPIN + 1} {
		if _, err := release.Seal(claim, m.device(t), make([]byte, n)); err == nil {
			t.Errorf("sealed a PUK of %d bytes", n)
		}
	}
	nowhere := m.device(t)
	nowhere.Sealing = nowhere.Sealing[1:]
	if _, err := release.Seal(claim, nowhere, []byte("93817264")); err == nil {
		t.Error("sealed to no key")
	}
}

func TestUnpadRefuses(t *testing.T) {
	whole := make([]byte, 1+protocol.MaxPIN)
	for name, plain := range map[string][]byte{
		"nothing": nil, "short": append([]byte{1}, make([]byte, protocol.MaxPIN-1)...), "long": append([]byte{1}, make([]byte, protocol.MaxPIN+1)...),
		"no PUK": whole, "longer than there is": append([]byte{protocol.MaxPIN + 1}, whole[1:]...),
	} {
		if got, err := release.Unpad(plain); !errors.Is(err, release.ErrMalformed) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func seal(t *testing.T, m machine, claim []byte, puk string) []byte {
	t.Helper()
	sealed, err := release.Seal(claim, m.device(t), []byte(puk))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// open is HPKE's own, by the standard library and the algorithms that the package comment names.
func open(t *testing.T, m machine, info, sealed []byte) ([]byte, error) {
	t.Helper()
	private, err := hpke.NewDHKEMPrivateKey(m.sealing)
	if err != nil {
		t.Fatal(err)
	}
	return hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
}
