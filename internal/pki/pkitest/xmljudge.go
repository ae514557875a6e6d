package pkitest

import (
	_ "embed"
	"errors"
	"os/exec"
	"testing"
)

//go:embed testdata/XMLJudge.java
var xmlJudgeSource []byte

// santuario are the libraries of Debian's libxml-security-java, and of what it needs.
var santuario = []string{"/usr/share/java/xmlsec.jar", "/usr/share/java/slf4j-api.jar", "/usr/share/java/slf4j-nop.jar",
	"/usr/share/java/commons-codec.jar", "/usr/share/java/bcprov.jar"}

// Santuario returns what Apache Santuario makes of each file of dir, by the file's name. Of a signed document (.xml) that is
// "accepts", or "refuses" and why: it checks signatures of XML, and nothing of certificates. Of another document (.canon) it is
// the canonical form of the element whose identifier is "apex" in base64, five of them: Canonical XML 1.0 without and with
// comments, the exclusive one without and with, and the exclusive one with the inclusive prefixes "#default b".
func Santuario(t testing.TB, dir string) map[string]string {
	t.Helper()
	return judge(t, xmlJudgeSource, "XMLJudge.java", "libxml-security-java", santuario, dir)
}

// XMLSec asks xmlsec1 about the signature of a document, in dir, where other files that it covers are too. It returns what it
// complains of, "" for nothing. Like Santuario it checks nothing of certificates. Further arguments are for xmlsec1.
func XMLSec(t testing.TB, dir, file string, arguments ...string) string {
	t.Helper()
	options := []string{"--verify", "--insecure", "--enabled-key-data", "x509,rsa,ecdsa"}
	command := exec.Command("xmlsec1", append(append(options, arguments...), file)...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%v: run `make deps`", err)
	}
	if err != nil {
		return err.Error() + ": " + string(out)
	}
	return ""
}
