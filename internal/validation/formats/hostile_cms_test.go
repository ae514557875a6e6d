package formats_test

import (
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// hostileCMS are CAdES signatures with many signers, certificates, lists, attributes and time stamps.
func hostileCMS(w *validationtest.World) map[string]string {
	made := func() *validationtest.Signature { return w.NewSignature(consent).Sign() }
	signers, certificates, lists, attributes, stamps, counters := made(), made(), made(), made(), made(), made()
	for range 63 {
		signers.More = append(signers.More, made().SignerInfo())
	}
	list := w.CRL(w.Root, validationtest.Signed, 24*time.Hour)
	for range 120 {
		certificates.Certificates = append(certificates.Certificates, w.CA.Certificate.Raw, w.Root.Certificate.Raw)
		lists.AddCRL(list)
	}
	large := append([]byte{4, 0x82, 0xff, 0xff}, make([]byte, 0xffff)...)
	unknown := validationtest.Attribute(w.T, asn1.ObjectIdentifier{1, 2, 3}, large)
	for range 50 {
		attributes.Unsigned = append(attributes.Unsigned, unknown)
	}
	for range 60 {
		counters.AddCounterSignature(w.Signer, w.Key)
	}
	for range 30 {
		stamps.AddSignatureStamp(validationtest.Signed)
	}
	for range 30 {
		stamps.AddArchiveStamp(validationtest.Signed)
	}
	return map[string]string{
		"64 signers":                string(signers.DER()),
		"240 certificates":          string(certificates.DER()),
		"120 lists":                 string(lists.DER()),
		"50 attributes":             string(attributes.DER()),
		"60 time stamps":            string(stamps.DER()),
		"60 counter-signatures":     string(counters.DER()),
		"indefinite in each other":  strings.Repeat("\x30\x80", 1<<19),
		"a content in small pieces": "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80" + strings.Repeat("\x04\x01x", 300_000),
	}
}

// TestHostileCMS bounds what a file may cost.
func TestHostileCMS(t *testing.T) {
	w := validationtest.New(t)
	testHostile(t, hostileCMS(w), trusting(w), validationtest.Signed)
}
