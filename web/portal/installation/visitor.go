package installation

import (
	"net/http"

	"github.com/e-onay/e-onay/web/portal/agent"
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

// visitor is who visits the page, by the headers of the browser. Nothing depends on it but what the page shows first.
type visitor struct{ agent.Agent }

func readVisitor(h http.Header) visitor { return visitor{agent.Read(h)} }

// obstacle says why nothing can be installed, as far as the headers show.
func (v visitor) obstacle() Obstacle {
	switch {
	case v.System == agent.Phone:
		return OnPhone
	case v.System == agent.ChromeOS, v.System == agent.Other:
		return NoSystem
	case v.Browser == agent.Safari:
		return InSafari
	case v.Browser == agent.OtherBrowser:
		return NoBrowser
	case v.Browser == agent.Firefox && v.Version < minFirefox:
		return FirefoxTooOld
	case v.Browser != agent.Firefox && v.Version < minChromium:
		return ChromiumOld
	}
	return ""
}
