package screen

import (
	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// Parts is what is known of the extension itself: its version, and where its build and the person's institution say that
// what is missing can be installed from.
type Parts struct {
	Extension, Build, Policy string
	// Linux is set where the browser may come as a Snap or Flatpak package.
	Linux bool
}

// Install is the way to a part that is missing or too old; an empty URL means that no way is known.
type Install struct {
	URL  string
	Host string // of the URL
	From From   // who names it
}

// From is who names the page about the installation.
type From string

// Who names it, in the order in which they count.
const (
	FromPolicy From = "policy"
	FromSite   From = "site"
	FromBuild  From = "build"
)

// Way returns the way to a missing part. site is what the page of an origin has named: it leads below that origin, or it is
// passed over.
func (p Parts) Way(site, origin string) Install {
	switch {
	case protocol.IsInstallPage(p.Policy):
		return Install{p.Policy, protocol.HostOf(p.Policy), FromPolicy}
	case protocol.IsInstallURL(site, origin):
		return Install{site, protocol.HostOf(site), FromSite}
	case protocol.IsInstallPage(p.Build):
		return Install{p.Build, protocol.HostOf(p.Build), FromBuild}
	}
	return Install{}
}

// Label says where the way leads, and who names it.
func (i Install) Label(s Sentences) string {
	switch i.From {
	case FromPolicy:
		return s.T("window.install.policy", "host", i.Host)
	case FromSite:
		return s.T("window.install.site", "host", i.Host)
	}
	return s.T("window.install.build", "host", i.Host)
}

// NeedsInstallation reports whether a problem is about a part that is missing or too old.
func NeedsInstallation(code fault.Code) bool {
	switch code {
	case fault.HostMissing, fault.HostOutdated, fault.HostRefused, fault.ExtensionOutdated, fault.MessageInvalid, fault.MessageTooLarge, fault.Unsupported:
		return true
	}
	return false
}

// Sandbox says what to do where the program is there, and the browser, a Snap or Flatpak package, does not reach it. No browser
// tells an extension that it is one: it is said to everybody on Linux whose browser finds no program.
func (p Parts) Sandbox(s Sentences, problem fault.Code) string {
	if problem != fault.HostMissing || !p.Linux {
		return ""
	}
	return s.T("window.failed.sandbox")
}

// Versions says by name which part is the older one; empty where both are of one version, or one is not known.
func (p Parts) Versions(s Sentences, host string) string {
	if host == "" || p.Extension == "" {
		return ""
	}
	pairs := []string{"program", plaintext.Short(host), "extension", plaintext.Short(p.Extension)}
	switch order := eonay.CompareVersions(host, p.Extension); {
	case order < 0:
		return s.T("window.versions.program", pairs...)
	case order > 0:
		return s.T("window.versions.extension", pairs...)
	}
	return ""
}
