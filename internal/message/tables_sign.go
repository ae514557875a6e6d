//go:build js && !manage && !pin && !card

package message

// In the signing window's WebAssembly only what it says: the others' words would travel with every
// extension and be read by nobody.
var tables = []map[string]entry{errors, documentErrors, window, common, signing, report}
