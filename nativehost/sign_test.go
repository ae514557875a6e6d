//go:build linux

package main_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// The whole session, with every kind of key, judged by internal/cades and by OpenSSL.
func TestSignWithEachKindOfKey(t *testing.T) {
	t.Parallel()
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.RSA3072, testcard.P256, testcard.P384} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m, c, certificate := oneCard(t, kind)
			document := []byte("Onay metni: ışık, ğüşöç.\n")
			w, list, shown := m.ready(t, document)
			got := list.Certificates[0]
			if len(list.Certificates) != 1 || got.Problem != "" || !got.Qualified || got.Key != string(kind) ||
				got.Holder != "Ayşe Yılmaz" || got.Issuer != "Test Nitelikli Sertifika" || got.CitizenMasked != "100*****146" ||
				got.Serial != fmt.Sprintf("%X", certificate.SerialNumber) || got.NotAfter != certificate.NotAfter.Unix() {
				t.Fatalf("listed %+v", list.Certificates)
			}
			if len(list.Tokens) != 1 || list.Tokens[0].ID != got.Token || list.Tokens[0].Label != "Kart" || list.Tokens[0].PIN.State != protocol.PINReady || len(list.Findings) != 0 {
				t.Fatalf("tokens %+v, findings %+v", list.Tokens, list.Findings)
			}
			id := w.ask(protocol.HostSign, signRequest(got, pin, shown))
			var signed signedFiles
			w.answer(id, protocol.HostSigned, &signed)
			if len(signed.Signatures) != 1 {
				t.Fatalf("%d signatures", len(signed.Signatures))
			}
			checkProgress(t, w.events, id)
			checkSignature(t, c, signed.Signatures[0].Data, document, certificate.Raw)
			w.refused(w.ask(protocol.HostSign, signRequest(got, pin, shown)), fault.Sequence)
			if status := w.close(); status != 0 {
				t.Fatalf("exit status %d", status)
			}
		})
	}
}

func checkProgress(t *testing.T, events []protocol.HostEnvelope, request uint32) {
	t.Helper()
	var got []string
	for _, e := range events {
		var p protocol.HostProgressBody
		if err := json.Unmarshal(e.Body, &p); err != nil || e.Type != protocol.HostProgress || p.Request != request {
			t.Fatalf("event %s %s", e.Type, e.Body)
		}
		got = append(got, string(p.Stage))
	}
	if strings.Join(got, " ") != "login signing" {
		t.Fatalf("progress %q", got)
	}
}

func checkSignature(t *testing.T, c *card, der, document, certificate []byte) {
	t.Helper()
	signature, err := cades.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Verify(document); err != nil {
		t.Fatal(err)
	}
	if signature.Verify(append([]byte("x"), document...)) == nil {
		t.Fatal("verifies over another document")
	}
	if !bytes.Equal(signature.Certificate.Raw, certificate) || time.Since(signature.SigningTime).Abs() > time.Minute {
		t.Fatalf("signed at %v", signature.SigningTime)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	block := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
		"-in", write("signature", der), "-content", write("document", document), "-out", os.DevNull,
		"-CAfile", write("chain", append(block(c.root.Certificate.Raw), block(c.sub.Certificate.Raw)...)),
	).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
}

// Sixteen documents of every awkward size, one login.
func TestSignManyDocuments(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	c := m.insert(t, "Kart")
	certificate := c.key(t, testcard.P384, 1)
	var documents [][]byte
	for _, size := range []int{0, 1, protocol.ChunkSize, protocol.MaxTextDocument, 7, 300_001, 300_002, 8, 9, 10, 11, 12, 13, 14, 15, 16} {
		documents = append(documents, bytes.Repeat([]byte("e"), size))
	}
	w, list, shown := m.ready(t, documents...)
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
	if len(signed.Signatures) != len(documents) {
		t.Fatalf("%d signatures", len(signed.Signatures))
	}
	for i, d := range documents {
		checkSignature(t, c, signed.Signatures[i].Data, d, certificate.Raw)
	}
	if n := faulty.Calls(); n != 1 {
		t.Fatalf("%d logins, want 1", n)
	}
}

// A key that wants its PIN for each signature gets the one that the person typed for it.
func TestSignAlwaysAuthenticate(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	public, err := c.token.NewKey(testcard.RSA2048, "imza", []byte{1}, testcard.AlwaysAuthenticate)
	if err != nil {
		t.Fatal(err)
	}
	certificate := c.sub.Issue(t, public)
	if err := c.token.Store(certificate.Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	first, second := []byte("bir"), []byte("iki")
	w, list, shown := m.ready(t, first, second)
	var signed signedFiles
	request := withKeyPIN(signRequest(list.Certificates[0], pin, shown), pin, nil)
	w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, &signed)
	checkSignature(t, c, signed.Signatures[0].Data, first, certificate.Raw)
	checkSignature(t, c, signed.Signatures[1].Data, second, certificate.Raw)
}

// Two keys under one CKA_ID, of one kind and of two: only the certificate's own signs.
func TestSignWithSharedID(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][2]testcard.Kind{
		{testcard.RSA2048, testcard.RSA2048}, {testcard.P256, testcard.P256}, {testcard.RSA2048, testcard.P384}, {testcard.P384, testcard.P256},
	} {
		for own := range 2 {
			t.Run(fmt.Sprintf("%s and %s, certificate of key %d", kinds[0], kinds[1], own), func(t *testing.T) {
				t.Parallel()
				m := withSoftHSM(t)
				c := m.insert(t, "Kart")
				var raw []byte
				for i, kind := range kinds {
					public, err := c.token.NewKey(kind, "imza", []byte{1})
					if err != nil {
						t.Fatal(err)
					}
					if i == own {
						raw = c.sub.Issue(t, public).Raw
					}
				}
				if err := c.token.Store(raw, []byte{1}, "imza"); err != nil {
					t.Fatal(err)
				}
				document := []byte("Onay")
				w, list, shown := m.ready(t, document)
				var signed signedFiles
				w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
				checkSignature(t, c, signed.Signatures[0].Data, document, raw)
			})
		}
	}
}

// The certificate's key is not on the card: neither one of another type nor one of its own type signs in its place.
func TestSignWithoutKey(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	if _, err := c.token.NewKey(testcard.P256, "imza", []byte{1}); err != nil {
		t.Fatal(err)
	}
	for i, kind := range []string{"P-256", "RSA-2048"} {
		if err := c.token.Store(c.sub.Issue(t, pkitest.Key(t, kind).Public()).Raw, []byte{byte(i + 1)}, "imza"); err != nil {
			t.Fatal(err)
		}
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	for _, certificate := range list.Certificates {
		w.refused(w.ask(protocol.HostSign, signRequest(certificate, pin, shown)), fault.KeyMissing)
	}
}

// Key and certificate have different CKA_IDs, and other keys lie beside it.
func TestSignWithoutCommonID(t *testing.T) {
	t.Parallel()
	for _, kind := range []testcard.Kind{testcard.RSA2048, testcard.P256} {
		for _, always := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, PIN for each signature: %v", kind, always), func(t *testing.T) {
				t.Parallel()
				m, library := withHabit(t, testcard.Habit{KeyPIN: keyPIN, KeyTries: 3})
				c := m.insert(t, "Kart")
				var options []testcard.Option
				if always {
					options = append(options, testcard.AlwaysAuthenticate)
				}
				if _, err := c.token.NewKey(kind, "başka", []byte{0x30}, options...); err != nil {
					t.Fatal(err)
				}
				public, err := c.token.NewKey(kind, "imza", []byte{0x31}, options...)
				if err != nil {
					t.Fatal(err)
				}
				certificate := c.sub.Issue(t, public)
				if err := c.token.Store(certificate.Raw, []byte("key1"), "imza"); err != nil {
					t.Fatal(err)
				}
				w, list, shown := m.ready(t, []byte("Onay"))
				var signed signedFiles
				request, logins := signRequest(list.Certificates[0], pin, shown), []string{"user right"}
				if always {
					request, logins = withKeyPIN(request, keyPIN, nil), append(logins, "key right")
				}
				w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, &signed)
				checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), certificate.Raw)
				checkLogins(t, library, logins...)
			})
		}
	}
}

// Two keys under the certificate's CKA_ID, and it belongs to a third.
func TestSignWithOthersKeys(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	for range 2 {
		if _, err := c.token.NewKey(testcard.P256, "imza", []byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	public, err := c.token.NewKey(testcard.P256, "imza", []byte{2})
	if err != nil {
		t.Fatal(err)
	}
	certificate := c.sub.Issue(t, public).Raw
	if err := c.token.Store(certificate, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
	checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), certificate)
}

func TestSignRefusesChangedDocuments(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("bir"), []byte("iki"))
	flipped := bytes.Clone(shown[1])
	flipped[31] ^= 1
	for name, other := range map[string][][]byte{
		"one bit": {shown[0], flipped}, "order": {shown[1], shown[0]}, "one missing": {shown[0]}, "one more": {shown[0], shown[1], shown[1]},
		"short": {shown[0], shown[1][:31]}, "empty": {shown[0], {}}, "none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, other)), fault.DigestMismatch)
		})
	}
	if n := faulty.Calls(); n != 0 {
		t.Fatalf("%d logins before the digests were compared", n)
	}
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
}

// Certificates that cannot sign are listed with the reason, and refused when chosen all the same.
func TestSignRefusesUnusableCertificates(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	want := map[string]fault.Code{
		fmt.Sprintf("%X", c.key(t, testcard.P256, 1, expired).SerialNumber):       fault.CertificateExpired,
		fmt.Sprintf("%X", c.key(t, testcard.P256, 2, notYetValid).SerialNumber):   fault.CertificateNotYetValid,
		fmt.Sprintf("%X", c.key(t, testcard.P256, 3, notQualified).SerialNumber):  fault.CertificateNotQualified,
		fmt.Sprintf("%X", c.key(t, testcard.P256, 4, notForSigning).SerialNumber): fault.CertificateKeyUsage,
		fmt.Sprintf("%X", c.key(t, testcard.P256, 5).SerialNumber):                "",
	}
	if err := c.token.Store(c.sub.Certificate.Raw, []byte{6}, "sub-CA"); err != nil {
		t.Fatal(err)
	}
	if err := c.token.StoreRaw([]byte("no certificate"), []byte{7}, "junk"); err != nil {
		t.Fatal(err)
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	if len(list.Certificates) != len(want) {
		t.Fatalf("%d certificates listed, want %d", len(list.Certificates), len(want))
	}
	malformed := protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart", Detail: "14 bytes that do not begin with a DER sequence"}
	if len(list.Findings) != 1 || list.Findings[0] != malformed {
		t.Errorf("findings %+v", list.Findings)
	}
	for _, one := range list.Certificates {
		code, ok := want[one.Serial]
		if !ok || one.Problem != code {
			t.Errorf("certificate %s has problem %q, want %q", one.Serial, one.Problem, code)
		}
		if code != "" {
			w.refused(w.ask(protocol.HostSign, signRequest(one, pin, shown)), code)
		}
	}
	unknown := list.Certificates[0]
	unknown.ID = strings.Repeat("0", 64)
	w.refused(w.ask(protocol.HostSign, signRequest(unknown, pin, shown)), fault.NoCertificate)
}
