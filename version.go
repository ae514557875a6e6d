// Package eonay is the whole project's one version; the rooms are in the folders below (README.md).
package eonay

import (
	_ "embed"
	"strings"
)

//go:embed VERSION
var file string

// Version is the release of host, extension, page library and portal. It is the VERSION file's, three numbers with dots
// between them: what a browser takes as an extension's version, and npm as a package's.
var Version = strings.TrimSpace(file)
