package module_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/nativehost/module"
)

// atOnce does as many sessions would, each with files of its own reading.
func atOnce(t *testing.T, do func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if err := do(i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Of what several sessions write at once into the person's files, nothing is lost.
func TestConcurrentWritesLoseNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	config, memory := filepath.Join(dir, "host.json"), filepath.Join(dir, "modules.json")
	atOnce(t, func(i int) error {
		own := module.Own{Path: config, Finder: &module.Finder{Registry: module.BuiltIn()}}
		return own.Add(t.Context(), fmt.Sprintf("/lib/%d.so", i))
	})
	atOnce(t, func(i int) error {
		m, err := module.ReadMemory(memory)
		if err != nil {
			return err
		}
		return m.Remember([]byte{byte(i)}, fmt.Sprintf("/lib/%d.so", i))
	})
	c, err := module.ReadConfig(config)
	if err != nil || len(c.Modules) != 16 {
		t.Errorf("%d libraries are listed, %v", len(c.Modules), err)
	}
	m, err := module.ReadMemory(memory)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 16 {
		if got, want := m.Served([]byte{byte(i)}), fmt.Sprintf("/lib/%d.so", i); got != want {
			t.Errorf("remembered %q, want %q", got, want)
		}
	}
}
