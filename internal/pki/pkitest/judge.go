package pkitest

import (
	_ "embed"
	"os"
	"os/exec"
	"strings"
	"testing"
)

//go:embed testdata/Judge.java
var judgeSource []byte

// bouncyCastle are the libraries of Debian's libbcpkix-java.
var bouncyCastle = []string{"/usr/share/java/bcpkix.jar", "/usr/share/java/bcprov.jar", "/usr/share/java/bcutil.jar"}

// BouncyCastle returns what BouncyCastle makes of each file of dir, by the file's name: "accepts", or "refuses" and why.
// Files are signatures (.p7s) over the file "content", certificates (.cer), CRLs (.crl) and OCSP responses (.ors), in DER.
// Where Java or its libraries are missing the test fails with the command that installs them.
func BouncyCastle(t testing.TB, dir string) map[string]string {
	t.Helper()
	return judge(t, judgeSource, "Judge.java", "libbcpkix-java", bouncyCastle, dir)
}

// manyFiles are so many that optimising a judge is won back.
const manyFiles = 100

// judge runs a program of testdata, with the libraries of a package of Debian, on dir and returns its verdicts by name. For a
// few files Java does not optimise it, which takes longer than the rest of a run.
func judge(t testing.TB, program []byte, name, libraries string, jars []string, dir string) map[string]string {
	t.Helper()
	_, missing := exec.LookPath("javac")
	for _, jar := range jars {
		if _, err := os.Stat(jar); err != nil {
			missing = err
		}
	}
	if missing != nil {
		t.Fatalf("%v: run `apt-get install default-jdk-headless %s`", missing, libraries)
	}
	source := write(t, t.TempDir(), name, program)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	options := []string{"-XX:+UseSerialGC", "-cp", strings.Join(jars, ":"), source, dir}
	if len(files) < manyFiles {
		options = append([]string{"-XX:TieredStopAtLevel=1"}, options...)
	}
	command := exec.Command("java", options...)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf(name+": %v: %s", err, complaints.String())
	}
	verdicts := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, verdict, _ := strings.Cut(strings.TrimSpace(line), "\t")
		verdicts[name] = verdict
	}
	return verdicts
}
