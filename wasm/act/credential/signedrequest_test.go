package credential_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

func TestSignedLogin(t *testing.T) {
	s := windowtest.NewSigner(t)
	for nonce, fits := range map[string]bool{loginRequest().Nonce: true, strings.Repeat("B", 44): false} {
		r := loginRequest()
		r.Signed = s.Sign(protocol.RequestStatement{
			Issuer: "https://online.example.tr", IssuedAt: windowtest.Now, Expires: windowtest.Now + 60, Request: protocol.PageAuthenticate, Purpose: r.Purpose, Nonce: nonce,
		})
		r.Site = string(windowtest.Marshal(s.Site))
		c := openCard(t)
		c.Stored()
		c.Page(protocol.PageAuthenticate, r)
		if !fits {
			c.wantProblem(fault.RequestSignature)
			continue
		}
		c.Verify(windowtest.Now)
		c.wantStep(screen.StepWho)
		if v := c.View(); v.Site != "Deneme ESHS" {
			t.Errorf("site %q", v.Site)
		}
	}
}

// TestSiteThatHasSignedMustSign asks without a signature, for a site that has signed before.
func TestSiteThatHasSignedMustSign(t *testing.T) {
	stored := loop.RequestRead{Stored: &protocol.StoredRequest{TabID: 7, Origin: "https://online.example.tr", PageRequest: windowtest.PageID}, SignedAt: windowtest.Now, Now: windowtest.Now}
	webEID := loginRequest()
	webEID.Format = protocol.LoginFormatWebEID
	for _, ask := range []struct {
		act  protocol.PageType
		body any
	}{
		{protocol.PageAuthenticate, loginRequest()}, {protocol.PageAuthenticate, webEID},
		{protocol.PageCertificates, asks(protocol.PageCertificates)}, {protocol.PageSignHash, hashRequest()},
	} {
		c := openCard(t)
		c.On(stored)
		c.Page(ask.act, ask.body)
		c.wantProblem(fault.RequestUnsigned)
	}
}
