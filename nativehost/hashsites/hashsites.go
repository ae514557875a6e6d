// Package hashsites keeps the pairs of a key and a site for which this machine signs hashes.
//
// What signs a hash that somebody else has made signs anything. So a key for which there is a pair logs in nowhere,
// and none signs hashes for a site without its pair. While nobody can tell which pairs there are, neither is done.
//
// What allows is written into the journal before it is done, what takes away is done before it is written: so no crash
// leaves a pair that the journal says is gone. A pair that was taken away is owed an entry until there is one.
//
// The file lies beside the configuration. Windows write it, and it is read anew each time. What cannot be understood
// is put aside by the settings page, with an entry in the journal that says so: no pair is left then, and every key
// logs in again.
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

// ErrBroken is the error of a file that was read, and is not understood.
var ErrBroken = errors.New("hashsites: it is not understood")

// File is where the pairs are.
type File struct{ Path string }

// A List is what the file has.
type List struct {
	Sites []protocol.HostHashSite
	// Owed are pairs that were taken away, and whose removal the journal does not say yet.
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

// Read returns the list; an empty one where there is no file.
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

// parse reads the file's content, which must be as Write writes it, byte for byte: somebody may have changed it, and a
// member that is there twice, or in other case, says one thing to one reader and another to the next.
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

// Check refuses what is not a pair of a key and a site.
func Check(site protocol.HostHashSite) error {
	key, err := hex.DecodeString(site.Key)
	if err != nil || len(key) != 32 || hex.EncodeToString(key) != site.Key {
		return fmt.Errorf("a key of %d characters", len(site.Key))
	}
	return login.CheckOrigin(site.Origin)
}

// Write puts the list in the place of the one before. The lock is the caller's.
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

// SetAside renames what stands in the file's place and is broken, so that there are no pairs. The lock is the caller's.
func (f File) SetAside() error {
	_, err := ownfile.SetAside(f.Path)
	return err
}

// Has reports whether a key signs hashes for a site.
func Has(sites []protocol.HostHashSite, key, origin string) bool {
	return Index(sites, key, origin) >= 0
}

// Index returns where the pair of a key and a site is, -1 where there is none.
func Index(sites []protocol.HostHashSite, key, origin string) int {
	return slices.IndexFunc(sites, func(s protocol.HostHashSite) bool { return s.Key == key && s.Origin == origin })
}

// Any reports whether a key signs hashes for any site.
func Any(sites []protocol.HostHashSite, key string) bool {
	return slices.ContainsFunc(sites, func(s protocol.HostHashSite) bool { return s.Key == key })
}
