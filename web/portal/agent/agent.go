// Package agent reads what a browser says of itself and its system. It may say anything: nothing depends on it but what a page shows
// first, and by which words a person recognises a session of theirs.
package agent

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// System is a person's operating system.
type System string

// The systems. The program is made for the first three.
const (
	Windows  System = "windows"
	MacOS    System = "macos"
	Linux    System = "linux"
	ChromeOS System = "chromeos"
	Phone    System = "phone" // phones and tablets
	Other    System = "other"
)

// Browser is a person's browser, as far as the store of its extensions depends on it.
type Browser string

// The browsers. The extension is made for the first three.
const (
	Chromium     Browser = "chromium" // and its relatives
	Edge         Browser = "edge"
	Firefox      Browser = "firefox"
	Safari       Browser = "safari"
	OtherBrowser Browser = "other"
)

var (
	systems  = []System{Windows, MacOS, Linux, ChromeOS, Phone, Other}
	browsers = []Browser{Chromium, Edge, Firefox, Safari, OtherBrowser}
)

// Agent is a browser and its system.
type Agent struct {
	System  System
	Browser Browser
	Version int  // the browser's major one; 0 where it does not say
	ARM     bool // the processor is a 64-bit ARM
	RPM     bool // a Linux whose packages are .rpm
}

// maxHeader is how much of a header is read.
const maxHeader = 512

// Read reads the headers of a request. The script of the page Kurulum refines what they leave out: Chromium names no ARM processor,
// and an iPad says that it is a Mac.
func Read(h http.Header) Agent {
	agent, platform, mobile := header(h, "User-Agent"), header(h, "Sec-CH-UA-Platform"), header(h, "Sec-CH-UA-Mobile")
	a := Agent{System: systemOf(agent, strings.Trim(platform, `"`)), ARM: containsAny(agent, "aarch64", "arm64", "ARM64")}
	if mobile == "?1" {
		a.System = Phone
	}
	a.RPM = a.System == Linux && containsAny(agent, "Fedora", "Red Hat", "SUSE", "Rocky", "AlmaLinux")
	a.Browser, a.Version = browserOf(agent)
	return a
}

func header(h http.Header, name string) string {
	value := h.Get(name)
	return value[:min(len(value), maxHeader)]
}

// systemOf prefers the platform hint: it has few values, whereas a user agent names several systems at once.
func systemOf(agent, platform string) System {
	switch platform {
	case "Windows":
		return Windows
	case "macOS":
		return MacOS
	case "Linux":
		return Linux
	case "Chrome OS", "Chromium OS":
		return ChromeOS
	case "Android", "iOS":
		return Phone
	}
	switch {
	case containsAny(agent, "iPhone", "iPad", "iPod", "Android", "Mobile"):
		return Phone
	case strings.Contains(agent, "CrOS"):
		return ChromeOS
	case strings.Contains(agent, "Windows NT"):
		return Windows
	case strings.Contains(agent, "Macintosh"):
		return MacOS
	case strings.Contains(agent, "Linux"):
		return Linux
	}
	return Other
}

// tokens are what names a browser in its agent, in the order in which they count: each relative of Chromium says Chrome and
// Safari too.
var tokens = []struct {
	pattern *regexp.Regexp
	browser Browser
}{
	{regexp.MustCompile(`\bFirefox/(\d{1,4})\b`), Firefox},
	{regexp.MustCompile(`\bEdg/(\d{1,4})\b`), Edge},
	{regexp.MustCompile(`\b(?:Headless)?(?:Chrome|Chromium)/(\d{1,4})\b`), Chromium},
	{regexp.MustCompile(`\bVersion/(\d{1,4})\S* Safari/`), Safari},
}

func browserOf(agent string) (Browser, int) {
	for _, token := range tokens {
		if found := token.pattern.FindStringSubmatch(agent); found != nil {
			version, _ := strconv.Atoi(found[1]) // at most four digits
			return token.browser, version
		}
	}
	return OtherBrowser, 0
}

// Words are browser and system in two words that ParseWords knows: "firefox/linux".
func (a Agent) Words() string { return string(a.Browser) + "/" + string(a.System) }

// ParseWords returns browser and system of Words; what it does not know is OtherBrowser, or Other.
func ParseWords(words string) Agent {
	browser, system, _ := strings.Cut(words, "/")
	a := Agent{Browser: Browser(browser), System: System(system)}
	if !slices.Contains(browsers, a.Browser) {
		a.Browser = OtherBrowser
	}
	if !slices.Contains(systems, a.System) {
		a.System = Other
	}
	return a
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
