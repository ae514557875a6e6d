package relyingparty_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// listing is an indirect list of by, with entries of the issuer of the certificates that are gone.
func listing(t *testing.T, by *pkitest.Authority, gone ...*x509.Certificate) []byte {
	t.Helper()
	template := x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: []byte{0x30, 3, 0x84, 1, 0xff}}},
	}
	for _, c := range gone {
		issuer := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: pkitest.TLV(t, 0x30, pkitest.TLV(t, 0xa4, c.RawIssuer))}
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: time.Now(), ExtraExtensions: []pkix.Extension{issuer}})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &template, by.Certificate, by.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// listIssuer has ca certify the key of an issuer of lists. points, if any, are its certificate's.
func listIssuer(t *testing.T, ca *pkitest.Authority, key string, name pkix.Name, points ...pkix.Extension) *pkitest.Authority {
	t.Helper()
	signer := pkitest.Key(t, key)
	c := ca.Issue(t, signer.Public(), func(c *x509.Certificate) {
		c.Subject, c.SubjectKeyId, c.KeyUsage, c.Policies, c.ExtraExtensions = name, []byte(key), x509.KeyUsageCRLSign, nil, points
	})
	return &pkitest.Authority{Certificate: c, Key: signer}
}

// pointsAt is one distribution point, whose list is of the issuer that is named, where one is.
func pointsAt(t *testing.T, address string, issuer []byte) pkix.Extension {
	t.Helper()
	parts := [][]byte{pkitest.TLV(t, 0xa0, pkitest.TLV(t, 0xa0, pkitest.TLV(t, 0x86, []byte(address))))}
	if issuer != nil {
		parts = append(parts, pkitest.TLV(t, 0xa2, pkitest.TLV(t, 0xa4, issuer)))
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: pkitest.TLV(t, 0x30, pkitest.TLV(t, 0x30, parts...))}
}

var listName = pkix.Name{Country: []string{"TR"}, CommonName: "Liste"}

// newIndirectWorld has a sub-CA whose status is in a list of an issuer that root has certified.
func newIndirectWorld(t *testing.T) (*world, *pkitest.Authority) {
	t.Helper()
	w := newWorld(t, "P-256")
	signer := listIssuer(t, w.root, "P-384 Liste", listName, pointsAt(t, w.address+"/signers", nil))
	w.sub = w.root.Sub(t, "Deneme Alt Kök", func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{pointsAt(t, w.address+"/indirect", signer.Certificate.RawSubject)}
	})
	w.leaf = w.sub.Issue(t, w.key.Public(), func(c *x509.Certificate) { c.OCSPServer = []string{w.address + "/ocsp"} })
	w.lists = map[string][]byte{"/indirect": listing(t, signer), "/signers": w.crl(w.root, signer.Certificate, false)}
	return w, signer
}

// TestIndirectList checks that the evidence holds all that shows later what was accepted, to OpenSSL and BouncyCastle.
func TestIndirectList(t *testing.T) {
	w, signer := newIndirectWorld(t)
	e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate, signer.Certificate), document)
	wantCode(t, err, "")
	if len(e.CRLSigners) != 1 || !e.CRLSigners[0].Equal(signer.Certificate) {
		t.Errorf("%d signers of lists", len(e.CRLSigners))
	}
	if len(e.CRLs) != 2 || !e.CRLs[0].Responder.Equal(signer.Certificate) || !e.CRLs[1].Responder.Equal(w.root.Certificate) {
		t.Errorf("%d lists", len(e.CRLs))
	}
	path := &pkitest.JudgedPath{Path: e.Path, Others: e.CRLSigners, CRLs: [][]byte{w.crl(w.sub, w.leaf, false)}} // the leaf has an OCSP answer
	for _, list := range e.CRLs {
		path.CRLs = append(path.CRLs, list.DER)
	}
	if err := path.OpenSSL(t); err != nil {
		t.Error(err)
	}
	if verdict := pkitest.BouncyCastlePaths(t, map[string]*pkitest.JudgedPath{"evidence": path})["evidence"]; verdict != "accepts" {
		t.Error("BouncyCastle", verdict)
	}
	w.verifier = w.newVerifier()
	w.verifier.Intermediates = []*x509.Certificate{signer.Certificate}
	_, err = w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
	wantCode(t, err, "")
}

// TestIndirectListRefused attacks the place of an issuer of lists, whose name anybody can bear.
func TestIndirectListRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world, signer *pkitest.Authority) *pkitest.Authority // returns who is brought along as the signer of lists
		want   fault.Code
	}{
		{"the CA is in it", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			w.lists["/indirect"] = listing(t, signer, w.sub.Certificate)
			return signer
		}, fault.CertificateRevoked},
		{"its signer is revoked", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			w.lists["/signers"] = w.crl(w.root, signer.Certificate, true)
			return signer
		}, fault.CertificateRevoked},
		{"nothing is heard of its signer", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			w.down = "/signers"
			return signer
		}, fault.RevocationUnavailable},
		{"signed by a namesake, which another CA below the anchor has certified", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			other := w.root.Sub(t, "Başka Alt Kök")
			namesake := listIssuer(t, other, "P-384 namesake", listName, pointsAt(t, w.address+"/others", nil))
			w.lists["/indirect"], w.lists["/others"] = listing(t, namesake), w.crl(other, namesake.Certificate, false)
			w.verifier.Intermediates = []*x509.Certificate{other.Certificate}
			return namesake
		}, fault.RevocationInvalid},
		{"signed by a namesake of another anchor", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			other := pkitest.Root(t, "Başka Kök")
			namesake := listIssuer(t, other, "P-384 namesake", listName)
			w.lists["/indirect"] = listing(t, namesake)
			w.verifier.Anchors = append(w.verifier.Anchors, other.Certificate)
			return namesake
		}, fault.RevocationInvalid},
		{"signed by whom the CA in question has certified", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			own := listIssuer(t, w.sub, "P-384 namesake", listName, pointsAt(t, w.address+"/own", nil))
			w.lists["/indirect"], w.lists["/own"] = listing(t, own), w.crl(w.sub, own.Certificate, false)
			return own
		}, fault.RevocationInvalid},
		{"its signer's own status is in it alone", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			itself := listIssuer(t, w.root, "P-384 itself", listName, pointsAt(t, w.address+"/indirect", signer.Certificate.RawSubject))
			w.lists["/indirect"] = listing(t, itself)
			return itself
		}, fault.RevocationInvalid},
		{"its signer may sign no lists", func(w *world, signer *pkitest.Authority) *pkitest.Authority {
			c := w.root.Issue(t, signer.Key.Public(), func(c *x509.Certificate) { c.Subject, c.ExtraExtensions = listName, nil })
			return &pkitest.Authority{Certificate: c, Key: signer.Key}
		}, fault.RevocationInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, signer := newIndirectWorld(t)
			signer = test.change(w, signer)
			_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate, signer.Certificate), document)
			wantCode(t, err, test.want)
		})
	}
}

// TestNamesakeOfTheListsIssuer has a CA below the anchor certify a key in the anchor's name, and sign the anchor's lists with it.
func TestNamesakeOfTheListsIssuer(t *testing.T) {
	w := newWorld(t, "P-256")
	other := w.root.Sub(t, "Başka Alt Kök")
	w.listKey = listIssuer(t, other, "P-384 namesake", w.root.Certificate.Subject, pointsAt(t, w.address+"/others", nil))
	w.lists = map[string][]byte{"/others": w.crl(other, w.listKey.Certificate, false)}
	_, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate, w.listKey.Certificate, other.Certificate), document)
	wantCode(t, err, fault.RevocationInvalid)
}

// TestDeltaIsEvidence has a list of CAs with a delta.
func TestDeltaIsEvidence(t *testing.T) {
	w := newWorld(t, "P-256")
	w.sub = w.root.Sub(t, "Deneme Alt Kök", func(c *x509.Certificate) {
		c.CRLDistributionPoints = []string{w.address + "/crl"}
		freshest := pointsAt(t, w.address+"/delta", nil)
		freshest.Id = asn1.ObjectIdentifier{2, 5, 29, 46}
		c.ExtraExtensions = []pkix.Extension{freshest}
	})
	w.leaf = w.sub.Issue(t, w.key.Public(), func(c *x509.Certificate) { c.OCSPServer = []string{w.address + "/ocsp"} })
	delta := func(gone ...x509.RevocationListEntry) []byte {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(2), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour), RevokedCertificateEntries: gone,
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}},
		}, w.root.Certificate, w.root.Key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	verify := func(want fault.Code) *relyingparty.Evidence {
		t.Helper()
		e, err := w.verify(w.sign(t, time.Now(), w.sub.Certificate), document)
		wantCode(t, err, want)
		return e
	}
	w.lists = map[string][]byte{"/delta": delta()}
	if e := verify(""); len(e.CRLs) != 2 || e.CRLs[1].URL != w.address+"/delta" || len(e.CRLSigners) != 0 {
		t.Errorf("%d lists", len(e.CRLs))
	}
	w.verifier = w.newVerifier()
	w.lists["/delta"] = delta(x509.RevocationListEntry{SerialNumber: w.sub.Certificate.SerialNumber, RevocationTime: time.Now()})
	verify(fault.CertificateRevoked)
	w.verifier, w.down = w.newVerifier(), "/delta"
	verify(fault.RevocationUnavailable)
	w.verifier.CRLWithoutDeltas = true
	if e := verify(""); len(e.CRLs) != 1 {
		t.Errorf("%d lists", len(e.CRLs))
	}
}
