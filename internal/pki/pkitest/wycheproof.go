package pkitest

import (
	"crypto"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The version of Project Wycheproof's vectors. The module holds no Go package to import, so the go command fetches it into its
// cache when the tests ask for it, and the digest of go.sum is compared here.
const (
	wycheproofModule = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a"
	wycheproofSum    = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c="
)

// SignatureVectors are the vectors of one of Wycheproof's files: signatures by the key of each group.
type SignatureVectors struct {
	File   string `json:"-"`
	Groups []struct {
		PublicKeyDer string // ECDSA
		PublicKeyAsn string // RSA
		Sha          string
		Mgf, MgfSha  string
		SLen         int
		Tests        []SignatureVector
	} `json:"testGroups"`
}

// SignatureVector is one signature in hexadecimal, whose Result is valid, invalid or acceptable.
type SignatureVector struct {
	TcID             int `json:"tcId"`
	Comment          string
	Msg, Sig, Result string
}

// Bytes decodes message and signature.
func (v SignatureVector) Bytes(t testing.TB) (message, signature []byte) {
	t.Helper()
	return Hex(t, v.Msg), Hex(t, v.Sig)
}

// Hex decodes hexadecimal digits.
func Hex(t testing.TB, digits string) []byte {
	t.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// WycheproofHashes are the hashes of this project, as Wycheproof names them.
var WycheproofHashes = map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512}

// Wycheproof returns the vectors of all files whose name begins with one of prefixes. The test fails where the module
// is neither in the cache nor to be fetched.
func Wycheproof(t testing.TB, prefixes ...string) (all []SignatureVectors) {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", wycheproofModule).Output()
	var module struct{ Dir, Sum string }
	if err != nil || json.Unmarshal(out, &module) != nil {
		t.Fatalf("run `go mod download %s`: %v", wycheproofModule, err)
	}
	if module.Sum != wycheproofSum {
		t.Fatalf("%s has the digest %s", wycheproofModule, module.Sum)
	}
	files, err := os.ReadDir(filepath.Join(module.Dir, "testvectors_v1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(file.Name(), p) }) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(module.Dir, "testvectors_v1", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		vectors := SignatureVectors{File: file.Name()}
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		all = append(all, vectors)
	}
	return all
}
