// Package eonay is the whole project's one version; the rooms are in the folders below (README.md).
package eonay

import (
	"cmp"
	_ "embed"
	"strings"
)

//go:embed VERSION
var file string

// Version is the release of host, extension, page library and portal. It is the VERSION file's, three numbers with dots
// between them: what a browser takes as an extension's version, and npm as a package's.
var Version = strings.TrimSpace(file)

// CompareVersions compares numbers between dots, as cmp.Compare does; what does not begin with a digit counts as 0.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if order := cmp.Compare(leadingNumber(x), leadingNumber(y)); order != 0 {
			return order
		}
	}
	return 0
}

// leadingNumber reads the digits that text begins with, nine at most.
func leadingNumber(text string) int {
	n := 0
	for i := 0; i < min(len(text), 9) && text[i] >= '0' && text[i] <= '9'; i++ {
		n = n*10 + int(text[i]-'0')
	}
	return n
}
