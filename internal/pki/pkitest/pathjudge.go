package pkitest

import (
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

//go:embed testdata/PathJudge.java
var pathJudgeSource []byte

// JudgedPath is a path for other readers to judge, with all that shows its revocation status; without CRLs they do not look at it.
type JudgedPath struct {
	Path   []*x509.Certificate // end entity first, anchor last
	Others []*x509.Certificate
	CRLs   [][]byte
}

// OpenSSL returns what `openssl verify` has against the path; nil where it accepts. Indirect lists, lists on some reasons and
// deltas are read.
func (p *JudgedPath) OpenSSL(t testing.TB) error {
	t.Helper()
	dir := t.TempDir()
	last := len(p.Path) - 1
	args := []string{"verify", "-CAfile", WriteCertificates(t, dir, "anchor.pem", p.Path[last])}
	if more := slices.Concat(p.Path[1:last], p.Others); len(more) > 0 {
		args = append(args, "-untrusted", WriteCertificates(t, dir, "more.pem", more...))
	}
	if len(p.CRLs) > 0 {
		args = append(args, p.listOptions(t, dir)...)
	}
	args = append(args, WriteCertificates(t, dir, "leaf.pem", p.Path[0]))
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("openssl: %w: %s", err, out)
	}
	return nil
}

func (p *JudgedPath) listOptions(t testing.TB, dir string) []string {
	var lists []byte
	for _, der := range p.CRLs {
		lists = append(lists, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	check := "-crl_check_all" // of the anchor as well
	if len(p.Path) == 2 {
		check = "-crl_check"
	}
	return []string{check, "-extended_crl", "-use_deltas", "-CRLfile", write(t, dir, "lists.pem", lists)}
}

// BouncyCastlePaths returns what BouncyCastle makes of each path, by its key: "accepts", or "refuses" and why.
func BouncyCastlePaths(t testing.TB, paths map[string]*JudgedPath) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for name, path := range paths {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for i, c := range path.Path {
			write(t, folder, fmt.Sprintf("path-%d.cer", i), c.Raw)
		}
		for i, c := range path.Others {
			write(t, folder, fmt.Sprintf("other-%d.cer", i), c.Raw)
		}
		for i, der := range path.CRLs {
			write(t, folder, fmt.Sprintf("%d.crl", i), der)
		}
	}
	return judge(t, pathJudgeSource, "PathJudge.java", "libbcpkix-java", bouncyCastle, dir)
}
