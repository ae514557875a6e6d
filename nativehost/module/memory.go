package module

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/place"
)

// Bounds of the memory's file.
const (
	maxMemory     = 64 << 10
	maxRemembered = 64
)

const memoryVersion = 1

// lockLimit is how long another session may hold the lock, which it needs for one write.
const lockLimit = 5 * time.Second

// A Memory knows which library served a card before, by the card's answer to reset. It is a hint: it only orders libraries
// that were found without it. A nil Memory remembers nothing.
type Memory struct {
	path string

	mu     sync.Mutex
	served []served // the latest first
}

type served struct {
	ATR    string `json:"atr"` // hexadecimal
	Module string `json:"module"`
}

type remembered struct {
	Version int      `json:"version"`
	Served  []served `json:"served"`
}

// MemoryPath returns where the memory lies: modules.json in our cache folder.
func MemoryPath() (string, error) {
	dir, err := place.Cache()
	return filepath.Join(dir, "modules.json"), err
}

// ReadMemory reads the memory at path. With an error, which is for the log, it is empty and can be used.
func ReadMemory(path string) (*Memory, error) {
	m := &Memory{path: path}
	f, err := readFile(path, maxMemory)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	var r remembered
	if err := f.decode(&r); err != nil {
		return m, err
	}
	if r.Version != memoryVersion || len(r.Served) > maxRemembered {
		return m, f.wrong(0, errors.New("of another version, or too long"))
	}
	m.served = r.Served
	return m, nil
}

// Served returns the library that served a card with this answer to reset last, or nothing.
func (m *Memory) Served(atr []byte) string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name := hex.EncodeToString(atr)
	for _, s := range m.served {
		if s.ATR == name {
			return s.Module
		}
	}
	return ""
}

// Remember writes down that the library served a card with this answer to reset, unless it is known.
func (m *Memory) Remember(atr []byte, library string) error {
	if m == nil || m.Served(atr) == library {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lockLimit)
	defer cancel()
	unlock, err := lock.File(ctx, m.path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if latest, err := ReadMemory(m.path); err == nil { // other sessions write it too
		m.served = latest.served
	}
	name := hex.EncodeToString(atr)
	now := []served{{ATR: name, Module: library}}
	for _, s := range m.served {
		if s.ATR != name && len(now) < maxRemembered {
			now = append(now, s)
		}
	}
	data, err := encode(now)
	for err == nil && len(data) > maxMemory && len(now) > 1 {
		now = now[:len(now)-1]
		data, err = encode(now)
	}
	if err != nil {
		return err
	}
	m.served = now
	return atomicfile.Write(m.path, data, 0o600)
}

func encode(s []served) ([]byte, error) {
	return json.Marshal(remembered{Version: memoryVersion, Served: s})
}
