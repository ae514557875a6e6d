package device

import (
	"context"
	"errors"
	"sync"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/lock"
)

// An Installation has this installation's key: it opens the key when it is first needed, and makes one where there
// is none or it is lost. It may be used from several goroutines, and by several processes on the same file, which
// come by the same key.
type Installation struct {
	Options Options

	mu  sync.Mutex
	key *Key
}

// Key returns the key. Its errors wrap ErrUnavailable, but for those of a disk that takes nothing.
func (i *Installation) Key(ctx context.Context) (*Key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.key != nil {
		return i.key, nil
	}
	unlock, err := lock.File(ctx, i.Options.Path+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	key, err := Open(ctx, i.Options)
	if errors.Is(err, ErrNone) || errors.Is(err, ErrLost) {
		key, err = Make(ctx, i.Options)
	}
	if err != nil {
		return nil, err
	}
	i.key = key
	return key, nil
}

// Describe is what a claim says of the machine; platform and version are the host's.
func (k *Key) Describe(platform, version string) (release.Device, error) {
	signing, err := k.public.Signing.Bytes()
	return release.Device{
		Signing: signing, Sealing: k.public.Sealing.Bytes(), Protection: string(k.protection), Platform: platform, Version: version,
	}, err
}
