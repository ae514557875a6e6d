//go:build !js

package message

var tables = []map[string]entry{errors, window, pin, manage, portal, host, sandbox}
