// Package pukrefusals remembers the cards that have refused a PUK and accepted none since. Few libraries report that, and
// a card is lost with its last PUK attempt.
//
// The file lies beside the configuration. It serves a warning and nothing else: one that cannot be read warns of nothing.
// A card is named by the SHA-256 of its serial number. The newest entry comes first; the oldest are dropped.
package pukrefusals

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// File is where the cards are remembered.
type File struct{ Path string }

type content struct {
	Version int      `json:"version"`
	Refused []string `json:"refused"`
}

const (
	version  = 1
	maxCards = 64
	maxBytes = 16 << 10
)

func cardName(serial string) string {
	sum := sha256.Sum256([]byte(serial))
	return hex.EncodeToString(sum[:])
}

// Has reports whether the card with the serial number has refused a PUK. It reads the file each time, since other windows
// write it.
func (f File) Has(serial string) bool {
	return serial != "" && slices.Contains(f.read(), cardName(serial))
}

// Note records that a card has refused a PUK, or has accepted one.
func (f File) Note(ctx context.Context, serial string, refused bool) error {
	if serial == "" || f.Has(serial) == refused {
		return nil
	}
	unlock, err := lock.File(ctx, f.Path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	name := cardName(serial)
	cards := slices.DeleteFunc(f.read(), func(other string) bool { return other == name })
	if refused {
		cards = slices.Insert(cards, 0, name)
	}
	data, err := json.Marshal(content{version, cards[:min(len(cards), maxCards)]})
	if err != nil {
		return err
	}
	return ownfile.Write(f.Path, data)
}

// read returns the cards in the file, nil if the file is missing or malformed.
func (f File) read() []string {
	data, err := ownfile.Read(f.Path, maxBytes)
	if err != nil {
		return nil
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil || c.Version != version || len(c.Refused) > maxCards {
		return nil
	}
	return c.Refused
}
