// Package hashsites keeps the pairs of a key and a site for which this machine signs hashes.
//
// What signs a hash that somebody else has made signs anything. So a key for which there is a pair logs in nowhere,
// and none signs hashes for a site without its pair. While nobody can tell which pairs there are, neither is done.
//
// The file lies beside the configuration. Windows write it, and it is read anew each time. What cannot be understood
// is put aside by the settings page, with an entry in the journal that says so: no pair is left then, and every key
// logs in again.
package hashsites

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/whole"
)

// ErrBroken is the error of a file that was read, and is not understood.
var ErrBroken = errors.New("hashsites: it is not understood")

// File is where the pairs are.
type File struct{ Path string }

type content struct {
	Version int                     `json:"version"`
	Sites   []protocol.HostHashSite `json:"sites"`
}

const (
	version = 1
	// maxFile has room for protocol.MaxHashSites of the longest, in bytes.
	maxFile = 256 << 10
	// maxName is how long what names a certificate for people may be, in bytes.
	maxName = 1 << 10
)

// Lock keeps the pairs as they are until unlock is called, in every process: whoever looks at them and signs by what
// they say holds it in between, and whoever changes them.
func (f File) Lock(ctx context.Context) (unlock func(), err error) {
	return lock.File(ctx, f.Path+".lock")
}

// Read returns the pairs; none where there is no file.
func (f File) Read() ([]protocol.HostHashSite, error) {
	in, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, err
	}
	return parse(data)
}

// parse reads the file's content, which must be as Write writes it, byte for byte: somebody may have changed it, and a
// member that is there twice, or in other case, says one thing to one reader and another to the next.
func parse(data []byte) ([]protocol.HostHashSite, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: %d bytes", ErrBroken, len(data))
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if written, err := c.write(); err != nil || !bytes.Equal(written, data) {
		return nil, fmt.Errorf("%w: it is not as it was written", ErrBroken)
	}
	if c.Version != version || len(c.Sites) > protocol.MaxHashSites {
		return nil, fmt.Errorf("%w: version %d, %d pairs", ErrBroken, c.Version, len(c.Sites))
	}
	for i, site := range c.Sites {
		if err := Check(site); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBroken, err)
		}
		if Has(c.Sites[:i], site.Key, site.Origin) || len(site.Issuer) > maxName || len(site.Serial) > maxName || site.Since < 0 {
			return nil, fmt.Errorf("%w: pair %d", ErrBroken, i+1)
		}
	}
	return c.Sites, nil
}

// Check refuses what is not a pair of a key and a site.
func Check(site protocol.HostHashSite) error {
	key, err := hex.DecodeString(site.Key)
	if err != nil || len(key) != 32 || hex.EncodeToString(key) != site.Key {
		return fmt.Errorf("a key of %d characters", len(site.Key))
	}
	return login.CheckOrigin(site.Origin)
}

// Write puts the pairs in the place of those before. The lock is the caller's.
func (f File) Write(sites []protocol.HostHashSite) error {
	data, err := content{version, sites}.write()
	if err != nil {
		return err
	}
	return whole.Write(f.Path, data, 0o600)
}

func (c content) write() ([]byte, error) {
	data, err := json.MarshalIndent(c, "", "  ")
	return append(data, '\n'), err
}

// SetAside renames a file that is broken, so that there are no pairs. One that was set aside before it is gone then.
// The lock is the caller's.
func (f File) SetAside() error { return os.Rename(f.Path, f.Path+".broken") }

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
