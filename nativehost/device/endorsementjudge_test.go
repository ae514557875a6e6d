//go:build linux

package device_test

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/test/testtpm"
)

// What others make of the same: TPMs that swtpm's own tool equips, and credentials that tpm2-tools judges.

// run runs a program of a Debian package and returns its output.
func run(t *testing.T, env []string, from, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%v: run `apt-get install %s`", err, from)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// A TPM with certificates and a loaded endorsement key by swtpm_setup, as a virtual machine has, attests.
func TestEndorsementBySwtpmSetup(t *testing.T) {
	dir := t.TempDir()
	state, ca := filepath.Join(dir, "state"), filepath.Join(dir, "ca")
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, folder := range []string{state, ca} {
		must(t, os.Mkdir(folder, 0o700))
	}
	for name, text := range map[string]string{
		"localca.conf": fmt.Sprintf("statedir = %[1]s\nsigningkey = %[1]s/key.pem\nissuercert = %[1]s/issuer.pem\ncertserial = %[1]s/serial\n", ca),
		"setup.conf":   fmt.Sprintf("create_certs_tool = /usr/bin/swtpm_localca\ncreate_certs_tool_config = %s\ncreate_certs_tool_options = %s\n", at("localca.conf"), at("options")),
		"options":      "",
	} {
		must(t, os.WriteFile(at(name), []byte(text), 0o600))
	}
	run(t, nil, "swtpm-tools", "swtpm_setup", "--tpm2", "--tpmstate", state, "--create-ek-cert", "--config", at("setup.conf"))
	var roots []*x509.Certificate
	for _, name := range []string{"issuer.pem", "swtpm-localca-rootca-cert.pem"} {
		text, err := os.ReadFile(filepath.Join(ca, name))
		must(t, err)
		block, _ := pem.Decode(text)
		c, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		roots = append(roots, c)
	}

	o := options(t, device.File)
	o.TPM = start(t, state).Open
	k, err := device.Make(t.Context(), o)
	must(t, err)
	certificates, err := k.Endorsement(t.Context())
	must(t, err)
	endorsement, err := attest.Endorsed(certificates, roots, time.Now())
	must(t, err)
	answer, err := endorsement.Enclose(claim, points(t, k), secrets, []byte("mühürlü"))
	must(t, err)
	if got, err := activate(t, k, answer); err != nil || got != secrets {
		t.Errorf("activated %x, %v", got, err)
	}
	works(t, k)
}

// tpm2-tools give a key of our template the name that package attest computes, and activate its credential.
func TestCredentialsOfTPM2Tools(t *testing.T) {
	tpm := start(t, t.TempDir())
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	tool := func(name string, args ...string) {
		t.Helper()
		env := []string{"TPM2TOOLS_TCTI=swtpm:path=" + tpm.Socket()}
		run(t, env, "tpm2-tools", "tpm2_"+name, args...)
		if name != "startauthsession" && name != "policysecret" {
			run(t, env, "tpm2-tools", "tpm2_flushcontext", "-t") // there is room for three objects
		}
	}
	const attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|"
	tool("createprimary", "-C", "o", "-G", "ecc", "-c", at("storage"))
	for i, kind := range []struct{ scheme, attribute string }{{"ecc256:ecdsa-sha256", "sign"}, {"ecc256:ecdh-sha256", "decrypt"}} {
		use := attest.Uses[i]
		tool("create", "-C", at("storage"), "-G", kind.scheme, "-a", attributes+kind.attribute, "-u", at("public"), "-r", at("private"))
		tool("load", "-C", at("storage"), "-u", at("public"), "-r", at("private"), "-c", at("key"), "-n", at("name"))
		tool("readpublic", "-c", at("key"), "-f", "der", "-o", at("der"))
		der, err := os.ReadFile(at("der"))
		must(t, err)
		name, err := attest.Name(use, der[len(der)-65:]) // a SubjectPublicKeyInfo ends with the point
		must(t, err)
		if theirs, err := os.ReadFile(at("name")); err != nil || !bytes.Equal(name, theirs) {
			t.Fatalf("%s: named %x, by tpm2-tools %x, %v", use, name, theirs, err)
		}
		for algorithm, ek := range map[string]testtpm.Kind{"rsa": testtpm.RSA, "ecc": testtpm.Elliptic} {
			ca := vendor(t)
			certificate, err := tpm.Endorse(ek, testtpm.EndorsementCertificate(ek), ca.Certificate, ca.Key)
			must(t, err)
			parsed, err := x509.ParseCertificate(certificate)
			must(t, err)
			area, err := attest.EndorsementKey(parsed)
			must(t, err)
			c, err := attest.MakeCredential(area, name, secrets[i][:])
			must(t, err)
			must(t, os.WriteFile(at("credential"), credentialFile(c), 0o600))
			tool("createek", "-c", at("ek"), "-G", algorithm)
			tool("startauthsession", "--policy-session", "-S", at("session"))
			tool("policysecret", "-S", at("session"), "-c", "e")
			tool("activatecredential", "-c", at("key"), "-C", at("ek"), "-P", "session:"+at("session"), "-i", at("credential"), "-o", at("secret"))
			tool("flushcontext", at("session"))
			if secret, err := os.ReadFile(at("secret")); err != nil || !bytes.Equal(secret, secrets[i][:]) {
				t.Errorf("%s, %s: activated %x, %v", use, algorithm, secret, err)
			}
		}
	}
}

// credentialFile is a credential as tpm2-tools write it.
func credentialFile(c attest.Credential) []byte {
	file := []byte{0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1}
	for _, part := range [][]byte{c.Object, c.Seed} {
		file = append(binary.BigEndian.AppendUint16(file, uint16(len(part))), part...)
	}
	return file
}
