package secretfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// credentialPrefix begins a path that names a credential of systemd, as its own settings write the folder of them.
const credentialPrefix = "%d/"

// Resolve makes paths of a settings file absolute: relative ones are of the folder that the file is in, and "%d/name" is the credential of that name,
// which systemd hands to the service (LoadCredential=). Empty paths stay so.
func Resolve(folder string, paths ...*string) error {
	for _, path := range paths {
		name, isCredential := strings.CutPrefix(*path, credentialPrefix)
		switch {
		case isCredential:
			credentials := os.Getenv("CREDENTIALS_DIRECTORY")
			if !filepath.IsAbs(credentials) {
				return fmt.Errorf("%q: systemd has handed no credentials to this process (LoadCredential=%s:FILE in its unit)", *path, name)
			}
			if name == "" || name != filepath.Base(name) || name == ".." || name == "." {
				return fmt.Errorf("%q is not the name of a credential", *path)
			}
			*path = filepath.Join(credentials, name)
		case *path != "" && !filepath.IsAbs(*path):
			*path = filepath.Join(folder, *path)
		}
	}
	return nil
}
