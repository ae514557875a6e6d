//go:build !js

package message

var tables = []map[string]entry{
	errors,
	pageErrors,
	siteErrors,
	documentErrors,
	window,
	common,
	signing,
	report,
	card,
	newpin,
	pin,
	manage,
	sites,
	portal,
	public,
	own,
	help,
	applications,
	installation,
	release,
	host,
	sandbox,
	validation,
	account,
	trust,
	setup,
	desk,
	decisions,
}
