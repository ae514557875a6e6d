package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/e-onay/e-onay/nativehost/whole"
)

// refusals are the cards that have refused a PUK and taken none since, in a file of this installation's: few libraries
// tell of it, and wrong PUKs are a card's end. It is for a warning alone; one that cannot be read warns of nothing.
//
// A card is known by the SHA-256 of its serial number. The latest is the first; the file has maxRefusals at most.
type refusals struct {
	path string
	once sync.Once
	file refusalsFile
}

type refusalsFile struct {
	Version int      `json:"version"`
	Refused []string `json:"refused"`
}

const (
	refusalsVersion  = 1
	maxRefusals      = 64
	maxRefusalsBytes = 16 << 10
)

func cardName(serial string) string {
	sum := sha256.Sum256([]byte(serial))
	return hex.EncodeToString(sum[:])
}

// has reports whether the card with a serial number has refused a PUK.
func (r *refusals) has(serial string) bool {
	r.once.Do(func() { r.file = readRefusals(r.path) })
	return serial != "" && slices.Contains(r.file.Refused, cardName(serial))
}

// note writes down that a card has refused a PUK, or has taken one. What other windows wrote meanwhile stays.
func (r *refusals) note(serial string, refused bool) error {
	if serial == "" || r.has(serial) == refused {
		return nil
	}
	r.file = readRefusals(r.path)
	name := cardName(serial)
	r.file.Refused = slices.DeleteFunc(r.file.Refused, func(other string) bool { return other == name })
	if refused {
		r.file.Refused = slices.Insert(r.file.Refused, 0, name)
	}
	r.file.Version, r.file.Refused = refusalsVersion, r.file.Refused[:min(len(r.file.Refused), maxRefusals)]
	data, err := json.Marshal(r.file)
	if err != nil {
		return err
	}
	return whole.Write(r.path, data, 0o600)
}

// readRefusals returns what the file says; nothing where that is not understood.
func readRefusals(path string) (out refusalsFile) {
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRefusalsBytes+1))
	if err != nil || len(data) > maxRefusalsBytes {
		return out
	}
	if err := json.Unmarshal(data, &out); err != nil || out.Version != refusalsVersion || len(out.Refused) > maxRefusals {
		return refusalsFile{}
	}
	return out
}
