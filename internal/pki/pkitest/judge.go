package pkitest

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	classes := compiled(t, program, name, jars)
	options := []string{"-XX:+UseSerialGC", "-cp", strings.Join(append(slices.Clone(jars), classes), ":"), strings.TrimSuffix(name, ".java"), dir}
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

// compiled returns the folder of a judge's classes. They are compiled once for all packages and runs, in the cache of the person who
// tests: the compiler takes six times as long as a judge takes for a few files.
func compiled(t testing.TB, program []byte, name string, jars []string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "e-onay-judges")
	classes := filepath.Join(cache, fmt.Sprintf("%x", sha256.Sum256(append([]byte(strings.Join(jars, ":")), program...))))
	if _, err := os.Stat(classes); err == nil {
		return classes
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	making, err := os.MkdirTemp(cache, "making")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(making)
	command := exec.Command("javac", "-nowarn", "-cp", strings.Join(jars, ":"), "-d", filepath.Join(making, "classes"), write(t, making, name, program))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	if err := os.Rename(filepath.Join(making, "classes"), classes); err != nil && !errors.Is(err, fs.ErrExist) { // another package was first
		t.Fatal(err)
	}
	return classes
}
