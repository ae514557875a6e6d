//go:build js && pin

package message

// In the WebAssembly of the window for a new PIN what every window says, and its own.
var tables = []map[string]entry{errors, siteErrors, window, common, newpin, pin}
