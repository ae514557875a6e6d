package timestamp_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

const (
	invalid   = fault.TimestampInvalid
	algorithm = fault.SignatureAlgorithm
)

var (
	oidTSTInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidPolicy      = asn1.ObjectIdentifier{2, 16, 792, 1, 2, 1, 1, 5, 7, 1, 99}
	oidSHA1        = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSASHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	if err == nil || fault.CodeOf(err) != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// purpose is an extension of extended key usages.
func purpose(t testing.TB, critical bool, usages ...asn1.ObjectIdentifier) pkitest.Edit {
	value := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: encode(t, usages)}
	return func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{value} }
}

var (
	timeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	codeSigning  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
)

// authority is a time-stamp authority.
type authority struct {
	root        *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(t testing.TB, kind string, edits ...pkitest.Edit) *authority {
	t.Helper()
	a := authority{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	all := append([]pkitest.Edit{purpose(t, true, timeStamping), func(c *x509.Certificate) {
		c.Subject = pkix.Name{Country: []string{"TR"}, CommonName: "Deneme Zaman Damgası"}
	}}, edits...)
	a.certificate = a.root.Issue(t, a.key.Public(), all...)
	return &a
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openssl runs the openssl program.
func openssl(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// reply has openssl answer a request, with further lines of its configuration.
func (a *authority) reply(t testing.TB, request []byte, lines ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	configuration := strings.Join(slices.Concat([]string{
		"[tsa]", "default_tsa = one", "[one]", "serial = " + filepath.Join(dir, "serial"),
		"signer_cert = " + pkitest.WriteCertificates(t, dir, "signer.pem", a.certificate),
		"certs = " + pkitest.WriteCertificates(t, dir, "chain.pem", a.certificate, a.root.Certificate),
		"signer_key = " + pkitest.WriteKey(t, dir, "signer.key", a.key),
		"default_policy = " + oidPolicy.String(), "digests = sha1, sha256, sha384, sha512",
	}, lines, []string{""}), "\n")
	for _, name := range []string{"signer_digest", "ess_cert_id_alg"} {
		if !strings.Contains(configuration, name) {
			configuration += name + " = sha256\n"
		}
	}
	out := filepath.Join(dir, "answer")
	openssl(t, "ts", "-reply", "-config", write(t, dir, "tsa.cnf", []byte(configuration)),
		"-queryfile", write(t, dir, "request", request), "-out", out)
	answer, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// query has openssl make a request.
func query(t testing.TB, data []byte, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "request")
	openssl(t, append([]string{"ts", "-query", "-data", write(t, dir, "data", data), "-out", out}, options...)...)
	request, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// tokenOf is the token of a TimeStampResp (RFC 3161, 2.4.2).
func tokenOf(t testing.TB, answer []byte) []byte {
	t.Helper()
	var response struct{ Status, Token asn1.RawValue }
	if _, err := asn1.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	return response.Token.FullBytes
}

func tlv(t testing.TB, tag byte, parts ...[]byte) []byte { return pkitest.TLV(t, tag, parts...) }

func sequence(t testing.TB, parts ...[]byte) []byte { return tlv(t, 0x30, parts...) }

// info is a TSTInfo before it is encoded: its fields in DER, nil for those that are not there.
type info struct {
	version, policy, imprint, serial, time, accuracy, ordering, nonce, tsa, extensions, more []byte
}

// stamped is what infos are of.
var stamped = []byte("Damgalanan veri\n")

// newInfo is a good TSTInfo of now.
func newInfo(t testing.TB) *info {
	return &info{
		version: encode(t, 1), policy: encode(t, oidPolicy),
		imprint: sequence(t, sequence(t, encode(t, oidSHA256), []byte{5, 0}), encode(t, digest(crypto.SHA256, stamped))),
		serial:  encode(t, 4711), time: generalized(t, time.Now().UTC().Format("20060102150405Z")),
	}
}

func generalized(t testing.TB, text string) []byte { return tlv(t, 0x18, []byte(text)) }

func (i *info) der(t testing.TB) []byte {
	return sequence(t, i.version, i.policy, i.imprint, i.serial, i.time, i.accuracy, i.ordering, i.nonce, i.tsa, i.extensions, i.more)
}

// envelope is how a token is put around its TSTInfo; each function changes a part before what depends on it is made.
type envelope struct {
	contentType  asn1.ObjectIdentifier
	attributes   func(all [][]byte) [][]byte // signed attributes in DER
	signers      func(info []byte) [][]byte
	certificates [][]byte
	crls         [][]byte
	detached     bool
}

func attribute(t testing.TB, oid asn1.ObjectIdentifier, values ...[]byte) []byte {
	return sequence(t, encode(t, oid), tlv(t, 0x31, values...))
}

// binding is signing-certificate-v2 of a certificate, by SHA-256.
func binding(t testing.TB, c *x509.Certificate) []byte {
	id := sequence(t, encode(t, digest(crypto.SHA256, c.Raw)))
	return attribute(t, cms.OIDSigningCertificateV2, sequence(t, sequence(t, id)))
}

// token signs an info with an ECDSA key, in DER.
func (a *authority) token(t testing.TB, der []byte, changes ...func(*envelope)) []byte {
	t.Helper()
	e := envelope{
		contentType: oidTSTInfo, attributes: func(all [][]byte) [][]byte { return all },
		signers:      func(info []byte) [][]byte { return [][]byte{info} },
		certificates: [][]byte{a.certificate.Raw, a.root.Certificate.Raw},
	}
	for _, change := range changes {
		change(&e)
	}
	attributes := e.attributes([][]byte{
		attribute(t, cms.OIDContentType, encode(t, e.contentType)),
		attribute(t, cms.OIDMessageDigest, encode(t, digest(crypto.SHA256, der))),
		binding(t, a.certificate),
	})
	slices.SortFunc(attributes, slices.Compare)
	value, err := a.key.Sign(rand.Reader, digest(crypto.SHA256, tlv(t, 0x31, attributes...)), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	sha256 := sequence(t, encode(t, oidSHA256))
	signer := sequence(t, encode(t, 1), sequence(t, a.certificate.RawIssuer, encode(t, a.certificate.SerialNumber)),
		sha256, tlv(t, 0xa0, attributes...), sequence(t, encode(t, oidECDSASHA256)), encode(t, value))
	content := [][]byte{encode(t, e.contentType)}
	if !e.detached {
		content = append(content, tlv(t, 0xa0, encode(t, der)))
	}
	fields := [][]byte{encode(t, 3), tlv(t, 0x31, sha256), sequence(t, content...)}
	if e.certificates != nil {
		fields = append(fields, tlv(t, 0xa0, e.certificates...))
	}
	if e.crls != nil {
		fields = append(fields, tlv(t, 0xa1, e.crls...))
	}
	fields = append(fields, tlv(t, 0x31, e.signers(signer)...))
	return sequence(t, encode(t, cms.OIDSignedData), tlv(t, 0xa0, sequence(t, fields...)))
}

func parse(t testing.TB, ber []byte) *timestamp.Token {
	t.Helper()
	token, err := timestamp.Parse(ber)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// rootFile is a file with the certificate of the authority's root.
func rootFile(t testing.TB, a *authority) string {
	return pkitest.WriteCertificates(t, t.TempDir(), "root.pem", a.root.Certificate)
}
