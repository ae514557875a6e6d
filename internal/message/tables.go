//go:build !js

package message

var tables = []map[string]entry{errors, window, card, newpin, pin, manage, sites, portal, release, host, sandbox}
