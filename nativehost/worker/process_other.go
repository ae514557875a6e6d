//go:build !linux

package worker

// limitMemory has no counterpart here: macOS does not heed such limits, and Windows has them for jobs.
func limitMemory(uint64) error { return nil }
