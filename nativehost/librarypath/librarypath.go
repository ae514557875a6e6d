// Package librarypath has Windows look for libraries in its own folder alone, from before any of them is loaded. Otherwise one
// of a system library's name beside the program is taken for it, and the program may lie in a folder of downloads.
//
// It imports nothing but the standard library: so Go initialises it before the binding of PC/SC, which loads winscard.dll when it
// is initialised (The Go Programming Language Specification, "Program initialization": by import path).
package librarypath
