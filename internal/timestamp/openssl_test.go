package timestamp_test

import (
	"crypto"
	"math/big"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
)

// TestOpenSSL reads and verifies what `openssl ts -reply` makes, in each way that it knows.
func TestOpenSSL(t *testing.T) {
	sha256 := cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.ECDSA, Binding: crypto.SHA256}
	rsa := cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.PKCS1, Binding: crypto.SHA256}
	old := cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.PKCS1, Binding: crypto.SHA1}
	oldEC := cms.Algorithms{Hash: crypto.SHA1, Scheme: ades.ECDSA, Binding: crypto.SHA1}
	for _, test := range []struct {
		name       string
		key        string
		query      []string
		lines      []string
		hash       crypto.Hash
		algorithms cms.Algorithms
		accuracy   time.Duration
	}{
		{"ECDSA", "P-256", []string{"-sha256"}, nil, crypto.SHA256, sha256, 0},
		{"RSA", "RSA-2048", []string{"-sha256"}, nil, crypto.SHA256, rsa, 0},
		{"P-384, SHA-512", "P-384", []string{"-sha512"}, []string{"signer_digest = sha512", "ess_cert_id_alg = sha512"}, crypto.SHA512, cms.Algorithms{Hash: crypto.SHA512, Scheme: ades.ECDSA, Binding: crypto.SHA512}, 0},
		{"SHA-1 imprint", "P-256", []string{"-sha1"}, nil, crypto.SHA1, sha256, 0},
		{"SHA-1 throughout", "RSA-2048", []string{"-sha1"}, []string{"signer_digest = sha1", "ess_cert_id_alg = sha1"}, crypto.SHA1, old, 0},
		{"SHA-1 throughout, ECDSA", "P-256", []string{"-sha1"}, []string{"signer_digest = sha1", "ess_cert_id_alg = sha1"}, crypto.SHA1, oldEC, 0},
		{"RSA of 1024 bits", "RSA-1024", []string{"-sha1"}, []string{"signer_digest = sha1", "ess_cert_id_alg = sha1"}, crypto.SHA1, old, 0},
		{"signing-certificate of SHA-1 alone", "RSA-2048", []string{"-sha256"}, []string{"ess_cert_id_alg = sha1"}, crypto.SHA256, cms.Algorithms{Hash: crypto.SHA256, Scheme: ades.PKCS1, Binding: crypto.SHA1}, 0},
		{"SHA-224", "RSA-2048", []string{"-sha256"}, []string{"signer_digest = sha224"}, crypto.SHA256, cms.Algorithms{Hash: crypto.SHA224, Scheme: ades.PKCS1, Binding: crypto.SHA256}, 0},
		{"accuracy", "P-256", []string{"-sha256"}, []string{"accuracy = secs:1, millisecs:500, microsecs:100"}, crypto.SHA256, sha256, 1500100 * time.Microsecond},
		{"accuracy of a millisecond", "P-256", []string{"-sha256"}, []string{"accuracy = millisecs:1"}, crypto.SHA256, sha256, time.Millisecond},
		{"fractions of a second", "P-256", []string{"-sha256"}, []string{"clock_precision_digits = 6"}, crypto.SHA256, sha256, 0},
		{"ordering, tsa", "P-256", []string{"-sha256"}, []string{"ordering = yes", "tsa_name = yes"}, crypto.SHA256, sha256, 0},
		{"chain in signing-certificate", "P-256", []string{"-sha256"}, []string{"ess_cert_id_chain = yes"}, crypto.SHA256, sha256, 0},
		{"no nonce", "P-256", []string{"-sha256", "-no_nonce"}, nil, crypto.SHA256, sha256, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newAuthority(t, test.key)
			request := query(t, stamped, append(test.query, "-cert")...)
			token := parse(t, tokenOf(t, a.reply(t, request, test.lines...)))
			if token.Hash != test.hash || !token.Covers(test.hash, digest(test.hash, stamped)) {
				t.Errorf("of %x by %v", token.Imprint, token.Hash)
			}
			if token.Covers(test.hash, digest(test.hash, []byte("other"))) {
				t.Error("it covers other data")
			}
			if age := time.Since(token.Time); age < -time.Second || age > time.Minute || token.Time.Location() != time.UTC {
				t.Errorf("of %v", token.Time)
			}
			if token.Accuracy != test.accuracy || token.Algorithms != test.algorithms || !token.Policy.Equal(oidPolicy) {
				t.Errorf("accuracy %v, algorithms %+v, policy %v", token.Accuracy, token.Algorithms, token.Policy)
			}
			wantNonce, isOrdered := test.name != "no nonce", test.name == "ordering, tsa"
			if (token.Nonce != nil) != wantNonce || token.Ordering != isOrdered || (token.TSA != nil) != isOrdered {
				t.Errorf("nonce %v, ordering %t, tsa %x", token.Nonce, token.Ordering, token.TSA)
			}
			if token.SerialNumber.Cmp(big.NewInt(1)) != 0 {
				t.Errorf("serial number %v", token.SerialNumber)
			}
			if signer, err := token.Verify(); err != nil || !signer.Equal(a.certificate) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestGivenCertificate verifies a token without certificates.
func TestGivenCertificate(t *testing.T) {
	a := newAuthority(t, "P-256")
	token := parse(t, tokenOf(t, a.reply(t, query(t, stamped, "-sha256"))))
	_, err := token.Verify(a.root.Certificate)
	wantCode(t, err, invalid)
	if signer, err := token.Verify(a.root.Certificate, a.certificate); err != nil || !signer.Equal(a.certificate) {
		t.Errorf("%v", err)
	}
	if len(token.Certificates) != 0 {
		t.Error("the token has kept what was given")
	}
}

// TestOurs checks that openssl takes what the tests here forge, so that what is refused is refused for what was changed.
func TestOurs(t *testing.T) {
	a := newAuthority(t, "P-256")
	dir := t.TempDir()
	openssl(t, "ts", "-verify", "-data", write(t, dir, "data", stamped), "-token_in", "-in", write(t, dir, "token", a.token(t, newInfo(t).der(t))),
		"-CAfile", rootFile(t, a))
}
