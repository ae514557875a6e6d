package install

import "runtime"

// MacPath is where the installer for macOS puts this program: /usr/bin is Apple's there, and on many Macs /usr/local is a person's.
const MacPath = "/Library/Application Support/e-Onay/eonay-host"

// PackagedPath is where a package for this system puts this program, "" for Windows: what installs for everybody there asks where,
// and writes the keys by itself.
var PackagedPath = map[string]string{"linux": "/usr/bin/eonay-host", "darwin": MacPath}[runtime.GOOS]
