//go:build !linux && !windows

package worker

// limitMemory has no counterpart here: macOS does not heed such limits.
func limitMemory(uint64) error { return nil }
