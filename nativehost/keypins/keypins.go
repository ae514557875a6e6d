// Package keypins remembers, for keys that want a PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which PIN that is:
// the card's, or one of their own. No library tells, and asking the card costs a try. What is remembered here was accepted or
// refused on this machine.
//
// The file lies beside the configuration. It is a hint that decides whether the person is asked: if it cannot be read,
// nothing is remembered, and the person is asked once more. No act waits long for it.
package keypins

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// File is where it is remembered.
type File struct{ Path string }

// A Key is what is known of one key.
type Key struct {
	// Name is the SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex.
	Name string `json:"key"`
	// Own tells that the key has a PIN of its own, or refused the one it was given last; else it takes the card's.
	Own bool `json:"own,omitempty"`
	// Refused is how many PINs the key has refused since it took one.
	Refused int `json:"refused,omitempty"`
}

type content struct {
	Version int   `json:"version"`
	Keys    []Key `json:"keys"`
}

const (
	version  = 1
	maxKeys  = 64
	maxBytes = 16 << 10
	// maxRefused is more than any card takes.
	maxRefused = 15
	// lockLimit is how long another process may hold the lock, which it needs for one write.
	lockLimit = 2 * time.Second
)

// Find returns what is known of a key; known is false if nothing is.
func (f File) Find(name string) (key Key, known bool) {
	keys := f.read()
	i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return Key{Name: name}, false
	}
	return keys[i], true
}

// Accepted notes which PIN a key has taken: its own, or the card's.
func (f File) Accepted(ctx context.Context, name string, own bool) error {
	return f.change(ctx, name, func(Key) Key { return Key{Name: name, Own: own} })
}

// Refused notes that a key has refused a PIN.
func (f File) Refused(ctx context.Context, name string) error {
	return f.change(ctx, name, func(k Key) Key { return Key{Name: name, Own: true, Refused: min(k.Refused+1, maxRefused)} })
}

// change writes what is known of a key now. The newest comes first; the oldest are dropped.
func (f File) change(ctx context.Context, name string, with func(Key) Key) error {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	unlock, err := lock.File(ctx, f.Path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	before, known := f.Find(name)
	after := with(before)
	if known && after == before {
		return nil
	}
	keys := slices.DeleteFunc(f.read(), func(k Key) bool { return k.Name == name })
	keys = slices.Insert(keys, 0, after)
	data, err := json.Marshal(content{version, keys[:min(len(keys), maxKeys)]})
	if err != nil {
		return err
	}
	return ownfile.Write(f.Path, data)
}

// read returns the keys in the file, nil if the file is malformed or others can write it: they could have the card's PIN sent
// to a key that has one of its own.
func (f File) read() []Key {
	data, err := ownfile.Read(f.Path, maxBytes)
	if err != nil {
		return nil
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil || c.Version != version || len(c.Keys) > maxKeys {
		return nil
	}
	wrong := func(k Key) bool { return k.Refused < 0 || k.Refused > maxRefused }
	if slices.ContainsFunc(c.Keys, wrong) {
		return nil
	}
	return c.Keys
}
