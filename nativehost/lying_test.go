//go:build linux

package main_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A library that says what is not so, by mistake or on purpose.

// CKA and CKM values (PKCS #11 v2.40).
const (
	ckaValue        = 0x11
	ckaID           = 0x102
	ckaModulus      = 0x120
	ckaECParams     = 0x180
	ckmRSA          = 0x1
	ckmRSAPSS       = 0xd
	ckmRSAWithHash  = 0x40
	ckmECDSAPlusSHA = 0x1042
	unavailable     = ^uint(0) // CK_UNAVAILABLE_INFORMATION
)

func newLying(t testing.TB, l testcard.Lie) string {
	t.Helper()
	path, err := testcard.NewLying(t.TempDir(), l)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func softHSM(t testing.TB) string {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// Whatever a library lists, its faults are findings, and another library signs.
func TestLyingList(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lie  testcard.Lie
		want protocol.Finding // the empty one for a lie that does no harm
	}{
		{"a million slots", testcard.Lie{Slots: 1e6}, protocol.Finding{Code: fault.CertificatesLeftOut, Subject: "lying.so"}},
		{"more slots than there is memory", testcard.Lie{Slots: 1 << 40}, protocol.Finding{Code: fault.ModuleFailed, Subject: "lying.so"}},
		{"more slots than there are addresses", testcard.Lie{Slots: 1 << 62}, protocol.Finding{Code: fault.ModuleFailed, Subject: "lying.so"}},
		{"objects without an end", testcard.Lie{Endless: true}, protocol.Finding{Code: fault.CertificatesLeftOut, Subject: "Kart"}},
		{"two GiB of memory", testcard.Lie{Greedy: true}, protocol.Finding{Code: fault.ModuleCrashed, Subject: "lying.so"}},
		{"a certificate without its value", testcard.Lie{Attribute: ckaValue, Length: unavailable}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
		{"an empty certificate", testcard.Lie{Attribute: ckaValue, Length: 0}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
		{"a certificate of one byte too many", testcard.Lie{Attribute: ckaValue, Length: protocol.MaxCertificate + 1}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
		{"a certificate of two GiB", testcard.Lie{Attribute: ckaValue, Length: 2 << 30}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
		{"a certificate of nothing but zeros", testcard.Lie{Attribute: ckaValue, Length: 1000}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
		{"a certificate that is cut", testcard.Lie{Attribute: ckaValue, Content: []byte{0x30, 0x82, 0xff, 0xff, 0x30}}, protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, softHSM(t), newLying(t, tt.lie))
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			if len(list.Certificates) != 1 {
				t.Fatalf("list %+v", list)
			}
			if tt.want == (protocol.Finding{}) && len(list.Findings) != 0 || tt.want != (protocol.Finding{}) && !hasFinding(list, tt.want.Code, tt.want.Subject) {
				t.Errorf("findings %+v, want %+v", list.Findings, tt.want)
			}
			w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), "")
		})
	}
}

// What a library says while it signs costs a signature at most, and never gives a wrong one.
func TestLyingSignature(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		kind testcard.Kind
		lie  testcard.Lie
		want fault.Code
	}{
		{"short", testcard.P256, testcard.Lie{Signature: 3}, fault.TokenError},
		{"one byte too many", testcard.P256, testcard.Lie{Signature: 65}, fault.TokenError},
		{"short, RSA", testcard.RSA2048, testcard.Lie{Signature: 255}, fault.TokenError},
		{"larger than memory", testcard.P256, testcard.Lie{Signature: 1 << 40}, fault.TokenError},
		{"certificate without a CKA_ID", testcard.P256, testcard.Lie{Attribute: ckaID, Length: unavailable}, ""},
		{"CKA_ID of two GiB", testcard.P256, testcard.Lie{Attribute: ckaID, Length: 2 << 30}, ""},
		{"modulus of two GiB", testcard.RSA2048, testcard.Lie{Attribute: ckaModulus, Length: 2 << 30}, ""},
		{"modulus of another key", testcard.RSA2048, testcard.Lie{Attribute: ckaModulus, Content: []byte{1, 2, 3}}, fault.KeyMissing},
		{"explicit parameters of the curve", testcard.P256, testcard.Lie{Attribute: ckaECParams, Content: []byte{0x30, 0x03, 0x02, 0x01, 0x01}}, ""},
		{"PSS alone", testcard.RSA2048, testcard.Lie{Mechanisms: []uint{ckmRSAPSS}}, ""},
		{"PSS and PKCS 1", testcard.RSA2048, testcard.Lie{Mechanisms: []uint{ckmRSAPSS, ckmRSA}}, ""},
		{"RSA with its own hash alone", testcard.RSA2048, testcard.Lie{Mechanisms: []uint{ckmRSAWithHash}}, fault.KeyUnsupported},
		{"ECDSA with its own hash alone", testcard.P256, testcard.Lie{Mechanisms: []uint{ckmECDSAPlusSHA}}, fault.KeyUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, newLying(t, tt.lie))
			c := m.insert(t, "Kart")
			certificate := c.key(t, tt.kind, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			id := w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown))
			if tt.want != "" {
				w.refused(id, tt.want)
				if list := w.list(); len(list.Certificates) != 1 {
					t.Errorf("list after it: %+v", list)
				}
				return
			}
			var signed signedFiles
			w.answer(id, protocol.HostSigned, &signed)
			checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), certificate.Raw)
		})
	}
}

// Names in any encoding are shown as what can be shown of them.
func TestLyingLabel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, label, want string }{
		{"NULs", "Kart", "Kart"},
		{"NULs alone", "", ""},
		{"NULs and spaces", "  Kart \x00 ", "Kart"},
		{"NUL in the midst", "Ka\x00rt", "Ka\ufffdrt"},
		{"ISO 8859-9", "\xddmza kart\xfd \xd0\xf0\xde\xfe", "İmza kartı ĞğŞş"},
		{"neither", "a\x81\xff\x00\xfe", "a\ufffdÿ\ufffdş"},
		{"control characters", "a\u202eb\u2066c\x1b[2J\r\n|", "a\ufffdb\ufffdc\ufffd[2J\ufffd\ufffd|"},
		{"cut within a character", "İmzaİmzaİmzaİmzaİmzaİmza\xc4", "İmzaİmzaİmzaİmzaİmzaİmza\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, newLying(t, testcard.Lie{Label: []byte(tt.label), Serial: []byte(tt.label)[:min(16, len(tt.label))]}))
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w := m.open(t)
			w.hello()
			list := w.list()
			if len(list.Tokens) != 1 || list.Tokens[0].Label != tt.want {
				t.Fatalf("tokens %+v, want the label %q", list.Tokens, tt.want)
			}
			w.ends(w.selfTest(list.Certificates[0].ID, pin), "")
		})
	}
}

// Two cards with one name and one serial number are two cards, and each signs with its own key.
func TestTwoCardsWithOneSerialNumber(t *testing.T) {
	t.Parallel()
	m := newMachine(t, newLying(t, testcard.Lie{Label: []byte("Kart"), Serial: []byte("1")}))
	for _, label := range []string{"Bir", "İki"} {
		m.insert(t, label).key(t, testcard.P256, 1)
	}
	w := m.open(t)
	w.hello()
	list := w.list()
	if len(list.Tokens) != 2 || list.Tokens[0].Label != list.Tokens[1].Label || list.Tokens[0].ID == list.Tokens[1].ID || len(list.Certificates) != 2 {
		t.Fatalf("list %+v", list)
	}
	for _, certificate := range list.Certificates {
		w.ends(w.selfTest(certificate.ID, pin), "")
	}
}

// A reader with a PIN pad is never sent a PIN; the person types it there.
func TestPINPad(t *testing.T) {
	t.Parallel()
	m := newMachine(t, newLying(t, testcard.Lie{Pad: pin}))
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	if !list.Tokens[0].PIN.Pad {
		t.Fatalf("token %+v", list.Tokens[0])
	}
	w.ends(w.changePIN(list.Tokens[0].ID, "", ""), "")
	w.ends(w.selfTest(list.Certificates[0].ID, ""), "")
	w.ends(w.ask(protocol.HostSign, signRequest(list.Certificates[0], "", shown)), "")
}

// A card that locks says how near to it it is by flags alone, and one that is locked is sent no PIN.
func TestTriesByFlags(t *testing.T) {
	t.Parallel()
	m := newMachine(t, newLying(t, testcard.Lie{Tries: 3}))
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	certificate := w.list().Certificates[0].ID
	const wrong = "999999"
	for i, try := range []struct {
		pin   string
		code  fault.Code
		state string
	}{
		{wrong, fault.PINIncorrect, protocol.PINLow},
		{pin, "", protocol.PINReady},
		{wrong, fault.PINIncorrect, protocol.PINLow},
		{wrong, fault.PINLastTry, protocol.PINFinal},
		{wrong, fault.PINLocked, protocol.PINLocked},
		{pin, fault.PINLocked, protocol.PINLocked},
	} {
		w.ends(w.selfTest(certificate, try.pin), try.code)
		if got := w.list().Tokens[0].PIN.State; got != try.state {
			t.Errorf("after try %d the PIN is %s, want %s", i+1, got, try.state)
		}
	}
}

// Certificates of keys on curves that make no signature here are listed as that, sign nothing, and hide no other.
func TestCurvesThatAreNotSupported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, conf := filepath.Join(dir, "key.pem"), filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte("[req]\ndistinguished_name=dn\n[dn]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	openssl := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command("openssl", args...).Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		return out
	}
	m, c, _ := oneCard(t, testcard.P256)
	for i, curve := range [][]string{{"-name", "prime256v1", "-param_enc", "explicit"}, {"-name", "brainpoolP256r1"}} {
		openssl(append([]string{"ecparam", "-genkey", "-noout", "-out", key}, curve...)...)
		block, _ := pem.Decode(openssl("req", "-config", conf, "-new", "-x509", "-key", key, "-subj", "/CN=Test"))
		if err := c.token.StoreRaw(block.Bytes, []byte{2, byte(i)}, "başka"); err != nil {
			t.Fatal(err)
		}
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	keys := map[string]protocol.Certificate{}
	for _, c := range list.Certificates {
		keys[c.Key] = c
	}
	if len(list.Findings) != 0 || len(keys) != 3 {
		t.Fatalf("list %+v", list)
	}
	for _, name := range []string{"EC", "EC brainpoolP256r1"} {
		if keys[name].Problem == "" || keys[name].LoginProblem == "" {
			t.Errorf("%s: %+v", name, keys[name])
		}
		w.ends(w.selfTest(keys[name].ID, pin), fault.KeyUnsupported)
	}
	w.ends(w.ask(protocol.HostSign, signRequest(keys["EC P-256"], pin, shown)), "")
}

// A library whose every number, length, text and return value may be wrong: each request ends with a reason, and
// another library signs in between. A seed that fails fails again.
func TestLibraryThatLiesAtRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint(24) {
		t.Run(fmt.Sprint(seed+1), func(t *testing.T) {
			t.Parallel()
			liar := newLying(t, testcard.Lie{Seed: seed + 1})
			alone, beside := newMachine(t, liar), newMachine(t, softHSM(t), liar)
			alone.insert(t, "Kart").key(t, testcard.P256, 1)
			beside.hsm = alone.hsm
			w, good := alone.open(t), beside.open(t)
			w.hello()
			good.hello()
			for range 3 {
				for _, certificate := range w.list().Certificates {
					if e := w.reason(w.selfTest(certificate.ID, pin)); e == fault.Internal {
						t.Errorf("a self-test ends with %s", e)
					}
				}
				list := good.list()
				if len(list.Certificates) == 0 {
					t.Fatalf("list %+v", list)
				}
				good.ends(good.selfTest(list.Certificates[0].ID, pin), "")
			}
		})
	}
}

// reason waits for the end of a request and returns why it was refused, empty where it was not.
func (w *window) reason(id uint32) fault.Code {
	w.t.Helper()
	e := w.next()
	if e.ID != id {
		w.t.Fatalf("answer %d %s, want %d", e.ID, e.Type, id)
	}
	if e.Type != protocol.HostError {
		return ""
	}
	var f protocol.HostFailure
	if err := json.Unmarshal(e.Body, &f); err != nil {
		w.t.Fatal(err)
	}
	return f.Code
}
