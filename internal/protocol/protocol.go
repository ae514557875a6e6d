// Package protocol is every message that crosses a boundary of e-Onay, in one place.
//
// A page asks, the extension shows, the host signs, the site verifies. The same structs are compiled
// into the signing window (WebAssembly), the host and the portal, and the JavaScript and TypeScript
// types of the page library and the extension are generated from them (go generate), so the rooms
// cannot disagree about a field. docs/protocol.md and its parts tell the same story in prose; a test holds the
// two together.
//
// There are three hops, each with its own envelope:
//
//	page   ↔ content script   window.postMessage   PageEnvelope   (page.go)
//	content script ↔ window   runtime.Port         PageEnvelope   (the same messages, relayed)
//	window ↔ host             native messaging     HostEnvelope   (host.go)
//
// The tag `read` of a field says what JavaScript takes for one: the reader that page library and extension share
// (messages.gen.js) is generated from it. A name in it is a constant of this package.
//
//	line MAX          one line of 1 to MAX bytes of UTF-8
//	text MIN MAX      MIN to MAX characters
//	digits N          N decimal digits
//	reference MAX     1 to MAX letters, digits, "-" and "_"
//	name              the stable name of a code
//	nonce MIN MAX     MIN to MAX characters of base64
//	base64 MAX        base64 of 1 to MAX bytes, which the receiver decodes
//	known VALUE …     one of the values; without any, of the constants of the field's type
//	media MAX         a media type of at most MAX characters, as IsMediaType has it
//	language          "tr" or "en"
//	flag              true or false
//	whole MIN [MAX]   a whole number
//	size MAX          a document's size, in bytes
//	origins MAX LONG  at most MAX origins as browsers write them, of LONG characters
//	texts             a list, of which what is no text is left out
//	list MIN MAX      MIN to MAX of the field's struct
//	object            the field's struct
//	-                 nothing: the other side cannot say it, or the receiver has a rule of its own
//
// A field with omitempty or omitzero may be missing.
//
// The package has no dependency beyond encoding/json and the small parts of the standard library,
// because all of it is shipped in the WebAssembly.
package protocol

//go:generate go run ./gen

// Version is the number of the protocol spoken on every hop. A peer that names another one is
// answered with fault.ExtensionOutdated or fault.HostOutdated and nothing else.
const Version = 1

// HostName is the name under which browsers find the native-messaging host's manifest.
const HostName = "tr.eonay.host"

// Identities under which the extension is known. The Chromium identity follows from the public key
// in extension/manifest.base.json; a test recomputes it.
const (
	ChromiumExtensionID = "pfignebogiloaejiolobjdgpapiniifb"
	FirefoxExtensionID  = "eonay@e-onay.tr"
)
