package virtual

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// OpenSC is how OpenSC is set up for the card.
type OpenSC struct {
	// Unblock is how a blocked PIN is unblocked through PKCS#11 ("user_pin_unblock_style"); "" is not at all.
	Unblock string
	// Files has a card that is no PIV card taken for one with the files of PKCS #15.
	Files bool
}

// Write writes the configuration into dir and returns the environment variable that leads OpenSC to it,
// as "NAME=value". Little but PIV is looked for; and PINs are not kept, which would be sent again after a reset.
func (o OpenSC) Write(dir string) (string, error) {
	unblock := o.Unblock
	if unblock == "" {
		unblock = "none"
	}
	drivers := "PIV-II"
	if o.Files {
		drivers += ", default"
	}
	conf := fmt.Sprintf(`app default {
	card_drivers = %s;
	enable_default_driver = %t;
	framework pkcs15 {
		use_pin_caching = false;
		use_file_caching = false;
	}
}
app opensc-pkcs11 {
	pkcs11 {
		user_pin_unblock_style = %s;
	}
}
`, drivers, o.Files, unblock)
	return OpenSCEnv(dir), os.WriteFile(confPath(dir), []byte(conf), 0o600)
}

// OpenSCEnv is the environment variable that makes OpenSC use what Write has written to dir, as "NAME=value".
func OpenSCEnv(dir string) string { return "OPENSC_CONF=" + confPath(dir) }

func confPath(dir string) string { return filepath.Join(dir, "opensc.conf") }

// OpenSCModule returns the path of OpenSC's PKCS#11 library.
func OpenSCModule() (string, error) {
	for _, pattern := range []string{"/usr/lib/*-linux-gnu/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so", "/usr/local/lib/opensc-pkcs11.so", "/Library/OpenSC/lib/opensc-pkcs11.so"} {
		found, err := filepath.Glob(pattern)
		if err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", errors.New("opensc-pkcs11 is not installed")
}
