package portal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// clientSecretVariable is the environment variable that may hold the client's secret.
const clientSecretVariable = "E_ONAY_CLIENT_SECRET"

const (
	minClientSecret = 16 // bytes
	maxClientSecret = 4 << 10
)

// loadClientSecret takes the client's secret from the one place that it stands in; variable is the environment's.
func (s *Settings) loadClientSecret(variable string) error {
	places := 0
	for _, place := range []string{s.ClientSecret, s.ClientSecretFile, variable} {
		if place != "" {
			places++
		}
	}
	if places != 1 {
		return fmt.Errorf("the client's secret stands in %d of client_secret, client_secret_file and %s, want one", places, clientSecretVariable)
	}
	if variable != "" {
		s.ClientSecret = variable
	}
	if s.ClientSecretFile != "" {
		data, err := readSecretFile(s.ClientSecretFile, maxClientSecret)
		if err != nil {
			return fmt.Errorf("client_secret_file: %w", err)
		}
		s.ClientSecret = strings.TrimRight(string(data), "\r\n")
	}
	if len(s.ClientSecret) < minClientSecret {
		return fmt.Errorf("the client's secret has %d bytes, want %d at least", len(s.ClientSecret), minClientSecret)
	}
	return nil
}

// readSecretFile reads at most so many bytes of a file with a secret in it, which the caller clears.
func readSecretFile(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := notForAll(file); err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// notForAll refuses a file that everybody on the machine may read or write. Windows has no such bits.
func notForAll(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return errors.New("everybody on this machine may open the file (chmod o-rwx)")
	}
	return nil
}
