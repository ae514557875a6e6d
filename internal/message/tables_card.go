//go:build js && card

package message

// In the WebAssembly of the window for acts without a document what every window says, and its own.
var tables = []map[string]entry{errors, window, common, card}
