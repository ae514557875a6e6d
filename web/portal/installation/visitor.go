package installation

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// System is a person's operating system.
type System string

// Systems. The program is made for the first three.
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

// Browsers. The extension is made for the first three.
const (
	Chromium     Browser = "chromium" // and its relatives
	Edge         Browser = "edge"
	Firefox      Browser = "firefox"
	Safari       Browser = "safari"
	OtherBrowser Browser = "other"
)

// The oldest versions that the extension works in, as in its manifests.
const (
	minChromium = 116
	minFirefox  = 153
)

// Obstacle is why the extension or the program cannot be installed here; empty where both can.
type Obstacle string

// Obstacles, in the order in which they count.
const (
	OnPhone       Obstacle = "phone"
	NoSystem      Obstacle = "system"
	InSafari      Obstacle = "safari"
	NoBrowser     Obstacle = "browser"
	FirefoxTooOld Obstacle = "firefox_old"
	ChromiumOld   Obstacle = "chromium_old"
)

// visitor is what a browser's headers say of it and its system. They may say anything: nothing depends on it but what the page
// shows first.
type visitor struct {
	System  System
	Browser Browser
	Version int  // the browser's major one; 0 where it does not say
	ARM     bool // the processor is a 64-bit ARM
	RPM     bool // a Linux whose packages are .rpm
}

// maxHeader is how much of a header is read.
const maxHeader = 512

// readVisitor reads the headers of a request. The page's script refines what they leave out: Chromium names no ARM processor,
// and an iPad says that it is a Mac.
func readVisitor(h http.Header) visitor {
	agent, platform, mobile := header(h, "User-Agent"), header(h, "Sec-CH-UA-Platform"), header(h, "Sec-CH-UA-Mobile")
	v := visitor{System: systemOf(agent, strings.Trim(platform, `"`)), ARM: containsAny(agent, "aarch64", "arm64", "ARM64")}
	if mobile == "?1" {
		v.System = Phone
	}
	v.RPM = v.System == Linux && containsAny(agent, "Fedora", "Red Hat", "SUSE", "Rocky", "AlmaLinux")
	v.Browser, v.Version = browserOf(agent)
	return v
}

func header(h http.Header, name string) string {
	value := h.Get(name)
	return value[:min(len(value), maxHeader)]
}

// systemOf prefers the hint, of which there are few values, to the agent, which names several systems at once.
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

// obstacle says why nothing can be installed, as far as the headers show.
func (v visitor) obstacle() Obstacle {
	switch {
	case v.System == Phone:
		return OnPhone
	case v.System == ChromeOS, v.System == Other:
		return NoSystem
	case v.Browser == Safari:
		return InSafari
	case v.Browser == OtherBrowser:
		return NoBrowser
	case v.Browser == Firefox && v.Version < minFirefox:
		return FirefoxTooOld
	case v.Browser != Firefox && v.Version < minChromium:
		return ChromiumOld
	}
	return ""
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
