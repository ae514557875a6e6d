package signaturecheck

import (
	"crypto/sha512"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
)

func given(t *testing.T, text string) *spooled {
	t.Helper()
	s, err := spool("a", strings.NewReader(text), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// TestSpool keeps a long file without a name on the disk, and gives it back as it was.
func TestSpool(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, size := range []int{0, 1, inMemory - 1, inMemory, inMemory + 1, 3 * inMemory} {
		text := strings.Repeat("a", size)
		s := given(t, text)
		got := make([]byte, size)
		if n, _ := s.Content.Reader.ReadAt(got, 0); n != size || s.Content.Size != int64(size) || string(got) != text {
			t.Errorf("%d bytes: %d, %d", size, s.Content.Size, n)
		}
		if left, err := os.ReadDir(temp); runtime.GOOS != "windows" && (err != nil || len(left) > 0) {
			t.Errorf("%d bytes: named on the disk: %v, %v", size, left, err)
		}
	}
}

// TestUsesContent tells whether the second file was judged: by its digest, or since a signature is over content outside its file.
func TestUsesContent(t *testing.T) {
	sum := sha512.Sum384([]byte("Onay veriyorum."))
	digest := hex.EncodeToString(sum[:])
	covers := func(content, hash, digest string, parts ...validation.PartReport) validation.CoverageReport {
		return validation.CoverageReport{Content: content, Hash: hash, Digest: digest, Parts: parts}
	}
	for name, test := range map[string]struct {
		file   string
		covers validation.CoverageReport
		uses   bool
	}{
		"detached":                     {"0", covers("detached", "", ""), true},
		"attached":                     {"0", covers("attached", "SHA-256", "00"), false},
		"attached, and the same":       {"0", covers("attached", "SHA-384", digest), true},
		"in a container":               {"PK", covers("detached", "SHA-256", "00"), false},
		"in a container, and the same": {"PK", covers("detached", "SHA-256", "", validation.PartReport{Hash: "SHA-384", Digest: digest}), true},
		"by a hash that is not known":  {"PK", covers("detached", "SHA-0", digest), false},
		"a PDF":                        {"%PDF-", covers("revision", "SHA-256", "00"), false},
	} {
		got, err := usesContent(given(t, test.file), given(t, "Onay veriyorum."), []*validation.SignatureReport{{Covers: test.covers}})
		if err != nil || got != test.uses {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
}
