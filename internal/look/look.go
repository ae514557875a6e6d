// Package look holds the one stylesheet that portal and signing window share.
package look

import _ "embed"

// CSS is look.css, UTF-8.
//
//go:embed look.css
var CSS string
