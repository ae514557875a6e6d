// Package ui has the Vugu components that several windows, or windows and the settings page, have in common. What is an
// act's own is beside the act (act/sign/signui …), what is the settings page's in settings/settingsui: no program carries
// what only another one draws.
//
// Rules. A component draws a view and decides nothing. One question per screen, one primary
// button, its verb the act itself. Everything that can be pressed carries data-action and no listener
// (package browser says why). Every word comes from internal/message. Every text goes through Text, no
// style attribute is ever written (the policy forbids it), and the elements that tests and assistive
// technology look for have ids: title, problem, document-text, pin, phrase.
//
// make generates each package's components from its templates (vugugen, then wasm/tools/tighten).
package ui

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vugu/vugu"
)

// Text makes s fit for vg-content. Vugu passes content on as HTML, in pieces cut at any byte once a
// screen exceeds 16 KiB; so, besides what HTML needs, everything beyond ASCII is written as a
// character reference, which no cut can damage. A line does not end inside "E-Onay".
func Text(s string) vugu.HTML {
	var b strings.Builder
	for _, r := range html.EscapeString(s) {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		}
	}
	return vugu.HTML(strings.ReplaceAll(b.String(), "E-Onay", `<span class="whole">E-Onay</span>`))
}
