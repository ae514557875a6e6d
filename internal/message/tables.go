//go:build !js

package message

var tables = []map[string]entry{errors, window, card, newpin, pin, manage, portal, host, sandbox}
