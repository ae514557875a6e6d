package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/protocol"
)

// manifest returns manifest.json for the browser, with the project's version, and its content script running on the pages
// of matches. The same pages are its host permissions, by which it comes to frames of theirs.
func (p *pack) manifest(matches []string) ([]byte, error) {
	base, err := readObject(filepath.Join(p.source, "manifest.base.json"))
	if err != nil {
		return nil, err
	}
	patch, err := readObject(filepath.Join(p.source, "manifest."+p.browser+".json"))
	if err != nil {
		return nil, err
	}
	merge(base, patch)
	scripts, ok := base["content_scripts"].([]any)
	if !ok || len(scripts) != 1 {
		return nil, fmt.Errorf("manifest.base.json: want one content script")
	}
	base["version"], base["homepage_url"] = eonay.Version, p.install
	script := scripts[0].(map[string]any)
	script["matches"], base["host_permissions"] = matches, matches
	if p.zip != "" {
		// A store knows the extension by a key of its own, and Chrome's takes no manifest with another.
		delete(base, "key")
	}
	text, err := json.MarshalIndent(base, "", "  ")
	return append(text, '\n'), err
}

// installPage returns the page about the installation: address, or that of the host whose match pattern is first. A store's
// package leads to https alone.
func installPage(address, first string, store bool) (string, error) {
	if address == "" {
		address = strings.TrimSuffix(first, "*") + "kurulum"
	}
	if !protocol.IsInstallPage(address) || store && !strings.HasPrefix(address, "https://") {
		return "", fmt.Errorf("-install: %q is not an https address, such as https://online.example.tr/kurulum", address)
	}
	return address, nil
}

func readObject(path string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	err = json.Unmarshal(data, &object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return object, nil
}

// merge applies a merge patch: null removes, objects are merged, all else replaces (RFC 7396, 2).
func merge(target, patch map[string]any) {
	for name, value := range patch {
		inner, isObject := value.(map[string]any)
		present, wasObject := target[name].(map[string]any)
		switch {
		case value == nil:
			delete(target, name)
		case isObject && wasObject:
			merge(present, inner)
		default:
			target[name] = value
		}
	}
}

// matchPatterns returns the match pattern of each origin in a list separated by commas. Only secure
// origins can ask for signatures: https, and http on this machine for a developer. A store's package
// reaches people on whose machines any program may serve http://localhost, so it names https only.
// Patterns have no port in Firefox, so none has one here.
func matchPatterns(hosts string, store bool) ([]string, error) {
	var patterns []string
	for host := range strings.SplitSeq(hosts, ",") {
		host = strings.TrimSpace(host)
		if host == "" {
			continue
		}
		u, err := url.Parse(host)
		if err != nil {
			return nil, fmt.Errorf("-hosts: %w", err)
		}
		local := u.Scheme == "http" && (u.Host == "localhost" || u.Host == "127.0.0.1")
		switch {
		case u.Scheme+"://"+u.Host != strings.TrimSuffix(host, "/"):
			return nil, fmt.Errorf("-hosts: %q is not an origin such as https://online.example.tr", host)
		case u.Scheme != "https" && !local:
			return nil, fmt.Errorf("-hosts: %q is neither https nor on this machine", host)
		case u.Scheme != "https" && store:
			return nil, fmt.Errorf("-hosts: %q is not https, as a store's package wants the portal's origins: make extension PORTAL_HOSTS=https://online.example.tr", host)
		case strings.Trim(u.Host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || u.Host == "":
			return nil, fmt.Errorf("-hosts: %q: want a lower-case host name, without port and wildcard", host)
		}
		if pattern := u.Scheme + "://" + u.Host + "/*"; !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	if len(patterns) == 0 {
		return nil, fmt.Errorf("-hosts: want the portal's origins, such as https://online.example.tr")
	}
	return patterns, nil
}
