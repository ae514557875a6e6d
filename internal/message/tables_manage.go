//go:build js && manage

package message

// In the settings page's WebAssembly only what it says; some of that the windows say too. A test compares.
var tables = []map[string]entry{errors, common, newpin, manage, sites}
