//go:build linux

package main_test

import (
	"crypto"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// A pinAct is an act that logs in with a PIN.
type pinAct struct {
	ask  func(w *window, list protocol.CertificateList, pin string) (id uint32)
	done protocol.HostType
}

var pinActs = map[string]pinAct{
	"sign": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		return w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, [][]byte{digestOf(actDocument)}))
	}, protocol.HostSigned},
	"login": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		return w.ask(protocol.HostAuthenticate, protocol.HostLoginBody{
			Certificate: list.Certificates[0].ID, PIN: []byte(pin), Format: protocol.LoginFormat, Origin: "https://site.example", Nonce: strings.Repeat("A", 44),
		})
	}, protocol.HostAuthenticated},
	"sign-hash": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		request := hashRequest(list.Certificates[0], crypto.SHA256, portal)
		request.PIN = []byte(pin)
		return w.ask(protocol.HostSignHash, request)
	}, protocol.HostHashSigned},
	"self-test": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		return w.selfTest(list.Certificates[0].ID, pin)
	}, protocol.HostReady},
	"change-pin": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		return w.changePIN(list.Tokens[0].ID, pin, freshPIN)
	}, protocol.HostReady},
	"claim": {func(w *window, list protocol.CertificateList, pin string) uint32 {
		return w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], pin))
	}, protocol.HostClaimed},
}

// actDocument is what is signed.
var actDocument = []byte("Onay veriyorum")

func digestOf(document []byte) []byte {
	sum := sha256.Sum256(document)
	return sum[:]
}

// begins is a window in which an act can be asked for.
func (m *machine) begins(t *testing.T, name string) (*window, protocol.CertificateList) {
	t.Helper()
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	switch name {
	case "sign":
		w.deliver(actDocument)
	case "sign-hash":
		w.allow(list.Certificates[0], portal)
	}
	return w, list
}
