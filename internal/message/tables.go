//go:build !js

package message

var tables = []map[string]entry{errors, window, manage, portal, host, sandbox}
