package message

// In the WebAssembly only what the window says: the portal's and the host's words would travel
// with every extension and be read by nobody.
var tables = []map[string]entry{errors, window}
