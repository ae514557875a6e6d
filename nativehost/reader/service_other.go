//go:build !windows

package reader

// whyStopped has no better reason here: the service is there, or it is not.
func whyStopped() error { return ErrNoService }
