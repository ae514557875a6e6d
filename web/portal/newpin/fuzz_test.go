package newpin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/safe"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// FuzzClaim posts claims, none of which is signed: each is refused, with a code that is for the person.
func FuzzClaim(f *testing.F) {
	challenge := store.Challenge{Reference: "0000-0000-0000-0000", Code: "168857414351237"}
	f.Add([]byte(`{"act":"0000-0000-0000-0000","claim":"e30=","signature":"AAAA","card":"AAAA"}`))
	f.Add([]byte(`{"claim":"eyJ2ZXJzaW9uIjoxLCJhY3QiOiIwMDAwLTAwMDAtMDAwMC0wMDAwIn0="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseClaim(data)
		if err != nil {
			return
		}
		claim, err := readClaim(body, challenge, "https://eonay.example")
		if claim != nil || site.CodeOf(err) != refusal.ClaimInvalid || len(err.Error()) > 1000 {
			t.Fatalf("%q: %+v, %v", data, claim, err)
		}
	})
}

// FuzzReport reads reports of a release, none of which is signed.
func FuzzReport(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(release.Claim{
		Version: release.Version, Act: "A", Code: "168857414351237", Origin: "https://eonay.example", Card: "S", Certificate: []byte{1},
		Device: release.Device{Signing: point, Sealing: point},
	})
	if err != nil {
		f.Fatal(err)
	}
	digest := sha256.Sum256(release.StatementOf(release.KindClaim, text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		f.Fatal(err)
	}
	old := store.Release{Claim: text, Signature: append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)}
	f.Add([]byte(`{"version":1,"claim":"`+release.Digest(text)+`","outcome":"done","time":1}`), make([]byte, 64))
	f.Fuzz(func(t *testing.T, report, signature []byte) {
		got, err := readReport(&reportBody{Report: report, Signature: signature}, old)
		if got != nil || site.CodeOf(err) != refusal.ClaimInvalid || len(err.Error()) > 1000 {
			t.Fatalf("%q: %+v, %v", report, got, err)
		}
	})
}

func FuzzCard(f *testing.F) {
	path := filepath.Join(f.TempDir(), "puk.key")
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(make([]byte, 32))), 0o600); err != nil {
		f.Fatal(err)
	}
	keys, err := safe.New(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"serial":"0123456789ABCDEF","citizen_number":"10000000146","certificate":"MAA=","puk":"87654321"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		card, err := parseCard(keys, data)
		if err != nil {
			if len(err.Error()) > 120 {
				t.Fatalf("the error says too much: %v", err)
			}
			return
		}
		if puk, err := keys.Open(card.Serial, card.PUK); err != nil || len(puk) == 0 {
			t.Fatalf("a card was taken whose PUK is lost: %v", err)
		}
	})
}
