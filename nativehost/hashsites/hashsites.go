// Package hashsites keeps the hash pairs: a key and a site for which the person has allowed that the key signs hashes.
//
// A page that has a hash of its own making signed can have anything signed, also a login to another site. So a key with a pair
// logs in nowhere, and no key signs hashes for a site without a pair. While the pairs cannot be read, no key does either.
//
// A permission is journaled before it is given, and taken away before that is journaled: so no crash leaves a pair that the
// journal says is gone. A pair that was taken away is owed an entry until that is written.
//
// The file lies beside the configuration. Windows write it, and it is read anew each time. The settings page sets a file that
// cannot be understood aside, with a journal entry that says so: no pair is left then, and every key logs in again.
package hashsites

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/ownfile"
	"github.com/e-onay/e-onay/nativehost/place"
)

// ErrBroken is the error of a file that could be read but not understood.
var ErrBroken = errors.New("hashsites: it is not understood")

// File is where the pairs are.
type File struct{ Path string }

// A List is what the file has.
type List struct {
	Sites []protocol.HostHashSite
	// Owed are pairs that were taken away without a journal entry so far.
	Owed []protocol.HostHashSite
}

type content struct {
	Version int                     `json:"version"`
	Sites   []protocol.HostHashSite `json:"sites"`
	Owed    []protocol.HostHashSite `json:"owed,omitempty"`
}

const (
	version = 1
	// maxFile has room for protocol.MaxHashSites of the longest, in bytes.
	maxFile = 256 << 10
	// maxName is how long what names a certificate for people may be, in bytes.
	maxName = 1 << 10
)

// Read returns the list, an empty one without a file.
func (f File) Read() (List, error) {
	data, err := ownfile.Read(f.Path, maxFile)
	_, others := errors.AsType[*place.Error](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return List{}, nil
	case others, ownfile.IsForeign(err):
		return List{}, fmt.Errorf("%w: %w", ErrBroken, err)
	case err != nil:
		return List{}, err
	}
	return parse(data)
}

// parse parses the file's content, which must be as Write writes it, byte for byte: it may have been changed, and a member
// that is there twice, or in another case, says one thing to one reader and another to the next.
func parse(data []byte) (List, error) {
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if written, err := c.write(); err != nil || !bytes.Equal(written, data) {
		return List{}, fmt.Errorf("%w: it is not as it was written", ErrBroken)
	}
	if c.Version != version || len(c.Sites)+len(c.Owed) > protocol.MaxHashSites {
		return List{}, fmt.Errorf("%w: version %d, %d pairs, %d owed", ErrBroken, c.Version, len(c.Sites), len(c.Owed))
	}
	for _, sites := range [][]protocol.HostHashSite{c.Sites, c.Owed} {
		for i, site := range sites {
			if err := Check(site); err != nil {
				return List{}, fmt.Errorf("%w: %w", ErrBroken, err)
			}
			if Has(sites[:i], site.Key, site.Origin) || len(site.Issuer) > maxName || len(site.Serial) > maxName || site.Since < 0 {
				return List{}, fmt.Errorf("%w: pair %d", ErrBroken, i+1)
			}
		}
	}
	return List{c.Sites, c.Owed}, nil
}

// Check validates a pair of a key and a site.
func Check(site protocol.HostHashSite) error {
	key, err := hex.DecodeString(site.Key)
	if err != nil || len(key) != 32 || hex.EncodeToString(key) != site.Key {
		return fmt.Errorf("a key of %d characters", len(site.Key))
	}
	return login.CheckOrigin(site.Origin)
}

// Write replaces the list. The caller must hold the lock.
func (f File) Write(l List) error {
	data, err := content{version, l.Sites, l.Owed}.write()
	if err != nil {
		return err
	}
	return atomicfile.Write(f.Path, data, 0o600)
}

func (c content) write() ([]byte, error) {
	data, err := json.MarshalIndent(c, "", "  ")
	return append(data, '\n'), err
}

// SetAside renames a broken file, so that there are no pairs. The caller must hold the lock.
func (f File) SetAside() error {
	_, err := ownfile.SetAside(f.Path)
	return err
}

// Has reports whether a key signs hashes for a site.
func Has(sites []protocol.HostHashSite, key, origin string) bool {
	return Index(sites, key, origin) >= 0
}

// Index returns the index of the pair of a key and a site, -1 without one.
func Index(sites []protocol.HostHashSite, key, origin string) int {
	return slices.IndexFunc(sites, func(s protocol.HostHashSite) bool { return s.Key == key && s.Origin == origin })
}

// Any reports whether a key signs hashes for any site.
func Any(sites []protocol.HostHashSite, key string) bool {
	return slices.ContainsFunc(sites, func(s protocol.HostHashSite) bool { return s.Key == key })
}
