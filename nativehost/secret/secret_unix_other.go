//go:build unix && !linux

package secret

func undumpable() error { return nil }
