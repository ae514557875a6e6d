//go:build js && manage

package message

// In the settings page's WebAssembly only what it says; some of that the window says too.
var tables = []map[string]entry{errors, window, newpin, manage, sites}
