package pdf

import (
	"slices"
	"sync"
)

// streamCache has decoded object streams, by where they stand in the file: it is for a file and its history together. It also bounds
// how much is decoded in all: a stream may be a thousand times as long as it is in the file.
type streamCache struct {
	mu      sync.Mutex
	streams []cachedStream // the latest used last
	bytes   int
	left    int64 // bytes that may still be decoded
}

// cachedStream is of one file alone where its length is a reference; then of is that.
type cachedStream struct {
	offset int64
	of     *File
	*objectStream
}

// Object streams of a file have so many bytes together when decoded, those that are decoded again counted anew: some, and so many for
// each byte of the file.
const maxDecoded, maxDecodedTimes = 32 << 20, 16

func newStreamCache(size int64) *streamCache {
	return &streamCache{left: maxDecoded + maxDecodedTimes*size}
}

// get returns the stream at offset, as f has it, or nil.
func (c *streamCache) get(offset int64, f *File) *objectStream {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.streams, func(s cachedStream) bool { return s.offset == offset && (s.of == nil || s.of == f) })
	if i < 0 {
		return nil
	}
	s := c.streams[i]
	c.streams = append(slices.Delete(c.streams, i, i+1), s)
	return s.objectStream
}

// add keeps a stream, and drops others where that is too much.
func (c *streamCache) add(offset int64, f *File, s *objectStream) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left -= int64(len(s.data))
	if c.left < 0 {
		return malformed("object streams that are much longer than the file")
	}
	if s.isDirect {
		f = nil
	}
	c.streams = append(c.streams, cachedStream{offset, f, s})
	c.bytes += len(s.data)
	for c.bytes > streamCacheBytes && len(c.streams) > 1 {
		c.bytes -= len(c.streams[0].data)
		c.streams = slices.Delete(c.streams, 0, 1)
	}
	return nil
}
