// Package browser is the only part of the window that touches syscall/js: ports, storage, timers, the
// person's presses, and what a drawing of the page cannot do (focus, the window's title, a document of
// a megabyte).
//
// # Presses
//
// One listener on the document reads data-action attributes; the drawing carries no listeners. Vugu's
// own event bridge would copy every property of the target, so a PIN field's value too, into Go strings
// and JSON; a PIN must never be one, because strings cannot be cleared.
package browser
