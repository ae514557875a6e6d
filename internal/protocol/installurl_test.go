package protocol

import (
	"net/url"
	"strings"
	"testing"
)

func TestIsInstallURL(t *testing.T) {
	const origin = "https://online.example.tr"
	for address, want := range map[string]bool{
		origin + "/kurulum": true, origin + "/": true, origin + "/kurulum?dil=tr#program": true, origin + "/%C5%9F": true,
		origin: false, "": false, "/kurulum": false, "http://online.example.tr/kurulum": false,
		"https://online.example.tr.evil.example/": false, "https://online.example.tr@evil.example/": false, "https://online.example.tr:8443/": false,
		origin + "\\@evil.example/": false, origin + "/ a": false, origin + "/\u202e": false, origin + "/ş": false, origin + "/\n": false, origin + "/\"": false,
		origin + "/" + strings.Repeat("a", MaxInstallURL): false,
	} {
		if got := IsInstallURL(address, origin); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	if IsInstallURL("/kurulum", "") {
		t.Error("an address of no origin is taken")
	}
}

func TestIsInstallPage(t *testing.T) {
	for address, host := range map[string]string{
		"https://online.example.tr/kurulum": "online.example.tr", "https://online.example.tr": "online.example.tr", "https://a.example:8443/x": "a.example:8443",
		"http://localhost/kurulum": "localhost", "http://127.0.0.1:1/": "127.0.0.1:1", "http://localhost:8080/kurulum": "localhost:8080",
		"http://online.example.tr/": "", "http://localhost.evil.example/": "", "http://localhost@evil.example/": "", "https://": "", "https:///x": "",
		"https://a@b.example/": "", "https://A.example/": "", "https://şirket.example/": "", "https://a.example/\u202e": "", "data:text/html,x": "", "": "",
	} {
		if got := IsInstallPage(address); got != (host != "") || got && HostOf(address) != host {
			t.Errorf("%q: %v, of %q", address, got, HostOf(address))
		}
	}
}

// FuzzInstallURL holds what is taken against what a browser would read: an address of the same origin.
func FuzzInstallURL(f *testing.F) {
	for _, address := range []string{"https://a.example/kurulum", "https://a.example/@b", "https://a.example//b.example", "http://localhost:1/?#", "https://a.example/%zz"} {
		f.Add(address, "https://a.example")
	}
	f.Fuzz(func(t *testing.T, address, origin string) {
		ours, err := url.Parse(origin)
		if err == nil && ours.Scheme == "https" && ours.Host != "" && ours.Scheme+"://"+ours.Host == origin && IsInstallURL(address, origin) {
			if u, err := url.Parse(address); err == nil && (u.Host != ours.Host || u.Scheme != ours.Scheme) {
				t.Errorf("%q is taken for one of %q", address, origin)
			}
		}
		if IsInstallPage(address) {
			if u, err := url.Parse(address); err == nil && (u.Host != HostOf(address) || u.User != nil) {
				t.Errorf("%q is said to be of %q", address, HostOf(address))
			}
		}
	})
}
