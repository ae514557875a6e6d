//go:build !linux && !windows && !darwin

package device

// machineID knows no name for this machine.
func machineID() string { return "" }
