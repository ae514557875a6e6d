package installation

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/agent"
)

// FuzzVisitor reads headers of whoever asks, and the names of files that an operator has put beside each other.
func FuzzVisitor(f *testing.F) {
	for _, userAgent := range []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
		"Mozilla/5.0 (X11; Fedora; Linux aarch64; rv:154.0) Gecko/20100101 Firefox/154.0",
		"Mozilla/5.0 (iPad; CPU OS 26_0 like Mac OS X) Version/26.0 Safari/604.1", "Firefox/99999", "Chrome/\x01", "<script>Firefox/1", "",
	} {
		f.Add(userAgent, `"Linux"`, "?0", "e-onay_1.0.0_amd64.deb\ne-onay-1.0.0-x64-user.msi\ne-onay-9999999999999999999-1.x86_64.rpm")
	}
	systems := []agent.System{agent.Windows, agent.MacOS, agent.Linux, agent.ChromeOS, agent.Phone, agent.Other}
	browsers := []agent.Browser{agent.Chromium, agent.Edge, agent.Firefox, agent.Safari, agent.OtherBrowser}
	f.Fuzz(func(t *testing.T, userAgent, platform, mobile, names string) {
		h := http.Header{}
		h.Set("User-Agent", userAgent)
		h.Set("Sec-CH-UA-Platform", platform)
		h.Set("Sec-CH-UA-Mobile", mobile)
		v := readVisitor(h)
		if !slices.Contains(systems, v.System) || !slices.Contains(browsers, v.Browser) || v.Version < 0 || v.Version > 9999 {
			t.Fatalf("read %+v", v)
		}
		if again := agent.ParseWords(v.Words()); again.System != v.System || again.Browser != v.Browser || len(v.Words()) > 20 {
			t.Fatalf("%q is read as %+v", v.Words(), again)
		}
		var files []download
		for name := range strings.SplitSeq(names, "\n") {
			files = append(files, download{Name: name})
		}
		programs, others := sortPrograms(files)
		own, rest := choose(programs, v)
		if len(own)+len(rest) != len(programs) || len(programs)+len(others) > len(files) || len(own) > 2 {
			t.Fatalf("%d and %d of %d, %d others, %d files", len(own), len(rest), len(programs), len(others), len(files))
		}
		for _, p := range own {
			if p.System != v.System {
				t.Errorf("%s is offered to %s", p.Name, v.System)
			}
		}
	})
}
