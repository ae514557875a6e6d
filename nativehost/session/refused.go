package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// refusals are the cards that have refused a PUK and taken none since, in a file of this installation's: few libraries
// tell of it, and wrong PUKs are a card's end. It is for a warning alone; one that cannot be read warns of nothing.
//
// A card is known by the SHA-256 of its serial number. The latest is the first; the file has maxRefusals at most.
type refusals struct{ path string }

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

// has reports whether the card with a serial number has refused a PUK. The file is read each time: windows write it.
func (r refusals) has(serial string) bool {
	return serial != "" && slices.Contains(readRefusals(r.path), cardName(serial))
}

// note writes down that a card has refused a PUK, or has taken one.
func (r refusals) note(ctx context.Context, serial string, refused bool) error {
	if serial == "" || r.has(serial) == refused {
		return nil
	}
	unlock, err := lock.File(ctx, r.path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	name := cardName(serial)
	all := slices.DeleteFunc(readRefusals(r.path), func(other string) bool { return other == name })
	if refused {
		all = slices.Insert(all, 0, name)
	}
	data, err := json.Marshal(refusalsFile{refusalsVersion, all[:min(len(all), maxRefusals)]})
	if err != nil {
		return err
	}
	return ownfile.Write(r.path, data)
}

// readRefusals returns the cards in the file; none where that is not understood.
func readRefusals(path string) []string {
	data, err := ownfile.Read(path, maxRefusalsBytes)
	if err != nil {
		return nil
	}
	var file refusalsFile
	if err := json.Unmarshal(data, &file); err != nil || file.Version != refusalsVersion || len(file.Refused) > maxRefusals {
		return nil
	}
	return file.Refused
}
