package protocol

import "strings"

// IsInstallURL tells whether a page of an origin may name url as that about the installation: an address below the origin
// itself, of characters that are seen as they are. So no page can have a window lead to another site.
func IsInstallURL(url, origin string) bool {
	path, below := strings.CutPrefix(url, origin+"/")
	return below && origin != "" && isPlainAddress(path) && len(url) <= MaxInstallURL
}

// IsInstallPage tells whether url can be the page about the installation that a build or an institution names: https, or of
// this machine for a developer.
func IsInstallPage(url string) bool {
	scheme, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(host, ":")
	isLocal := scheme == "http" && (name == "localhost" || name == "127.0.0.1")
	return (scheme == "https" || isLocal) && name != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:") == "" &&
		isPlainAddress(path) && len(url) <= MaxInstallURL
}

// HostOf returns the host of an address that one of these functions has found good.
func HostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// isPlainAddress tells whether what follows the host has no character that a browser would change or read as another part.
func isPlainAddress(path string) bool {
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c > '~' || strings.IndexByte("\"<>\\`", c) >= 0 {
			return false
		}
	}
	return true
}
